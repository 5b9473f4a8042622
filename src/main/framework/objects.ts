import type pg from 'pg'
import { z } from 'zod'
import { readDocument } from './document.ts'

/** A database object as `pg_identify_object` names it: qualified, quoted, fit for a `drop`. */
export interface DatabaseObject {
  type: string
  identity: string
}

/** The schemas that the framework lives in. The second one may have been there before, with tables of the user's. */
export const ourSchemas = ['script_tracking', 'project_schema'] as const

const objects = z.array(z.object({ type: z.string(), identity: z.string() }))

/**
 * What stands in the framework's schemas, and of its doors and triggers outside, as (class, object). Partitions,
 * indexes, row types, and sequences that belong to a column go with their table.
 */
export const standingRows = `
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass as class, n.oid as object
  from pg_catalog.pg_namespace n
  where n.nspname in ('script_tracking', 'project_schema')
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('script_tracking', 'project_schema')
    and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and not c.relispartition
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i'))
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('script_tracking', 'project_schema')
    or p.oid in (
        pg_catalog.to_regprocedure('public.track_operation(text, text)'),
        pg_catalog.to_regprocedure('public.complete_operation(bytea, boolean, text)'))
      and pg_catalog.strpos(p.prosrc, 'script_tracking.') > 0
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  where n.nspname in ('script_tracking', 'project_schema') and (t.typtype in ('d', 'e', 'r') or c.relkind = 'c')
  union all
  select 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, t.oid
  from pg_catalog.pg_event_trigger t
  join pg_catalog.pg_proc p on p.oid = t.evtfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('script_tracking', 'project_schema')`

const standingSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('type', i.type, 'identity', i.identity)), '[]')::text as document
  from (${standingRows}) as standing
  cross join lateral pg_catalog.pg_identify_object(standing.class, standing.object, 0) i`

const recordedSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('type', o.object_type, 'identity', o.identity)), '[]')::text as document
  from script_tracking.installed_object o`

/** What stands now. */
export async function standingObjects(client: pg.Client): Promise<DatabaseObject[]> {
  return await readDocument(client, objects, standingSql)
}

/** What installations have written down as theirs. */
export async function installedObjects(client: pg.Client): Promise<DatabaseObject[]> {
  return await readDocument(client, objects, recordedSql)
}

/** Writes down what stands now and did not stand before, as the installer's. */
export async function recordObjects(client: pg.Client, before: DatabaseObject[]): Promise<void> {
  const made = without(await standingObjects(client), before)
  await client.query(
    `insert into script_tracking.installed_object (object_type, identity)
     select o.type, o.identity from pg_catalog.json_to_recordset($1) as o (type text, identity text)
     on conflict do nothing`,
    [JSON.stringify(made)],
  )
}

/** Those of `all` that are not among `others`. */
export function without(all: DatabaseObject[], others: DatabaseObject[]): DatabaseObject[] {
  const known = new Set(others.map(keyOf))
  return all.filter((each) => !known.has(keyOf(each)))
}

export function keyOf({ type, identity }: DatabaseObject): string {
  return `${type} ${identity}`
}
