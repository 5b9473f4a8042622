import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../../src/core/fault.ts'
import { quoteName } from '../../../src/core/quote.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { uninstallFramework } from '../../../src/main/framework/uninstall.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { majors } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { catalogOf } from './catalog.ts'
import { tangledRelease } from './releases.ts'

describe.each(majors())('uninstalling on PostgreSQL %i', (major) => {
  // Roles belong to the cluster: a server of its own, so that no other test's installation needs them.
  let server: Server
  let folder: string

  beforeAll(async () => {
    server = await startServer({ major })
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-uninstall-'))
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  async function within(work: (database: TestDatabase, client: pg.Client) => Promise<void>, name?: string) {
    const database = await TestDatabase.create(server, name)
    try {
      await work(database, await database.session())
    } finally {
      await database.close()
    }
  }

  it('leaves the catalog as it was before, and the trail in a file of its owner', async () => {
    await within(async (database, client) => {
      await client.query('create table mine (id int); create view mine_too as select * from mine')
      const before = await catalogOf(client)
      await installFramework(client)
      await client.query(`create table later (); comment on table later is 'ü "x"'; select track_operation('open')`)
      await client.query('drop table later')
      await client.query('select script_tracking.extend_ledger(8)')

      const exportTo = join(folder, 'a', 'trail.jsonl')
      const report = await uninstallFramework(client, { confirm: database.name, exportTo, exportFolder: folder })
      expect(await catalogOf(client)).toEqual(before)
      expect(report).toMatchObject({ exportedTo: exportTo, rolesKept: [] })
      expect(report.rolesRemoved).toContain('steward_owner')

      expect((await stat(exportTo)).mode & 0o777).toBe(0o600)
      expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
      const lines = (await readFile(exportTo, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const names = lines.filter(({ kind }) => kind === 'state').map(({ execution }) => execution.script_name)
      expect(names).toEqual(
        expect.arrayContaining([
          'CREATE TABLE public.later',
          'COMMENT public.later',
          'open',
          'DROP TABLE public.later',
        ]),
      )
      expect(names.length).toBe(report.executions)
      expect(lines.filter(({ kind }) => kind === 'file').length).toBeGreaterThan(5)
      // What is installed again begins anew.
      expect((await installFramework(client)).steps).toBeGreaterThan(0)
      await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
    })
  })

  it('removes whatever a release has made, however it hangs together, and nothing beside it', async () => {
    await within(async (database, client) => {
      // What looks like ours and is not, and what hangs on the same roles and tables as ours.
      await client.query(`create schema "script_tracking " create table tracking_wrapper (name text);
        create schema mine create table ledger (id int primary key, note text) create view seen as select * from ledger;
        create table public.refuse_change (id serial); create rule r as on delete to public.refuse_change do instead nothing;
        alter table mine.ledger enable row level security;
        create policy p on mine.ledger using (note <> 'secret'); grant select (note) on mine.ledger to public;
        create function mine.track_operation() returns trigger language plpgsql as 'begin return null; end';
        create trigger t after insert on mine.ledger for each row execute function mine.track_operation();
        create function mine."tri""ple"(a integer, b text default 'x') returns integer language sql as 'select 3 * $1';
        create function mine.watch() returns event_trigger language plpgsql as 'begin end';
        create event trigger auto_ddl_tracker_of_mine on ddl_command_end execute function mine.watch();
        create publication all_of_mine for table mine.ledger;
        alter database ${quoteName(database.name)} set work_mem = '5MB'`)
      const before = await catalogOf(client)
      await installFramework(client, () => {}, tangledRelease)
      await client.query(`create table made_meanwhile (); drop table made_meanwhile;
        alter database ${quoteName(database.name)} set script_tracking.on_failure = 'error';
        select script_tracking.create_tracking_wrapper('mine."tri""ple"(integer, text)');
        select mine."tri""ple_tracking"(1, 'x');
        select script_tracking.enable_row_audit('mine.ledger');
        insert into mine.ledger values (1, 'seen'); update mine.ledger set note = 'changed';
        delete from mine.ledger`)
      // A month that has left the ledger.
      await client.query('set role steward_owner')
      for (const parent of ['ledger', 'text']) {
        await client.query(`create table script_tracking.${parent}_2020_01 partition of script_tracking.${parent}
            for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00');
          select script_tracking.make_month('script_tracking.${parent}_2020_01')`)
      }
      await client.query('reset role; select script_tracking.cleanup_old_data(30)')
      expect(await onlyValue(client, `select to_regclass('script_tracking.archived_ledger_2020_01') is not null`)).toBe(
        true,
      )
      await client.query('create view mine.uses_wrapper as select mine."tri""ple_tracking"(1, \'x\') as n')
      await expect(uninstallFramework(client, { confirm: database.name, exportFolder: folder })).rejects.toMatchObject({
        fault: { detail: expect.stringContaining('view mine.uses_wrapper depends on function') },
      })
      await client.query('drop view mine.uses_wrapper')
      const report = await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
      expect(await catalogOf(client)).toEqual(before)
      expect(report.rolesKept).toEqual([])
    })
  })

  it('works beside what a schema project_schema has, and leaves it there', async () => {
    await within(async (database, client) => {
      await client.query(`create schema project_schema; comment on schema project_schema is 'Mine';
        grant usage on schema project_schema to public;
        create table project_schema.task (id int primary key, parent int references project_schema.task, title text);
        create function project_schema.title_of(t project_schema.task) returns text language sql as 'select $1.title';
        alter table project_schema.task enable row level security;
        create policy p on project_schema.task using (project_schema.title_of(task.*) <> '');
        create function project_schema.stamp() returns trigger language plpgsql as 'begin return new; end';
        create trigger t before insert on project_schema.task for each row execute function project_schema.stamp();
        create index on project_schema.task (lower(title))`)
      const before = await catalogOf(client)
      await installFramework(client, () => {}, tangledRelease)
      expect((await catalogOf(client)).length).toBeGreaterThan(before.length)
      await client.query(`select script_tracking.enable_row_audit('project_schema.task')`)
      const { rolesKept } = await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
      expect(await catalogOf(client)).toEqual(before)
      expect(rolesKept).toEqual([])

      await client.query(
        'create table project_schema.tangled (); create function project_schema.tangled_rows() returns int language sql as $$ select 1 $$',
      )
      await expect(installFramework(client, () => {}, tangledRelease)).rejects.toThrow(
        'The schema project_schema here has what pgSteward would make there too (relation tangled, routine tangled_rows): rename it, or track another database.',
      )
      expect(await onlyValue(client, `select to_regnamespace('script_tracking') is null`)).toBe(true)
    })
  })

  it('makes nothing in a schema project_schema in which others may make objects', async () => {
    await within(async (database, client) => {
      const owner = await database.role('neighbour')
      const refused = async (maker: string) =>
        await expect(installFramework(client)).rejects.toThrow(
          `In the schema project_schema here ${maker} may make objects, and could gain the framework's rights by them.`,
        )
      await client.query(`create schema project_schema authorization ${quoteName(owner)}`)
      await refused(`the role ${owner}`)
      await client.query(
        'alter schema project_schema owner to postgres; grant create on schema project_schema to public',
      )
      await refused('everybody')
      await client.query('revoke create on schema project_schema from public')
      await installFramework(client)
      expect(await onlyValue(client, `select to_regclass('project_schema.users') is not null`)).toBe(true)
    })
  })

  it('keeps the roles that another database needs', async () => {
    await within(async (other, otherClient) => {
      await installFramework(otherClient)
      await within(async (database, client) => {
        await installFramework(client)
        const report = await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
        expect(report.rolesKept).toContain('steward_owner')
        expect(await onlyValue(otherClient, `select track_operation('still works') is not null`)).toBe(true)
      })
      const report = await uninstallFramework(otherClient, { confirm: other.name, exportFolder: folder })
      expect(report.rolesKept).toEqual([])
    })
  })

  it('refuses in words, removes nothing then, and leaves no file', async () => {
    await within(async (database, client) => {
      await installFramework(client)
      const refusal = async (confirm = database.name, session = client) => {
        const exportTo = join(folder, 'refused.jsonl')
        const thrown = await uninstallFramework(session, { confirm, exportTo, exportFolder: folder }).catch((e) => e)
        await expect(stat(exportTo)).rejects.toThrow('ENOENT')
        return thrown instanceof Failure ? thrown.fault : thrown
      }
      expect((await refusal('postgres')).message).toContain(`confirm with the name of the database, ${database.name}`)

      await client.query('create view public.report as select * from script_tracking.script_execution_s')
      expect(await refusal()).toMatchObject({
        message: expect.stringContaining('Something else uses the framework'),
        detail: expect.stringContaining('view public.report depends on view script_tracking.script_execution_s'),
      })
      await client.query('drop view public.report; create table script_tracking.stranger ()')
      expect(await refusal()).toMatchObject({
        message: expect.stringContaining('holds what pgSteward did not put there'),
        detail: 'table script_tracking.stranger',
      })
      await client.query('drop table script_tracking.stranger')
      const user = await database.session(await database.role('user'))
      expect((await refusal(database.name, user)).message).toMatch(/^Only steward_owner, its members and superusers/)
      expect(await onlyValue(client, `select track_operation('still there') is not null`)).toBe(true)

      const taken = join(folder, 'taken.jsonl')
      await writeFile(taken, 'mine')
      await expect(
        uninstallFramework(client, { confirm: database.name, exportTo: taken, exportFolder: folder }),
      ).rejects.toThrow('EEXIST')
      expect(await readFile(taken, 'utf8')).toBe('mine')
      await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
      expect((await refusal()).message).toMatch(/not installed here/)
    }, `It's "quoted" ü`)
  })

  it('installs and uninstalls for an owner who is no superuser', async () => {
    await within(async (database, admin) => {
      const owner = await database.role('owner')
      await admin.query(`alter database ${quoteName(database.name)} owner to ${quoteName(owner)}`)
      const client = await database.session(owner)
      const before = await catalogOf(client)
      const { capabilities } = await installFramework(client)
      expect(capabilities.filter(({ available }) => !available).map(({ name }) => name)).toEqual([
        'Automatic tracking of DDL',
        // Until 14 everybody may create in the schema public, from 15 on the owner of the database.
        'Roles for auditors and administrators',
        'A trail that no login role owns',
      ])
      const hk = await onlyValue(client, `select public.track_operation('by an owner')`)
      await client.query('select public.complete_operation($1)', [hk])
      expect(await onlyValue(client, 'select count(*)::int from script_tracking.script_execution_s')).toBe(2)
      // A superuser who installs once more adds what was missing; who is none sees nothing to do.
      expect((await installFramework(client)).steps).toBe(0)
      const again = await installFramework(admin)
      expect(again.steps).toBeGreaterThan(0)
      expect(again.capabilities.find(({ name }) => name === 'Automatic tracking of DDL')).toMatchObject({
        available: true,
      })
      expect((await installFramework(admin)).steps).toBe(0)
      // They are the superuser's: the owner cannot remove them, and is told so.
      await expect(uninstallFramework(client, { confirm: database.name, exportFolder: folder })).rejects.toThrow(
        'must be owner of event trigger auto_ddl_caller',
      )
      for (const { name } of await rowsOf(admin, 'select evtname as name from pg_event_trigger')) {
        await admin.query(`drop event trigger ${quoteName(String(name))}`)
      }
      const stranger = await database.session(await database.role('stranger'))
      expect(await onlyValue(stranger, 'select count(*)::int from script_tracking.script_execution_s')).toBe(0)
      const report = await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
      expect(report.executions).toBe(1)
      expect((await catalogOf(client)).filter((line) => !line.startsWith('role '))).toEqual(
        before.filter((line) => !line.startsWith('role ')),
      )
    })
  })

  it('says what a managed server wants: its own role for event triggers, and none of them in its upgrade', async () => {
    await within(async (database, admin) => {
      const owner = await database.role('owner')
      await admin.query(
        `create role rds_superuser; alter database ${quoteName(database.name)} owner to ${quoteName(owner)}`,
      )
      try {
        const client = await database.session(owner)
        const [, without] = (await installFramework(client)).capabilities
        expect(without).toMatchObject({
          available: false,
          reason: expect.stringContaining('"grant rds_superuser to" your role. Missing: auto_ddl_caller,'),
        })
        await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
        const [, withTriggers] = (await installFramework(admin)).capabilities
        expect(withTriggers).toMatchObject({
          available: true,
          reason: expect.stringMatching(
            /^Before this managed server is upgraded .*drop event trigger "auto_ddl_tracker";/,
          ),
        })
        await uninstallFramework(admin, { confirm: database.name, exportFolder: folder })
      } finally {
        await admin.query('drop role rds_superuser')
      }
    })
  })

  it('gives the trail to steward_owner where the installing role may create roles', async () => {
    await within(async (database, admin) => {
      const owner = await database.role('maker', 'createrole')
      await admin.query(`alter database ${quoteName(database.name)} owner to ${quoteName(owner)}`)
      const client = await database.session(owner)
      const { capabilities } = await installFramework(client)
      expect(capabilities.filter(({ available }) => !available).map(({ name }) => name)).toEqual([
        'Automatic tracking of DDL',
      ])
      // A superuser who installs once more adds what was missing.
      expect(
        await onlyValue(client, `select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'script_tracking'`),
      ).toBe('steward_owner')
      const report = await uninstallFramework(client, { confirm: database.name, exportFolder: folder })
      expect(report.rolesKept).toEqual([])
    })
  })
})
