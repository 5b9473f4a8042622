import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import { hasPrefix, type LogFormat } from '../../../src/core/logs/state.ts'
import { newHasher } from '../../../src/main/logs/read.ts'
import { loadRedaction, redactSql, redactText } from '../../../src/main/logs/redaction.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { majors } from '../../ground/shared.ts'
import { workload } from './workload.ts'
import { wrap } from './wrapping.ts'

const prefix = '%m [%p] %c %u %d %a %h %e '

beforeAll(loadRedaction)

describe.each(majors())('the log of PostgreSQL %i', (major) => {
  const written = major >= 15 ? (['stderr', 'csv', 'json'] as const) : (['stderr', 'csv'] as const)
  const formats: LogFormat[] = [...written, 'syslog', 'cloudnativepg', 'rds', 'azure', 'cloudsql', 'heroku']
  const logs = new Map<LogFormat, Uint8Array>()
  let server: Server

  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        logging_collector: 'on',
        log_destination: `stderr,csvlog${major >= 15 ? ',jsonlog' : ''}`,
        log_directory: 'log',
        log_filename: 'server.log',
        log_line_prefix: prefix,
        log_statement: 'all',
        log_min_duration_statement: '0',
        log_connections: 'on',
        log_disconnections: 'on',
        log_checkpoints: 'on',
        log_lock_waits: 'on',
        log_temp_files: '0',
        deadlock_timeout: '50ms',
        log_timezone: 'Asia/Kolkata',
        shared_preload_libraries: 'auto_explain',
      },
    })
    await workload(server.url())
    await server.kill()
    for (const format of written) {
      const ending = { stderr: 'log', csv: 'csv', json: 'json' }[format]
      logs.set(format, await wholeLog(join(server.dataFolder, 'log', `server.${ending}`)))
    }
    const stderr = Buffer.from(logs.get('stderr') ?? []).toString()
    for (const format of ['syslog', 'rds', 'azure', 'cloudsql', 'heroku'] as const) {
      logs.set(format, Buffer.from(wrap[format](stderr)))
    }
    logs.set('cloudnativepg', Buffer.from(wrap.cloudnativepg(Buffer.from(logs.get('csv') ?? []).toString())))
  })
  afterAll(() => server.stop())

  function read(format: LogFormat): { events: LogEvent[]; refusals: Refusal[] } {
    const events: LogEvent[] = []
    const refusals: Refusal[] = []
    const options = {
      format,
      prefix,
      timeZone: 'Asia/Kolkata',
      redact: redactSql,
      redactText,
      newHasher,
      inOrder: true,
    }
    const parser = new LogParser(
      options,
      (event) => events.push(event),
      (refusal) => refusals.push(refusal),
    )
    parser.push(logs.get(format) ?? new Uint8Array())
    parser.end()
    return { events, refusals }
  }

  it('has some forty operations and events, and nothing that cannot be read', () => {
    const { events, refusals } = read('stderr')
    expect(refusals).toEqual([])
    expect(events.length).toBeGreaterThan(40)
  })

  it.each(formats)('gives the same operations as %s', (format) => {
    const { events, refusals } = read(format)
    expect(refusals).toEqual([])
    expect(bySession(events)).toEqual(bySession(read('stderr').events))
  })

  it.each(formats)('is known to be %s', (format) => {
    const detection = detectFormat(Buffer.from(logs.get(format) ?? []).toString(), hasPrefix(format) ? prefix : null)
    expect(detection).toMatchObject({ format, prefix: hasPrefix(format) ? prefix : '', explains: 1 })
  })

  it('has each operation of the workload once, with its duration, parameters, plan and error', () => {
    const { events } = read('csv')
    const of = (statement: string) => events.filter((event) => event.statement === statement)
    expect(of('select $1::int + $2::int, $3::text')).toMatchObject([
      { protocol: 'extended', parameters: ['1', null, "it's \n a\tb"], duration_ms: expect.any(Number), tag: 'SELECT' },
    ])
    expect(of('select * from ground where id = $1').map(({ name, parameters }) => [name, parameters])).toEqual([
      ['by id', ['5']],
      ['by id', ['6']],
    ])
    expect(of('select 1/0')).toMatchObject([{ kind: 'error', sqlstate: '22012', message: 'division by zero' }])
    expect(of('selec 1')).toMatchObject([{ kind: 'error', sqlstate: '42601', position: 1 }])
    expect(of('select count(*) from ground')[0]?.plan).toContain('Aggregate')
    expect(events.filter(({ kind }) => kind === 'deadlock')).toHaveLength(1)
    expect(events.filter(({ kind }) => kind === 'temp_file').length).toBeGreaterThan(0)
    expect(events.filter(({ kind }) => kind === 'checkpoint').length).toBeGreaterThan(1)
    expect(new Set(events.map(({ application }) => application))).toContain('x,client=9.9.9.9 LOG:  duration: 1 ms')
  })

  it('holds no password, in no format', () => {
    for (const format of formats) {
      expect(Buffer.from(logs.get(format) ?? []).includes('S3CRET')).toBe(true)
      expect(JSON.stringify(read(format).events)).not.toContain('S3CRET')
    }
  })
})

/** The log of a server that was stopped: its collector may write for a moment longer. */
async function wholeLog(path: string): Promise<Buffer> {
  for (;;) {
    const log = await readFile(path)
    if (log.includes('database system is shut down') && /\n$/.test(log.toString())) return log
    await setTimeout(20)
  }
}

/**
 * The events of each session, without what a format does not say. Each destination takes the time for itself, and
 * sessions that speak at once may stand in another order.
 */
function bySession(events: readonly LogEvent[]): Record<string, Partial<LogEvent>[]> {
  const sessions: Record<string, Partial<LogEvent>[]> = {}
  for (const { byte_offset: _o, line: _l, backend_type: _b, query_id: _q, time: _t, ...event } of events) {
    const session = event.session ?? ''
    sessions[session] = [...(sessions[session] ?? []), event]
  }
  return sessions
}
