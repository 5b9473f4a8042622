import type pg from 'pg'
import { z } from 'zod'
import { readDocument } from './document.ts'
import { type DatabaseObject, keyOf, standingRows } from './objects.ts'

const graphShape = z.object({
  nodes: z.array(z.object({ id: z.string(), type: z.string(), identity: z.string() })),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
})

/**
 * What stands, and what of it needs what else: `from` needs `to`, which cannot go before it. A view needs by its
 * rule, a table by its columns' defaults and types, a function by its arguments' types.
 */
const graphSql = `
  with standing as materialized (${standingRows}),
  part as (
    select s.class, s.object, s.class as of_class, s.object as of_object from standing s
    union all
    select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, s.class, s.object
    from pg_catalog.pg_rewrite r
    join standing s on s.object = r.ev_class and s.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    union all
    select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, s.class, s.object
    from pg_catalog.pg_attrdef d
    join standing s on s.object = d.adrelid and s.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, s.class, s.object
    from pg_catalog.pg_type t
    join standing s on s.object = t.typrelid and s.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.typarray, s.class, s.object
    from pg_catalog.pg_type t
    join standing s on s.object = t.typrelid and s.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.typarray, s.class, s.object
    from pg_catalog.pg_type t
    join standing s on s.object = t.oid and s.class = 'pg_catalog.pg_type'::pg_catalog.regclass
    union all
    -- The columns of a composite type are those of a relation that stands for it.
    select 'pg_catalog.pg_class'::pg_catalog.regclass, t.typrelid, s.class, s.object
    from pg_catalog.pg_type t
    join standing s on s.object = t.oid and s.class = 'pg_catalog.pg_type'::pg_catalog.regclass
    where t.typrelid <> 0
  )
  select pg_catalog.json_build_object(
    'nodes', coalesce((
      select pg_catalog.json_agg(pg_catalog.json_build_object(
        'id', pg_catalog.concat_ws(' ', s.class::pg_catalog.oid, s.object), 'type', i.type, 'identity', i.identity)
        order by i.type, i.identity)
      from standing s cross join lateral pg_catalog.pg_identify_object(s.class, s.object, 0) i), '[]'),
    'edges', coalesce((
      select pg_catalog.json_agg(distinct pg_catalog.jsonb_build_object(
        'from', pg_catalog.concat_ws(' ', needing.of_class::pg_catalog.oid, needing.of_object),
        'to', pg_catalog.concat_ws(' ', needed.of_class::pg_catalog.oid, needed.of_object)))
      from pg_catalog.pg_depend d
      join part needing on needing.class = d.classid and needing.object = d.objid
      join part needed on needed.class = d.refclassid and needed.object = d.refobjid
      where (needing.of_class, needing.of_object) <> (needed.of_class, needed.of_object)), '[]')
  )::pg_catalog.text as document`

/**
 * Statements that untie the tables that go from what they use of ours, so that an order to drop things in exists: policies
 * and triggers call functions that take the row of their own table, foreign keys can go round in a circle.
 */
