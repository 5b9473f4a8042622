import { beforeAll, describe, expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import { hasPrefix, type LogFormat } from '../../../src/core/logs/state.ts'
import { loadRedaction } from '../../../src/main/logs/redaction.ts'
import { majors } from '../../ground/shared.ts'
import { bySession, logsOfWorkload, readServersLog } from './serverLogs.ts'
import { wrap } from './wrapping.ts'

const prefix = '%m [%p] %c %u %d %a %h %e '

beforeAll(loadRedaction)

describe.each(majors())('the log of PostgreSQL %i', (major) => {
  const written = major >= 15 ? (['stderr', 'csv', 'json'] as const) : (['stderr', 'csv'] as const)
  const formats: LogFormat[] = [...written, 'syslog', 'cloudnativepg', 'rds', 'azure', 'cloudsql', 'heroku']
  const logs = new Map<LogFormat, Uint8Array>()

  beforeAll(async () => {
    for (const [format, log] of await logsOfWorkload(major, { log_line_prefix: prefix })) logs.set(format, log)
    const stderr = Buffer.from(logs.get('stderr') ?? []).toString()
    for (const format of ['syslog', 'rds', 'azure', 'cloudsql', 'heroku'] as const) {
      logs.set(format, Buffer.from(wrap[format](stderr)))
    }
    logs.set('cloudnativepg', Buffer.from(wrap.cloudnativepg(Buffer.from(logs.get('csv') ?? []).toString())))
  })

  const read = (format: LogFormat) => readServersLog(logs.get(format) ?? new Uint8Array(), format, prefix)

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
