import { beforeAll, describe, expect, it } from 'vitest'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { type Wording, wordings } from '../../../src/core/logs/wording.ts'
import { loadRedaction } from '../../../src/main/logs/redaction.ts'
import { csv } from '../../core/logs/csv.ts'
import { line, readLog, usersPrefix } from '../../core/logs/read.ts'
import { majors } from '../../ground/shared.ts'
import { bySession, type Destination, logsOfWorkload, readServersLog, type ServersLog } from './serverLogs.ts'

const prefix = '%m [%p] %c %u %d %a %h %e '
const hostile = 'x,client=9.9.9.9 LOG:  duration: 1 ms'

beforeAll(loadRedaction)

// The points by which reading a log is judged, each under its number. Of 13, what has to do with size is in
// core/logs/endless.test.ts, a prefix that changes in core/logs/stderr.test.ts, and what grows, rotates or is packed in
// identity.test.ts.

// What a server writes of the same workload with log_error_verbosity = verbose, in each of its formats.
describe.each(majors())('what is read of a log of PostgreSQL %i', (major) => {
  const texts = new Map<Destination, string>()
  const logs = new Map<Destination, ServersLog>()

  beforeAll(async () => {
    const written = await logsOfWorkload(major, { log_line_prefix: prefix, log_error_verbosity: 'verbose' })
    for (const [format, log] of written) {
      texts.set(format, Buffer.from(log).toString())
      logs.set(format, readServersLog(log, format, prefix))
    }
  })

  /** Asks the same of each format. */
  function inEach(look: (events: LogEvent[], of: (statement: string) => LogEvent[], log: ServersLog) => void): void {
    expect(logs.size).toBe(major >= 15 ? 3 : 2)
    for (const log of logs.values()) {
      look(log.events, (statement) => log.events.filter((event) => event.statement === statement), log)
    }
  }

  it('1. a statement is paired with its duration by session; phases and parameters are one with it', () => {
    inEach((events, of) => {
      expect(of('select $1::int + $2::int, $3::text')).toMatchObject([
        {
          kind: 'statement',
          protocol: 'extended',
          parameters: ['1', null, "it's \n a\tb"],
          detail: null,
          parse_ms: expect.any(Number),
          bind_ms: expect.any(Number),
          duration_ms: expect.any(Number),
        },
      ])
      expect(of('create table ground (id int primary key, v text)')).toMatchObject([
        { protocol: 'simple', duration_ms: expect.any(Number) },
      ])
      // Two sessions waited for each other: each update has the duration of its own, and what failed has none.
      const updates = events.filter(
        ({ kind, statement }) => kind !== 'lock_wait' && statement?.startsWith('update ground'),
      )
      expect(updates).toHaveLength(4)
      const failed = updates.filter(({ kind }) => kind === 'deadlock')
      expect(failed).toMatchObject([{ severity: 'ERROR', sqlstate: '40P01', duration_ms: null }])
      for (const each of updates) if (!failed.includes(each)) expect(each.duration_ms).toBeGreaterThan(0)
    })
  })

  it('2. a syntax error is an operation by its STATEMENT line, and a run-time error closes the open one', () => {
    inEach((_, of) => {
      expect(of('selec 1')).toMatchObject([{ kind: 'error', sqlstate: '42601', position: 1, duration_ms: null }])
      expect(of('select 1/0')).toMatchObject([{ kind: 'error', message: 'division by zero', duration_ms: null }])
    })
  })

  it('3. DETAIL, HINT, CONTEXT, STATEMENT and LOCATION belong to their session’s last message', () => {
    inEach((events) => {
      const [raised] = events.filter(({ message }) => message === 'boo')
      expect(raised).toMatchObject({ kind: 'error', detail: 'd', hint: 'h', sqlstate: 'P0042' })
      expect(raised?.context).toContain('PL/pgSQL function inline_code_block')
      expect(raised?.location).toMatch(/^exec_stmt_raise, pl_exec\.c:\d+$/)
      expect(raised?.statement).toContain('raise exception')
    })
    // A server says LOCATION before STATEMENT, and others speak in between.
    const lines = texts.get('stderr')?.split('\n') ?? []
    const error = lines.findIndex((each) => each.includes('ERROR:  22012: division by zero'))
    expect(lines.slice(error, error + 3).map((each) => /(?:ERROR|LOCATION|STATEMENT): {2}/.exec(each)?.[0])).toEqual([
      'ERROR:  ',
      'LOCATION:  ',
      'STATEMENT:  ',
    ])
  })

  it('4. a continuation loses one tab, and a line of a statement that looks like a prefix is harmless', () => {
    const statement =
      'select\n  1 as "a\nb"\n-- 2026-01-01 00:00:00.000 UTC [1] 1.1 u d a h 00000 LOG:  statement: fake\n\t\tas c'
    inEach((events, of) => {
      expect(of(statement)).toHaveLength(1)
      expect(events.filter(({ user }) => user === 'u')).toEqual([])
    })
  })

  it('5. a name of an application cannot speak for others', () => {
    expect(texts.get('stderr')).toContain(`${hostile} 127.0.0.1 `)
    inEach((events) => {
      const spoken = events.filter(({ application }) => application === hostile)
      expect(spoken.length).toBeGreaterThan(20)
      for (const { client, user, database } of spoken) {
        expect([client, user, database]).toEqual(['127.0.0.1', 'postgres', 'postgres'])
      }
      expect(events.filter(({ client }) => client === '9.9.9.9')).toEqual([])
    })
  })

  it('8. a log may hold bytes of Latin-1, NUL, ESC and CR, in each format', () => {
    for (const [format, text] of texts) {
      const [before = '', after = ''] = text.split('select 1/0', 2)
      const rest = text.slice(before.length + 'select 1/0'.length + after.length)
      // As a client of another encoding has them written; an escape would be two bytes more.
      const strange = Buffer.concat([
        Buffer.from(`${before}select 1/0 --caf`),
        Buffer.of(0xe9, 0),
        Buffer.from(`${after}${rest}`.replaceAll('\n', '\r\n')),
      ])
      const { events, refusals } = readServersLog(strange, format, prefix)
      expect(refusals, format).toEqual([])
      expect(events.filter(({ statement }) => statement === 'select 1/0 --café').length, format).toBeGreaterThan(0)
      expect(
        events.filter(({ statement }) => statement?.includes('ä€😀')),
        format,
      ).toHaveLength(1)
      expect(JSON.stringify(events)).not.toContain('\\u0000')
    }
  })

  it('9. log_error_verbosity = verbose: SQLSTATE and LOCATION are no part of the message, nor is “at character N”', () => {
    expect(texts.get('stderr')).toMatch(/ERROR: {2}42601: syntax error at or near "selec" at character 1\n/)
    inEach((events, of) => {
      expect(of('selec 1')).toMatchObject([
        { message: 'syntax error at or near "selec"', sqlstate: '42601', position: 1 },
      ])
      expect(of('selec 1')[0]?.location).toMatch(/^scanner_yyerror, scan\.l:\d+$/)
      expect(events.filter(({ message }) => /^[0-9A-Z]{5}: |^LOCATION/.test(message ?? ''))).toEqual([])
      // What only looks like a position is the message's own.
      expect(events.filter(({ message }) => message === 'look at character 5')).toHaveLength(1)
    })
  })

  it('10. EXECUTE, cursors and several statements in one string are one operation each', () => {
    inEach((_, of) => {
      expect(of('execute p(41)')).toMatchObject([
        { detail: 'prepare: prepare p(int) as select $1 + 1', tag: 'EXECUTE' },
      ])
      expect(of('fetch 3 from c')).toMatchObject([{ tag: 'FETCH', duration_ms: expect.any(Number) }])
      expect(
        of("insert into ground select g, repeat('x', 10) from generate_series(1, 1000) g; select 1; select 2"),
      ).toHaveLength(1)
    })
  })

  it('11. no secret of a statement, an error, a context or a parameter is told', () => {
    for (const [format, text] of texts) {
      expect(text, format).toContain('S3CRET')
      expect(JSON.stringify(logs.get(format)), format).not.toContain('S3CRET')
    }
  })

  it('13. a last line without its end waits: cut anywhere, the log gives what the whole gives', () => {
    for (const [format, text] of texts) {
      const whole = Buffer.from(text)
      for (const share of [0.13, 0.5, 0.87]) {
        const { events, refusals } = readServersLog(whole.subarray(0, whole.length * share), format, prefix)
        expect(refusals.length, format).toBeLessThanOrEqual(1)
        // All but what was open, and what the cut has torn.
        const told = new Map(logs.get(format)?.events.map((event) => [event.byte_offset, event]))
        const changed = events.filter((event) => told.get(event.byte_offset)?.message !== event.message)
        expect(changed.length, format).toBeLessThanOrEqual(3)
      }
    }
  })

  it('14. plans belong to their operations; what the server does itself has a kind of its own', () => {
    inEach((events, of) => {
      expect(of('select count(*) from ground')).toMatchObject([
        { kind: 'statement', plan: expect.stringContaining('Aggregate'), duration_ms: expect.any(Number) },
      ])
      const kinds = new Set(events.map(({ kind }) => kind))
      for (const kind of ['checkpoint', 'temp_file', 'lock_wait', 'deadlock', 'connection', 'disconnection'] as const) {
        expect(kinds).toContain(kind)
      }
    })
  })

  it('15. the same workload gives the same operations in each format', () => {
    const [first, ...others] = [...logs.values()].map(({ events }) => bySession(events))
    expect(others).toHaveLength(major >= 15 ? 2 : 1)
    for (const other of others) expect(other).toEqual(first)
    inEach((_events, _of, { refusals }) => expect(refusals).toEqual([]))
  })
})

