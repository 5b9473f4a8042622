import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { look, openStation, type Station } from './station.ts'

const megabytes = 1_000_000

describe('a script of 50 MB', () => {
  const server = sharedServer()
  let database: string
  let station: Station

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database })
    await station.run('create table big (id int, body text)')
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  /** How many other calls are answered while `work` goes on. */
  async function answersDuring(work: Promise<unknown>): Promise<number> {
    let answers = 0
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    while (!isDone) {
      await station.api.history.waiting({})
      answers += 1
      await sleep(2)
    }
    await done
    return answers
  }

  it('runs, and leaves the process to its other work meanwhile', async () => {
    const body = `${'x'.repeat(33_400)}; -- "$`
    const statements = Array.from({ length: 1_500 }, (_, id) => `insert into big values (${id}, '${body}');\n`)
    const sql = statements.join('')
    expect(sql.length).toBeGreaterThan(50 * megabytes)
    const run = station.run(sql)
    expect(await answersDuring(run)).toBeGreaterThan(100)
    const { outcome, events } = await run
    expect(outcome).toMatchObject({ status: 'COMPLETED', statements: 1_500, completed: 1_500 })
    expect(events.filter((event) => event.kind === 'result').length).toBeLessThan(1_100)
    expect(await look(server, database, 'select count(*) as n, sum(length(body)) as size from big')).toEqual([
      { n: '1500', size: String(1_500 * body.length) },
    ])
    const detail = await station.detail(outcome.operation)
    expect(detail).toMatchObject({ rows: 1_500, category: 'MIXED' })
    expect(detail.sql).toHaveLength(1_000_000)
  }, 120_000)

  it('runs when it is one statement', async () => {
    const { outcome, results } = await station.run(`select length('${'é'.repeat(25 * megabytes)}'); select 2`)
    expect(outcome).toMatchObject({ status: 'COMPLETED', completed: 2 })
    expect(results[0]?.rows).toEqual([[String(25 * megabytes)]])
  }, 120_000)

  it('is cut into its statements like a short one', async () => {
    const statement = "select 1, 'é;', /* ; */ $$;$$;\n"
    const sql = statement.repeat(40_000)
    const split = station.api.editor.split({ sql })
    expect(await answersDuring(split)).toBeGreaterThan(20)
    const { statements } = await split
    expect(statements).toHaveLength(40_000)
    expect(statements[39_999]).toEqual({
      start: 39_999 * statement.length,
      end: 40_000 * statement.length - 2,
      class: 'UNKNOWN',
    })
    expect(statements[0]?.class).toBe('SELECT')
  }, 120_000)

  it('can be cancelled while it is read', async () => {
    const cancel = new AbortController()
    const split = station.api.editor.split({ sql: 'select 1, 2, 3, 4;\n'.repeat(500_000) }, { signal: cancel.signal })
    setImmediate(() => cancel.abort())
    await expect(split).rejects.toMatchObject({ fault: { code: 'cancelled' } })
  })

  it('tells the class of statements as the parser sees it', async () => {
    const classes: [string, string][] = [
      ['select 1', 'SELECT'],
      ['with a as (delete from big returning id) select * from a', 'DML'],
      ['select 1 into other', 'DDL'],
      ['insert into big values (1)', 'DML'],
      ['create table a (id int)', 'DDL'],
      ['create table a as select 1', 'DDL'],
      ['grant select on big to public', 'DCL'],
      ['alter default privileges grant select on tables to public', 'DCL'],
      ['begin', 'TCL'],
      ['rollback to savepoint a', 'TCL'],
      ['vacuum', 'UTILITY'],
      ['explain select 1', 'UTILITY'],
      ['alter system set work_mem = 1', 'UTILITY'],
      ['no statement at all', 'UNKNOWN'],
    ]
    const { statements } = await station.api.editor.split({ sql: classes.map(([sql]) => sql).join(';') })
    expect(statements.map((statement) => statement.class)).toEqual(classes.map(([, name]) => name))
  })
})
