import { describe, expect, it } from 'vitest'
import { line, readLog } from './read.ts'

describe('a statement and its duration', () => {
  it('are paired by session, though other lines come between', () => {
    const { events, summary } = readLog(
      line('LOG:  statement: select 1', { pid: 1 }) +
        line('LOG:  statement: select 2', { pid: 2 }) +
        line('LOG:  duration: 5.000 ms', { pid: 2 }) +
        line('LOG:  duration: 7.500 ms', { pid: 1 }),
    )
    expect(events.map(({ statement, duration_ms, pid }) => [pid, statement, duration_ms])).toEqual([
      [1, 'select 1', 7.5],
      [2, 'select 2', 5],
    ])
    expect(summary).toMatchObject({ records: 4, merged: 2, events: 2, refused: 0 })
  })

  it('without a duration inherits none', () => {
    const { events } = readLog(
      line('LOG:  statement: select 1') + line('LOG:  statement: select 2') + line('LOG:  duration: 2.000 ms'),
    )
    expect(events.map(({ statement, duration_ms }) => [statement, duration_ms])).toEqual([
      ['select 1', null],
      ['select 2', 2],
    ])
  })

  it('of the extended protocol are one, with its phases and one copy of the parameters', () => {
    const { events } = readLog(
      line('LOG:  duration: 0.100 ms  parse s1: select $1, $2') +
        line('LOG:  duration: 0.200 ms  bind s1/c1: select $1, $2') +
        line(`DETAIL:  Parameters: $1 = 'it''s, $2 = ''x''', $2 = NULL`) +
        line('LOG:  execute s1/c1: select $1, $2') +
        line(`DETAIL:  Parameters: $1 = 'it''s, $2 = ''x''', $2 = NULL`) +
        line('LOG:  duration: 3.000 ms'),
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      kind: 'statement',
      protocol: 'extended',
      name: 's1/c1',
      statement: 'select $1, $2',
      parameters: ["it's, $2 = 'x'", null],
      parse_ms: 0.1,
      bind_ms: 0.2,
      duration_ms: 3,
      detail: null,
    })
  })

  it('leaves a phase that no execution followed, and a duration of nothing known, as they are', () => {
    const { events } = readLog(
      line('LOG:  duration: 0.100 ms  parse <unnamed>: select 1') + line('LOG:  duration: 9.000 ms'),
    )
    expect(
      events.map(({ kind, statement, parse_ms, duration_ms }) => [kind, statement, parse_ms, duration_ms]),
    ).toEqual([
      ['duration', 'select 1', 0.1, null],
      ['duration', null, null, 9],
    ])
  })

  it('reads cursors, fast-path calls and SQL EXECUTE as one operation each', () => {
    const { events } = readLog(
      line('LOG:  execute fetch from s/c: select * from t') +
        line('LOG:  duration: 1.000 ms') +
        line('LOG:  duration: 2.000 ms  fastpath function call: "lo_open" (OID 952)') +
        line('LOG:  statement: execute p(41)') +
        line('DETAIL:  prepare: prepare p(int) as select $1 + 1') +
        line('LOG:  duration: 3.000 ms'),
    )
    expect(
      events.map(({ protocol, name, statement, duration_ms }) => [protocol, name, statement, duration_ms]),
    ).toEqual([
      ['fetch', 's/c', 'select * from t', 1],
      ['fastpath', 'lo_open', 'fastpath function call: "lo_open" (OID 952)', 2],
      ['simple', null, 'execute p(41)', 3],
    ])
    expect(events[2]?.detail).toBe('prepare: prepare p(int) as select $1 + 1')
  })
})

