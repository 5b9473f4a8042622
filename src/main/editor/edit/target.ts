import type { Node } from 'libpg-query'
import type { FieldDef } from 'pg'
import { z } from 'zod'
import type { EditableColumn } from '../../../core/editor/edit.ts'
import type { Comparison, EditTarget } from '../../../core/editor/editStatements.ts'
import { Failure } from '../../../core/fault.ts'
import type { Database } from '../../connections/index.ts'
import { endSession } from '../../postgres/session.ts'
import { loadParser, nodeOf } from '../parser.ts'
import type { Source } from '../results.ts'
import { takeWays, type Ways } from '../ways.ts'

const yes = z.enum(['t', 'f']).transform((text) => text === 't')

const relationColumns = z.array(
  z.object({
    number: z.int(),
    name: z.string(),
    type: z.string(),
    not_null: z.boolean(),
    has_default: z.boolean(),
    generated: z.string(),
    identity: z.string(),
    may_update: z.boolean(),
    has_equality: z.boolean(),
    /** Its collation takes texts for equal that are not the same. */
    is_loose: z.boolean(),
  }),
)
const relationKeys = z.array(z.array(z.int()))

const relationRow = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  temporary: yes,
  may_insert: yes,
  may_delete: yes,
  columns: z.string().transform((json) => relationColumns.parse(JSON.parse(json))),
  keys: z.string().transform((json) => relationKeys.parse(JSON.parse(json))),
})
type Relation = z.output<typeof relationRow>

/**
 * One table, as far as it matters for changing its rows: one question, about the database as it is now. Of a few types,
 * values that are equal are written alike. Of others they need not be, such as a month and 30 days, boxes of one area,
 * or floats that are shown with fewer digits than they have.
 */
const relationSql = `
select n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence = 't' as temporary,
  pg_catalog.has_table_privilege(c.oid, 'insert') or pg_catalog.has_any_column_privilege(c.oid, 'insert') as may_insert,
  pg_catalog.has_table_privilege(c.oid, 'delete') as may_delete,
  (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'number', a.attnum, 'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, -1),
      'not_null', a.attnotnull, 'has_default', a.atthasdef, 'generated', a.attgenerated, 'identity', a.attidentity,
      'may_update', pg_catalog.has_column_privilege(c.oid, a.attnum, 'update'),
      'has_equality', t.kind = 'e' or t.base in ('boolean'::pg_catalog.regtype, 'pg_catalog.bytea'::pg_catalog.regtype,
        'pg_catalog.name'::pg_catalog.regtype, 'smallint'::pg_catalog.regtype, 'integer'::pg_catalog.regtype,
        'bigint'::pg_catalog.regtype, 'pg_catalog.oid'::pg_catalog.regtype, 'pg_catalog.text'::pg_catalog.regtype,
        'numeric'::pg_catalog.regtype, 'pg_catalog.uuid'::pg_catalog.regtype, 'pg_catalog.date'::pg_catalog.regtype,
        'time'::pg_catalog.regtype, 'timestamp'::pg_catalog.regtype, 'pg_catalog.timestamptz'::pg_catalog.regtype),
      'is_loose', coalesce((select not l.collisdeterministic from pg_catalog.pg_collation l where l.oid = a.attcollation), false)
    ) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    cross join lateral (
      select case when y.typtype = 'd' then y.typbasetype else y.oid end as base, y.typtype as kind
      from pg_catalog.pg_type y where y.oid = a.atttypid
    ) t
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(pg_catalog.json_agg(i.indkey::pg_catalog.int2[] order by i.indisprimary desc, i.indexrelid), '[]')
    from pg_catalog.pg_index i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      and i.indnkeyatts = i.indnatts and i.indimmediate) as keys
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = $1::pg_catalog.oid`

/**
 * Finds out what of a result can be changed.
 *
 * @throws Failure `unsupported` or `refused`, saying why nothing can
 */
export async function editTarget(
  { sql, fields, ways }: Pick<Source, 'sql' | 'fields' | 'ways'>,
  database: Database,
): Promise<EditTarget> {
  if (database.settings.readOnly) throw no('This connection is read-only.')
  if (ways === 'unknown') {
    throw no('it was read inside a transaction of a tab with settings of its own. Run its query again by itself.')
  }
  await loadParser()
  const reason = reasonAgainst(nodeOf(sql))
  if (reason !== null) throw no(reason)
  const oid = tableOf(fields)
  const found = ways === null ? (await database.query(relationSql, [oid])).rows[0] : await askedAs(ways, oid, database)
  if (found === undefined) throw no('The table is not there any more.')
  return targetOf(relationRow.parse(found), fields)
}