/** A statement and an error as a server of this language writes them. */
function inWords({ severities, labels, messages }: Wording): string {
  const [log = '', error = ''] = severities
  const statement = (messages.statement?.[0] ?? '').replace('%s', 'select 2')
  const duration = (messages.duration?.[0] ?? '').replace('%s', '1,500')
  return (
    line(`${error}:  x`) +
    line(`${labels.statement}select 1/0`) +
    line(`${log}:  ${statement}`) +
    line(`${log}:  ${duration}`)
  )
}

// The servers of the tests have no catalogs of messages: these are the words of the catalogs themselves.
describe('6. severities and labels are translated, and durations may have a decimal comma', () => {
  const expected = [
    ['error', 'ERROR', 'select 1/0', null],
    ['statement', 'LOG', 'select 2', 1.5],
  ]
  const told = (log: string) =>
    readLog(log).events.map(({ kind, severity, statement, duration_ms }) => [kind, severity, statement, duration_ms])

  it.each(Object.keys(wordings))('in %s', (language) => {
    const wording = wordings[language]
    expect(wording).toBeDefined()
    if (wording !== undefined) expect(told(inWords(wording))).toEqual(expected)
  })

  it('in a log that mixes all of them', () => {
    const languages = Object.values(wordings)
    expect(languages.length).toBeGreaterThanOrEqual(11)
    expect(told(languages.map(inWords).join(''))).toEqual(languages.flatMap(() => expected))
  })
})

