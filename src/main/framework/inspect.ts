import { z } from 'zod'
import type { Installed } from '../../core/framework/plan.ts'
import { type Queryable, readDocument } from './document.ts'

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
      and pg_catalog.to_regclass('script_tracking.ledger') is not null
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
export async function inspect(on: Queryable): Promise<Inspection> {
  const { schemaOwner, ours, ...rest } = await readDocument(on, facts, factsSql)
  if (schemaOwner === null) return { installed: { ...rest, foreignSchemas: [], framework: null }, applications: [] }
  if (!ours) {
    return { installed: { ...rest, foreignSchemas: ['script_tracking'], framework: null }, applications: [] }
  }
  const applications = await readDocument(on, z.array(appliedFile), filesSql)
  const framework = { files: applications, owner: schemaOwner }
  return { installed: { ...rest, foreignSchemas: [], framework }, applications }
}
