import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SaveRequest, SaveTarget } from '../../../src/main/host.ts'
import { line, usersPrefix } from '../../core/logs/read.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { type Desk, openDesk } from './desk.ts'

/** Takes one file in memory, as a door would write it. */
class Shelf {
  readonly requests: SaveRequest[] = []
  text = ''
  state: 'open' | 'committed' | 'aborted' | null = null
  /** What `write` throws. */
  broken: Error | null = null

  readonly saveFile = (request: SaveRequest): Promise<SaveTarget> => {
    this.requests.push(request)
    this.text = ''
    const sink = {
      write: async (bytes: Uint8Array) => {
        if (this.broken !== null) throw this.broken
        this.text += Buffer.from(bytes).toString()
      },
      commit: async () => {
        this.state = 'committed'
      },
      abort: async () => {
        this.state = 'aborted'
      },
    }
    return Promise.resolve({
      file: request.fileName,
      url: null,
      open: async () => {
        this.state = 'open'
        return sink
      },
    })
  }
}

describe.each(majors())('the export of imported logs, from PostgreSQL %i', (major) => {
  let database: TestDatabase
  let desk: Desk
  let imported: string | null
  const shelf = new Shelf()
  /** Longer than what a list shows of it. */
  const long = `select '${'x'.repeat(3_000)}'`

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    desk = await openDesk({
      server: sharedServer(major),
      database: database.name,
      host: { saveFile: shelf.saveFile },
    })
    const statements = Array.from({ length: 450 }, (_, index) =>
      line(`LOG:  duration: 1.000 ms  statement: select * from shop where id = ${index}`, { second: index % 50 }),
    )
    const log = [
      ...statements,
      line(`LOG:  duration: 2.000 ms  statement: ${long}`, { second: 51 }),
      line('ERROR:  relation "shop 1" does not exist', { second: 52 }),
      line('ERROR:  relation "shop 2" does not exist', { second: 53 }),
      line('ERROR:  division by zero', { second: 54 }),
      line("LOG:  statement: alter role keeper password 'S3CRET'", { second: 55 }),
    ].join('')
    imported = (await desk.import(await desk.file('a.log', log), { prefix: usersPrefix })).operation
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
  })

  const at = () => ({ connection: desk.connection })

  it('writes every line, page after page, with its whole text, and no secret', async () => {
    const outcome = await desk.api.logs.export({ ...at(), list: 'lines', format: { kind: 'json' } })
    const rows: { statement: string | null; duration_ms: number | null }[] = JSON.parse(shelf.text)
    expect(outcome).toMatchObject({ file: 'logs lines.json', rows: 455, recordingFault: null })
    expect(outcome?.bytes).toBe(Buffer.byteLength(shelf.text))
    expect(new Set(rows.map(({ statement }) => statement)).size).toBe(453)
    expect(rows.some(({ statement }) => statement === long)).toBe(true)
    expect(shelf.text).not.toContain('S3CRET')
    expect(shelf.state).toBe('committed')
  })

  it('writes what the filters mean, as CSV', async () => {
    await desk.api.logs.export({ ...at(), list: 'lines', severities: ['ERROR'], format: { kind: 'csv' } })
    const [head, ...lines] = shelf.text.trimEnd().split('\n')
    expect(head).toMatch(/^logged_at,kind,severity,sqlstate,/)
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('division by zero')
  })

  it('writes classes of statements and of errors; errors without SQLSTATE are one where they differ in a name', async () => {
    await desk.api.logs.export({ ...at(), list: 'statements', order: 'calls', format: { kind: 'json' } })
    const statements: { statement: string; calls: number }[] = JSON.parse(shelf.text)
    expect(statements[0]).toMatchObject({ statement: 'select * from shop where id = ?', calls: 450 })

    const errors = await desk.api.logs.errors(at())
    expect(errors.map(({ pattern, count }) => [pattern, count])).toEqual([
      ['relation "…" does not exist', 2],
      ['division by zero', 1],
    ])
    const { lines } = await desk.api.logs.lines({ ...at(), pattern: errors[0]?.pattern ?? '' })
    expect(lines.map(({ message }) => message)).toEqual([
      'relation "shop 2" does not exist',
      'relation "shop 1" does not exist',
    ])
  })

  it('is an operation of the database, also when no file comes of it', async () => {
    shelf.broken = new Error('no space left on device')
    const failed = desk.api.logs.export({ ...at(), list: 'errors', format: { kind: 'csv' }, ticket: 'OPS-9' })
    await expect(failed).rejects.toThrow('no space left')
    shelf.broken = null
    expect(shelf.state).toBe('aborted')
    const client = await database.session()
    const { rows } = await client.query(
      `select execution_status, related_ticket from script_tracking.script_execution_current
       where script_name like 'Export of the % of imported logs%' order by load_date desc`,
    )
    expect(rows[0]).toEqual({ execution_status: 'FAILED', related_ticket: 'OPS-9' })
    expect(rows.slice(1).map(({ execution_status }) => execution_status)).toContain('COMPLETED')
  })

  it('writes what was tracked with the id that the history and the list know it by', async () => {
    const client = await database.session()
    await client.query('create table by_hand ()')
    const hour = 3_600_000
    const between = {
      ...at(),
      from: new Date(Date.now() - hour).toISOString(),
      to: new Date(Date.now() + hour).toISOString(),
    }
    const { entries } = await desk.api.logs.timeline(between)
    const others = entries.filter(({ name }) => name.includes('by_hand')).map(({ execution }) => execution)
    expect(others).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    await desk.api.logs.export({ ...between, list: 'timeline', format: { kind: 'json' } })
    const rows: { name: string; operation: string | null }[] = JSON.parse(shelf.text)
    expect(rows.find(({ name }) => name === 'Import of a.log')?.operation).toBe(imported)
    expect(rows.filter(({ name }) => name.includes('by_hand')).map(({ operation }) => operation)).toEqual(others)
  })

  it('asks for two times before it writes a timeline', async () => {
    await expect(desk.api.logs.export({ ...at(), list: 'timeline', format: { kind: 'csv' } })).rejects.toThrow(
      'between two times',
    )
  })
})