describe('an error', () => {
  it('closes the statement that it ends', () => {
    const { events } = readLog(
      line('LOG:  statement: select 1/0') + line('ERROR:  division by zero') + line('STATEMENT:  select 1/0'),
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      kind: 'error',
      statement: 'select 1/0',
      message: 'division by zero',
      protocol: 'simple',
    })
  })

  it('of syntax has its operation from the STATEMENT line, and its position apart', () => {
    const { events } = readLog(
      line('LOG:  statement: select 1') +
        line('ERROR:  syntax error at or near "selec" at character 1') +
        line('STATEMENT:  selec 1'),
    )
    expect(events.map(({ kind, statement, message, position }) => [kind, statement, message, position])).toEqual([
      ['statement', 'select 1', null, null],
      ['error', 'selec 1', 'syntax error at or near "selec"', 1],
    ])
  })

  it('takes SQLSTATE and place from a verbose log, where LOCATION may come before STATEMENT', () => {
    const { events } = readLog(
      line('ERROR:  42703: column "x" does not exist at character 8') +
        line('LOCATION:  errorMissingColumn, parse_relation.c:3720') +
        line('STATEMENT:  select x'),
    )
    expect(events[0]).toMatchObject({
      sqlstate: '42703',
      message: 'column "x" does not exist',
      position: 8,
      location: 'errorMissingColumn, parse_relation.c:3720',
      statement: 'select x',
    })
  })

  it('keeps DETAIL, HINT, CONTEXT and QUERY with their session, whoever speaks in between', () => {
    const { events } = readLog(
      line('ERROR:  boo', { pid: 1 }) +
        line('LOG:  statement: select 2', { pid: 2 }) +
        line('DETAIL:  d', { pid: 1 }) +
        line('HINT:  h', { pid: 1 }) +
        line('QUERY:  select inner', { pid: 1 }) +
        line('CONTEXT:  PL/pgSQL function f() line 1', { pid: 1 }),
    )
    expect(events[0]).toMatchObject({
      kind: 'error',
      detail: 'd',
      hint: 'h',
      query: 'select inner',
      context: 'PL/pgSQL function f() line 1',
    })
  })

  it('of a session that is told to go is not the fault of what it ran before', () => {
    const { events } = readLog(
      line('LOG:  statement: select 1') + line('FATAL:  terminating connection due to administrator command'),
    )
    expect(events.map(({ kind, statement }) => [kind, statement])).toEqual([
      ['statement', 'select 1'],
      ['error', null],
    ])
  })
})

describe('a plan of auto_explain', () => {
  const plan = 'LOG:  duration: 0.142 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)'

  it('belongs to the operation that runs, to the one that has just ended, or stands alone', () => {
    const inside = readLog(line('LOG:  statement: select 1') + line(plan) + line('LOG:  duration: 1.000 ms')).events
    const after = readLog(
      line('LOG:  execute <unnamed>: select 1') + line('LOG:  duration: 1.000 ms') + line(plan),
    ).events
    const before = readLog(line(plan) + line('LOG:  duration: 1.000 ms  statement: select 1')).events
    for (const events of [inside, after, before]) {
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({ kind: 'statement', statement: 'select 1', duration_ms: 1 })
      expect(events[0]?.plan).toMatch(/^Query Text: select 1\nResult /)
    }
    expect(readLog(line(plan) + line(plan)).events.map(({ kind }) => kind)).toEqual(['plan', 'plan'])
  })
})

describe('what a function says in the words of the server', () => {
  const context = line('CONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE')

  it.each([
    ['a warning', line('WARNING:  duration: 7.000 ms  statement: drop table t')],
    ['a notice', line('NOTICE:  duration: 7.000 ms')],
    ['a statement of its own', line('LOG:  statement: drop table t') + context],
    ['a duration', line('LOG:  duration: 7.000 ms') + context],
    ['the end of its session', line('LOG:  disconnection: session time: 0:00:01 user=x database=y host=z') + context],
    [
      'a statement, where CONTEXT is not logged',
      line('LOG:  statement: drop table t') + line('STATEMENT:  do $$ … $$'),
    ],
  ])('is no operation, and ends none: %s', (_, said) => {
    const { events } = readLog(line('LOG:  statement: do $$ … $$') + said + line('LOG:  duration: 2.000 ms'))
    expect(events.map(({ kind, severity }) => [kind, severity === 'LOG'])).toEqual([
      ['statement', true],
      ['other', said.includes(' LOG: ')],
    ])
    expect(events[0]).toMatchObject({ statement: 'do $$ … $$', duration_ms: 2 })
  })
})