/** What a role may do, and how types are called, the role's own session knows. */
async function askedAs(ways: Ways, oid: number, database: Database): Promise<unknown> {
  const client = await database.connect('edit')
  try {
    await takeWays(client, ways)
    return (await client.query(relationSql, [oid])).rows[0]
  } finally {
    await endSession(client)
  }
}

function no(reason: string): Failure {
  return new Failure({ code: 'unsupported', message: `The values of this result cannot be changed here: ${reason}` })
}

/** Each row of the result must be one row of one table, as it stands there. */
function reasonAgainst(node: Node | null): string | null {
  if (node === null || !('SelectStmt' in node)) return 'it is not the result of a select.'
  const {
    fromClause = [],
    groupClause,
    distinctClause,
    havingClause,
    withClause,
    op,
    valuesLists,
    intoClause,
  } = node.SelectStmt
  if (op !== undefined && op !== 'SETOP_NONE') return 'it joins several queries (union, intersect, except).'
  if (withClause !== undefined) return 'its query has a with clause.'
  if (intoClause !== undefined || valuesLists !== undefined) return 'it is not the rows of a table.'
  if (groupClause !== undefined || havingClause !== undefined) return 'its rows are groups of rows.'
  if (distinctClause !== undefined) return 'its query has distinct.'
  const [from, ...others] = fromClause
  if (from === undefined || others.length > 0 || !('RangeVar' in from))
    return 'its rows are not those of one table alone.'
  return null
}

function tableOf(fields: readonly FieldDef[]): number {
  const tables = new Set(fields.flatMap(({ tableID }) => (tableID === 0 ? [] : [tableID])))
  const [only, ...others] = tables
  if (only === undefined) throw no('it has no column of a table.')
  if (others.length > 0) throw no('its columns are of several tables.')
  return only
}

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
}

function targetOf(relation: Relation, fields: readonly FieldDef[]): EditTarget {
  const { schema, name: table, kind, columns, keys } = relation
  if (kind !== 'r' && kind !== 'p') throw no(`${table} is ${kinds[kind] ?? 'no table'}.`)
  if (schema === 'pg_catalog') throw no('it is a table of PostgreSQL’s own.')
  // Changes have a session of their own, so that they wait for nothing of the tab's.
  if (relation.temporary) throw no(`${table} is a temporary table, which no other session can reach.`)
  const byNumber = new Map(columns.map((column) => [column.number, column]))
  const own = fields.map((field) => (field.tableID === 0 ? undefined : byNumber.get(field.columnID)))
  const placeOf = (number: number): number => own.findIndex((column) => column?.number === number)
  const usable = keys.filter((key) => key.every((number) => byNumber.get(number)?.not_null === true))
  const key = usable.map((numbers) => numbers.map(placeOf)).find((places) => places.every((place) => place >= 0))
  if (key === undefined) {
    if (usable.length === 0) throw no(`${table} has neither a primary key nor a unique one that is never null.`)
    const names = usable[0]?.map((number) => byNumber.get(number)?.name).join(', ')
    throw no(`its columns do not hold a key of ${table}. Select ${names} too.`)
  }
  const editable = own.map((column, place): EditableColumn | null => {
    if (column === undefined) return null
    const { name, has_default, not_null, identity } = column
    const first = placeOf(column.number) === place
    return {
      name,
      locked: first ? lockOf(column) : 'The column is there twice: change the first one.',
      hasDefault: has_default || identity !== '',
      notNull: not_null,
    }
  })
  return {
    editable: {
      schema,
      table,
      key,
      columns: editable,
      mayInsert: relation.may_insert,
      mayDelete: relation.may_delete,
    },
    types: own.map((column) => (column === undefined ? null : { type: column.type, comparison: comparisonOf(column) })),
  }
}

function comparisonOf({ has_equality, is_loose }: Relation['columns'][number]): Comparison {
  if (is_loose) return 'letters'
  return has_equality ? 'value' : 'text'
}

function lockOf({ generated, identity, may_update }: Relation['columns'][number]): string | null {
  if (generated !== '') return 'The server computes this column.'
  if (identity === 'a') return 'The server numbers this column (generated always).'
  return may_update ? null : 'Your role may not update this column.'
}
