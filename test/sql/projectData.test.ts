import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { type ProjectRole, projectSessions } from './projectRoles.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('passwords, addresses and retention on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let superuser: pg.Client
  let as: Record<ProjectRole, pg.Client>

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    superuser = await database.session()
    as = await projectSessions(database)
  })
  afterAll(async () => {
    await database.close()
  })

  describe('passwords', () => {
    const verify = (name: string, password: string) =>
      onlyValue(as.editor, 'select project_schema.verify_password($1, $2)', [name, password])
    const kept = (name: string) =>
      onlyValue(superuser, 'select password_hash from project_schema.users where user_name = $1', [name])

    it('are kept as a salted hash that says how it was made, without any extension', async () => {
      await as.admin.query(`select project_schema.create_user('alice', password => 'correct horse ü')`)
      await as.admin.query(`select project_schema.create_user('bob', password => 'correct horse ü')`)
      expect(await kept('alice')).toMatch(/^hmac-sha256\$200000\$[0-9a-f]{64}\$[0-9a-f]{64}$/)
      expect(await kept('bob')).not.toBe(await kept('alice'))
      expect(await verify('Alice', 'correct horse ü')).toBe(true)
      expect(await verify('alice', 'correct horse u')).toBe(false)
      expect(await verify('alice', '')).toBe(false)
      expect(await verify('nobody', 'correct horse ü')).toBe(false)
    })

    it('are hashed by pgcrypto where it is installed, in whatever schema, and both kinds are verified', async () => {
      await superuser.query('create schema "Odd ""one"; create extension pgcrypto schema "Odd ""one"')
      // Where the framework's owner does not reach it, it is as if it were not there.
      await as.admin.query('select project_schema.set_password($1, $2)', ['bob', 'a new one'])
      expect(await kept('bob')).toMatch(/^hmac-sha256/)
      await superuser.query('grant usage on schema "Odd ""one" to public')
      await as.admin.query('select project_schema.set_password($1, $2)', ['bob', 'a new one'])
      expect(await kept('bob')).toMatch(/^bcrypt-sha256\$11\$\$2a\$11\$.{53}$/)
      expect(await verify('bob', 'a new one')).toBe(true)
      expect(await verify('bob', 'correct horse ü')).toBe(false)
      expect(await verify('alice', 'correct horse ü')).toBe(true)
      // bcrypt alone looks at no more than 72 bytes.
      const long = 'x'.repeat(100)
      await as.admin.query('select project_schema.set_password($1, $2)', ['bob', `${long}a`])
      expect(await verify('bob', `${long}b`)).toBe(false)
      expect(await verify('bob', `${long}a`)).toBe(true)
      await superuser.query('drop extension pgcrypto')
      expect((await refusalOf(as.editor, `select project_schema.verify_password('bob', 'x')`)).hint).toContain(
        'pgcrypto',
      )
    })

    it('are agreed with by an HMAC that is computed elsewhere', async () => {
      const { createHash, createHmac } = await import('node:crypto')
      const salt = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
      const key = createHash('sha256').update('pässword').digest()
      let expected: Buffer = salt
      for (let round = 0; round < 1000; round += 1) expected = createHmac('sha256', key).update(expected).digest()
      expect(
        await onlyValue(superuser, `select encode(project_schema.iterated_hash('pässword', $1, 1000), 'hex')`, [salt]),
      ).toBe(expected.toString('hex'))
    })

    it('are set for oneself, or by an administrator, and end the sessions of the user', async () => {
      await as.analyst.query(`select project_schema.set_password('analyst', 'my own one')`)
      const foreign = await refusalOf(as.analyst, `select project_schema.set_password('alice', 'not my own')`)
      const unknown = await refusalOf(as.analyst, `select project_schema.set_password('nobody', 'not my own')`)
      expect([foreign.code, foreign.message]).toEqual([unknown.code, unknown.message])
      const short = await refusalOf(as.admin, `select project_schema.set_password('alice', 'short')`)
      expect(short.message).toBe('A password has at least 8 characters.')
      const long = await refusalOf(as.admin, `select project_schema.set_password('alice', repeat('x', 5000))`)
      expect(long.message).toBe('A password has at most 4096 bytes.')
      await superuser.query(
        `insert into project_schema.user_sessions (user_id, token_hash, created_at, created_by, expires_at)
         select id, sha256('x'), now(), 'test', now() + interval '1 day' from project_schema.users where user_name = 'alice'`,
      )
      await as.admin.query(`select project_schema.set_password('alice', 'correct horse 2')`)
      expect(await rowsOf(as.admin, `select session_id from project_schema.list_sessions('alice')`)).toEqual([])
    })

    it('lock the user for a while after ten wrong ones in a row', async () => {
      await as.admin.query(`select project_schema.create_user('carol', password => 'the right one')`)
      for (let i = 0; i < 10; i += 1) expect(await verify('carol', 'wrong')).toBe(false)
      expect(await verify('carol', 'the right one')).toBe(false)
      await superuser.query(`update project_schema.users set locked_until = now() where user_name = 'carol'`)
      expect(await verify('carol', 'the right one')).toBe(true)
      expect(
        await onlyValue(superuser, `select failed_logins from project_schema.users where user_name = 'carol'`),
      ).toBe(0)
    })

    it('stand in no table of the framework', async () => {
      await as.admin.query('select project_schema.set_password($1, $2)', ['carol', 'needle in haystack'])
      const places = await rowsOf(
        superuser,
        `select c.oid::regclass::text as relation from pg_class c
         where c.relnamespace in ('script_tracking'::regnamespace, 'project_schema'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition`,
      )
      for (const { relation } of places) {
        expect({
          relation,
          found: await onlyValue(
            superuser,
            `select count(*)::int from ${relation} r where r::text like '%needle in haystack%'`,
          ),
        }).toEqual({ relation, found: 0 })
      }
    })

    it('ask for a name that is a word, and a database role that is there', async () => {
      const cases: [string, RegExp][] = [
        ['select project_schema.create_user(null)', /needs a name/],
        [`select project_schema.create_user('two words')`, /users_name_is_a_word/],
        [`select project_schema.create_user('x', database_role => 'no such role')`, /no database role "no such role"/],
        [`select project_schema.create_user('x', email => 'nowhere')`, /users_email_has_two_sides/],
        [`select project_schema.create_user('ALICE')`, /users_user_name/],
      ]
      for (const [sql, message] of cases) expect((await refusalOf(as.admin, sql)).message).toMatch(message)
    })
  })

  describe('addresses of data sources', () => {
    const parsed: [string, string | null, string | null, string | null][] = [
      ['orders', null, null, 'orders'],
      ['sales.orders', null, 'sales', 'orders'],
      ['erp.sales.orders', 'erp', 'sales', 'orders'],
      ['"My db"."Sa.les"."or""ders"', 'My db', 'Sa.les', 'or"ders'],
      ['a.b.c.d', null, null, 'a.b.c.d'],
      ['größe.maß', null, 'größe', 'maß'],
      ['postgresql://app@db.local:5432/erp', 'erp', null, null],
      ['postgres://db.local/erp?schema=sales&table=orders', 'erp', 'sales', 'orders'],
      ['postgres://db.local/erp/sales/orders', 'erp', 'sales', 'orders'],
      ['postgres://db.local/erp/sales.orders', 'erp', 'sales', 'orders'],
      ['jdbc:postgresql://db/erp?currentSchema=sales,public', 'erp', 'sales', null],
      ['postgresql+psycopg2://db/my%20db?options=-c%20search_path%3Dsales', 'my db', 'sales', null],
      ['postgresql://?dbname=erp&host=/tmp', 'erp', null, null],
      ['mysql://db/shop', 'shop', null, null],
      ['host=db port=5432 dbname=erp', 'erp', null, null],
      [`host=db dbname='my db' options='-c search_path=sales' table=orders`, 'my db', 'sales', 'orders'],
      [`dbname='it\\'s' user=x`, "it's", null, null],
      ['Server=db;Initial Catalog=erp;User Id=sa;Table=sales.orders', 'erp', 'sales', 'orders'],
      ['host=db', null, null, 'host=db'],
      ['s3://bucket/folder/file.csv', null, null, 's3://bucket/folder/file.csv'],
      ['/var/data/file with spaces.csv', null, null, '/var/data/file with spaces.csv'],
      ['postgres://db/%ff%fe', '%ff%fe', null, null],
      ['', null, null, null],
    ]

    it('say database, schema and table in every known form, and anything else is the table', async () => {
      for (const [dsn, db, schema, table] of parsed) {
        const [row] = await rowsOf(superuser, 'select * from project_schema.parse_dsn($1)', [dsn])
        expect({ dsn, ...row }).toEqual({ dsn, target_database: db, target_schema: schema, target_table: table })
      }
    })

    it('are stored without a password, in whatever form it comes', async () => {
      const secret = 'S3cr/et'
      const forms = [
        'postgres://app:S3cret@db/erp',
        `postgres://app:${secret}@db:5432/erp`,
        'postgres://app@db/erp?sslmode=require&password=S3cret&application_name=x',
        'postgres://app@db/erp?password=S3cret',
        'host=db user=app password=S3cret dbname=erp',
        `host=db password='S3cret with blanks' dbname=erp`,
        `host=db password = 'it\\'s S3cret' dbname=erp`,
        'Server=db;Password="S3cret; really";Database=erp',
        'Server=db;Pwd=S3cret;Database=erp',
        'https://api.local/v1?api_key=S3cret',
        'scott/S3cret@orcl',
        'AccountName=x;AccountKey=S3cret==;Table=t',
      ]
      for (const dsn of forms) {
        const notices: string[] = []
        const listen = ({ message }: { message?: string | undefined }) => notices.push(message ?? '')
        as.editor.on('notice', listen)
        const [row] = await rowsOf(
          as.editor,
          `insert into project_schema.data_sources (name, target_dsn) values ($1, $1) returning target_dsn, target_database, target_table`,
          [dsn],
        ).finally(() => as.editor.off('notice', listen))
        expect({ dsn, kept: JSON.stringify(row) }).toEqual({
          dsn,
          kept: expect.not.stringMatching(/S3c|et@|really|blanks/),
        })
        expect(notices).toEqual([expect.stringContaining('is not stored')])
        if (dsn.includes('erp')) expect({ dsn, ...row }).toMatchObject({ dsn, target_database: 'erp' })
      }
      expect(
        await onlyValue(superuser, `select project_schema.without_password('postgres://host:5432/db?email=a@b')`),
      ).toBe('postgres://host:5432/db?email=a@b')
    })

    it('are followed when they change, and filled in for rows that were there before', async () => {
      const update = `update project_schema.data_sources set target_dsn = $1 where name = 'follow' returning target_schema, target_table`
      await as.editor.query(
        `insert into project_schema.data_sources (name, target_dsn, target_table, settings) values ('follow', 'a.b', 'forged', '{"token": "t"}')`,
      )
      expect(
        await rowsOf(as.editor, `select target_table, settings from project_schema.data_sources where name = 'follow'`),
      ).toEqual([{ target_table: 'b', settings: { token: '********' } }])
      expect(await rowsOf(as.editor, update, ['c.d'])).toEqual([{ target_schema: 'c', target_table: 'd' }])

      // As a restore with its triggers off leaves them.
      await superuser.query(`set session_replication_role = replica`)
      await superuser.query(
        `insert into project_schema.data_sources (name, target_dsn) select 'old ' || i, 'postgres://u:p@h/db' || i from generate_series(1, 1000) i`,
      )
      await superuser.query('reset session_replication_role')
      expect(await onlyValue(as.admin, 'select project_schema.backfill_data_sources()::int')).toBe(1000)
      expect(
        await rowsOf(
          superuser,
          `select target_dsn, target_database from project_schema.data_sources where name = 'old 7'`,
        ),
      ).toEqual([{ target_dsn: 'postgres://u@h/db7', target_database: 'db7' }])
      expect(await onlyValue(as.admin, 'select project_schema.backfill_data_sources()::int')).toBe(0)
      const changes = JSON.stringify(await rowsOf(superuser, 'select * from script_tracking.row_change'))
      expect(changes).toContain('db7')
      expect(changes).not.toContain('u:p@h')
    })
  })

  describe('pruning', () => {
    it('removes what is older than its retention, the audit by whole months alone, and nothing that is held', async () => {
      await superuser.query(`
        insert into project_schema.project_activities (recorded_at, actor, activity_type)
          values (now() - interval '3 years', 'x', 'old'), (now() - interval '1 year', 'x', 'young');
        insert into project_schema.notifications (user_id, created_at, created_by, kind, severity, title)
          select id, now() - interval '1 year', 'x', 'k', 'info', 'old' from project_schema.users where user_name = 'analyst';
        insert into project_schema.user_sessions (user_id, token_hash, created_at, created_by, expires_at)
          select id, sha256('old'), now() - interval '1 year', 'x', now() - interval '200 days' from project_schema.users where user_name = 'analyst'`)
      // A month of the audit that is eight years old, and a row that old in no month of its own.
      const owner = await onlyValue(
        superuser,
        `select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'project_schema'`,
      )
      await superuser.query(`
        set role ${owner};
        create table project_schema.audit_logs_2017_01 partition of project_schema.audit_logs for values from ('2017-01-01Z') to ('2017-02-01Z');
        reset role`)
      await superuser.query(
        `insert into project_schema.audit_logs (id, recorded_at, xid, session_user_name, action, outcome)
         values (project_schema.uuid_v7(), '2017-01-15Z', 1, 'x', 'ancient', 'success'), (project_schema.uuid_v7(), '2016-01-15Z', 1, 'x', 'stray', 'success')`,
      )
      await as.editor.query(`select project_schema.write_audit('young')`)

      const dry = await rowsOf(
        as.admin,
        'select relation, removed::int, partitions, message from project_schema.prune(dry_run => true)',
      )
      const expected = [
        { relation: 'project_schema.user_sessions', removed: 1, partitions: null, message: null },
        { relation: 'project_schema.notifications', removed: 1, partitions: null, message: null },
        { relation: 'project_schema.project_activities', removed: 1, partitions: null, message: null },
        {
          relation: 'project_schema.audit_logs',
          removed: 1,
          partitions: ['project_schema.audit_logs_2017_01'],
          message: '1 rows whose month has no partition of its own stay.',
        },
        { relation: 'script_tracking.row_change', removed: 0, partitions: [], message: null },
      ]
      expect(dry).toEqual(expected)
      expect(
        await onlyValue(superuser, `select count(*)::int from project_schema.audit_logs where action = 'ancient'`),
      ).toBe(1)

      await as.admin.query(
        `insert into project_schema.legal_holds (name, reason, schema_name, table_name) values ('case 1', 'court order', 'project_schema', 'audit_logs')`,
      )
      const held = await rowsOf(
        as.admin,
        `select removed::int, message from project_schema.prune() where relation = 'project_schema.audit_logs'`,
      )
      expect(held).toEqual([{ removed: 0, message: 'A legal hold stands on it: nothing was removed.' }])
      await as.admin.query(
        `update project_schema.legal_holds set released_at = now(), released_by = current_user, release_reason = 'case closed' where name = 'case 1'`,
      )

      // What went with the call that met the hold is gone; the month goes now.
      const after = await rowsOf(as.admin, 'select relation, removed::int, partitions from project_schema.prune()')
      expect(after).toEqual(
        expected.map(({ relation, partitions }) => ({
          relation,
          removed: relation === 'project_schema.audit_logs' ? 1 : 0,
          partitions,
        })),
      )
      expect(
        await rowsOf(
          superuser,
          `select action from project_schema.audit_logs where action in ('ancient', 'stray', 'young') order by 1`,
        ),
      ).toEqual([{ action: 'stray' }, { action: 'young' }])
      expect(
        await rowsOf(
          superuser,
          `select activity_type as type from project_schema.project_activities where activity_type in ('old', 'young')`,
        ),
      ).toEqual([{ type: 'young' }])
    })

    it('goes by a policy that is approved, and not by a draft', async () => {
      await as.admin.query(
        `insert into project_schema.retention_policies (name, schema_name, table_name, age_column, retention_period, action)
         values ('short activities', 'project_schema', 'project_activities', 'recorded_at', '30 days', 'delete')`,
      )
      const kept = () =>
        onlyValue(
          as.admin,
          `select kept_for::text from project_schema.prune(true) where relation = 'project_schema.project_activities'`,
        )
      expect(await kept()).toBe('2 years')
      const approve = `update project_schema.retention_policies set status = 'approved'`
      const itself = `where name = 'short activities'`
      // Under another role it is still the same person; and who approves it is not for the statement to say.
      for (const alone of [
        `${approve} ${itself}`,
        `set role steward_admin; ${approve}, approved_by = 'somebody', written_by = 'nobody' ${itself}`,
      ]) {
        expect((await refusalOf(as.admin, alone)).message).toMatch(
          /^The retention policy "short activities" was written by .*, who cannot approve it without a reason\.$/,
        )
        await as.admin.query('reset role')
      }
      expect(await kept()).toBe('2 years')
      await as.admin.query(`${approve}, approval_reason = 'the controller decided so on 2026-11-02' ${itself}`)
      expect(await kept()).toBe('30 days')
      // The reason was for this period, and for no other.
      const shorter = `update project_schema.retention_policies set retention_period = '1 day' ${itself}`
      expect((await refusalOf(as.admin, shorter)).constraint).toBe('retention_policies_have_four_eyes_or_a_reason')
      await superuser.query(`update project_schema.retention_policies set status = 'draft' ${itself}`)
      expect(
        await rowsOf(
          superuser,
          `${approve}, approval_reason = null ${itself} returning approved_by = session_user as approved, written_by <> session_user as written`,
        ),
      ).toEqual([{ approved: true, written: true }])
      expect(await kept()).toBe('30 days')
    })
  })
})
