import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { samplePassword } from '../../../src/core/demo/auth.ts'
import type { DemoEvent } from '../../../src/core/demo/contract.ts'
import { flaws } from '../../../src/core/demo/flaws.ts'
import type { Sample } from '../../../src/core/demo/sample.ts'
import { loadSample } from '../../../src/main/demo/load.ts'
import { majors, sharedServer } from '../../ground/shared.ts'

const schemas = ['people', 'care', 'shop', 'auth']

describe.each(majors())('the sample database on PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  const events: DemoEvent[] = []
  let database: string
  let client: pg.Client
  let sample: Sample

  beforeAll(async () => {
    database = await server.createDatabase()
    client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
    sample = await loadSample(client, { scale: 0.1, onProgress: (event) => events.push(event) })
  })
  afterAll(async () => {
    await client.end()
    await server.dropDatabase(database)
  })
  // Each test leaves the sample as it found it.
  beforeEach(() => client.query('begin'))
  afterEach(() => client.query('rollback'))

  async function column(sql: string, values: unknown[] = []): Promise<unknown[]> {
    const { rows } = await client.query({ text: sql, values, rowMode: 'array' })
    return rows.map((row: unknown) => (Array.isArray(row) ? row[0] : undefined))
  }

  /** The SQLSTATE of what is refused. */
  async function refusal(sql: string, values: unknown[] = []): Promise<unknown> {
    return await client.query(sql, values).then(
      () => 'done',
      (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error),
    )
  }

  it.each(Object.entries(flaws))('holds exactly as many of %s as it says', async (id, { sql }) => {
    const planted = sample.flaws.find((flaw) => flaw.id === id)
    expect(planted?.count).toBeGreaterThan(0)
    expect(await column(sql)).toEqual([String(planted?.count)])
  })

  it('has rows in every table, and every partition but the one for what fits nowhere has regular ones', async () => {
    const tables = await column(
      `select c.oid::regclass::text from pg_class c
       where c.relkind = 'r' and c.relnamespace::regnamespace::text = any ($1)`,
      [schemas],
    )
    expect(tables.length).toBeGreaterThan(35)
    for (const table of tables) expect(await column(`select count(*) > 0 from ${table}`), String(table)).toEqual([true])
  })

  it('has some 25 tables in four schemas, whatever their partitions', async () => {
    const [count] = await column(
      `select count(*) from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text = any ($1)`,
      [schemas],
    )
    expect(Number(count)).toBe(28)
  })

  it('has only constraints that hold', async () => {
    expect(await column('select conname from pg_constraint where not convalidated')).toEqual([])
    await client.query('set constraints all immediate')
  })

  it('has foreign keys of every kind', async () => {
    const kinds = await column(
      `select distinct unnest(array[
         'delete ' || confdeltype::text, 'update ' || confupdtype::text, 'match ' || confmatchtype::text,
         case when cardinality(conkey) > 1 then 'composite' end,
         case when conrelid = confrelid then 'self' end,
         case when condeferred then 'deferred' end,
         case when r.relnamespace <> f.relnamespace then 'across schemas' end,
         case when f.relkind = 'p' then 'to a partitioned table' end])
       from pg_constraint join pg_class r on r.oid = conrelid join pg_class f on f.oid = confrelid
       where contype = 'f' order by 1`,
    )
    expect(kinds).toEqual(
      expect.arrayContaining([
        ...['across schemas', 'composite', 'deferred', 'self', 'to a partitioned table', 'match f', 'match s'],
        ...['delete a', 'delete c', 'delete d', 'delete n', 'delete r', 'update c'],
      ]),
    )
  })

  it('says of everything what it is', async () => {
    const silent = await column(
      `with ours as (select oid from pg_namespace where nspname = any ($1))
       select 'relation ' || oid::regclass from pg_class
       where relnamespace in (select oid from ours) and relkind in ('r', 'p', 'v', 'm') and obj_description(oid) is null
       union all
       select 'column ' || attrelid::regclass || '.' || attname from pg_attribute join pg_class c on c.oid = attrelid
       where relnamespace in (select oid from ours) and relkind in ('r', 'p') and not relispartition
         and attnum > 0 and col_description(attrelid, attnum) is null
       union all
       select 'function ' || p.oid::regprocedure from pg_proc p left join pg_depend d on d.objid = p.oid and d.deptype = 'e'
       where pronamespace in (select oid from ours) and d.objid is null and obj_description(p.oid) is null
       union all
       select 'type ' || oid::regtype from pg_type
       where typnamespace in (select oid from ours) and typtype in ('d', 'e') and obj_description(oid) is null
       union all
       select 'schema ' || oid::regnamespace from pg_namespace where oid in (select oid from ours) and obj_description(oid) is null
       union all
       select 'trigger ' || tgname from pg_trigger where not tgisinternal and obj_description(oid) is null
         and tgrelid not in (select inhrelid from pg_inherits)
       union all
       select 'policy ' || polname from pg_policy where obj_description(oid) is null`,
      [schemas],
    )
    expect(silent).toEqual([])
  })

  it('tells how far it is, from nothing to everything', () => {
    const shares = events.map(({ share }) => share)
    expect(shares[0]).toBe(0)
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(events.map(({ step }) => step)).toContain('Filling care.visit')
  })

  it('knows a right checksum from a wrong one', async () => {
    expect(
      await column(
        `select people.iban_is_valid(t) from unnest(array['GB82WEST12345698765432', 'GB82WEST12345698765433', 'DE', '']) t`,
      ),
    ).toEqual([true, false, false, false])
    expect(
      await column(
        `select people.luhn_is_valid(t) from unnest(array['4242 4242 4242 4242', '4242424242424241', '']) t`,
      ),
    ).toEqual([true, false, false])
  })

  it('numbers new rows after the old ones', async () => {
    const [id] = await column(
      `insert into people.person (tenant_id, given_name, family_name, sex) values (1, 'New', 'One', 'female') returning id`,
    )
    expect(Number(id)).toBe(201)
    await client.query(
      `insert into auth.login_attempt (outcome, email) values ('failure', 'new@mail.example') returning id`,
    )
  })

  it('keeps an order summed up', async () => {
    await client.query('update shop.order_item set quantity = quantity + 1 where order_id = 1')
    expect(
      await column(
        `select o.total = o.shipping + (select sum(total) from shop.order_item where order_id = 1) from shop."order" o where id = 1`,
      ),
    ).toEqual([true])
  })

  it('does not open a visit that is over', async () => {
    expect(await refusal(`update care.visit set status = 'planned', ended_at = null where status = 'completed'`)).toBe(
      '23001',
    )
  })

  it('shows a clinic its own people only', async () => {
    const role = `clinic_reader_${major}_${process.pid}`
    await client.query(`create role ${role}; grant usage on schema people to ${role};
      grant select on people.person to ${role}; set local role ${role}`)
    expect(await column('select count(*) from people.person')).toEqual(['0'])
    await client.query(`set local clinic.tenant = '2'`)
    expect(await column('select distinct tenant_id from people.person')).toEqual([2])
  })

  describe('its logins', () => {
    const anyone = `select email, person_id from auth.account where status = 'active' and password_rounds > 1 order by person_id limit 1`

    async function someone(): Promise<{ email: string; password: string }> {
      const { rows } = await client.query<{ email: string; person_id: string }>(anyone)
      const { email = '', person_id = '0' } = rows[0] ?? {}
      return { email, password: samplePassword(Number(person_id)) }
    }
    const login = (email: string, password: string) =>
      column('select token from auth.login_user($1, $2)', [email, password])

    it('take the right password, and no password is kept as it is', async () => {
      const { email, password } = await someone()
      const [token] = await login(` ${email.toUpperCase()} `, password)
      expect(token).toMatch(/^[0-9a-f]{64}$/)
      const [account] = await column('select auth.validate_session($1)', [token])
      expect(await column('select id from auth.account where email = $1', [email])).toEqual([account])
      expect(await column('select 1 from auth.session where token_hash = decode($1, $2)', [token, 'hex'])).toEqual([])
      expect(await column(`select 1 from auth.account a where a::text ~ 'sample-'`)).toEqual([])
    })

    it('refuse a wrong password and an unknown name in the same way, and remember both', async () => {
      const { email } = await someone()
      expect(await login(email, 'wrong')).toEqual([])
      expect(await login('nobody@mail.example', 'wrong')).toEqual([])
      expect(
        await column(
          `select outcome || ' ' || (account_id is not null) from auth.login_attempt order by id desc limit 2`,
        ),
      ).toEqual(['failure false', 'failure true'])
    })

    it('lock an account after five failures', async () => {
      const { email, password } = await someone()
      for (let attempt = 1; attempt <= 5; attempt++) await login(email, 'wrong')
      expect(await login(email, password)).toEqual([])
      expect(await column('select outcome from auth.login_attempt order by id desc limit 1')).toEqual(['locked'])
    })

    it('end with their session', async () => {
      const { email, password } = await someone()
      const [token] = await login(email, password)
      await client.query(
        `update auth.session set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'
         where token_hash = sha256(convert_to($1, 'UTF8'))`,
        [token],
      )
      expect(await column('select auth.validate_session($1)', [token])).toEqual([null])
      expect(await column('select auth.validate_session($1)', ['made up'])).toEqual([null])
    })

    it('take new users', async () => {
      const [id] = await column('select auth.register_user($1, $2)', ['New.One@mail.example', 'correct horse battery'])
      const [token] = await login('new.one@mail.example', 'correct horse battery')
      expect(await column('select auth.validate_session($1)', [token])).toEqual([id])
      expect(await login('new.one@mail.example', 'correct horse batterY')).toEqual([])
    })

    it.each([
      ['a short password', 'new.one@mail.example', 'short', '23514'],
      ['a bad address', 'new.one', 'correct horse battery', '23514'],
      ['no password', 'new.one@mail.example', null, '23514'],
    ])('refuse %s', async (_, email, password, sqlstate) => {
      expect(await refusal('select auth.register_user($1, $2)', [email, password])).toBe(sqlstate)
    })

    it('refuse an address that is taken', async () => {
      const { email } = await someone()
      expect(await refusal('select auth.register_user($1, $2)', [email, 'correct horse battery'])).toBe('23505')
    })
  })
})

