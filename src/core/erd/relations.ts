import { allPartitions, keyOf, type Model, type ModelConstraint, type ModelTable, type Qualified } from './model.ts'

/** A foreign key, as a line between two tables. */
export interface Relation {
  from: ModelTable
  /** The constraint, with its columns. */
  key: ModelConstraint
  to: ModelTable
  toColumns: readonly string[]
  /** A row of the referred table has one row here at most. */
  isSingle: boolean
  /** A row here may refer to none. */
  isOptional: boolean
}

/** Relations that no diagram of tables can show as a line, and why. */
export interface Unshown {
  from: Qualified
  key: ModelConstraint
  why: string
}

/** The foreign keys of a model, those to and from partitions apart: a partition is part of its table. */
export function relationsOf(model: Model): { relations: Relation[]; unshown: Unshown[] } {
  const tables = new Map(model.tables.map((table) => [keyOf(table), table]))
  const relations: Relation[] = []
  const unshown: Unshown[] = []
  for (const from of model.tables) {
    const required = new Set(from.columns.filter(({ notNull }) => notNull).map(({ name }) => name))
    const unique = uniqueKeys(from)
    for (const key of from.constraints) {
      if (key.references === null) continue
      const { columns: toColumns, ...target } = key.references
      const to = tables.get(keyOf({ schema: target.schema, name: target.name }))
      if (to === undefined) unshown.push({ from, key, why: 'its table is not here' })
      else {
        const isSingle = unique.has(columnsKey(key.columns))
        relations.push({
          from,
          key,
          to,
          toColumns,
          isSingle,
          isOptional: !key.columns.every((name) => required.has(name)),
        })
      }
    }
    for (const partition of allPartitions(from)) {
      for (const key of partition.constraints) {
        if (key.references !== null) unshown.push({ from: partition, key, why: 'it belongs to one partition alone' })
      }
    }
  }
  return { relations, unshown }
}

function uniqueKeys({ constraints, indexes }: ModelTable): Set<string> {
  const keys = constraints
    .filter(({ kind }) => kind === 'primary key' || kind === 'unique')
    .map(({ columns }) => columns)
  // An index that could not be built, or that leaves rows out, keeps nothing unique.
  const made = indexes.filter(({ unique, valid, predicate }) => unique && valid && predicate === null)
  const plain = made.map(({ columns }) => columns.filter((name) => name !== null))
  const whole = plain.filter((columns, at) => columns.length === made[at]?.columns.length)
  return new Set([...keys, ...whole].map(columnsKey))
}

function columnsKey(columns: readonly string[]): string {
  return JSON.stringify(columns.toSorted())
}
