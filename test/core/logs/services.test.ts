import { describe, expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import type { LogFormat } from '../../../src/core/logs/state.ts'
import { readLog } from './read.ts'

/** What is detected is what is read by. */
function read(log: string, format: LogFormat) {
  const detection = detectFormat(log)
  expect(detection).toMatchObject({ format, explains: 1 })
  return readLog(log, { format, prefix: detection.prefix })
}

describe('a log of RDS', () => {
  const prefixed = (rest: string): string => `2026-11-21 10:00:00 UTC:10.0.0.1(5):ann@shop:[7]:${rest}`

  it('is one of stderr as it is downloaded', () => {
    const { events } = read(`${prefixed('LOG:  statement: select\n\t1')}\n`, 'stderr')
    expect(events).toMatchObject([{ statement: 'select\n1', user: 'ann', database: 'shop', client: '10.0.0.1' }])
  })

  it('is read through CloudWatch’s stamps, and its JSON', () => {
    const stamped = `2026-11-21T10:00:00.000Z ${prefixed('LOG:  statement: select')}\n\t1\n2026-11-21T10:00:01.000Z ${prefixed('LOG:  duration: 2.000 ms')}\n`
    const tailed = stamped.replaceAll('Z 2026', 'Z db.0 2026')
    const json = [prefixed('LOG:  statement: select\n\t1'), prefixed('LOG:  duration: 2.000 ms')]
      .map((message) => `${JSON.stringify({ timestamp: 1795255200000, message })}\n`)
      .join('')
    for (const log of [stamped, tailed, json]) {
      expect(read(log, 'rds').events).toMatchObject([{ statement: 'select\n1', duration_ms: 2 }])
    }
  })
})

describe('a log of Azure', () => {
  const line = (properties: object, category = 'PostgreSQLLogs'): string =>
    `${JSON.stringify({ properties, time: '2026-11-21T10:00:00.000Z', category, operationName: 'LogEvent' })}\n`

  it('of a flexible server has the prefix in its message, and the detail beside it', () => {
    const message =
      '2026-11-21 10:00:00.823 UTC [2030] [user=ann,db=shop,app=pgbench] LOG:  execute <unnamed>: update t set a = $1'
    const { events, summary } = read(
      line({ message, errorLevel: 'LOG', sqlerrcode: '00000', detail: "parameters: $1 = '4234'" }) +
        line({ message: 'x' }, 'PostgreSQLFlexSessions'),
      'azure',
    )
    expect(events).toMatchObject([
      { statement: 'update t set a = $1', parameters: ['4234'], pid: 2030, application: 'pgbench', user: 'ann' },
    ])
    expect(summary.others).toBe(1)
  })

  it('of a single server has prefix and severity beside its message', () => {
    const properties = {
      prefix: '2026-11-21 10:00:00 UTC-63fd3b04.cf0-',
      message: 'division by zero',
      detail: '',
      errorLevel: 'ERROR',
      sqlerrcode: '22012',
    }
    expect(read(line(properties), 'azure').events).toMatchObject([
      { kind: 'error', session: '63fd3b04.cf0', message: 'division by zero', sqlstate: '22012', detail: null },
    ])
  })
})

describe('a log of Cloud SQL', () => {
  it('has the server’s text in its payload, and others beside', () => {
    const textPayload = '2026-11-21 10:00:00.123 UTC [7]: [1-1] db=shop,user=ann LOG:  statement: select\n\t1'
    const logName = 'projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log'
    const log = [
      { textPayload, logName },
      { protoPayload: {}, logName: 'projects/p/logs/audit' },
    ]
      .map((each) => `${JSON.stringify(each)}\n`)
      .join('')
    const { events, summary } = read(log, 'cloudsql')
    expect(events).toMatchObject([{ statement: 'select\n1', user: 'ann', database: 'shop', pid: 7 }])
    expect(summary.others).toBe(1)
  })
})

describe('a log of CloudNativePG', () => {
  it('has csvlog’s fields in its records', () => {
    const record = {
      log_time: '2026-11-21 10:00:00.822 UTC',
      user_name: 'ann',
      database_name: 'shop',
      process_id: '4003',
      connection_from: '[local]',
      session_id: '69376dbf.fa3',
      error_severity: 'ERROR',
      sql_state_code: '42601',
      message: 'syntax error',
      query: 'selec 1',
      query_pos: '1',
      application_name: 'psql',
      backend_type: 'client backend',
    }
    const log =
      '{"level":"info","ts":"2026-11-21T10:00:00Z","logger":"wal-archive","msg":"Archived"}\n' +
      `${JSON.stringify({ level: 'info', logger: 'postgres', msg: 'record', logging_pod: 'c-1', record })}\n`
    const { events, summary } = read(log, 'cloudnativepg')
    expect(events).toMatchObject([
      { kind: 'error', statement: 'selec 1', position: 1, pid: 4003, sqlstate: '42601', client: '[local]' },
    ])
    expect(summary.others).toBe(1)
  })
})

it('of a service refuses a line that is none of its own', () => {
  for (const format of ['rds', 'azure', 'cloudsql', 'cloudnativepg'] as const) {
    expect(readLog('{"a":1}\n', { format }).refusals).toMatchObject([{ line: 1, text: '{"a":1}' }])
  }
})