describe('a load that is stopped', () => {
  const server = sharedServer()
  let database: string
  let client: pg.Client

  beforeEach(async () => {
    database = await server.createDatabase()
    client = new pg.Client({ connectionString: server.url(database) })
    await client.connect()
  })
  afterEach(async () => {
    await client.end()
    await server.dropDatabase(database)
  })

  it.each([
    'Making the tables',
    'Filling care.visit',
    'Checking keys and building indexes',
    'Counting for the planner',
  ])('leaves nothing behind at: %s', async (step) => {
    const controller = new AbortController()
    const onProgress = (event: DemoEvent) => {
      if (event.step === step) controller.abort()
    }
    const load = loadSample(client, { scale: 0.1, onProgress, signal: controller.signal })
    await expect(load).rejects.toMatchObject({ name: 'AbortError' })
    const { rows } = await client.query('select nspname from pg_namespace where nspname = any ($1)', [schemas])
    expect(rows).toEqual([])
    // The session is fit for another try.
    const { tables } = await loadSample(client, { scale: 0.1 })
    expect(tables).toHaveLength(28)
  })

  it('does not begin when it was stopped before', async () => {
    await expect(loadSample(client, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('says what PostgreSQL says where something is in the way', async () => {
    await client.query('create schema care')
    await expect(loadSample(client, { scale: 0.1 })).rejects.toMatchObject({ code: '42P06' })
    const { rows } = await client.query(`select nspname from pg_namespace where nspname = 'people'`)
    expect(rows).toEqual([])
  })
})
