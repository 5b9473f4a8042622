import { beforeAll, describe, expect, it } from 'vitest'
import { loadRedaction } from '../../../src/main/logs/redaction.ts'
import { line } from '../../core/logs/read.ts'
import { readMasked } from './masked.ts'

// What the server says beside a statement, where no name of a secret need stand before the secret.

beforeAll(loadRedaction)

const insert = "insert into users (login, password) values ('ann', 'geheim')"
const encrypt = "select pgp_sym_encrypt('data', 'geheim')"
const tabbed = (text: string): string => text.replaceAll('\n', '\n\t')

describe.each([insert, encrypt, "create role ann pasword 'geheim'"])('%s', (sql) => {
  it.each([
    ['in CONTEXT', `CONTEXT:  SQL statement "${sql}"\n\tPL/pgSQL function f() line 3 at SQL statement`],
    ['in QUERY', `QUERY:  ${sql}`],
    ['as what a foreign server was told', `CONTEXT:  remote SQL command: ${sql}`],
  ])('is masked %s', (_, said) => {
    const { all } = readMasked(line('ERROR:  no') + line(said) + line('STATEMENT:  select f()'))
    expect(all).toContain('***')
    expect(all).not.toContain('geheim')
  })

  it.each([
    ['text', `Query Text: ${sql}\nResult  (cost=0.00..0.01 rows=1)`],
    ['json', JSON.stringify({ 'Query Text': sql, Plan: { 'Node Type': 'Result' } }, null, 2)],
    ['yaml', `Query Text: ${JSON.stringify(sql)}\nPlan: \n  Node Type: "Result"`],
    ['xml', `<explain xmlns="x">\n  <Query-Text>${sql}</Query-Text>\n  <Plan>\n  </Plan>\n</explain>`],
  ])('is masked in a plan as %s', (_, plan) => {
    const { events, all } = readMasked(line(`LOG:  duration: 3.000 ms  plan:\n\t${tabbed(plan)}`))
    expect(events).toMatchObject([{ kind: 'plan', message: 'duration: 3.000 ms  plan:' }])
    expect(events[0]?.plan).toContain('***')
    expect(all).not.toContain('geheim')
  })

  it('is masked where pgAudit says it, with its parameters', () => {
    const field = /[",]/.test(sql) ? `"${sql.replaceAll('"', '""')}"` : sql
    const { all } = readMasked(line(`LOG:  AUDIT: SESSION,1,1,WRITE,INSERT,TABLE,public.users,${field},"ann,geheim"`))
    expect(all).toContain('AUDIT: SESSION,1,1,WRITE,INSERT,TABLE,public.users,')
    expect(all).not.toContain('geheim')
  })

  it('is masked in a line that is refused, and in the rest of one', () => {
    for (const rest of [`junk ${sql}`, `junk' ${sql}`, `\t${sql.slice(sql.indexOf("'"))}`]) {
      const { refusals, all } = readMasked(`${rest}\n${line('LOG:  statement: select 1')}`)
      expect(refusals).toHaveLength(1)
      expect(all).not.toContain('geheim')
    }
  })
})

it('a prepared statement is masked where an EXECUTE tells it', () => {
  const { events, all } = readMasked(
    line('LOG:  statement: EXECUTE p(1)') + line(`DETAIL:  prepare: PREPARE p AS ${insert}`),
  )
  expect(events[0]?.detail).toBe("prepare: PREPARE p AS insert into users (login, password) values ('ann', ***)")
  expect(all).not.toContain('geheim')
})

it('conditions of a plan are masked in each of its formats', () => {
  const condition = "((password)::text = 'geheim'::text)"
  for (const plan of [
    `Query Text: select 1 from users\nSeq Scan on users\n  Filter: ${condition}`,
    JSON.stringify({ 'Query Text': 'select 1 from users', Plan: { Filter: condition } }),
    `Query Text: "select 1 from users"\nPlan: \n  Filter: ${JSON.stringify(condition)}`,
    `<explain xmlns="x"><Query-Text>select 1 from users</Query-Text><Plan><Filter>${condition}</Filter></Plan></explain>`,
  ]) {
    const { events, all } = readMasked(line(`LOG:  duration: 3.000 ms  plan:\n\t${tabbed(plan)}`))
    expect(events[0]?.plan).toContain('((password)::text = ***::text)')
    expect(all).not.toContain('geheim')
  }
})

it('a row that is copied into a table with secrets is masked, and a column that is one', () => {
  const failed = (context: string, statement: string) =>
    readMasked(line('ERROR:  no') + line(`CONTEXT:  ${context}`) + line(`STATEMENT:  ${statement}`))
  expect(failed('COPY users, line 1: "ann,geheim"', 'copy users (login, password) from stdin').events).toMatchObject([
    { context: 'COPY users, line 1: ***' },
  ])
  expect(failed('COPY users, line 1, column password: "geheim"', 'copy users from stdin').events).toMatchObject([
    { context: 'COPY users, line 1, column password: ***' },
  ])
  expect(failed('COPY orders, line 1: "7,8"', 'copy orders from stdin').events).toMatchObject([
    { context: 'COPY orders, line 1: "7,8"' },
  ])
})

it('the value of a setting is masked by the setting’s name', () => {
  const { events, all } = readMasked(
    line('LOG:  parameter "app.jwt_secret" changed to "geheim"') +
      line('LOG:  parameter "primary_conninfo" changed to "host=far user=repl password=geheim"') +
      line('LOG:  parameter "work_mem" changed to "8MB"'),
  )
  expect(events[0]?.message).toBe('parameter "app.jwt_secret" changed to ***')
  expect(events[2]?.message).toBe('parameter "work_mem" changed to "8MB"')
  expect(all).not.toContain('geheim')
})

it.each(['text', 'json', 'yaml', 'xml'])('the plan of an operation that has ended is its own, as %s', (format) => {
  const sql = 'select "a" from t\nwhere a < $1 && true'
  const written = {
    text: `Query Text: ${sql}\nSeq Scan on t`,
    json: JSON.stringify({ 'Query Text': sql, Plan: {} }, null, 2),
    yaml: `Query Text: ${JSON.stringify(sql)}\nPlan: \n  Node Type: "Seq Scan"`,
    xml: `<explain xmlns="x">\n  <Query-Text>${sql.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Query-Text>\n</explain>`,
  }[format]
  const { events } = readMasked(
    line(`LOG:  execute <unnamed>: ${tabbed(sql)}`) +
      line('LOG:  duration: 3.100 ms') +
      line(`LOG:  duration: 3.000 ms  plan:\n\t${tabbed(written ?? '')}`),
  )
  expect(events).toMatchObject([{ kind: 'statement', statement: sql, duration_ms: 3.1, plan: written }])
})

describe('an EXECUTE that tells no more than the name of what was prepared', () => {
  const prepared = line('LOG:  statement: PREPARE "P" AS insert into users (login, password) values ($1, $2)', {
    pid: 1,
  })
  const failed = line('ERROR:  value too long: "geheim\'s"') + line("STATEMENT:  execute \"P\"('ann', 'geheim''s')")

  it('is masked where that was prepared before, and what the error repeats of it', () => {
    const { events, all } = readMasked(prepared + failed + line("LOG:  statement: execute p('ann')"))
    expect(events.map(({ statement, message }) => [statement, message]).slice(1)).toEqual([
      ['execute "P"(***)', 'value too long: "***"'],
      ["execute p('ann')", null],
    ])
    expect(all).not.toContain('geheim')
  })

  it('is masked before the preparing has ended', () => {
    const same = prepared.replaceAll('[1]', '[100]')
    const { events, all } = readMasked(same, 'stderr', failed)
    expect(events.map(({ statement }) => statement)).toContain('execute "P"(***)')
    expect(all).not.toContain('geheim')
  })

  it('is masked where the log is gone on with elsewhere', () => {
    const { events, all } = readMasked(prepared + line('LOG:  statement: select 1', { pid: 1 }), 'stderr', failed)
    expect(events.map(({ statement }) => statement)).toContain('execute "P"(***)')
    expect(all).not.toContain('geheim')
  })
})
