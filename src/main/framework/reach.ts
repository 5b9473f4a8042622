import type pg from 'pg'
import { z } from 'zod'
import { readDocument } from './document.ts'
import type { DatabaseObject } from './objects.ts'

/**
 * What the framework's own functions have made in its schema since it was installed, such as a month that was taken
 * off the ledger: known by its trigger insert_only, which they alone put on tables.
 */
const laterSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('type', 'table', 'identity', pg_catalog.format('%I.%I', n.nspname, c.relname))), '[]')::text as document
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_namespace home on home.nspname = 'script_tracking'
  where n.nspname in ('script_tracking', 'project_schema')
    and c.relkind in ('r', 'p') and not c.relispartition and c.relowner = home.nspowner
    and exists (
      select from pg_catalog.pg_trigger t
      join pg_catalog.pg_proc p on p.oid = t.tgfoid and p.pronamespace = home.oid
      where t.tgrelid = c.oid and p.proname = 'refuse_change')`

export async function laterObjects(client: pg.Client): Promise<DatabaseObject[]> {
  return await readDocument(client, z.array(z.object({ type: z.string(), identity: z.string() })), laterSql)
}

/**
 * Takes back what reaches out of the framework's schemas: wrappers beside the user's functions, triggers on audited
 * tables, settings of the database, rights in a schema that stays.
 *
 * @throws PostgreSQL's 2BP01 where something of somebody else's needs one of them
 */
export async function undo(client: pg.Client): Promise<void> {
  for (const [made, takeBack] of madeOutside) {
    if (!(await readDocument(client, z.boolean(), takenBackSql, [takeBack]))) continue
    for (const name of await readDocument(client, z.array(z.string()), made)) {
      await client.query(`select ${takeBack.replace(/\(.*/, '')}($1)`, [name])
    }
  }
  for (const statement of await readDocument(client, z.array(z.string()), reachSql)) await client.query(statement)
}

const takenBackSql = 'select (pg_catalog.to_regprocedure($1) is not null)::text as document'

/** What was made outside on somebody's wish, and the call that takes each back. */
const madeOutside: readonly (readonly [sql: string, call: string])[] = [
  [
    `select coalesce(pg_catalog.json_agg(w.wrapper), '[]')::text as document from script_tracking.tracking_wrapper w`,
    'script_tracking.drop_tracking_wrapper(regprocedure)',
  ],
  [
    `select coalesce(pg_catalog.json_agg(distinct t.tgrelid::pg_catalog.regclass::text), '[]')::text as document
     from pg_catalog.pg_trigger t
     join pg_catalog.pg_proc p on p.oid = t.tgfoid and p.pronamespace = pg_catalog.to_regnamespace('script_tracking')
     join pg_catalog.pg_class c on c.oid = t.tgrelid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal
       and (n.nspname not in ('script_tracking', 'project_schema')
         -- A table of the user's, in a schema that was there before.
         or n.nspname = 'project_schema' and not c.relispartition and not exists (
           select from script_tracking.installed_object o
           where o.identity = pg_catalog.format('%I.%I', n.nspname, c.relname)))
       and not exists (
         select from pg_catalog.pg_depend d
         where d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.objid = t.oid
           and d.refclassid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.deptype in ('P', 'S', 'I'))`,
    'script_tracking.disable_row_audit(regclass)',
  ],
]

/** A setting of ours means nothing without the framework; of the others, none is touched. */
const reachSql = `
  select coalesce(pg_catalog.json_agg(r.statement), '[]')::text as document
  from (
    select case s.setrole
      when 0 then pg_catalog.format('alter database %I reset %s', d.datname, setting.name)
      else pg_catalog.format('alter role %I in database %I reset %s', pg_catalog.pg_get_userbyid(s.setrole), d.datname, setting.name)
    end as statement
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase and d.datname = pg_catalog.current_database()
    cross join lateral (
      select pg_catalog.split_part(pg_catalog.unnest(s.setconfig), '=', 1) as name
    ) setting
    where setting.name ~ '^script_tracking[.][a-z_]+$'
    union all
    select distinct pg_catalog.format('revoke all on schema project_schema from %I', r.rolname)
    from pg_catalog.pg_namespace n
    cross join lateral pg_catalog.aclexplode(n.nspacl) a
    join pg_catalog.pg_roles r on r.oid = a.grantee
    where n.nspname = 'project_schema' and a.grantee <> n.nspowner
      and r.rolname in ('steward_owner', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor')
  ) r`
