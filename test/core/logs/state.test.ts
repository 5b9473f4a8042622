import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import { type ParserState, parserState } from '../../../src/core/logs/state.ts'
import { csv } from './csv.ts'
import { line, parserOptions, type Read, type ReadOptions, usersPrefix } from './read.ts'

const encoder = new TextEncoder()

/** Reads a log; at each of the cuts another parser goes on, with what the one before kept as text. */
function readWithCuts(bytes: Uint8Array, options: ReadOptions, cuts: readonly number[]): Read {
  const events: LogEvent[] = []
  const refusals: Refusal[] = []
  const begin = (state: ParserState | null): LogParser =>
    new LogParser(
      parserOptions(options, false),
      (event) => events.push(event),
      (refusal) => refusals.push(refusal),
      state,
    )
  const { chunk = bytes.length } = options
  let parser = begin(null)
  let at = 0
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    for (; at < cut; at += Math.min(chunk, cut - at)) parser.push(bytes.subarray(at, Math.min(at + chunk, cut)))
    if (cut === bytes.length) break
    const state = parserState.parse(JSON.parse(JSON.stringify(parser.state())))
    parser = begin(state)
    at = state.from
  }
  return { events, refusals, summary: parser.end() }
}

const hostile = 'x,client=9.9.9.9 LOG:  duration: 1 ms'

/** What opens, goes on and ends in four sessions, in any order. */
const messages = [
  'LOG:  connection received: host=127.0.0.1 port=5',
  `LOG:  connection authorized: user=ann database=shop application_name=${hostile}`,
  'LOG:  disconnection: session time: 0:00:01.000 user=ann database=shop host=127.0.0.1 port=5',
  'LOG:  statement: select 1',
  "LOG:  statement: select 'ä€😀'\n\tfrom t\n\t\t-- more",
  'LOG:  duration: 2.000 ms',
  'LOG:  duration: 3.000 ms  statement: select 3',
  'LOG:  duration: 0.100 ms  parse p: select $1',
  'LOG:  duration: 0.200 ms  bind p: select $1',
  'LOG:  execute p: select $1',
  "DETAIL:  Parameters: $1 = 'a\n\tb'",
  'ERROR:  division by zero at character 3',
  'PANIC:  no more',
  'STATEMENT:  select 1',
  'CONTEXT:  PL/pgSQL function f() line 1',
  'LOG:  duration: 0.142 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)',
  'LOG:  temporary file: path "base/1", size 8192',
]

const stderrLog = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.tuple(fc.constantFrom(...messages), fc.integer({ min: 1, max: 4 }), fc.boolean()) },
      { weight: 1, arbitrary: fc.constantFrom('\tlost\n', '\n', 'no prefix\n\tand more\n', '\r\n') },
    ),
    { maxLength: 40 },
  )
  .map((lines) =>
    lines
      .map((each) =>
        typeof each === 'string' ? each : line(each[0], { pid: each[1], app: each[2] ? hostile : 'psql' }),
      )
      .join(''),
  )

/** The same messages as a daemon writes them: cut in pieces, with lines of others between. */
const syslogLog = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.tuple(fc.constantFrom(...messages), fc.integer({ min: 1, max: 3 })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('no line of a daemon', 'Nov 21 10:00:00 db1 cron[9]: (root) CMD (true)'),
      },
    ),
    { maxLength: 25 },
  )
  .chain((all) =>
    fc.array(fc.nat(), { minLength: 3, maxLength: 60 }).map((turns) => {
      const queues = [1, 2, 3].map((pid) =>
        all.flatMap((each, index) => {
          if (typeof each === 'string' || each[1] !== pid) return []
          const pieces = `user=ann,db=shop ${each[0]}`.split(/\n|(?= from)/)
          return pieces.map(
            (piece, at) =>
              `Nov 21 10:00:00 db1 postgres[${pid}]: [${index}-${at + 1}] ${piece.replaceAll('\t', '#011')}`,
          )
        }),
      )
      const others = all.filter((each) => typeof each === 'string')
      const lines = turns.flatMap((turn) => (turn % 7 === 0 ? others : (queues[turn % 3] ?? [])).splice(0, 1))
      return [...lines, ...queues.flat(), ...others].map((each) => `${each}\n`).join('')
    }),
  )

/** A log whose prefix changes, and changes back, with lines between that have none. */
const changingLog = fc
  .array(
    fc.tuple(
      fc.constantFrom('%m [%p] ', 'users', 'none'),
      fc.array(fc.tuple(fc.constantFrom(...messages), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 20 }),
    ),
    { maxLength: 6 },
  )
  .map((runs) =>
    runs
      .flatMap(([prefix, lines]) =>
        lines.map(([message, pid]) => {
          if (prefix === 'users') return line(message, { pid })
          return prefix === 'none' ? `<<${message}\n` : `2026-11-21 10:00:00.123 UTC [${pid}] ${message}\n`
        }),
      )
      .join(''),
  )

