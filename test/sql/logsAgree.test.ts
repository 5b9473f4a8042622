import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { csv } from '../core/logs/csv.ts'
import { readLog } from '../core/logs/read.ts'
import { sharedServer } from '../ground/shared.ts'
import { rowsOf, TestDatabase } from './tracked.ts'

// A paste in SQL finds the operations that the application finds in the same text.

const prefix = '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '

interface Session {
  pid?: number
  app?: string
  user?: string
  db?: string
}

function line(message: string, { pid = 7, app = 'psql', user = 'ann', db = 'shop' }: Session = {}): string {
  const head = `2026-03-01 10:00:00.000 UTC [${pid}]: [1-1] user=${user},db=${db},app=${app},client=10.0.0.1 `
  return `${head}${message.replaceAll('\n', '\n\t')}\n`
}

/** Messages of one session. */
const lines = (...messages: string[]): string => messages.map((message) => line(message)).join('')

const duration = 'LOG:  duration: 1.000 ms'
const one = `LOG:  statement: select 1`
const [comma, names] = [{ app: 'a,b client=x' }, { user: 'a@b, c"d', db: 'my db' }]

let count = 0
const json = (fields: object): string => {
  count += 1
  const record = { timestamp: '2026-03-01 10:00:00.123 UTC', user: 'ann', dbname: 'shop', pid: 7, session_id: 'a.7' }
  return `${JSON.stringify({ ...record, line_num: count, error_severity: 'LOG', ...fields })}\n`
}

