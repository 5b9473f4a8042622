import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'
import { routines } from './wrapped.ts'

/** What a statement answered: its columns with their types and its rows, or all that an error says of what happened. */
async function answerOf(client: pg.Client, sql: string): Promise<unknown> {
  try {
    const { fields, rows, command, rowCount } = await client.query({ text: sql, rowMode: 'array' })
    return {
      columns: fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ name, dataTypeID, dataTypeModifier })),
      rows,
      command,
      rowCount,
    }
  } catch (thrown) {
    if (!(thrown instanceof pg.DatabaseError)) throw thrown
    const { severity, code, message, detail, hint, schema, table, column, dataType, constraint } = thrown
    return { severity, code, message, detail, hint, schema, table, column, dataType, constraint }
  }
}

describe.each(majors())('wrappers on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    await client.query(`create schema app`)
  })
  afterAll(async () => {
    await database.close()
  })

  const wrap = (routine: string) =>
    onlyValue(client, 'select script_tracking.create_tracking_wrapper($1)::text', [routine])
  const callsOf = (name: string) =>
    rowsOf(
      client,
      `select execution_status as status, rows_affected as rows from script_tracking.script_execution_s
       where script_name = $1 and script_type = 'FUNCTION_CALL' order by version_number`,
      [name],
    )

  describe.each(routines.filter(({ since = 12 }) => since <= major))('$what', ({ define, routine, calls }) => {
    it('is answered and refused like the original', async () => {
      await client.query(define)
      const wrapper = String(await wrap(routine))
      expect(wrapper).toMatch(/_tracking"?\(/)
      const name = String(await onlyValue(client, 'select $1::regprocedure::text', [routine]))
      for (const [call, recorded] of calls) {
        const original = await answerOf(client, call.replaceAll('ƒ', ''))
        const before = (await callsOf(name)).length
        const tracked = await answerOf(client, call.replaceAll('ƒ', '_tracking'))
        const plain = (answer: unknown) => JSON.stringify(answer).replaceAll('_tracking', '')
        expect(plain(tracked)).toBe(plain(original))
        expect({ call, states: (await callsOf(name)).length - before }).toEqual({ call, states: recorded * 2 })
      }
    })
  })

  it('keeps arguments, defaults, volatility, strictness, owner and rights, and leaves the original as it is', async () => {
    const owner = await database.role('owner')
    const reader = await database.role('reader')
    await client.query(`create schema kept authorization ${quoteName(owner)};
      create function kept.f(a integer, "b "" c" text default 'x''y', variadic rest numeric[] default '{1}')
        returns table (n bigint, "t o" text) language sql stable strict cost 77 rows 12 as 'select 1::bigint, $2';
      alter function kept.f owner to ${quoteName(owner)};
      revoke all on function kept.f from public;
      grant execute on function kept.f to ${quoteName(reader)} with grant option;`)
    const facts = (name: string) =>
      rowsOf(
        client,
        `select pg_get_function_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result, p.provolatile,
           p.proisstrict, p.procost, p.prorows, p.proowner::regrole::text as owner, p.proacl::text as acl
         from pg_proc p where p.oid = $1::regproc`,
        [name],
      )
    const untouched = await rowsOf(client, `select p.xmin, p.* from pg_proc p where p.oid = 'kept.f'::regproc`)
    await wrap('kept.f(integer,text,numeric[])')
    expect(await facts('kept.f_tracking')).toEqual(await facts('kept.f'))
    expect(await rowsOf(client, `select p.xmin, p.* from pg_proc p where p.oid = 'kept.f'::regproc`)).toEqual(untouched)
    const stranger = await database.session(await database.role('stranger'))
    await client.query(`grant usage on schema kept to public`)
    expect((await refusalOf(stranger, 'select * from kept.f_tracking(1)')).code).toBe('42501')
    expect(await rowsOf(await database.session(reader), 'select * from kept.f_tracking(1)')).toEqual([
      { n: '1', 't o': "x'y" },
    ])
  })

  it('runs a security definer as its owner and anything else as the caller', async () => {
    const caller = await database.role('caller')
    await client.query(`
      create function app.as_owner() returns text language sql security definer as 'select current_user::text';
      create function app.as_caller() returns text language sql as 'select current_user::text';
      create function app.denied() returns text language sql as 'select current_user::text';
      revoke all on function app.denied() from public;
      grant usage on schema app to ${quoteName(caller)};`)
    for (const name of ['as_owner', 'as_caller', 'denied']) await wrap(`app.${name}()`)
    // Who may call the wrapper alone still may not call what it calls.
    await client.query(`grant execute on function app.denied_tracking() to ${quoteName(caller)}`)
    const session = await database.session(caller)
    expect(await onlyValue(session, 'select app.as_owner_tracking()')).toBe('postgres')
    expect(await onlyValue(session, 'select app.as_caller_tracking()')).toBe(caller)
    expect((await refusalOf(session, 'select app.denied_tracking()')).message).toBe(
      'permission denied for function denied',
    )
    expect(
      await rowsOf(session, `select script_name from script_tracking.script_execution_current where executed_by = $1`, [
        caller,
      ]),
    ).toEqual(expect.arrayContaining([{ script_name: 'app.as_owner()' }, { script_name: 'app.as_caller()' }]))
  })

  it('sees what its query sees where the original does', async () => {
    await client.query(`create table app.counted (n integer); insert into app.counted values (1), (2), (3);
      create function app.seen() returns bigint language sql stable as 'select sum(n) from app.counted';
      create function app.seen_now() returns bigint language sql volatile as 'select sum(n) from app.counted'`)
    for (const name of ['seen', 'seen_now']) {
      await wrap(`app.${name}()`)
      const updated = async (call: string) => {
        await client.query('begin')
        const rows = await rowsOf(client, `update app.counted set n = n + ${call}() returning n`)
        await client.query('rollback')
        return rows
      }
      expect(await updated(`app.${name}_tracking`)).toEqual(await updated(`app.${name}`))
    }
  })

  it('records no argument', async () => {
    await client.query(
      `create function app.sign_in(name text, password text) returns boolean language sql as 'select true'`,
    )
    await wrap('app.sign_in(text,text)')
    await client.query(`select app.sign_in_tracking('ann', 'pa55w0rd-in-the-clear')`)
    expect(await callsOf('app.sign_in(text,text)')).toHaveLength(2)
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.ledger l where l::text like '%in-the-clear%'`),
    ).toBe(0)
  })

  it('lets a procedure commit and roll back', async () => {
    await client.query(`create table app.step (n integer);
      create procedure app.steps(inout n integer) language plpgsql as $$
      begin
        insert into app.step values (n); commit; insert into app.step values (n + 1); rollback; n := n + 10;
      end $$`)
    await wrap('app.steps(integer)')
    expect(await rowsOf(client, 'call app.steps_tracking(5)')).toEqual([{ n: 15 }])
    expect(await rowsOf(client, 'select n from app.step')).toEqual([{ n: 5 }])
    expect((await callsOf('app.steps(integer)')).map(({ status }) => status)).toEqual(['STARTED', 'COMPLETED'])

    await client.query(`create procedure app.undone() language plpgsql as $$ begin rollback; end $$`)
    await wrap('app.undone()')
    await client.query('call app.undone_tracking()')
    expect((await callsOf('app.undone()')).map(({ status }) => status)).toEqual(['STARTED', 'COMPLETED'])

    await client.query(`create procedure app.halfway() language plpgsql as $$
      begin insert into app.step values (100); commit; raise exception 'no further'; end $$`)
    await wrap('app.halfway()')
    expect((await refusalOf(client, 'call app.halfway_tracking()')).message).toBe('no further')
    expect((await callsOf('app.halfway()')).map(({ status }) => status)).toEqual(['STARTED'])

    await client.query('begin')
    expect((await refusalOf(client, 'call app.steps_tracking(5)')).code).toBe('2D000')
    await client.query('rollback')
  })

  it('is made anew when the original has changed, and says until then that it is stale', async () => {
    await client.query(`create function app.moving(a integer default 1) returns integer language sql as 'select 1'`)
    await wrap('app.moving(integer)')
    const wrappers = () =>
      rowsOf(
        client,
        `select wrapper::text, original::text, original_name, made_by, stale from script_tracking.tracking_wrapper
         where original_name = 'app.moving(integer)'`,
      )
    const standing = {
      wrapper: 'app.moving_tracking(integer)',
      original_name: 'app.moving(integer)',
      made_by: 'postgres',
    }
    expect(await wrappers()).toEqual([{ ...standing, original: 'app.moving(integer)', stale: false }])

    await client.query(`drop function app.moving(integer);
      create function app.moving(a integer) returns text language sql as $$select 'two'$$`)
    expect(await wrappers()).toEqual([{ ...standing, original: 'app.moving(integer)', stale: true }])
    await wrap('app.moving(integer)')
    expect(await wrappers()).toEqual([{ ...standing, original: 'app.moving(integer)', stale: false }])
    expect(await onlyValue(client, 'select app.moving_tracking(1)')).toBe('two')

    await client.query('drop function app.moving(integer)')
    expect(await wrappers()).toEqual([{ ...standing, original: null, stale: true }])
    expect((await refusalOf(client, 'select app.moving_tracking(1)')).message).toBe(
      'function app.moving(integer) does not exist',
    )
    expect(
      await onlyValue(client, `select script_tracking.drop_tracking_wrapper('app.moving_tracking(integer)')`),
    ).toBe(true)
    expect(await wrappers()).toEqual([])
  })

  it('is dropped by the name of the original, and nothing else is', async () => {
    await client.query(`create function app.gone() returns integer language sql as 'select 1'`)
    expect(await onlyValue(client, `select script_tracking.drop_tracking_wrapper('app.gone()')`)).toBe(false)
    await wrap('app.gone()')
    expect(await onlyValue(client, `select script_tracking.drop_tracking_wrapper('app.gone()')`)).toBe(true)
    expect(await onlyValue(client, `select to_regprocedure('app.gone_tracking()')::text`)).toBe(null)
    expect(await onlyValue(client, 'select app.gone()')).toBe(1)
  })

  it('says in words what it cannot wrap', async () => {
    const long = 'x'.repeat(55)
    await client.query(`
      create function app.trigger_function() returns trigger language plpgsql as 'begin return new; end';
      create function app.rows_of_anything() returns setof record language sql as 'select 1, 2';
      create function app.taken() returns integer language sql as 'select 1';
      create function app.taken_tracking() returns integer language sql as 'select 2';
      create function app.${long}() returns integer language sql as 'select 1';
      create function app.plain() returns integer language sql as 'select 1';
      create aggregate app.total(integer) (sfunc = int4pl, stype = integer)`)
    await wrap('app.plain()')
    const refusals: [string, RegExp, string][] = [
      ['app.trigger_function()', /cannot be wrapped: it returns trigger, so that PostgreSQL alone calls it/, '42809'],
      ['app.rows_of_anything()', /it returns records whose columns its caller alone knows/, '42809'],
      ['app.total(integer)', /it is an aggregate/, '42809'],
      ['pg_catalog.row_number()', /it is a window function/, '42809'],
      ['pg_catalog.int4pl(integer,integer)', /the schema pg_catalog is not yours to add to/, '42809'],
      ['script_tracking.track_operation(text,text)', /the schema script_tracking is not yours/, '42809'],
      ['app.plain_tracking()', /it is a wrapper itself/, '42809'],
      ['app.taken()', /there is a function app.taken_tracking with these arguments already/, '42723'],
      [`app.${long}()`, /with _tracking its name would be 64 bytes long/, '42622'],
    ]
    for (const [routine, message, code] of refusals) {
      const refusal = await refusalOf(client, 'select script_tracking.create_tracking_wrapper($1)', [routine])
      expect(refusal.message).toMatch(message)
      expect(refusal.code).toBe(code)
    }
    expect((await refusalOf(client, 'select script_tracking.create_tracking_wrapper(null)')).message).toMatch(
      /Which function/,
    )
    expect((await refusalOf(client, 'select script_tracking.drop_tracking_wrapper(null)')).message).toMatch(
      /Which function/,
    )
    expect((await refusalOf(client, 'select script_tracking.create_tracking_wrapper(1)')).message).toMatch(
      /no function with the OID 1/,
    )
  })

  it('asks PostgreSQL whether the caller may', async () => {
    const session = await database.session(await database.role('nobody'))
    await client.query(
      `grant usage on schema app to public; create function app.theirs() returns integer language sql as 'select 1'`,
    )
    expect((await refusalOf(session, `select script_tracking.create_tracking_wrapper('app.theirs()')`)).message).toBe(
      'permission denied for schema app',
    )
    await wrap('app.theirs()')
    expect((await refusalOf(session, `select script_tracking.drop_tracking_wrapper('app.theirs()')`)).message).toMatch(
      /must be owner of (function|routine) app\.theirs_tracking/,
    )
  })

  it('makes the call that it cannot record, with a warning, unless that is an error here', async () => {
    await client.query(`create table app.bumped (n integer); insert into app.bumped values (0);
      create function app.bump() returns integer language sql as 'update app.bumped set n = n + 1 returning n';
      create function app.look() returns integer language sql stable as 'select n from app.bumped'`)
    await wrap('app.bump()')
    await wrap('app.look()')
    const blocker = await database.session()
    await blocker.query('begin; lock table script_tracking.ledger in access exclusive mode')
    try {
      const warnings = await warningsDuring(client, async () => {
        expect(await onlyValue(client, 'select app.bump_tracking()')).toBe(1)
      })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatch(
        /^app\.bump\(\) is called, but the call could not be recorded: .*lock timeout.* \(55P03\)$/,
      )
      await client.query(`set script_tracking.on_failure = 'error'`)
      const refusal = await refusalOf(client, 'select app.bump_tracking()')
      expect(refusal.message).toMatch(/^app\.bump\(\) is not called, because the call could not be recorded/)
    } finally {
      await client.query('reset script_tracking.on_failure')
      await blocker.query('rollback')
    }
    expect(await onlyValue(client, 'select n from app.bumped')).toBe(1)
    expect(
      await rowsOf(
        client,
        `select command_tag, error_code from script_tracking.tracking_error where error_message like 'app.bump()%'`,
      ),
    ).toEqual([{ command_tag: 'FUNCTION_CALL', error_code: '55P03' }])

    await client.query('begin transaction read only')
    const warnings = await warningsDuring(client, async () => {
      expect(await onlyValue(client, 'select app.look_tracking()')).toBe(1)
    })
    expect(warnings[0]).toMatch(/read-only transaction/)
    await client.query('commit')
  })

  it('is not misled by a hostile search path', async () => {
    await client.query(`create schema hostile;
      create function hostile.boom(bytea, bytea) returns boolean language plpgsql as $$ begin raise exception 'taken over'; end $$;
      create operator hostile.= (function = hostile.boom, leftarg = bytea, rightarg = bytea);
      create function hostile.begin_call(text) returns bytea language plpgsql as $$ begin raise exception 'taken over'; end $$;
      create function app.safe() returns integer language sql as 'select 7';
      create function app.safe_void() returns void language sql as 'select 7';`)
    await wrap('app.safe()')
    await wrap('app.safe_void()')
    await client.query('set search_path = hostile, pg_catalog')
    try {
      expect(await onlyValue(client, 'select app.safe_tracking()')).toBe(7)
      expect(await onlyValue(client, 'select app.safe_void_tracking()')).toBe(null)
    } finally {
      await client.query('reset search_path')
    }
  })
})