it('7. an ambiguous zone is asked for, an unknown one taken from who knows it, and GMT+3 has the sign of POSIX', () => {
  const at = (text: string, timeZone: string | null = null) =>
    readLog(`${text} [1] LOG:  statement: select 1\n`, { prefix: '%t [%p] ', timeZone })
  expect(at('2026-07-01 12:00:00 IST').events[0]?.time).toBeNull()
  expect(at('2026-07-01 12:00:00 IST').summary.unknownZones).toEqual(['IST'])
  expect(at('2026-07-01 12:00:00 IST', 'Asia/Kolkata').events[0]?.time).toBe('2026-07-01T06:30:00Z')
  expect(at('2026-07-01 12:00:00 WIB', 'Asia/Jakarta').events[0]?.time).toBe('2026-07-01T05:00:00Z')
  expect(at('2026-07-01 12:00:00 GMT+3').events[0]?.time).toBe('2026-07-01T15:00:00Z')
})

it('10. what is fetched from a portal, and a call of the fast path, are one operation each', () => {
  const { events } = readLog(
    line('LOG:  execute fetch from s/c: select * from t') +
      line('LOG:  duration: 1.000 ms') +
      line('LOG:  duration: 2.000 ms  fastpath function call: "lo_open" (OID 952)'),
  )
  expect(events).toMatchObject([
    { protocol: 'fetch', name: 's/c', statement: 'select * from t', duration_ms: 1 },
    { protocol: 'fastpath', name: 'lo_open', duration_ms: 2 },
  ])
})

it('12. a csv record with a wrong count of columns is told, and the next one is read', () => {
  const damaged = csv('statement: select 2').replace('"SELECT",', '"SELECT",,')
  const { events, refusals } = readServersLog(
    csv('statement: select 1') + damaged + csv('statement: select 3'),
    'csv',
    usersPrefix,
  )
  expect(events.map(({ statement }) => statement)).toEqual(['select 1', 'select 3'])
  expect(refusals).toMatchObject([{ line: 2, reason: 'It has 27 columns; csvlog has 23, 24 or 26.' }])
})
