// What pg_catalog is asked, the same for PostgreSQL 12 to 18. No query looks at one object at a time, and none but
// `defaults` takes a lock on a relation of the user's. Names are compared by their bytes (type "name" has the C
// collation), so that the order is the same on every server.

/** Schemas that the catalog holds: neither temporary ones nor those of TOAST. */
const kept = `n.nspname !~ '^pg_(toast$|temp_|toast_temp_)'`

const comment = (catalog: string, oid: string, number = '0') => `
  left join pg_catalog.pg_description d
    on d.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass and d.objoid = ${oid} and d.objsubid = ${number}`

export const head = `
  select pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as read_at,
    pg_catalog.current_setting('server_version_num') as server_version,
    current_user as role,
    pg_catalog.to_json(pg_catalog.current_schemas(true)) as search_path`

export const schemas = `
  select n.oid, n.nspname as name, d.description as comment,
    n.nspname in ('pg_catalog', 'information_schema') as system
  from pg_catalog.pg_namespace n ${comment('pg_namespace', 'n.oid')}
  where ${kept}
  order by n.nspname`

export const relations = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind, d.description as comment,
    case when c.relispartition then i.inhparent end as partition_of,
    case when c.relkind in ('r', 'm', 'p', 'f') and c.reltuples >= 0 and (c.relpages > 0 or c.reltuples > 0)
      then c.reltuples::pg_catalog.int8 end as row_estimate
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits i on c.relispartition and i.inhrelid = c.oid
  ${comment('pg_class', 'c.oid')}
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${kept}
  order by n.nspname, c.relname`

export const columns = `
  select a.attrelid as relation, a.attnum as number, a.attname as name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
    a.attidentity as identity, a.attgenerated as generated, d.description as comment
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  ${comment('pg_class', 'a.attrelid', 'a.attnum')}
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f') and ${kept}
  order by a.attrelid, a.attnum`

/**
 * A default names no columns: asked for without its table, PostgreSQL prints it at once, where up to 17 it would compare
 * the names of all columns first. Of a generated column pg_get_expr may wait for a lock on the table: whoever asks this
 * says for how long.
 */
export const defaults = `
  select f.adrelid as relation, f.adnum as number,
    pg_catalog.pg_get_expr(f.adbin, case when a.attgenerated = '' then 0 else f.adrelid end) as expression
  from pg_catalog.pg_attrdef f
  join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
  join pg_catalog.pg_class c on c.oid = f.adrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${kept}
  order by f.adrelid, f.adnum`

export const constraints = `
  select k.conrelid as relation, k.conname as name, k.contype as kind, pg_catalog.to_json(k.conkey) as columns,
    k.confrelid as to_relation, pg_catalog.to_json(k.confkey) as to_columns
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where k.contype in ('p', 'u', 'f') and ${kept}
  order by k.conrelid, k.conname, k.oid`

export const indexes = `
  select x.indrelid as relation, x.indexrelid as oid, i.relname as name, x.indisunique as is_unique,
    x.indisprimary as is_primary, x.indisvalid as valid,
    case when x.indisunique and x.indpred is null and x.indexprs is null
      then (select pg_catalog.json_agg(u.number order by u.at)
            from pg_catalog.unnest(x.indkey::pg_catalog.int2[]) with ordinality u (number, at)
            where u.at <= x.indnkeyatts) end as unique_columns
  from pg_catalog.pg_index x
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  join pg_catalog.pg_class c on c.oid = x.indrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'f') and ${kept}
  order by x.indrelid, i.relname`

export const triggers = `
  select t.tgrelid as relation, t.oid, t.tgname as name, t.tgenabled <> 'D' as enabled
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_class c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and ${kept}
  order by t.tgrelid, t.tgname`

export const routines = `
  select p.oid, n.nspname as schema, p.proname as name, p.prokind as kind,
    (select pg_catalog.json_agg(pg_catalog.format_type(a.type, null) order by a.at)
     from pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))
       with ordinality a (type, at)) as arg_types,
    pg_catalog.to_json(p.proargnames) as arg_names, pg_catalog.to_json(p.proargmodes::pg_catalog.text[]) as arg_modes,
    p.pronargs as inputs, p.pronargdefaults as defaults,
    pg_catalog.pg_get_function_result(p.oid) as result, d.description as comment
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  ${comment('pg_proc', 'p.oid')}
  where ${kept}
  order by n.nspname, p.proname, p.oid`

export const types = `
  select t.oid, n.nspname as schema, t.typname as name, t.typtype as kind, d.description as comment,
    (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder)
     from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  ${comment('pg_type', 't.oid')}
  where t.typtype in ('b', 'c', 'd', 'e', 'r', 'm') and (t.typtype <> 'c' or c.relkind = 'c')
    and not (t.typtype = 'b' and t.typelem <> 0 and t.typlen = -1) and ${kept}
  order by n.nspname, t.typname`

export const extensions = `
  select x.extname as name, x.extversion as version, n.nspname as schema, d.description as comment
  from pg_catalog.pg_extension x
  join pg_catalog.pg_namespace n on n.oid = x.extnamespace
  ${comment('pg_extension', 'x.oid')}
  order by x.extname`

export const roles = `
  select r.rolname as name, r.rolcanlogin as login, r.rolsuper as superuser
  from pg_catalog.pg_roles r
  order by r.rolname`

/** No row where the framework is not installed; else whether this role may read what it knows of columns. */
export const hasSensitivity = `
  select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'project_schema' and c.relname = 'metadata' and c.relkind = 'r'`

export const sensitivity = `
  select m.schema_name as schema, m.table_name as name, m.column_name as column, m.classification,
    pg_catalog.to_json(m.tags) as tags
  from project_schema.metadata m
  where m.classification is not null or m.tags <> '{}'`
