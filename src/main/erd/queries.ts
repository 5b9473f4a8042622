// What pg_catalog is asked for a model, the same for PostgreSQL 12 to 18; what only later ones know is read through
// to_jsonb, which takes a column that is not there for null. No query looks at one object at a time. The session has
// pg_catalog alone on its search path: so the server's own functions print every other name with its schema.

/** Objects of PostgreSQL's own, from initdb, have lower oids. */
const firstOwnOid = 16_384

const kept = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const notOfExtension = (catalog: string, oid: string) => `not exists (
    select from pg_depend e
    where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.objsubid = 0 and e.deptype = 'e')`

const comment = (catalog: string, oid: string, number = '0') => `
  left join pg_description d
    on d.classoid = '${catalog}'::regclass and d.objoid = ${oid} and d.objsubid = ${number}`

/** The collation where it is not the type's own, quoted and qualified. */
const collation = (own: string, ofType: string) => `case when ${own} <> 0 and ${own} <> ${ofType} then (
    select quote_ident(o.nspname) || '.' || quote_ident(l.collname)
    from pg_collation l join pg_namespace o on o.oid = l.collnamespace where l.oid = ${own}) end`

/**
 * A default names no columns. Without its table PostgreSQL prints it at once; with it, up to 17, it compares the names of
 * all columns with each other first, which took 34 seconds for a table of 1,600.
 */
const expression = (column: string, value: string) =>
  `pg_get_expr(${value}.adbin, case when ${column}.attgenerated = '' then 0 else ${value}.adrelid end)`

const rowEstimate = `case when c.relkind in ('r', 'm', 'p', 'f') and c.reltuples >= 0 and (c.relpages > 0 or c.reltuples > 0)
    then c.reltuples::int8 end`

const readable = `has_schema_privilege(n.oid, 'usage')
    and (has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'))`

export const head = `
  select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "readAt",
    current_setting('server_version_num')::int4 as "serverVersion", current_database() as database`

export const schemas = `
  select n.oid::int8, n.nspname as name, d.description as comment, has_schema_privilege(n.oid, 'usage') as readable
  from pg_namespace n ${comment('pg_namespace', 'n.oid')}
  where ${kept}
  order by n.nspname`

export const extensions = `
  select x.extname as name, n.nspname as schema, x.extversion as version
  from pg_extension x join pg_namespace n on n.oid = x.extnamespace
  where x.oid >= ${firstOwnOid}
  order by x.extname`

export const relations = `
  select c.oid::int8, n.nspname as schema, c.relname as name, c.relkind as kind, d.description as comment,
    c.relpersistence = 'u' as unlogged, c.reloptions as options, ${rowEstimate} as "rowEstimate", ${readable} as readable,
    case when c.relispartition then (
      select i.inhparent::int8 from pg_inherits i where i.inhrelid = c.oid) end as "partitionOf",
    case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end as bound,
    case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionBy",
    case when c.relkind in ('r', 'f') and not c.relispartition then (
      select json_agg(i.inhparent::int8 order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid) end as inherits,
    case when c.relkind = 'f' then (
      select s.srvname from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
      where f.ftrelid = c.oid) end as server
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  ${comment('pg_class', 'c.oid')}
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and ${kept}
    and ${notOfExtension('pg_class', 'c.oid')}
  order by n.nspname, c.relname`

/** Not those of partitions: see `partitionColumns`. */
export const columns = `
  select a.attrelid::int8 as relation, a.attnum as number, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    case when a.atttypid >= ${firstOwnOid} then a.atttypid::int8 end as "typeOid",
    ${collation('a.attcollation', 't.typcollation')} as collation,
    a.attnotnull as "notNull",
    case when k.coninhcount = 0 then nullif(k.conname, c.relname || '_' || a.attname || '_not_null') end as "notNullName",
    case when k.connoinherit then 'no inherit' when not k.convalidated then 'not valid' end as "notNullFlag",
    ${expression('a', 'f')} as "default",
    case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    not a.attislocal as inherited, d.description as comment
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
  left join pg_constraint k on a.attnotnull and k.conrelid = a.attrelid and k.contype = 'n' and k.conkey[1] = a.attnum
  ${comment('pg_class', 'a.attrelid', 'a.attnum')}
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and c.relpersistence <> 't' and ${kept}
  order by a.attrelid, a.attnum`

