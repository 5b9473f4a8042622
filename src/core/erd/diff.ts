import {
  keyOf,
  type Model,
  type ModelColumn,
  type ModelConstraint,
  type ModelIndex,
  type ModelPartition,
  type ModelTable,
  type ModelView,
} from './model.ts'

/** One property that is not as it was: `type`, `default`, `labels`. */
export interface Fact {
  what: string
  before: unknown
  after: unknown
}

export type Change = 'added' | 'changed' | 'dropped'

export const partKinds = ['column', 'constraint', 'index', 'partition'] as const
export const objectKinds = ['schema', 'extension', 'type', 'sequence', 'routine', 'table', 'view'] as const

/** What became of a column, a constraint, an index or a partition. */
export interface PartDiff {
  kind: (typeof partKinds)[number]
  /** Of a partition with its schema, unquoted. */
  name: string
  /** What it was called before, where it was renamed. */
  formerName: string | null
  change: Change
  facts: Fact[]
}

/** What became of an object; of one that was added or dropped the parts are not told one by one. */
export interface ObjectDiff {
  kind: (typeof objectKinds)[number]
  /** Empty for a schema and an extension. */
  schema: string
  name: string
  former: { schema: string; name: string } | null
  change: Change
  facts: Fact[]
  parts: PartDiff[]
}

/**
 * What differs between two models, in the order of kinds and names. Something is told as renamed only where both are of
 * the same database and its oid is the same; else it was dropped, and another one added. Oids, the order of objects,
 * counts of rows and who may read what are no difference.
 */
export function diff(before: Model, after: Model): ObjectDiff[] {
  const isSame = before.origin !== null && before.origin === after.origin
  const [old, now] = [describe(before), describe(after)]
  return objectKinds.flatMap((kind) =>
    paired(old[kind], now[kind], isSame)
      .map(([was, is]) => objectDiff(kind, was, is, isSame))
      .filter((each) => each !== null),
  )
}

interface Described {
  id: number | null
  key: string
  schema: string
  name: string
  facts: Readonly<Record<string, unknown>>
  parts: Readonly<Record<(typeof partKinds)[number], DescribedPart[]>>
}

interface DescribedPart {
  id: number | null
  key: string
  name: string
  facts: Readonly<Record<string, unknown>>
}

const noParts = { column: [], constraint: [], index: [], partition: [] }

function describe(model: Model): Record<(typeof objectKinds)[number], Described[]> {
  const plain = <T extends { schema: string; name: string; oid: number }>({ oid, ...facts }: T): Described => {
    const { schema, name, ...rest } = facts
    return { id: oid, key: keyOf(facts), schema, name, facts: without(rest), parts: noParts }
  }
  return {
    schema: model.schemas.map(({ oid, name, comment }) => plain({ oid, schema: '', name, comment })),
    extension: model.extensions.map((extension) => ({
      ...plain({ ...extension, oid: 0, schema: '', inSchema: extension.schema }),
      id: null,
    })),
    type: model.types.map((type) => plain(type)),
    sequence: model.sequences.map((sequence) => plain(sequence)),
    routine: model.routines.map((routine) => plain(routine)),
    table: model.tables.map((table) => describeTable(table)),
    view: model.views.map((view) => describeView(view)),
  }
}

function describeTable({
  columns,
  constraints,
  indexes,
  partitions,
  oid,
  schema,
  name,
  ...facts
}: ModelTable): Described {
  return {
    id: oid,
    key: keyOf({ schema, name }),
    schema,
    name,
    facts: without(facts),
    parts: {
      column: columns.map(describeColumn),
      constraint: constraints.map(describePart),
      index: indexes.map(describePart),
      partition: partitions.map(describePartition),
    },
  }
}

function describeView({ columns, indexes, oid, schema, name, ...facts }: ModelView): Described {
  return {
    id: oid,
    key: keyOf({ schema, name }),
    schema,
    name,
    facts: without(facts),
    parts: { ...noParts, column: columns.map(describeColumn), index: indexes.map(describePart) },
  }
}

function describeColumn({ number, name, ...facts }: Pick<ModelColumn, 'number' | 'name'>): DescribedPart {
  return { id: number, key: name, name, facts: without(facts) }
}

function describePart({ oid, name, ...facts }: ModelConstraint | ModelIndex): DescribedPart {
  return { id: oid, key: name, name, facts: without(facts) }
}

