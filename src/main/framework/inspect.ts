import { z } from 'zod'
import type { Installed, SqlFile } from '../../core/framework/plan.ts'
import { bundled } from './bundle.ts'
import { eventTriggers } from './capabilities.ts'
import { type Queryable, readDocument } from './document.ts'
import { type MadeName, namesMade } from './names.ts'

const facts = z.object({
  serverVersion: z.int(),
  role: z.object({
    name: z.string(),
    superuser: z.boolean(),
    mayCreateRoles: z.boolean(),
    mayCreateSchemas: z.boolean(),
    ownsFramework: z.boolean(),
  }),
  schemaOwner: z.string().nullable(),
  ours: z.boolean(),
  projectSchema: z.boolean(),
})

const factsSql = `
  select pg_catalog.json_build_object(
    'serverVersion', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    'role', pg_catalog.json_build_object(
      'name', r.rolname,
      'superuser', r.rolsuper,
      'mayCreateRoles', r.rolsuper or r.rolcreaterole,
      'mayCreateSchemas', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create'),
      'ownsFramework', coalesce(pg_catalog.pg_has_role(n.nspowner,
        case when pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then 'set' else 'member' end), false)),
    'schemaOwner', pg_catalog.pg_get_userbyid(n.nspowner),
    'ours', pg_catalog.to_regclass('script_tracking.applied_file') is not null
      and pg_catalog.to_regclass('script_tracking.ledger') is not null,
    'projectSchema', pg_catalog.to_regnamespace('project_schema') is not null
  )::pg_catalog.text as document
  from pg_catalog.pg_roles r
  left join pg_catalog.pg_namespace n on n.nspname = 'script_tracking'
  where r.rolname operator(pg_catalog.=) current_user`

const appliedFile = z.object({
  name: z.string(),
  checksum: z.string(),
  breaking: z.boolean(),
  appliedAt: z.string(),
  appliedBy: z.string(),
  durationMs: z.number(),
})
export type Application = z.output<typeof appliedFile>

const filesSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', f.name, 'checksum', f.checksum, 'breaking', f.breaking,
    'appliedAt', pg_catalog.to_char(f.applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'appliedBy', f.applied_by, 'durationMs', f.duration_ms) order by f.applied_at, f.name), '[]')::pg_catalog.text as document
  from script_tracking.applied_file f`

/** What is installed, and every application of a file that made it, oldest first. */
export interface Inspection {
  installed: Installed
  applications: Application[]
}

/** Looks at a database: what is there, and what the session's role may do. */
export async function inspect(on: Queryable, files: readonly SqlFile[] = bundled): Promise<Inspection> {
  const { schemaOwner, ours, projectSchema, ...rest } = await readDocument(on, facts, factsSql)
  if (schemaOwner !== null && !ours) {
    const installed = { ...rest, foreignSchemas: ['script_tracking'], collisions: [], framework: null }
    return { installed, applications: [] }
  }
  const collisions = projectSchema ? await findCollisions(on, files, ours) : []
  if (schemaOwner === null) {
    return { installed: { ...rest, foreignSchemas: [], collisions, framework: null }, applications: [] }
  }
  const applications = await readDocument(on, z.array(appliedFile), filesSql)
  const missing = mayMend(rest.role) ? await readDocument(on, z.array(z.string()), missingSql, [eventTriggers]) : []
  const framework = { files: applications, owner: schemaOwner, missing }
  return { installed: { ...rest, foreignSchemas: [], collisions, framework }, applications }
}

function mayMend({ superuser, ownsFramework }: Installed['role']): boolean {
  return superuser || ownsFramework
}

/** Event triggers, where this role may make them, and rights of roles that came later than the framework. */
const missingSql = `
  select coalesce(pg_catalog.json_agg(m.what order by m.what), '[]')::pg_catalog.text as document
  from (
    select 'event trigger ' || wanted.name as what
    from pg_catalog.unnest($1::pg_catalog.text[]) as wanted (name)
    where not exists (select from pg_catalog.pg_event_trigger t where t.evtname::pg_catalog.text operator(pg_catalog.=) wanted.name)
      and exists (
        select from pg_catalog.pg_roles r
        where r.rolname operator(pg_catalog.=) current_user and r.rolsuper
          or r.rolname in ('rds_superuser', 'cloudsqlsuperuser') and pg_catalog.pg_has_role(r.oid, 'member'))
    union all
    select 'the rights of ' || r.rolname
    from pg_catalog.pg_roles r
    where r.rolname in ('steward_admin', 'steward_auditor')
      and not pg_catalog.has_table_privilege(r.oid, 'script_tracking.tracking_error', 'select')
  ) m`

const standingNames = z.array(z.object({ kind: z.string(), name: z.string(), identity: z.string() }))

/** By its table, where it is an index; by its schema and name alone, where it is a routine. */
const standingNamesSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'kind', s.kind, 'name', s.name, 'identity', (pg_catalog.pg_identify_object(s.class, s.object, 0)).identity)), '[]')::pg_catalog.text as document
  from (
    select 'relation' as kind, c.relname::pg_catalog.text as name, 'pg_catalog.pg_class'::pg_catalog.regclass as class,
      coalesce(i.indrelid, c.oid) as object
    from pg_catalog.pg_class c
    left join pg_catalog.pg_index i on i.indexrelid = c.oid
    where c.relnamespace = pg_catalog.to_regnamespace('project_schema')
    union all
    select 'routine', p.proname, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    from pg_catalog.pg_proc p
    where p.pronamespace = pg_catalog.to_regnamespace('project_schema')
    union all
    select 'type', t.typname, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    from pg_catalog.pg_type t
    where t.typnamespace = pg_catalog.to_regnamespace('project_schema') and t.typtype in ('d', 'e', 'r')
  ) s
  where exists (
    select from pg_catalog.json_to_recordset($1) as made (kind text, name text)
    where made.kind = s.kind and made.name = s.name)`

const recordedSql = `
  select coalesce(pg_catalog.json_agg(o.identity), '[]')::pg_catalog.text as document
  from script_tracking.installed_object o`

/** What somebody else made in project_schema under a name of ours: `relation users`. */
async function findCollisions(on: Queryable, files: readonly SqlFile[], ours: boolean): Promise<string[]> {
  const made = JSON.stringify(await namesIn(files))
  const standing = await readDocument(on, standingNames, standingNamesSql, [made])
  const recorded = new Set(ours ? await readDocument(on, z.array(z.string()), recordedSql) : [])
  const foreign = standing.filter(({ identity }) => !recorded.has(identity))
  return [...new Set(foreign.map(({ kind, name }) => `${kind} ${name}`))].sort()
}

const namesOfBundle = new WeakMap<readonly SqlFile[], Promise<MadeName[]>>()

/** Reading the files takes some time, and a connection that opens asks. */
function namesIn(files: readonly SqlFile[]): Promise<MadeName[]> {
  const names = namesOfBundle.get(files) ?? namesMade(files, 'project_schema')
  namesOfBundle.set(files, names)
  return names
}