/** Columns of partitions, where they differ from the parent's. */
export const partitionColumns = `
  select * from (
    select a.attrelid::int8 as relation, a.attnum as number, a.attname as name, d.description as comment,
      case when a.attgenerated = '' then pg_get_expr(f.adbin, 0) end as "default", a.attnotnull as "notNull",
      case when p.attgenerated = '' then pg_get_expr(pf.adbin, 0) end as of_parent, p.attnotnull as parent_not_null
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_inherits i on i.inhrelid = c.oid
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_attribute p on p.attrelid = i.inhparent and p.attname = a.attname and not p.attisdropped
    left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
    left join pg_attrdef pf on pf.adrelid = p.attrelid and pf.adnum = p.attnum
    ${comment('pg_class', 'a.attrelid', 'a.attnum')}
    where c.relispartition and c.relkind in ('r', 'p', 'f') and ${kept}
  ) as q
  where comment is not null or "default" is distinct from of_parent or "notNull" <> parent_not_null
  order by relation, number`

/** Names of all columns of the partitions that have keys, indexes or sequences of their own, or are referred to. */
export const partitionNames = `
  select a.attrelid::int8 as relation, a.attnum as number, a.attname as name
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  where c.relispartition and c.relkind in ('r', 'p', 'f') and a.attnum > 0 and not a.attisdropped and ${kept}
    and (c.oid in (select k.conrelid from pg_constraint k where k.conparentid = 0 and k.contype <> 'n' and k.conislocal)
      or c.oid in (select k.confrelid from pg_constraint k where k.contype = 'f' and k.conparentid = 0)
      or c.oid in (
        select x.indrelid from pg_index x join pg_class i on i.oid = x.indexrelid where not i.relispartition)
      or c.oid in (
        select o.refobjid from pg_depend o join pg_class s on s.oid = o.objid
        where o.classid = 'pg_class'::regclass and o.refclassid = 'pg_class'::regclass and o.refobjsubid > 0
          and s.relkind = 'S'))
  order by a.attrelid, a.attnum`

/** What a partition has of its parent is the parent's. */
export const constraints = `
  select k.oid::int8, k.conrelid::int8 as relation, k.conname as name, k.contype as kind, pg_get_constraintdef(k.oid) as definition,
    k.conkey as columns, nullif(k.confrelid, 0)::int8 as "toRelation", k.confkey as "toColumns", k.confmatchtype as match,
    k.confupdtype as "onUpdate", k.confdeltype as "onDelete", k.condeferrable as deferrable, k.condeferred as deferred,
    k.convalidated as valid, d.description as comment
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  ${comment('pg_constraint', 'k.oid')}
  where ${kept} and (k.contype = 'c' and k.conislocal or k.contype in ('p', 'u', 'x', 'f') and k.conparentid = 0)
  order by k.conrelid, strpos('puxcf', k.contype::text), k.conname, k.oid`

