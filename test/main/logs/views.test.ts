import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { line, usersPrefix } from '../../core/logs/read.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { type Desk, openDesk } from './desk.ts'

describe.each(majors())('what is asked of imported logs, on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    desk = await openDesk({ server: sharedServer(major), database: database.name })
    const statement = (n: number, ms: string, second: number) =>
      line(`LOG:  duration: ${ms} ms  statement: select * from shop where id = ${n}`, { second })
    const log = [
      statement(1, '10.000', 0),
      statement(2, '30.000', 1),
      line('LOG:  duration: 100.000 ms  statement: select 1', { second: 2 }),
      line('ERROR:  division by zero', { second: 3 }),
      line('STATEMENT:  select 1/0', { second: 3 }),
      line('LOG:  temporary file: path "base/pgsql_tmp/pgsql_tmp7.0", size 14000', { second: 4 }),
      line('LOG:  checkpoint complete: wrote 42 buffers (0.3%)', { second: 5 }),
      'no prefix\n',
    ].join('')
    await desk.import(await desk.file('a.log', log), { prefix: usersPrefix })
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
  })

  const at = () => ({ connection: desk.connection })

  it('groups statements without their values', async () => {
    const found = await desk.api.logs.statements({ ...at(), order: 'calls' })
    expect(
      found.map(({ statement, calls, totalMs, meanMs, maxMs, errors }) => [
        statement,
        calls,
        totalMs,
        meanMs,
        maxMs,
        errors,
      ]),
    ).toEqual([
      ['select * from shop where id = ?', 2, 40, 20, 30, 0],
      ['select ?', 1, 100, 100, 100, 0],
      ['select ?/?', 1, 0, null, null, 1],
    ])
    const [first] = await desk.api.logs.statements({ ...at(), order: 'total', limit: 1 })
    expect(first).toMatchObject({ statement: 'select ?', share: 100 / 140 })
    const { lines } = await desk.api.logs.lines({ ...at(), fingerprint: found[0]?.fingerprint ?? '' })
    expect(lines.map(({ statement, durationMs }) => [statement, durationMs])).toEqual([
      ['select * from shop where id = 2', 30],
      ['select * from shop where id = 1', 10],
    ])
  })

  it('counts errors by SQLSTATE, and what happened over time', async () => {
    expect(await desk.api.logs.errors(at())).toMatchObject([
      { severity: 'ERROR', count: 1, message: 'division by zero' },
    ])
    const series = await desk.api.logs.series({ ...at(), most: 10 })
    expect(series).toMatchObject({ step: 1, total: 6, withoutTime: 0 })
    expect(series.buckets.map(({ counts }) => counts)).toEqual([
      { statement: 1 },
      { statement: 1 },
      { statement: 1 },
      { error: 1 },
      { temp_file: 1 },
      { checkpoint: 1 },
    ])
    expect(series.buckets.map(({ value }) => value)).toEqual([10, 30, 100, 0, 14000, 42])
  })

  it('pages through lines, from the newest back, each once', async () => {
    const seen: number[] = []
    let before: Awaited<ReturnType<typeof desk.api.logs.lines>>['next'] = null
    do {
      const page = await desk.api.logs.lines({ ...at(), limit: 2, ...(before === null ? {} : { before }) })
      seen.push(...page.lines.map(({ line: number }) => number))
      before = page.next
    } while (before !== null)
    expect(seen).toEqual([7, 6, 4, 3, 2, 1])
    const [last] = (await desk.api.logs.lines({ ...at(), kinds: ['error'] })).lines
    expect(await desk.api.logs.line({ ...at(), file: last?.file ?? 0, offset: last?.offset ?? 0 })).toMatchObject({
      fileName: 'a.log',
      message: 'division by zero',
      statement: 'select 1/0',
    })
  })

  it('tells what can be filtered by, which logs there are, and what was refused', async () => {
    expect(await desk.api.logs.facets(at())).toMatchObject({ total: 6, users: [{ value: 'ann', count: 6 }] })
    const [file] = await desk.api.logs.files(at())
    expect(file).toMatchObject({ name: 'a.log', format: 'stderr', events: 6, refused: 1 })
    expect(await desk.api.logs.refused({ ...at(), file: file?.file ?? 0 })).toMatchObject({
      refusals: [{ line: 8, text: 'no prefix' }],
      next: null,
      total: 1,
    })
  })

  it('finds words, and survives hostile ones', async () => {
    expect((await desk.api.logs.lines({ ...at(), text: 'DIVISION' })).lines).toHaveLength(1)
    expect((await desk.api.logs.lines({ ...at(), text: `%_'"\\` })).lines).toEqual([])
    expect((await desk.api.logs.series({ ...at(), user: '__proto__' })).total).toBe(0)
  })
})