const texts: Record<string, string> = {
  'two sessions':
    line(one, { pid: 1 }) + line(one, { pid: 2 }) + line(duration, { pid: 1 }) + line(duration, { pid: 2 }),
  'commas in an application': line(one, comma) + line(duration, comma),
  'signs and blanks in names': line(one, names) + line(duration, names),
  'a line that looks like a prefix': line(`LOG:  statement: select\n\t1\n\n${line('LOG:  statement: fake').trimEnd()}`),
  CRLF: lines('LOG:  statement: select\n1', duration).replaceAll('\n', '\r\n'),
  'a bare CR': lines('LOG:  statement: select\r1', duration),
  'a mark of byte order': `\ufeff${line(one)}`,
  'empty lines': `\n\n${line(one)}\n${line(duration)}`,
  'phases and parameters': lines(
    'LOG:  duration: 0.100 ms  parse s1: select $1',
    'LOG:  duration: 0.200 ms  bind s1: select $1',
    "DETAIL:  parameters: $1 = 'x'",
    'LOG:  execute s1: select $1',
    "DETAIL:  parameters: $1 = 'x'",
    duration,
  ),
  'phases of what is not executed': lines('LOG:  duration: 0.100 ms  parse s1: select $1', one),
  'a portal': lines('LOG:  execute s/p: select 1: 2', duration),
  'what is fetched': lines('LOG:  execute fetch from s/c: select 1', duration),
  'the fast path': lines(
    'LOG:  duration: 2.000 ms  fastpath function call: "lo_open" (OID 952)',
    'LOG:  fastpath function call: "lo_open" (OID 952)',
    duration,
  ),
  'a syntax error': lines('ERROR:  syntax error at or near "selec" at character 1', 'STATEMENT:  selec 1'),
  'an error in its operation': lines(one, 'ERROR:  division by zero', 'STATEMENT:  select 1', one),
  'an error of something else': lines('LOG:  statement: select f()', 'ERROR:  no', 'STATEMENT:  select g()', duration),
  'an error without its statement': lines(one, 'ERROR:  canceling statement due to statement timeout', one),
  'an error in capitals': lines(one, 'ERROR:  HELLO: it is at character 5'),
  'verbose errors': lines(
    'ERROR:  42601: no at character 1',
    'LOCATION:  scanner_yyerror, scan.l:1',
    'STATEMENT:  selec 1',
  ),
  'verbose messages': lines(
    'LOG:  00000: statement: select 1',
    'LOCATION:  exec_simple_query, postgres.c:1',
    'LOG:  00000: duration: 1.000 ms',
    'LOCATION:  exec_simple_query, postgres.c:1',
  ),
  'an idle session that is ended': lines(one, 'FATAL:  terminating connection due to administrator command', duration),
  'a panic': lines(one, 'PANIC:  no more', duration),
  'a panic where durations are told': lines(one, duration, one, 'PANIC:  no more'),
  'a refused login': lines(
    'FATAL:  password authentication failed for user "ann"',
    'DETAIL:  Connection matched line 1',
  ),
  'what functions say': lines(
    'LOG:  statement: select f()',
    'WARNING:  duration: 7.000 ms  statement: drop table t',
    duration,
  ),
  'what functions log': lines(
    'LOG:  statement: select f()',
    'LOG:  statement: x',
    'CONTEXT:  PL/pgSQL function f()',
    duration,
  ),
  'a plan': lines(one, 'LOG:  duration: 0.010 ms  plan:\nQuery Text: select 1\nResult', duration),
  'a duration alone': line(duration),
  'what was prepared': lines('LOG:  statement: EXECUTE p(1)', 'DETAIL:  prepare: PREPARE p AS select $1', duration),
  'events of the server': lines(
    'LOG:  checkpoint starting: time',
    one,
    'LOG:  temporary file: path "x", size 1',
    duration,
  ),
  'several statements': lines('LOG:  statement: select 1; select 2;\nselect 3', duration),
  'a decimal comma': line('LOG:  duration: 1,500 ms  statement: select 1'),
  'a process id that is used again': lines(one, 'LOG:  connection received: host=1 port=2', duration),
  'a session that ends': lines(
    one,
    'LOG:  disconnection: session time: 0:00:01.000 user=ann database=shop host=x',
    duration,
  ),
  'lines of others': `sh: 1: not found\n${line(one)}junk\n${line(duration)}`,
  'a log that begins within a message': `\tcontinued\n${lines('DETAIL:  x', one)}`,
  'a deadlock': lines(
    'LOG:  statement: update t',
    'ERROR:  deadlock detected',
    'DETAIL:  Process 1\nProcess 2',
    'STATEMENT:  update t',
  ),
  'other letters': line("LOG:  statement: select 'ä€😀', '\u202e'", { user: 'ünï' }) + line(duration, { user: 'ünï' }),
  'nothing to run': lines('LOG:  statement: ', duration),
  'background processes': line('LOG:  automatic vacuum of table "a.b.c"', { user: '', db: '', app: '' }) + line(one),
  csvlog: csv('statement: select "a""b",\n\'x,y\'') + csv('duration: 2.000 ms'),
  'a csvlog that is damaged':
    csv('statement: select 1') +
    csv('statement: select 2').replace('"SELECT",', '"SELECT",,,,') +
    csv('statement: select 3'),
  jsonlog:
    json({ message: 'statement: select\n1' }) +
    json({ message: 'duration: 1.000 ms' }) +
    json({ error_severity: 'ERROR', state_code: '42601', message: 'no', statement: 'selec 1', cursor_position: 1 }) +
    '{bad\n' +
    json({ message: 'statement: a' }),
}

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await TestDatabase.tracked(sharedServer())
  client = await database.session()
})
afterAll(() => database.close())

it.each(Object.entries(texts))('of %s', async (name, text) => {
  const format = name.includes('csvlog') ? 'csv' : name === 'jsonlog' ? 'json' : 'stderr'
  const { events, refusals } = readLog(text, { format, prefix })
  const expected = [
    ...events
      .filter(({ kind }) => kind === 'statement' || kind === 'error' || kind === 'deadlock')
      .map((event) => ({
        line: event.line,
        statement: event.statement,
        error: event.kind === 'statement' ? null : event.message,
        duration_ms: event.duration_ms,
        parse_ms: event.parse_ms,
        bind_ms: event.bind_ms,
        user_name: event.user,
        database_name: event.database,
        application: event.application,
        sqlstate: event.sqlstate,
        refused: false,
      })),
    ...refusals.map(({ line: number }) => ({ line: number, refused: true })),
  ].sort((a, b) => a.line - b.line)
  const rows = await rowsOf(
    client,
    `select line::int, statement, error, duration_ms::float, parse_ms::float, bind_ms::float, nullif(user_name, '') as user_name,
       nullif(database_name, '') as database_name, nullif(application, '') as application, nullif(sqlstate, '00000') as sqlstate,
       problem is not null as refused
     from script_tracking.log_operations($1, $2, 'UTC') order by line`,
    [text, prefix],
  )
  expect(rows.map((row) => (row.refused === true ? { line: row.line, refused: true } : row))).toEqual(expected)
})