/** Those that no constraint makes, and that no parent's index made. */
export const indexes = `
  select x.indexrelid::int8 as oid, x.indrelid::int8 as relation, i.relname as name, m.amname as method, x.indisunique as "unique",
    x.indisvalid as valid, d.description as comment,
    substr(pg_get_indexdef(x.indexrelid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I ',
      case when x.indisunique then 'UNIQUE ' else '' end, i.relname, case when i.relkind = 'I' then 'ONLY ' else '' end,
      n.nspname, c.relname))) as definition,
    (select json_agg(u.number order by u.at) from unnest(x.indkey::int2[]) with ordinality u (number, at)
     where u.at <= x.indnkeyatts) as columns,
    case when x.indexprs is not null then (
      select json_agg(pg_get_indexdef(x.indexrelid, u.at::int4, false) order by u.at)
      from generate_series(1, x.indnkeyatts) as u (at)) end as keys,
    pg_get_expr(x.indpred, x.indrelid) as predicate
  from pg_index x
  join pg_class i on i.oid = x.indexrelid
  join pg_am m on m.oid = i.relam
  join pg_class c on c.oid = x.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  ${comment('pg_class', 'x.indexrelid')}
  where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and ${kept} and not i.relispartition
    and not exists (
      select from pg_constraint k
      where k.conindid = x.indexrelid and k.conrelid = x.indrelid and k.contype in ('p', 'u', 'x'))
  order by x.indrelid, i.relname`

/** After $1, the next $2 by oid. Their definitions take a lock on what the view reads, which a savepoint gives back. */
export const views = `
  select c.oid::int8, pg_get_viewdef(c.oid) as definition
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm') and c.relpersistence <> 't' and ${kept} and c.oid > $1::int8::oid
  order by c.oid
  limit $2`

/** Types that somebody made, and the row types, arrays and multiranges that stand for something else. */
export const types = `
  select t.oid::int8, n.nspname as schema, t.typname as name, t.typtype as kind, t.typrelid::int8 as relation,
    c.relkind as "relationKind", nullif(t.typarray, 0)::int8 as "arrayOid", d.description as comment,
    case when t.typtype in ('b', 'p') then t.typelem <> 0 and exists (
      select from pg_type e where e.oid = t.typelem and e.typarray = t.oid) else false end as "isArray",
    exists (select from pg_depend e where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e') as "ofExtension",
    case when t.typtype = 'e' then (
      select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) end as labels,
    case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) when 'r' then format_type(r.rngsubtype, null) end as "baseType",
    case t.typtype when 'd' then ${collation('t.typcollation', 'b.typcollation')}
      when 'r' then ${collation('r.rngcollation', 'b.typcollation')} end as collation,
    t.typnotnull as "notNull",
    case when t.typtype = 'd' then pg_get_expr(t.typdefaultbin, 0) end as "default",
    case when t.typtype = 'd' then (
      select json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid),
        'comment', obj_description(k.oid, 'pg_constraint')) order by k.conname)
      from pg_constraint k where k.contypid = t.oid and k.contype = 'c') end as constraints,
    case when c.relkind = 'c' then (
      select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'collation', ${collation('a.attcollation', 'at.typcollation')}, 'comment', col_description(a.attrelid, a.attnum))
        order by a.attnum)
      from pg_attribute a join pg_type at on at.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end as attributes,
    (select quote_ident(o.nspname) || '.' || quote_ident(p.opcname) from pg_opclass p
      join pg_namespace o on o.oid = p.opcnamespace where p.oid = r.rngsubopc and not p.opcdefault) as "operatorClass",
    nullif(r.rngcanonical, 0)::regproc::text as canonical, nullif(r.rngsubdiff, 0)::regproc::text as difference,
    (to_jsonb(r) ->> 'rngmultitypid')::int8 as "multirangeOid",
    (select quote_ident(mn.nspname) || '.' || quote_ident(mt.typname) from pg_type mt
      join pg_namespace mn on mn.oid = mt.typnamespace where mt.oid = (to_jsonb(r) ->> 'rngmultitypid')::oid) as multirange
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  left join pg_range r on r.rngtypid = t.oid
  left join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), r.rngsubtype)
  ${comment('pg_type', 't.oid')}
  where t.oid >= ${firstOwnOid} and ${kept} and t.typtype <> 'm'
  order by n.nspname, t.typname`