/** What a partition has of its own is told as one text each: it is seldom much. */
function describePartition(partition: ModelPartition): DescribedPart {
  const { oid, schema, name, columns, constraints, indexes, partitions, ...facts } = partition
  const list = (parts: DescribedPart[]) => parts.map((part) => ({ name: part.name, ...part.facts }))
  return {
    id: oid,
    key: keyOf({ schema, name }),
    name: `${schema}.${name}`,
    facts: {
      ...without(facts),
      columns: columns.map(({ needs: _, ...column }) => column),
      constraints: list(constraints.map(describePart)),
      indexes: list(indexes.map(describePart)),
      partitions: list(partitions.map(describePartition)),
    },
  }
}

/** What others than the object itself are about, or what follows from the rest. */
const noFacts: ReadonlySet<string> = new Set(['rowEstimate', 'readable', 'needs', 'typeName'])

function without(facts: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !noFacts.has(name)))
}

/** Pairs what is the same in both: by id first where ids can be compared, then by name. */
function paired<T extends { id: number | null; key: string }>(
  before: readonly T[],
  after: readonly T[],
  byId: boolean,
): [T | null, T | null][] {
  const byOid = new Map(byId ? before.flatMap((each) => (each.id === null ? [] : [[each.id, each] as const])) : [])
  const found = new Map<T, T>()
  const used = new Set<T>()
  const pair = (is: T, was: T | undefined) => {
    if (was === undefined || used.has(was) || found.has(is)) return
    found.set(is, was)
    used.add(was)
  }
  for (const is of after) if (is.id !== null) pair(is, byOid.get(is.id))
  const byKey = new Map(before.filter((each) => !used.has(each)).map((each) => [each.key, each]))
  for (const is of after) pair(is, byKey.get(is.key))
  return [
    ...after.map((is): [T | null, T | null] => [found.get(is) ?? null, is]),
    ...before.filter((was) => !used.has(was)).map((was): [T | null, T | null] => [was, null]),
  ]
}

function objectDiff(
  kind: ObjectDiff['kind'],
  was: Described | null,
  is: Described | null,
  byId: boolean,
): ObjectDiff | null {
  const object = is ?? was
  if (object === null) return null
  const { schema, name } = object
  const head = { kind, schema, name, former: null }
  if (was === null) return { ...head, change: 'added', facts: [], parts: [] }
  if (is === null) return { ...head, change: 'dropped', facts: [], parts: [] }
  const facts = factsOf(was.facts, is.facts)
  const order = orderOf(was.parts.column, is.parts.column, byId)
  if (order !== null) facts.push(order)
  const parts = partKinds.flatMap((part) =>
    // Numbers of columns are a table's own: of another table that has taken its name they say nothing.
    paired(was.parts[part], is.parts[part], byId && (part !== 'column' || was.id === is.id)).flatMap(
      ([former, now]) => partDiff(part, former, now) ?? [],
    ),
  )
  const isRenamed = was.key !== is.key
  if (facts.length === 0 && parts.length === 0 && !isRenamed) return null
  return { ...head, former: isRenamed ? { schema: was.schema, name: was.name } : null, change: 'changed', facts, parts }
}

function partDiff(kind: PartDiff['kind'], was: DescribedPart | null, is: DescribedPart | null): PartDiff | null {
  const name = is?.name ?? was?.name ?? ''
  if (was === null) return { kind, name, formerName: null, change: 'added', facts: [] }
  if (is === null) return { kind, name, formerName: null, change: 'dropped', facts: [] }
  const facts = factsOf(was.facts, is.facts)
  const formerName = was.key === is.key ? null : was.name
  return facts.length === 0 && formerName === null ? null : { kind, name, formerName, change: 'changed', facts }
}

function factsOf(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Fact[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((what) => {
    const [was, is] = [before[what] ?? null, after[what] ?? null]
    return isSame(was, is) ? [] : { what, before: was, after: is }
  })
}

function isSame(was: unknown, is: unknown): boolean {
  // Most of them are no objects, and there are many.
  return was === is || (typeof was === 'object' && typeof is === 'object' && canonical(was) === canonical(is))
}

/** A difference where the columns that both have stand in another order. */
function orderOf(before: readonly DescribedPart[], after: readonly DescribedPart[], byId: boolean): Fact | null {
  // Numbers never change, and so does the order, where they can be compared.
  if (byId) return null
  const [old, now] = [new Set(before.map(({ key }) => key)), new Set(after.map(({ key }) => key))]
  const was = before.map(({ key }) => key).filter((key) => now.has(key))
  const is = after.map(({ key }) => key).filter((key) => old.has(key))
  return canonical(was) === canonical(is) ? null : { what: 'order of columns', before: was, after: is }
}

/** The same text for the same value, in whatever order its properties stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}
