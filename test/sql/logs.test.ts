import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

const prefix = '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '

/** Lines of one session under the prefix above, a second apart. */
function session(pid: number, user: string, client = '10.0.0.1') {
  let number = 0
  return (message: string, second = number) => {
    number += 1
    const time = `2026-03-01 10:00:${String(second).padStart(2, '0')}.000 UTC`
    return `${time} [${pid}]: [${number}-1] user=${user},db=shop,app=psql,client=${client} ${message}`
  }
}

describe.each(majors())('import of pasted logs on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  const importLog = async (text: string, linePrefix = prefix) => {
    const [row] = await rowsOf(
      client,
      'select imported::int, refused::int, duplicates::int, message from script_tracking.import_postgres_logs($1, $2)',
      [text, linePrefix],
    )
    return row
  }
  const operations = (pid: number) =>
    rowsOf(
      client,
      `select script_content as text, execution_status as status, execution_duration_ms::int as ms, error_code as code, error_message as error
       from script_tracking.script_execution_s where record_source = 'LOG_IMPORT' and metadata ->> 'session' = $1
       order by execution_timestamp, version_number`,
      [String(pid)],
    )

  it('takes what a function says in the words of the server for no operation', async () => {
    const one = session(177, 'ann')
    await importLog(
      [
        one('LOG:  statement: select forge()'),
        one('WARNING:  duration: 7.000 ms  statement: drop table t'),
        one('LOG:  statement: drop table t'),
        one('CONTEXT:  PL/pgSQL function forge() line 1 at RAISE'),
        one('LOG:  duration: 2.000 ms'),
      ].join('\n'),
    )
    expect(await operations(177)).toMatchObject([{ text: 'select forge()', ms: 2 }])
  })

  it('blacks out what an EXECUTE is given for a secret, also where it fails', async () => {
    const one = session(178, 'ann')
    const detail = 'DETAIL:  prepare: PREPARE p AS insert into u (name, password) values ($1, $2)'
    await importLog(
      [
        one("LOG:  statement: EXECUTE p('ann', 'geheim')"),
        one(detail),
        one('LOG:  duration: 2.000 ms'),
        one("LOG:  statement: EXECUTE p('bob', 'geheim')"),
        one(detail),
        one('ERROR:  no'),
        one("STATEMENT:  EXECUTE p('bob', 'geheim')"),
        one("LOG:  statement: EXECUTE q('x')"),
        one('DETAIL:  prepare: PREPARE q AS select $1'),
      ].join('\n'),
    )
    expect((await operations(178)).map(({ text }) => text)).toEqual([
      'EXECUTE p(********)',
      'EXECUTE p(********)',
      "EXECUTE q('x')",
    ])
  })

  it('brings a statement, its duration and its error together by session', async () => {
    const one = session(101, 'ann')
    const two = session(102, 'bob')
    const result = await importLog(
      [
        one('LOG:  statement: select 1'),
        two('LOG:  statement: select *\n\tfrom\n\t\tthings'),
        two('ERROR:  relation "things" does not exist at character 15'),
        one('LOG:  duration: 12.700 ms'),
        two('STATEMENT:  select *\n\tfrom\n\t\tthings'),
        one('LOG:  duration: 3.2 ms  statement: select 2'),
        one('LOG:  statement: select 3'),
        one('LOG:  statement: select 4'),
        two('ERROR:  syntax error at or near "selec"'),
        two('HINT:  Write it out.'),
        two('STATEMENT:  selec 5'),
        two('LOG:  checkpoint starting: time'),
      ].join('\n'),
    )
    expect(result).toEqual({ imported: 6, refused: 0, duplicates: 0, message: '6 operations imported.' })
    const done = { status: 'COMPLETED', code: null, error: null }
    expect(await operations(101)).toEqual([
      { text: 'select 1', ms: 13, ...done },
      { text: 'select 2', ms: 3, ...done },
      { text: 'select 3', ms: null, ...done },
      // Nothing follows that would say that it ended.
      { text: 'select 4', ms: null, ...done, status: 'STARTED' },
    ])
    expect(await operations(102)).toEqual([
      {
        text: 'select *\nfrom\n\tthings',
        status: 'FAILED',
        ms: null,
        code: null,
        error: 'relation "things" does not exist',
      },
      { text: 'selec 5', status: 'FAILED', ms: null, code: null, error: 'syntax error at or near "selec"' },
    ])
    expect(
      await rowsOf(
        client,
        `select script_name, script_type, script_category, session_user_name, executed_by, host(client_ip) as client_ip, application_name,
           metadata, execution_timestamp = '2026-03-01 10:00:01.9968 UTC' as timed
         from script_tracking.script_execution_s where script_content = 'select 2'`,
      ),
    ).toEqual([
      {
        script_name: 'select 2',
        script_type: 'LOG_IMPORT',
        script_category: 'STATEMENT',
        session_user_name: 'ann',
        executed_by: 'ann',
        client_ip: '10.0.0.1',
        application_name: 'psql',
        metadata: { database: 'shop', session: '101', pid: '101', duration_ms: 3.2 },
        timed: true,
      },
    ])
    expect(
      await onlyValue(
        client,
        `select metadata ->> 'error_hint' from script_tracking.script_execution_s where script_content = 'selec 5'`,
      ),
    ).toBe('Write it out.')
  })

  it('takes parse and bind for phases of what executes them', async () => {
    const line = session(111, 'ann')
    await importLog(
      [
        line('LOG:  duration: 0.5 ms  parse s1: select $1'),
        line('LOG:  duration: 0.25 ms  bind s1: select $1'),
        line(`DETAIL:  parameters: $1 = 'geheim'`),
        line('LOG:  execute s1: select $1'),
        line(`DETAIL:  parameters: $1 = 'geheim'`),
        line('LOG:  duration: 7 ms'),
        line('LOG:  duration: 2 ms  execute <unnamed>: select $1'),
      ].join('\n'),
    )
    expect(
      await rowsOf(
        client,
        `select script_content as text, metadata - 'database' - 'session' - 'pid' as metadata from script_tracking.script_execution_s
         where metadata ->> 'session' = '111' order by version_number`,
      ),
    ).toEqual([
      { text: 'select $1', metadata: { prepared: 's1', duration_ms: 7, parse_ms: 0.5, bind_ms: 0.25 } },
      { text: 'select $1', metadata: { duration_ms: 2 } },
    ])
  })

  it('imports the same text once, and what is new in a longer one', async () => {
    const line = session(121, 'ann')
    const first = [
      line('LOG:  statement: select 1', 5),
      line('LOG:  duration: 1 ms', 5),
      line('LOG:  statement: select 1', 5),
      line('LOG:  duration: 1 ms', 5),
    ].join('\n')
    expect(await importLog(first)).toMatchObject({ imported: 2, duplicates: 0 })
    expect(await importLog(first)).toEqual({
      imported: 0,
      refused: 0,
      duplicates: 2,
      message: 'All of it was imported before: 2 operations.',
    })
    const longer = `${first}\n${line('LOG:  duration: 4 ms  statement: select 2', 9)}\n`
    expect(await importLog(longer)).toEqual({
      imported: 1,
      refused: 0,
      duplicates: 2,
      message: '1 operations imported. 2 were imported before.',
    })
  })

  it('blacks out secrets and leaves parameters out', async () => {
    const line = session(131, 'ann')
    await importLog(
      [
        line(`LOG:  statement: alter role ann password 'geheim-1'`),
        line(`ERROR:  could not connect: password=geheim-2`),
        line(`STATEMENT:  alter role ann password 'geheim-1'`),
        line(`LOG:  duration: 1 ms  execute <unnamed>: select $1`),
        line(`DETAIL:  parameters: $1 = 'geheim-3'`),
      ].join('\n'),
    )
    expect(await operations(131)).toHaveLength(2)
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.ledger l where l::text like '%geheim%'`),
    ).toBe(0)
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.text t where t.body like '%geheim%'`),
    ).toBe(0)
  })

  it('refuses what it does not understand, with its line', async () => {
    const line = session(141, 'ann')
    expect(
      await importLog(
        [
          'noise of another program',
          line('LOG:  duration: 1 ms  statement: select 1'),
          line('LOG:  duration: 1 ms  statement: select 2').replace('UTC', 'IST'),
          line('LOG:  duration: 1 ms  statement: select 3').replace(
            'app=psql',
            'app=x,client=9.9.9.9 LOG:  duration: 5 ms  statement: forged',
          ),
        ].join('\n'),
      ),
    ).toEqual({
      imported: 1,
      refused: 3,
      duplicates: 0,
      message: expect.stringMatching(
        /^1 operations imported\. 3 lines refused\. Line 1 does not begin with the log_line_prefix\. Line 3 has the time 2026-03-01 10:00:01\.000 IST, whose zone is not known here \(log_timezone is .*\)\. Line 4 can be read in two ways\.$/,
      ),
    })
    expect(await operations(141)).toHaveLength(1)
  })

  it('refuses or reads a damaged line alone, whatever number, time or address it has', async () => {
    const line = session(151, 'ann')
    const elsewhere = session(151, 'ann', '999.999.1.1')
    expect(
      await importLog(
        [
          line(`LOG:  duration: ${'9'.repeat(400)}.5 ms  statement: select 1`),
          line('LOG:  duration: 9999999999999999.5 ms  statement: select 2'),
          line(`LOG:  duration: 1.${'5'.repeat(20_000)} ms  statement: select 3`),
          line('LOG:  duration: 1 ms  statement: select 4').replace('UTC', '+99:99'),
          elsewhere('LOG:  duration: 1 ms  statement: select 5'),
          session(151, 'ann', ':::::')('LOG:  duration: 1 ms  statement: select 6'),
          line('LOG:  duration: 2147483646.123456789 ms  statement: select 7'),
          line('LOG:  duration: 1 ms  statement: select 8'),
        ].join('\n'),
      ),
    ).toEqual({
      imported: 4,
      refused: 4,
      duplicates: 0,
      message: expect.stringMatching(/Line 1 has a duration that no operation has\..* Line 4 has the time /),
    })
    expect((await operations(151)).map(({ text }) => text).sort()).toEqual([
      'select 5',
      'select 6',
      'select 7',
      'select 8',
    ])
  })

  it('reads csvlog of all majors, and goes on behind a damaged record', async () => {
    const record = (columns: number, message: string, number: number, code = '00000', severity = 'LOG', query = '') =>
      [
        `2026-03-01 10:00:00.${String(number).padStart(3, '0')} UTC`,
        '"ann"',
        '"shop"',
        151,
        '"10.0.0.1:5000"',
        '69a.151',
        number,
        '"SELECT"',
        '2026-03-01 09:00:00 UTC',
        '3/4',
        0,
        severity,
        code,
        `"${message.replaceAll('"', '""')}"`,
        '',
        '',
        '',
        '',
        '',
        query === '' ? '' : `"${query.replaceAll('"', '""')}"`,
        '',
        '',
        '"my ""app"", here"',
        '"client backend"',
        '',
        '0',
      ]
        .slice(0, columns)
        .join(',')
    for (const columns of [23, 24, 25, 26]) {
      const text = [
        record(columns, `statement: select "a,b"\n-- ${columns}`, 1),
        record(columns, 'duration: 2.5 ms', 2),
        record(columns, 'damaged', 3).slice(0, 130),
        record(columns, 'division by zero', 4, '22012', 'ERROR', `select 1/0 -- ${columns}`),
        '',
      ].join('\n')
      expect(await importLog(text, 'whatever')).toEqual({
        imported: 2,
        refused: 1,
        duplicates: 0,
        message: '2 operations imported. 1 lines refused. Line 4 is no record of csvlog.',
      })
      expect(
        await rowsOf(
          client,
          `select script_content as text, execution_status as status, error_code as code, application_name as application, host(client_ip) as client
           from script_tracking.script_execution_s where script_content like $1 order by version_number`,
          [`%-- ${columns}`],
        ),
      ).toEqual([
        {
          text: `select "a,b"\n-- ${columns}`,
          status: 'COMPLETED',
          code: null,
          application: 'my "app", here',
          client: '10.0.0.1',
        },
        {
          text: `select 1/0 -- ${columns}`,
          status: 'FAILED',
          code: '22012',
          application: 'my "app", here',
          client: '10.0.0.1',
        },
      ])
    }
  })

  it('reads jsonlog', async () => {
    const text = [
      {
        timestamp: '2026-03-01 10:00:00.000 UTC',
        user: 'ann',
        dbname: 'shop',
        pid: 161,
        remote_host: '10.0.0.1',
        session_id: '161',
        line_num: 1,
        error_severity: 'LOG',
        message: 'statement: select 1',
      },
      {
        timestamp: '2026-03-01 10:00:01.000 UTC',
        user: 'ann',
        dbname: 'shop',
        pid: 161,
        session_id: '161',
        line_num: 2,
        error_severity: 'ERROR',
        state_code: '57014',
        message: 'canceled',
        statement: 'select 1',
      },
    ].map((each) => JSON.stringify(each))
    expect(await importLog([...text, '{"broken'].join('\n'))).toMatchObject({ imported: 1, refused: 1 })
    expect(await operations(161)).toEqual([
      { text: 'select 1', status: 'FAILED', ms: null, code: '57014', error: 'canceled' },
    ])
  })

  it('understands every escape of a prefix', async () => {
    const text = `17%x ann shop cc 2026-03-01 10:00:00 UTC 2026-03-01 10:00:00.123 UTC 1772359200.123 idle 00000 65e1.ab 9 2026-03-01 09:00:00 UTC 3/7 0 client backend 42 -5 9.9.9.9(77) 9.9.9.9    171 LOG:  duration: 1 ms  statement: select 'all escapes'`
    expect(await importLog(text, '17%%x %u %d %a %t %m %n %i %e %c %l %s %v %x %b %P %Q %r %h %6p %q')).toMatchObject({
      imported: 1,
      refused: 0,
    })
    expect(
      await rowsOf(
        client,
        `select session_user_name, application_name, metadata ->> 'session' as session, metadata ->> 'pid' as pid from script_tracking.script_execution_s where script_content = $$select 'all escapes'$$`,
      ),
    ).toEqual([{ session_user_name: 'ann', application_name: 'cc', session: '65e1.ab', pid: '171' }])
  })

  it('refuses as a whole what makes no sense, in words', async () => {
    const refusals: [string, unknown[], RegExp, string][] = [
      ['select script_tracking.import_postgres_logs($1)', [null], /no text to import/, '22004'],
      [
        'select script_tracking.import_postgres_logs($1)',
        ['x'.repeat(4 * 1024 * 1024 + 1)],
        /4194304 \(4 MB\) are imported at most/,
        '54000',
      ],
      ['select script_tracking.import_postgres_logs($1, $2)', ['x', '%u '], /tell no time or no session/, '22023'],
      [
        'select script_tracking.import_historical_operations($1)',
        [0],
        /1 to 3650 days can be imported, not of 0/,
        '22023',
      ],
    ]
    for (const [sql, values, message, code] of refusals) {
      const refusal = await refusalOf(client, sql, values)
      expect(refusal.message).toMatch(message)
      expect(refusal.code).toBe(code)
    }
    const user = await database.session(await database.role('user'))
    for (const call of [
      `import_postgres_logs('x')`,
      'import_historical_operations(1, true)',
      `import_log_file('x', 'y')`,
    ]) {
      const refusal = await refusalOf(user, `select script_tracking.${call}`)
      expect(refusal.message).toMatch(/records in the name of others, which user_\S* may not/)
      expect(refusal.code).toBe('42501')
    }
  })

  it('makes sample operations that are marked, spread over the days, and the same again', async () => {
    const simulate = (days: number) =>
      rowsOf(
        client,
        'select imported::int, refused::int, duplicates::int from script_tracking.import_historical_operations($1, true)',
        [days],
      )
    const [first] = await simulate(30)
    const made = Number(first?.['imported'])
    expect(made).toBeGreaterThan(500)
    expect(await simulate(30)).toEqual([{ imported: 0, refused: 0, duplicates: made }])
    expect(
      await rowsOf(
        client,
        `select count(*)::int as operations, count(distinct (execution_timestamp at time zone 'UTC')::date)::int as days,
           bool_and(record_source = 'SIMULATED') as marked, bool_or(execution_status = 'FAILED') as some_failed,
           bool_and(execution_timestamp < now()) as past
         from script_tracking.script_execution_s where metadata ->> 'simulated' = 'true'`,
      ),
    ).toEqual([{ operations: made, days: 30, marked: true, some_failed: true, past: true }])
    expect(await onlyValue(client, 'select coalesce(bool_and(ok), true) from script_tracking.verify()')).toBe(true)
  })
})
