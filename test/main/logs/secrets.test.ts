import { beforeAll, describe, expect, it } from 'vitest'
import { loadRedaction } from '../../../src/main/logs/redaction.ts'
import { line } from '../../core/logs/read.ts'
import { readMasked } from './masked.ts'

beforeAll(loadRedaction)

/** The ways in which SQL quotes a password. */
const quoted = [
  "'geheim'",
  "'geh''geheim'",
  "E'geh\\'geheim'",
  '$$geheim$$',
  '$q$geheim$q$',
  "U&'geheim'",
  "/* new */ 'geheim'",
  "-- new\n\t'geheim'",
]

describe.each(quoted)('a password written as %s', (password) => {
  const sql = `alter role ann password ${password}`

  it.each([
    ['CONTEXT', `CONTEXT:  SQL statement "${sql}"\n\tPL/pgSQL function f() line 3 at EXECUTE`],
    ['QUERY', `QUERY:  ${sql}`],
    ['DETAIL', `DETAIL:  It was ${sql}`],
  ])('is masked in %s of another statement’s error', (_, said) => {
    const { all } = readMasked(line('ERROR:  no') + line(said) + line('STATEMENT:  select f()'))
    expect(all).toContain('select f()')
    expect(all).toContain('***')
    expect(all).not.toContain('geheim')
  })

  it('is masked in a plan whose statement is not logged, and in a message', () => {
    const { all } = readMasked(
      line(`LOG:  duration: 3.000 ms  plan:\n\tQuery Text: ${sql}\n\tResult  (cost=0.00..0.01 rows=1)`) +
        line(`WARNING:  running ${sql}`),
    )
    expect(all).toContain('(cost=0.00..0.01 rows=1)')
    expect(all).not.toContain('geheim')
  })

  it('is masked in a line that is refused', () => {
    const { refusals, all } = readMasked(`junk ${sql}\n${line('LOG:  statement: select 1')}`)
    expect(refusals).toHaveLength(1)
    expect(all).not.toContain('geheim')
  })
})

describe('what a statement about secrets is given', () => {
  const insert = 'insert into users (login, password) values ($1, $2)'
  const duplicate = 'ERROR:  duplicate key value violates unique constraint "users_key"'

  it('is masked where its error repeats the parameters', () => {
    const { events, all } = readMasked(
      line(`LOG:  execute <unnamed>: ${insert}`) +
        line("DETAIL:  parameters: $1 = 'ann', $2 = 'it''s geheim'") +
        line(duplicate) +
        line("DETAIL:  Key (login, password)=(ann, it's geheim) already exists.") +
        line("CONTEXT:  unnamed portal with parameters: $1 = 'ann', $2 = 'it''s geheim'") +
        line(`STATEMENT:  ${insert}`),
    )
    expect(all).not.toContain('geheim')
    expect(events).toMatchObject([
      {
        kind: 'error',
        detail: 'Key (login, password)=(***) already exists.',
        context: 'unnamed portal with parameters: $1 = ***, $2 = ***',
      },
    ])
  })

  it('is masked in the row that failed, though no parameters are logged', () => {
    const { events } = readMasked(
      line('ERROR:  null value in column "login" violates not-null constraint') +
        line('DETAIL:  Failing row contains (null, geheim).') +
        line(`STATEMENT:  ${insert}`),
    )
    expect(events[0]?.detail).toBe('Failing row contains (***).')
  })

  it('is masked in the parameters of its plan, and where the plan uses them', () => {
    const select = 'select 1 from users where password = $1'
    const plan = `plan:\n\tQuery Text: ${select}\n\tQuery Parameters: $1 = 'geheim'\n\tSeq Scan\n\t  Filter: (md5 = 'geheim'::text)`
    const { events, all } = readMasked(
      line(`LOG:  execute <unnamed>: ${select}`) + line(`LOG:  duration: 1.000 ms  ${plan}`),
    )
    expect(all).not.toContain('geheim')
    expect(events[0]?.plan).toContain("Filter: (md5 = '***'::text)")
  })

  it('is masked in EXECUTE, also where that fails', () => {
    const execute = "EXECUTE p ('ann', 'geheim')"
    const prepared = 'DETAIL:  prepare: PREPARE p AS insert into users (login, password) values ($1, $2)'
    const { events, all } = readMasked(
      line(`LOG:  statement: ${execute}`) +
        line(prepared) +
        line('LOG:  duration: 1.000 ms') +
        line(`LOG:  statement: ${execute}`) +
        line(prepared) +
        line(duplicate) +
        line('DETAIL:  Key (login)=(ann) already exists.') +
        line(`STATEMENT:  ${execute}`),
    )
    expect(events.map(({ kind, statement }) => [kind, statement])).toEqual([
      ['statement', 'EXECUTE p (***)'],
      ['error', 'EXECUTE p (***)'],
    ])
    expect(all).not.toContain('geheim')
  })
})

describe('a secret is masked', () => {
  it('as the key of an error, though the statement does not name its column', () => {
    const { events } = readMasked(
      line('ERROR:  duplicate key value violates unique constraint "k"') +
        line('DETAIL:  Key (api_key)=(geheim) already exists.') +
        line("STATEMENT:  insert into t values ('x')"),
    )
    expect(events[0]?.detail).toBe('Key (api_key)=(***) already exists.')
  })

  it('in the name of an application, which some take from their connection string', () => {
    const { events } = readMasked(line('LOG:  statement: select 1', { app: 'postgres://ann:geheim@db/shop' }))
    expect(events[0]?.application).toBe('postgres://ann:***@db/shop')
  })

  it('in a frame of CONTEXT, and lines that only look like the beginning of one cost no more than their length', () => {
    const context = (lines: string) => line('ERROR:  no') + line(`CONTEXT:  ${lines.replaceAll('\n', '\n\t')}`)
    const { events, all } = readMasked(
      context(`SQL statement "alter role ann password 'geheim'"\n${'"x\n'.repeat(100_000)}PL/pgSQL function f()`),
    )
    expect(events[0]?.context).toContain('SQL statement "alter role ann password ***"\n"x\n')
    expect(all).not.toContain('geheim')
  })

  it('in what CloudNativePG makes of a line of pgAudit’s', () => {
    const audit = {
      audit_type: 'SESSION',
      class: 'ROLE',
      statement: "alter role ann password 'geheim'",
      parameter: 'geheim',
    }
    const about = { log_time: '2026-11-21 10:00:00.123 UTC', error_severity: 'LOG', process_id: '7' }
    const { events, all } = readMasked(
      `${JSON.stringify({ logger: 'pgaudit', record: { ...about, audit } })}\n`,
      'cloudnativepg',
    )
    expect(events[0]?.statement).toBe('alter role ann password ***')
    expect(all).not.toContain('geheim')
  })

  it('and what is no secret stays: keys, rows and parameters of other statements', () => {
    const { events } = readMasked(
      line('ERROR:  duplicate key value violates unique constraint "k"') +
        line('DETAIL:  Key (id)=(7) already exists.') +
        line("CONTEXT:  unnamed portal with parameters: $1 = '7'") +
        line('STATEMENT:  insert into orders values ($1)'),
    )
    expect(events[0]).toMatchObject({
      detail: 'Key (id)=(7) already exists.',
      context: "unnamed portal with parameters: $1 = '7'",
    })
  })
})
