import type pg from 'pg'
import { rowsOf } from '../../sql/tracked.ts'

async function linesOf(client: pg.Client, sql: string): Promise<string[]> {
  return (await rowsOf(client, sql)).map(({ line }) => String(line))
}

/** Everything that a user could see of the catalog, by name. Rights that nobody has given are as the defaults. */
export async function catalogOf(client: pg.Client): Promise<string[]> {
  return await linesOf(
    client,
    `select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || ' ' || c.relrowsecurity || ' ' || coalesce(c.relacl::text, '') as line
     from pg_class c where c.relnamespace <> 'pg_toast'::regnamespace
     union all select 'column ' || a.attrelid::regclass || ' ' || a.attname || ' ' || coalesce(a.attacl::text, '')
     from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attnum > 0 and c.relnamespace <> 'pg_toast'::regnamespace
     union all select 'routine ' || p.oid::regprocedure || ' ' || coalesce(p.proacl::text, '') || md5(p.prosrc) from pg_proc p
     union all select 'type ' || t.oid::regtype from pg_type t
     union all select 'schema ' || n.nspname || ' ' || coalesce(n.nspacl, acldefault('n', n.nspowner))::text
     from pg_namespace n where nspname !~ '^pg_temp|^pg_toast_temp'
     union all select 'event trigger ' || evtname from pg_event_trigger
     union all select 'trigger ' || tgname || ' ' || tgrelid::regclass || ' ' || tgenabled::text from pg_trigger
     union all select 'policy ' || polname || ' ' || polrelid::regclass from pg_policy
     union all select 'rule ' || rulename || ' ' || ev_class::regclass from pg_rewrite
     union all select 'operator ' || oid::regoperator from pg_operator
     union all select 'constraint ' || conname || ' ' || conrelid::regclass from pg_constraint
     union all select 'role ' || rolname from pg_roles
     union all select 'member ' || roleid::regrole || ' ' || member::regrole from pg_auth_members
     union all select 'comment ' || classoid::regclass || ' ' || count(*) from pg_description group by classoid
     union all select 'shared comment ' || count(*) from pg_shdescription
     union all select 'extension ' || extname from pg_extension
     union all select 'default acl ' || count(*) from pg_default_acl
     union all select 'publication ' || pubname from pg_publication
     union all select 'setting ' || setdatabase || ' ' || setconfig::text from pg_db_role_setting
     order by 1`,
  )
}

/** What the framework's own objects are, in the words of the server: the same however they came to be. */
export async function definitionsOf(client: pg.Client): Promise<string[]> {
  await client.query("set search_path = ''")
  const lines = await linesOf(
    client,
    `with ours as (select oid from pg_catalog.pg_namespace where nspname in ('script_tracking', 'project_schema'))
     select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || ' ' || pg_get_userbyid(c.relowner) || ' ' || c.relrowsecurity || c.relforcerowsecurity
       || ' ' || coalesce((select string_agg(acl::text, ' ' order by acl::text) from unnest(c.relacl) acl), '') || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '') as line
     from pg_catalog.pg_class c where c.relnamespace in (select oid from ours)
     union all
     select 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
       || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(col_description(a.attrelid, a.attnum), '')
     from pg_catalog.pg_attribute a
     join pg_catalog.pg_class c on c.oid = a.attrelid and c.relnamespace in (select oid from ours) and c.relkind in ('r', 'p', 'v', 'm')
     left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attnum > 0 and not a.attisdropped
     union all
     select 'index ' || pg_get_indexdef(i.indexrelid)
     from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid and c.relnamespace in (select oid from ours)
     union all
     select 'constraint ' || k.conrelid::regclass || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
     from pg_catalog.pg_constraint k where k.connamespace in (select oid from ours)
     union all
     select 'view ' || c.oid::regclass || ' ' || pg_get_viewdef(c.oid)
     from pg_catalog.pg_class c where c.relnamespace in (select oid from ours) and c.relkind in ('v', 'm')
     union all
     select 'routine ' || p.oid::regprocedure || ' ' || pg_get_userbyid(p.proowner) || ' '
       || coalesce((select string_agg(acl::text, ' ' order by acl::text) from unnest(p.proacl) acl), '') || ' ' || coalesce(obj_description(p.oid, 'pg_proc'), '')
       || case p.prokind when 'a' then '' else pg_get_functiondef(p.oid) end
     from pg_catalog.pg_proc p where p.pronamespace in (select oid from ours) or p.prosrc ~ 'script_tracking[.](track|complete)_operation'
     union all
     select 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
     from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid and c.relnamespace in (select oid from ours)
     where not t.tgisinternal
     union all
     select 'policy ' || schemaname || '.' || tablename || ' ' || policyname || ' ' || roles::text || cmd || coalesce(qual, '') || coalesce(with_check, '')
     from pg_catalog.pg_policies where schemaname in ('script_tracking', 'project_schema')
     union all
     select 'event trigger ' || evtname || ' ' || evtevent || ' ' || evtenabled::text || ' ' || evtfoid::regprocedure from pg_catalog.pg_event_trigger
     order by 1`,
  )
  await client.query('reset search_path')
  return lines
}