const csvLog = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom(...messages), fc.integer({ min: 1, max: 4 }))
        .map(([message, pid]) =>
          csv(message.replace(/^[A-Z]+: {2}/, ''), { severity: /^[A-Z]+/.exec(message)?.[0] ?? 'LOG', pid }),
        ),
      fc.constantFrom('torn,"\n', '\n'),
    ),
    { maxLength: 30 },
  )
  .map((lines) => lines.join(''))

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 })

describe('a parser that goes on from the state of another', () => {
  it.each([
    ['stderr', 'stderr', stderrLog, usersPrefix],
    ['csv', 'csv', csvLog, ''],
    ['syslog', 'syslog', syslogLog, 'user=%u,db=%d '],
    ['stderr log with changing prefixes', 'stderr', changingLog, usersPrefix],
  ] as const)('tells the same of a %s log, wherever it is cut', (_, format, logs, prefix) => {
    const options = { format, prefix, timeZone: '+00:00', writtenBy: '2026-11-21T12:00:00Z' }
    fc.assert(
      fc.property(logs, cuts, fc.integer({ min: 1, max: 4000 }), (text, shares, chunk) => {
        const bytes = encoder.encode(text)
        const whole = readWithCuts(bytes, options, [])
        const at = shares.map((share) => Math.floor(share * bytes.length))
        expect(readWithCuts(bytes, { ...options, chunk }, at)).toEqual(whole)
      }),
      { numRuns: 300 },
    )
  })

  it('tells the same of a log cut at each of its bytes', () => {
    const bytes = encoder.encode(messages.map((message, index) => line(message, { pid: 1 + (index % 2) })).join(''))
    const whole = readWithCuts(bytes, {}, [])
    for (let cut = 0; cut < bytes.length; cut += 1) expect(readWithCuts(bytes, {}, [cut])).toEqual(whole)
  })

  // An error of something else ends an operation without being a part of it: read again, the operation has ended too.
  it.each([
    ['LOG:  statement: select 1', 'PANIC:  no more', 'LOG:  duration: 2.000 ms'],
    ['LOG:  execute p: select $1', 'PANIC:  no more', 'LOG:  duration: 0.142 ms  plan:\n\tQuery Text: select 1'],
    ['LOG:  statement: select 1', 'PANIC:  no more', 'LOG:  duration: 0.142 ms  plan:\n\tQuery Text: select 1'],
    [
      'LOG:  statement: select 1',
      'LOG:  duration: 0.100 ms  parse p: select $1',
      'ERROR:  no such thing',
      'STATEMENT:  select $1',
      'LOG:  duration: 3.000 ms',
      'LOG:  duration: 0.142 ms  plan:\n\tQuery Text: select 1',
    ],
  ])('knows what has ended, wherever it is cut: %s, %s', (...lines) => {
    const last = 'LOG:  connection received: host=127.0.0.1 port=5'
    const bytes = encoder.encode([...lines, last, last].map((message) => line(message, { pid: 1 })).join(''))
    const whole = readWithCuts(bytes, {}, [])
    for (let cut = 0; cut < bytes.length; cut += 1) expect(readWithCuts(bytes, {}, [cut])).toEqual(whole)
  })

  it('reads again from where the first open statement stands, and nothing else of what lies between', () => {
    const open = line('LOG:  statement: select pg_sleep(3600)', { pid: 1 })
    const others = line('LOG:  duration: 1.000 ms  statement: select 2', { pid: 2 }).repeat(50)
    const bytes = encoder.encode(open + others + line('LOG:  duration: 9.000 ms', { pid: 1 }))
    const { events, summary } = readWithCuts(bytes, {}, [open.length + others.length])
    expect(events).toHaveLength(51)
    expect(events.at(-1)).toMatchObject({ statement: 'select pg_sleep(3600)', duration_ms: 9, byte_offset: 0 })
    expect(summary).toMatchObject({ events: 51, records: 52, merged: 1, refused: 0, bytes: bytes.length })
  })

  it('has a state without any text of a statement, and small though the statement is long', () => {
    const secret = `create role a password 'S3CRET'; select '${'x'.repeat(5_000_000)}'`
    const parser = new LogParser(
      parserOptions({}, false),
      () => undefined,
      () => undefined,
    )
    parser.push(encoder.encode(line(`LOG:  statement: ${secret}`) + line('LOG:  duration: 1 ms', { pid: 2 })))
    const text = JSON.stringify(parser.state())
    expect(text).not.toContain('S3CRET')
    expect(text.length).toBeLessThan(2000)
    expect(parserState.parse(JSON.parse(text)).parts).toMatchObject([{ offset: 0, session: '100' }])
  })

  it('refuses a log that is shorter than what was read of it', () => {
    const bytes = encoder.encode(line('LOG:  statement: select 1') + line('LOG:  checkpoint starting: time'))
    const begin = (state: ParserState | null) =>
      new LogParser(
        parserOptions({}, false),
        () => undefined,
        () => undefined,
        state,
      )
    const first = begin(null)
    first.push(bytes)
    const again = begin(first.state())
    again.push(bytes.subarray(0, 20))
    expect(() => again.end()).toThrow('The log ends before the byte at which its reading had stopped.')
  })
})
