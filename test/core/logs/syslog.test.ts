import { describe, expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import { readLog } from './read.ts'

const options = {
  format: 'syslog',
  prefix: 'user=%u,db=%d ',
  timeZone: 'Europe/Berlin',
  writtenBy: '2026-11-21T12:00:00Z',
} as const
const own = 'user=ann,db=shop '
const bsd = (text: string, { pid = 7, day = 'Nov 21' } = {}): string =>
  `${day} 10:00:00 db1 postgres[${pid}]: ${text}\n`

describe('a log of syslog', () => {
  it('gives time and process from the daemon’s own words, where the prefix does not', () => {
    const { events, refusals } = readLog(bsd(`[5] ${own}LOG:  statement: select 1`), options)
    expect(refusals).toEqual([])
    expect(events).toMatchObject([
      { time: '2026-11-21T09:00:00Z', pid: 7, session: '7', user: 'ann', database: 'shop', statement: 'select 1' },
    ])
  })

  it.each([
    ['RFC 3164 with a priority', `<134>${bsd(`[5] ${own}LOG:  statement: select 1`)}`, '2026-11-21T09:00:00Z'],
    [
      'ISO 8601',
      `2026-11-21T10:00:00.123456+05:30 db1 postgres[7]: [5] ${own}LOG:  statement: select 1\n`,
      '2026-11-21T04:30:00.123456Z',
    ],
    [
      'journalctl -o short-iso',
      `-- Boot 0123456789abcdef --\n2026-11-21T10:00:00+0530 db1 postgres[7]: ${own}LOG:  statement: select 1\n`,
      '2026-11-21T04:30:00Z',
    ],
    [
      'RFC 5424',
      `<134>1 2026-11-21T10:00:00.123Z db1 postgres 7 - - [5] ${own}LOG:  statement: select 1\n`,
      '2026-11-21T10:00:00.123Z',
    ],
    [
      'RFC 5424 with data',
      `<134>1 2026-11-21T10:00:00Z db1 postgres 7 ID1 [x@1 a="b"] [5] ${own}LOG:  statement: select 1\n`,
      '2026-11-21T10:00:00Z',
    ],
  ])('reads %s', (_, line, time) => {
    const timeZone = line.includes('T10') ? null : options.timeZone
    expect(readLog(line, { ...options, timeZone }).events).toMatchObject([{ statement: 'select 1', pid: 7, time }])
    expect(detectFormat(line, options.prefix)).toMatchObject({ format: 'syslog', explains: 1 })
  })

  it('puts pieces together by process and number, whoever speaks in between', () => {
    const { events, refusals, summary } = readLog(
      bsd(`[5-1] ${own}LOG:  statement: select 1,`) +
        bsd(`[8-1] ${own}LOG:  statement: update`, { pid: 8 }) +
        bsd('[5-2] #011#011two') +
        'Nov 21 10:00:00 db1 cron[99]: (root) CMD (true)\n' +
        bsd('[8-2]  t set a = 1', { pid: 8 }) +
        bsd(`[9] ${own}LOG:  duration: 3.000 ms`, { pid: 8 }) +
        bsd(`[6-1] ${own}ERROR:  division by zero`) +
        bsd(`[6-2] ${own}STATEMENT:  select 1,`) +
        bsd('[6-3] #011#011two'),
      options,
    )
    expect(refusals).toEqual([])
    expect(summary.others).toBe(1)
    expect(events.map(({ pid, kind, statement, duration_ms }) => [pid, kind, statement, duration_ms])).toEqual([
      [7, 'error', 'select 1,\n\ttwo', null],
      [8, 'statement', 'update t set a = 1', 3],
    ])
  })

  it('reads pieces that have their own number alone, and none', () => {
    const { events } = readLog(
      bsd(`${own}LOG:  statement: select 1`) +
        bsd(`[1] ${own}LOG:  statement: select 2,`, { pid: 8 }) +
        bsd('[2] #0112', { pid: 8 }) +
        bsd(`[1] ${own}LOG:  statement: select 3`, { pid: 8 }),
      options,
    )
    expect(events.map(({ statement }) => statement)).toEqual(['select 1', 'select 2,\n2', 'select 3'])
  })

  it('reads line feeds that were escaped instead of cut at', () => {
    const text = bsd(`[5] ${own}LOG:  statement: select#012#011#011'a#033'`)
    expect(readLog(text, options).events).toMatchObject([{ statement: "select\n\t'a\u001b'" }])
  })

  it.each([
    ['Dec 31', '2025-12-31'],
    ['Jan  1', '2026-01-01'],
    ['Nov 22', '2026-11-22'],
    ['Nov 23', '2025-11-23'],
  ])('takes %s for the last such day before the file was written', (day, date) => {
    const { events } = readLog(bsd(`[5] ${own}LOG:  statement: select 1`, { day }), { ...options, timeZone: '+00:00' })
    expect(events[0]?.time).toBe(`${date}T10:00:00Z`)
  })

  it('has no times, and says so, where neither year nor zone is known', () => {
    const text = bsd(`[5] ${own}LOG:  statement: select 1`)
    expect(readLog(text, { ...options, timeZone: null })).toMatchObject({
      events: [{ time: null }],
      summary: { unknownZones: ['local'] },
    })
    expect(readLog(text, { ...options, writtenBy: null }).events).toMatchObject([{ time: null }])
  })

  it('refuses a line that is none of a daemon’s', () => {
    const { refusals } = readLog('hello\n', options)
    expect(refusals).toEqual([
      { offset: 0, line: 1, reason: 'It does not begin as a line of this log does.', text: 'hello' },
    ])
  })
})

describe('a log of Heroku', () => {
  const prefix =
    ' sql_error_code = %e time_ms = "%m" pid="%p" proc_start_time="%s" session_id="%c" vtid="%v" tid="%x" log_line="%l" database="%d" connection_source="%r" user="%u" application_name="%a" '
  const fields =
    ' sql_error_code = 00000 time_ms = "2026-06-05 19:33:14.793 UTC" pid="1991397" proc_start_time="2026-06-05 19:33:12 UTC" session_id="647e3878.1e62e5" vtid="2/0" tid="0" log_line="3" database="shop" connection_source="10.0.0.1(12345)" user="ann" application_name="web" '
  const expected = {
    statement: 'WITH naptime(value) AS (\nSELECT 1)',
    duration_ms: 2405.887,
    session: '647e3878.1e62e5',
    pid: 1991397,
    user: 'ann',
    client: '10.0.0.1',
    application: 'web',
    time: '2026-06-05T19:33:14.793Z',
  }

  it('is read as it is shown, and as a drain gets it', () => {
    const shown =
      `2026-06-05T19:33:14.000000+00:00 app[postgres.1105947]: [YELLOW] [12-1] ${fields}LOG:  duration: 2405.887 ms  statement: WITH naptime(value) AS (\n` +
      '2026-06-05T19:33:14.000000+00:00 heroku[router]: at=info method=GET path="/"\n' +
      '2026-06-05T19:33:14.000000+00:00 app[postgres.1105947]: [YELLOW] [12-2] \tSELECT 1)\n'
    const drained =
      `451 <134>1 2026-06-05T19:33:14+00:00 host app postgres.1105947 - [YELLOW] [12-1] ${fields}LOG:  duration: 2405.887 ms  statement: WITH naptime(value) AS (\n` +
      '90 <134>1 2026-06-05T19:33:18+00:00 host app heroku-postgres - source=YELLOW sample#db_size=1bytes\n' +
      '85 <134>1 2026-06-05T19:33:14+00:00 host app postgres.1105947 - [YELLOW] [12-2] \tSELECT 1)\n'
    for (const log of [shown, drained]) {
      expect(detectFormat(log)).toMatchObject({ format: 'heroku', prefix, explains: 1 })
      const { events, refusals, summary } = readLog(log, { format: 'heroku', prefix })
      expect(refusals).toEqual([])
      expect(events).toMatchObject([expected])
      expect(summary.others).toBe(1)
    }
  })
})