export const sequences = `
  select c.oid::int8, n.nspname as schema, c.relname as name, format_type(s.seqtypid, null) as type,
    s.seqstart::text as start, s.seqincrement::text as increment, s.seqmin::text as minimum, s.seqmax::text as maximum,
    s.seqcache::text as cache, s.seqcycle as cycle, d.description as comment,
    o.refobjid::int8 as "ownerRelation", o.refobjsubid as "ownerColumn", o.deptype = 'i' as identity
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend o on o.classid = 'pg_class'::regclass and o.objid = c.oid and o.objsubid = 0
    and o.refclassid = 'pg_class'::regclass and o.refobjsubid > 0 and o.deptype in ('a', 'i')
  ${comment('pg_class', 'c.oid')}
  where c.relpersistence <> 't' and ${kept} and ${notOfExtension('pg_class', 'c.oid')}
  order by n.nspname, c.relname`

export const collations = `
  select l.oid::int8, n.nspname as schema, l.collname as name
  from pg_collation l join pg_namespace n on n.oid = l.collnamespace
  where l.oid >= ${firstOwnOid} and ${kept} and ${notOfExtension('pg_collation', 'l.oid')}
  order by n.nspname, l.collname`

/** Who needs what, as far as both were made by somebody: defaults, constraints, indexes, views, types, functions. */
export const dependencies = `
  select distinct d.classid::regclass::text as class, d.refclassid::regclass::text as "toClass", d.refobjid::int8 as "to",
    coalesce(f.adrelid, nullif(k.conrelid, 0), nullif(k.contypid, 0), r.ev_class, x.indrelid, case when c.relkind = 'c' then c.reltype end, d.objid)::int8 as "from",
    case when f.oid is not null then f.adnum when k.oid is not null or x.indexrelid is not null then d.objid::int8
      when c.relkind in ('r', 'p', 'f') and d.refclassid = 'pg_proc'::regclass then d.objsubid end as part,
    case when k.contypid <> 0 then 'domain'
      -- Up to 14 what a generated column calls is what its table needs.
      when c.relkind in ('r', 'p', 'f') and d.refclassid = 'pg_proc'::regclass then 'generated'
      else c.relkind::text end as "fromKind"
  from pg_depend d
  left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
  left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
  left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
  left join pg_index x on c.relkind in ('i', 'I') and x.indexrelid = d.objid
  where d.deptype in ('n', 'a') and d.refobjid >= ${firstOwnOid}
    and (d.refclassid in ('pg_type'::regclass, 'pg_proc'::regclass, 'pg_collation'::regclass)
        and d.classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_rewrite'::regclass, 'pg_class'::regclass,
          'pg_type'::regclass, 'pg_proc'::regclass)
      or d.refclassid = 'pg_class'::regclass and (
        d.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass)
        or d.classid = 'pg_attrdef'::regclass and d.refobjid <> f.adrelid))
  order by 1, 2, 3, 4, 5`

/** $1: oids. */
export const routines = `
  select p.oid::int8, n.nspname as schema, d.description as comment, p.prokind as kind,
    quote_ident(p.proname) || '(' || coalesce((
      select string_agg(format_type(a.type, null), ', ' order by a.at)
      from unnest(p.proargtypes::oid[]) with ordinality a (type, at)), '') || ')' as name,
    case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end as definition
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  ${comment('pg_proc', 'p.oid')}
  where p.oid = any ($1::oid[]) and ${kept} and ${notOfExtension('pg_proc', 'p.oid')}
  order by n.nspname, p.proname, p.oid`

/** No row where the framework is not installed; else whether this role may read what it knows of columns. */
export const hasSensitivity = `
  select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'project_schema' and c.relname = 'metadata' and c.relkind = 'r'`

export const sensitivity = `
  select m.schema_name as schema, m.table_name as name, m.column_name as column, m.classification, m.tags
  from project_schema.metadata m
  where m.classification is not null or m.tags <> '{}'`
