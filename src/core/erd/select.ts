import { Failure } from '../fault.ts'
import { quoteName } from '../quote.ts'
import {
  allPartitions,
  keyOf,
  type Model,
  type ModelPartition,
  type ModelTable,
  type ModelView,
  type Need,
  needKey,
  type Qualified,
} from './model.ts'
import { type Item, itemsOf } from './order.ts'

/** What of a database is wanted. */
export interface Selection {
  /** These schemas alone; none for all of them but the framework's own. */
  schemas: readonly string[]
  /** As somebody writes it: `visit`, `care.visit`, `"care"."visit"`; a table, a view or a partition. */
  table: string | null
  /** How many foreign keys away from `table` others may be. */
  depth: number
}

/** What pgSteward itself installs: shown to who asks for it by name. */
const ownSchemas: ReadonlySet<string> = new Set(['script_tracking', 'project_schema'])

/**
 * The part of a model that is wanted. With the tables comes what they are made of, wherever it is: types, sequences,
 * functions, parents. Foreign keys to tables that are not in it are kept; who renders them says what is missing.
 *
 * @throws Failure `not_found` for a schema or table that is not there, with those that could be meant
 */
export function selected(model: Model, { schemas, table, depth }: Selection): Model {
  for (const name of schemas) if (!model.schemas.some((schema) => schema.name === name)) throw noSchema(name, model)
  const inSchemas = ({ schema }: Qualified) =>
    schemas.length > 0 ? schemas.includes(schema) : table !== null || !ownSchemas.has(schema)
  const start = table === null ? null : around(model, find(model, table, inSchemas), depth)
  const isWanted = (object: Qualified) => inSchemas(object) && (start === null || start.has(keyOf(object)))
  const part = withNeeds(model, isWanted, start === null ? inSchemas : () => false)
  const isWhole = schemas.length === 0 && table === null
  const own = model.schemas.filter(({ name }) => isWhole && ownSchemas.has(name)).map(({ name }) => quoteName(name))
  if (own.length === 0) return part
  return { ...part, notes: [...part.notes, `What pgSteward itself installed is left out: ${own.join(', ')}.`] }
}

function withNeeds(
  model: Model,
  isWanted: (object: Qualified) => boolean,
  alone: (object: Qualified) => boolean,
): Model {
  const items = itemsOf(model)
  const kept = new Set<Item>()
  const take = (item: Item): void => {
    if (kept.has(item)) return
    kept.add(item)
    for (const need of [...item.hard, ...item.soft, ...needsOfIndexes(item)]) {
      const needed = items.get(needKey(need))
      // A view shows rows of others; it is left to who asked whether those are wanted.
      if (needed !== undefined && !(item.kind === 'view' && need.kind === 'relation')) take(needed)
    }
  }
  for (const item of items.values()) {
    const isTable = item.kind === 'table' || item.kind === 'view'
    if (isTable ? isWanted(item.object) : item.kind !== 'routine' && alone(item.object)) take(item)
  }
  const has = (kind: Need['kind'], { schema, name }: Qualified): boolean => {
    const item = items.get(needKey({ kind, schema, name }))
    return item !== undefined && kept.has(item)
  }
  const parts = {
    types: model.types.filter((type) => has('type', type)),
    sequences: model.sequences.filter((sequence) =>
      sequence.owner?.identity ? has('relation', sequence.owner) : has('sequence', sequence),
    ),
    routines: model.routines.filter((routine) => has('routine', routine)),
    tables: model.tables.filter((table) => has('relation', table)),
    views: model.views.filter((view) => has('relation', view)),
  }
  const used = new Set(
    [...Object.values(parts).flat(), ...parts.tables.flatMap((table) => [...allPartitions(table)])].map(
      ({ schema }) => schema,
    ),
  )
  const schemas = model.schemas.filter((schema) => used.has(schema.name) || alone({ schema: schema.name, name: '' }))
  return { ...model, ...parts, schemas }
}

