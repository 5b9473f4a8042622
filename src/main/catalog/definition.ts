import type pg from 'pg'
import { z } from 'zod'
import type { DefinedKind } from '../../core/catalog/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { Database } from '../connections/index.ts'
import { cancelBackend } from '../postgres/cancel.ts'
import { endSession } from '../postgres/session.ts'

/** How long to wait for an object that somebody is changing, in milliseconds. */
const lockMs = 3_000

/**
 * The statements that would make an object again, in the server's own words where it has them. Rights, owners and
 * storage settings are left out, and the text says so.
 *
 * @throws Failure `not_found` where the object has gone, `unsupported` for what PostgreSQL prints no definition of
 */
export async function definitionOf(
  database: Database,
  kind: DefinedKind,
  oid: number,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const client = await database.connect('catalog')
  try {
    await client.query(`set lock_timeout = ${lockMs}`)
    // Names are printed with their schema, so that the text means the same wherever it is run.
    await client.query("set search_path = 'pg_catalog'")
    const { rows: own } = await client.query('select pg_catalog.pg_backend_pid() as pid')
    const { pid } = z.object({ pid: z.coerce.number() }).parse(own[0])
    const cancel = () => {
      // Where even this fails, the statement ends by its own time.
      cancelBackend(() => database.connect('catalog'), pid).catch(() => undefined)
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await makers[kind](client, oid)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  } finally {
    await endSession(client)
  }
}

const makers: Readonly<Record<DefinedKind, (client: pg.Client, oid: number) => Promise<string>>> = {
  relation: relationDefinition,
  routine: async (client, oid) => {
    const kind = await one(client, 'select prokind as text from pg_catalog.pg_proc where oid = $1', oid)
    if (kind === 'a') {
      throw new Failure({
        code: 'unsupported',
        message: 'PostgreSQL prints no definition of an aggregate.',
        hint: 'What it is made of stands in pg_aggregate.',
      })
    }
    return `${(await one(client, 'select pg_catalog.pg_get_functiondef($1) as text', oid)).trimEnd()};\n`
  },
  index: async (client, oid) => `${await one(client, 'select pg_catalog.pg_get_indexdef($1) as text', oid)};\n`,
  trigger: async (client, oid) =>
    `${await one(client, 'select pg_catalog.pg_get_triggerdef(oid, true) as text from pg_catalog.pg_trigger where oid = $1', oid)};\n`,
  type: async (client, oid) => {
    const text = await one(client, typeQuery, oid)
    if (text !== '') return text
    throw new Failure({ code: 'unsupported', message: 'PostgreSQL prints no definition of a type like this one.' })
  },
}

const textRow = z.object({ text: z.string().nullable() })

async function one(client: pg.Client, query: string, oid: number): Promise<string> {
  const { rows } = await client.query(query, [oid])
  const text = textRow.optional().parse(rows[0])?.text ?? null
  if (text !== null) return text
  throw new Failure({
    code: 'not_found',
    message: 'There is no such object any more.',
    hint: 'Refresh the tree: somebody has dropped it.',
  })
}

async function relationDefinition(client: pg.Client, oid: number): Promise<string> {
  const { rows } = await client.query('select relkind as text from pg_catalog.pg_class where oid = $1', [oid])
  const kind = textRow.optional().parse(rows[0])?.text
  if (kind === 'S') return await one(client, sequenceQuery, oid)
  const made = await one(client, kind === 'v' || kind === 'm' ? viewQuery : tableQuery, oid)
  const more = await one(client, additionsQuery, oid)
  return `-- Rights, owner and storage settings are left out.\n${made}${more === '' ? '' : `\n${more}`}`
}

const viewQuery = `
  select pg_catalog.format(E'create %s %I.%I as\\n%s\\n',
    case c.relkind when 'm' then 'materialized view' else 'or replace view' end, n.nspname, c.relname,
    pg_catalog.pg_get_viewdef(c.oid, true)) as text
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = $1`

const tableQuery = `
  select pg_catalog.format(E'create %stable %I.%I %s%s%s;\\n',
    case when c.relkind = 'f' then 'foreign ' when c.relpersistence = 'u' then 'unlogged ' else '' end,
    n.nspname, c.relname,
    case when c.relispartition then pg_catalog.format('partition of %s %s',
      (select i.inhparent::pg_catalog.regclass from pg_catalog.pg_inherits i where i.inhrelid = c.oid),
      pg_catalog.pg_get_expr(c.relpartbound, c.oid))
    else pg_catalog.format(E'(\\n%s\\n)', (
      select pg_catalog.string_agg('  ' || line, E',\\n' order by part, at) from (
        select 1 as part, a.attnum::pg_catalog.int4 as at,
          pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
          || case when a.attcollation <> t.typcollation and a.attcollation <> 0
            then (
              select pg_catalog.format(' collate %I.%I', l.nspname, o.collname)
              from pg_catalog.pg_collation o join pg_catalog.pg_namespace l on l.oid = o.collnamespace
              where o.oid = a.attcollation) else '' end
          || case a.attidentity when 'a' then ' generated always as identity'
            when 'd' then ' generated by default as identity' else '' end
          || case when a.attgenerated <> '' then pg_catalog.format(' generated always as (%s)%s',
              pg_catalog.pg_get_expr(f.adbin, f.adrelid), case a.attgenerated when 's' then ' stored' else '' end)
            when f.adbin is not null then ' default ' || pg_catalog.pg_get_expr(f.adbin, f.adrelid) else '' end
          || case when a.attnotnull and a.attidentity = '' then ' not null' else '' end as line
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attislocal
        union all
        select 2, (pg_catalog.row_number() over (order by pg_catalog.strpos('pucxf', k.contype), k.conname))::pg_catalog.int4,
          pg_catalog.format('constraint %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid, true))
        from pg_catalog.pg_constraint k
        where k.conrelid = c.oid and k.contype in ('p', 'u', 'c', 'x', 'f') and k.conislocal
      ) as lines))
    || coalesce((select pg_catalog.format(' inherits (%s)',
        pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::pg_catalog.text, ', ' order by i.inhseqno))
      from pg_catalog.pg_inherits i where i.inhrelid = c.oid having pg_catalog.count(*) > 0), '')
    end,
    case when c.relkind = 'p' then ' partition by ' || pg_catalog.pg_get_partkeydef(c.oid) else '' end,
    coalesce((select pg_catalog.format(' server %I', s.srvname)
      from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
      where f.ftrelid = c.oid), '')) as text
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = $1`

/** Indexes that no constraint makes, triggers, comments: one statement a line. */
const additionsQuery = `
  select coalesce(pg_catalog.string_agg(line || ';' || E'\\n', '' order by part, at), '') as text
  from (
    select 1 as part, i.relname as at, pg_catalog.pg_get_indexdef(x.indexrelid) as line
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    where x.indrelid = $1 and not exists (
        select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
      and not exists (select from pg_catalog.pg_inherits h where h.inhrelid = x.indexrelid)
    union all
    select 2, t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true)
    from pg_catalog.pg_trigger t where t.tgrelid = $1 and not t.tgisinternal
    union all
    select 3, t.tgname, pg_catalog.format('alter table %s disable trigger %I', $1::pg_catalog.regclass, t.tgname)
    from pg_catalog.pg_trigger t where t.tgrelid = $1 and not t.tgisinternal and t.tgenabled = 'D'
    union all
    select 4, coalesce(a.attname, ''), pg_catalog.format('comment on %s %s is %L',
      case when a.attname is not null then 'column'
        when c.relkind = 'v' then 'view' when c.relkind = 'm' then 'materialized view'
        when c.relkind = 'f' then 'foreign table' else 'table' end,
      pg_catalog.format(case when a.attname is null then '%I.%I' else '%I.%I.%I' end, n.nspname, c.relname, a.attname),
      d.description)
    from pg_catalog.pg_description d
    join pg_catalog.pg_class c on c.oid = d.objoid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = $1
  ) as additions`

const sequenceQuery = `
  select pg_catalog.format(
    E'create sequence %I.%I as %s increment %s minvalue %s maxvalue %s start %s cache %s%s;\\n',
    n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
    s.seqcache, case when s.seqcycle then ' cycle' else '' end) as text
  from pg_catalog.pg_sequence s
  join pg_catalog.pg_class c on c.oid = s.seqrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where s.seqrelid = $1`

/** Empty for a type of which PostgreSQL prints nothing. */
const typeQuery = `
  select case t.typtype
    when 'e' then pg_catalog.format(E'create type %I.%I as enum (%s);\\n', n.nspname, t.typname,
      (select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
       from pg_catalog.pg_enum e where e.enumtypid = t.oid))
    when 'c' then pg_catalog.format(E'create type %I.%I as (\\n%s\\n);\\n', n.nspname, t.typname,
      (select pg_catalog.string_agg(pg_catalog.format('  %I %s', a.attname,
          pg_catalog.format_type(a.atttypid, a.atttypmod)), E',\\n' order by a.attnum)
       from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
    when 'd' then pg_catalog.format(E'create domain %I.%I as %s%s%s%s;\\n', n.nspname, t.typname,
      pg_catalog.format_type(t.typbasetype, t.typtypmod),
      case when t.typdefault is null then '' else ' default ' || t.typdefault end,
      case when t.typnotnull then ' not null' else '' end,
      coalesce((select pg_catalog.string_agg(pg_catalog.format(E'\\n  constraint %I %s', k.conname,
          pg_catalog.pg_get_constraintdef(k.oid, true)), '' order by k.conname)
        from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'), ''))
    when 'r' then (select pg_catalog.format(E'create type %I.%I as range (subtype = %s);\\n', n.nspname, t.typname,
        pg_catalog.format_type(r.rngsubtype, null))
      from pg_catalog.pg_range r where r.rngtypid = t.oid)
    else '' end as text
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.oid = $1`