const untyingSql = `
  with ours as materialized (
    select s.class, s.object
    from (${standingRows}) s
    cross join lateral pg_catalog.pg_identify_object(s.class, s.object, 0) i
    join pg_catalog.json_to_recordset($1) as doomed (type text, identity text)
      on doomed.type = i.type and doomed.identity = i.identity
  ),
  of_ours as (
    select o.object as relation from ours o where o.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    union
    -- With their partitions, of which there may be two levels.
    select h.inhrelid
    from pg_catalog.pg_inherits h
    join ours o on o.class = 'pg_catalog.pg_class'::pg_catalog.regclass
      and o.object in (h.inhparent, (select p.inhparent from pg_catalog.pg_inherits p where p.inhrelid = h.inhparent limit 1))
    join pg_catalog.pg_class c on c.oid = h.inhrelid and c.relispartition
  ),
  calling as (
    select d.classid, d.objid
    from pg_catalog.pg_depend d
    join ours o on o.class = d.refclassid and o.object = d.refobjid
    where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  )
  select coalesce(pg_catalog.json_agg(u.statement order by u.step, u.statement), '[]')::pg_catalog.text as document
  from (
    select 1 as step, pg_catalog.format('drop trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass) as statement
    from pg_catalog.pg_trigger t
    join calling c on c.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and c.objid = t.oid
    where t.tgrelid in (select o.relation from of_ours o) and not t.tgisinternal
      -- Those on partitions go with the one on their table.
      and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.objid = t.oid
        and d.refclassid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.deptype in ('P', 'S', 'I'))
    union all
    select 1, pg_catalog.format('drop policy %I on %s', p.polname, p.polrelid::pg_catalog.regclass)
    from pg_catalog.pg_policy p
    where p.polrelid in (select o.relation from of_ours o)
    union all
    select 2, pg_catalog.format('alter table %s drop constraint %I', k.conrelid::pg_catalog.regclass, k.conname)
    from pg_catalog.pg_constraint k
    where k.conrelid in (select o.relation from of_ours o) and k.conparentid = 0 and k.coninhcount = 0
      and (k.contype = 'f' or k.contype = 'c' and exists (
        select from calling c where c.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and c.objid = k.oid))
    union all
    select 2, pg_catalog.format('drop index %s', i.indexrelid::pg_catalog.regclass)
    from pg_catalog.pg_index i
    join pg_catalog.pg_class x on x.oid = i.indexrelid and not x.relispartition
    join calling c on c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.objid = i.indexrelid
    where i.indrelid in (select o.relation from of_ours o)
  ) u`

const drops: Readonly<Record<string, string>> = {
  'event trigger': 'event trigger',
  view: 'view',
  'materialized view': 'materialized view',
  table: 'table',
  'foreign table': 'foreign table',
  sequence: 'sequence',
  type: 'type',
  domain: 'domain',
  function: 'routine',
  procedure: 'routine',
  aggregate: 'routine',
  schema: 'schema',
}

/**
 * Drops `doomed` and nothing else: what goes is named one by one, in an order in which nothing needs what goes before
 * it. Something of somebody else's that needs one of them makes PostgreSQL refuse (2BP01).
 */
export async function dropObjects(client: pg.Client, doomed: DatabaseObject[]): Promise<void> {
  for (const { identity } of doomed.filter(({ type }) => type === 'event trigger')) {
    await client.query(`drop event trigger ${identity}`)
  }
  for (const statement of await readDocument(client, z.array(z.string()), untyingSql, [JSON.stringify(doomed)]))
    await client.query(statement)
  const { nodes, edges } = await readDocument(client, graphShape, graphSql)
  const wanted = new Set(doomed.map(keyOf))
  const going = nodes.filter((node) => wanted.has(keyOf(node)))
  // One message: how long it takes shall not hang on how far away the server is.
  await client.query(inOrder(going, edges).map(dropOf).join(';\n'))
}

function dropOf({ type, identity }: DatabaseObject): string {
  const kind = drops[type]
  if (kind === undefined) throw new Error(`The framework has a ${type} that it cannot remove: ${identity}.`)
  return `drop ${kind} ${identity}`
}

interface Node extends DatabaseObject {
  id: string
}

/**
 * `nodes` in an order in which each comes before what it needs, its schema above all. Those that go round in a circle come
 * as they are: PostgreSQL says what is wrong with them.
 */
export function inOrder(nodes: readonly Node[], edges: readonly { from: string; to: string }[]): Node[] {
  const left = new Map(nodes.map((node) => [node.id, node]))
  const needers = new Map<string, string[]>()
  for (const { from, to } of edges) needers.set(to, [...(needers.get(to) ?? []), from])
  const ordered: Node[] = []
  while (left.size > 0) {
    const isFree = ({ id }: Node) => !(needers.get(id) ?? []).some((needer) => left.has(needer))
    const free = [...left.values()].filter(isFree)
    const next = free.length > 0 ? free : [...left.values()]
    for (const node of next) left.delete(node.id)
    ordered.push(...next)
  }
  return ordered
}