function* needsOfIndexes(item: Item): Generator<Need> {
  if (item.kind === 'table') for (const part of [item.object, ...allPartitions(item.object)]) yield* needsIn(part)
  if (item.kind === 'view') yield* needsIn(item.object)
}

function* needsIn({ indexes }: Pick<ModelTable, 'indexes'>): Generator<Need> {
  for (const { needs } of indexes) yield* needs
}

/** What foreign keys, and the queries of views, lead to from one table, in both directions, in `depth` steps. */
function around(model: Model, start: Qualified, depth: number): Set<string> {
  const neighbours = new Map<string, Set<string>>()
  const join = (a: string, b: string) => {
    const known = neighbours.get(a)
    if (known === undefined) neighbours.set(a, new Set([b]))
    else known.add(b)
  }
  const root = roots(model)
  for (const { from, to } of links(model)) {
    const [a, b] = [root.get(from) ?? from, root.get(to) ?? to]
    join(a, b)
    join(b, a)
  }
  const found = new Set([keyOf(start)])
  let edge = [keyOf(start)]
  for (let step = 0; step < depth && edge.length > 0; step++) {
    const next: string[] = []
    for (const each of edge) {
      for (const neighbour of neighbours.get(each) ?? []) {
        if (found.has(neighbour)) continue
        found.add(neighbour)
        next.push(neighbour)
      }
    }
    edge = next
  }
  return found
}

function* links(model: Model): Generator<{ from: string; to: string }> {
  for (const view of model.views) {
    for (const need of view.needs) if (need.kind === 'relation') yield { from: keyOf(view), to: keyOf(need) }
  }
  for (const table of model.tables) {
    for (const part of [table, ...allPartitions(table)]) {
      for (const { references } of part.constraints) {
        if (references !== null) yield { from: keyOf(part), to: keyOf(references) }
      }
    }
  }
}

/** The table that each partition belongs to. */
function roots(model: Model): Map<string, string> {
  const found = new Map<string, string>()
  for (const table of model.tables) {
    for (const partition of allPartitions(table)) found.set(keyOf(partition), keyOf(table))
  }
  return found
}

function find(model: Model, written: string, isIn: (object: Qualified) => boolean): Qualified {
  const named: { object: ModelTable | ModelView | ModelPartition; root: Qualified }[] = []
  for (const object of [...model.tables, ...model.views]) {
    named.push({ object, root: object })
    if ('partitions' in object) for (const each of allPartitions(object)) named.push({ object: each, root: object })
  }
  const spellings: ((object: Qualified) => string)[] = [
    ({ schema, name }) => quoteName(schema, name),
    ({ schema, name }) => `${schema}.${name}`,
    ({ name }) => quoteName(name),
    ({ name }) => name,
  ]
  for (const spelling of spellings) {
    const [found, ...more] = named.filter(({ object }) => isIn(object) && spelling(object) === written)
    if (found === undefined) continue
    if (more.length === 0) return found.root
    const all = [found, ...more].map(({ object: { schema, name } }) => quoteName(schema, name))
    throw new Failure({
      code: 'invalid_input',
      message: `Several tables are called ${written}: ${all.slice(0, 10).join(', ')}.`,
      hint: 'Write one of them as it stands here.',
    })
  }
  throw new Failure({
    code: 'not_found',
    message: `There is no table or view ${written}.`,
    hint: 'Write it with its schema, in upper and lower case as it is: care.visit, or "care"."visit".',
  })
}

function noSchema(name: string, model: Model): Failure {
  const there = model.schemas.map((schema) => schema.name)
  const all = there.length > 20 ? [...there.slice(0, 20), '…'] : there
  return new Failure({
    code: 'not_found',
    message: `There is no schema ${name}.`,
    hint: there.length === 0 ? 'There is none but PostgreSQL’s own.' : `There are: ${all.join(', ')}.`,
  })
}
