import type { KnownRelation, Link, NameIndex } from './names.ts'
import type { ScopeColumn, Source } from './scope.ts'
import { written } from './written.ts'

/** A condition under which two sources belong together. */
export interface JoinCondition {
  readonly sql: string
  /** The foreign key that says so; null where only names and types agree. */
  readonly key: string | null
}

/** Conditions that join `right` to one of the sources before it: by foreign keys, then by columns of the same name. */
export function conditionsFor(left: readonly Source[], right: Source, names: NameIndex): JoinCondition[] {
  const byKey = left.toReversed().flatMap((source) => keyConditions(source, right, names))
  const byName = left.toReversed().flatMap((source) => nameConditions(source, right))
  const seen = new Set<string>()
  return [...byKey, ...byName].filter(({ sql }) => !seen.has(sql) && seen.add(sql))
}

function keyConditions(left: Source, right: Source, names: NameIndex): JoinCondition[] {
  if (left.relation === null || right.relation === null) return []
  const own = right.relation
  return names.links(left.relation).flatMap((link): JoinCondition[] => {
    const found: JoinCondition[] = []
    if (link.from === left.relation && link.to === own) found.push(conditionOf(link, left.name, right.name))
    // One that points to its own table leads both ways.
    if (link.to === left.relation && link.from === own) found.push(conditionOf(link, right.name, left.name))
    return found
  })
}

function conditionOf({ key }: Link, from: string, to: string): JoinCondition {
  const pairs = key.columns.map(
    (column, index) => `${written(from)}.${written(column)} = ${written(to)}.${written(key.toColumns[index] ?? '')}`,
  )
  return { sql: pairs.join(' and '), key: key.name }
}

function nameConditions(left: Source, right: Source): JoinCondition[] {
  const isKey = ({ relation, name }: ScopeColumn): boolean => relation?.primaryKey.includes(name) ?? true
  return right.columns.flatMap((column) => {
    const other = left.columns.find(({ name, type }) => name === column.name && type === column.type)
    if (other === undefined || !(isKey(column) || isKey(other))) return []
    const name = written(column.name)
    return [{ sql: `${written(left.name)}.${name} = ${written(right.name)}.${name}`, key: null }]
  })
}

/** A relation that a foreign key ties to a source, with the whole of what is written behind `join`. */
export interface WholeJoin {
  readonly relation: KnownRelation
  readonly sql: string
  readonly key: string
}

/** A table that thousands refer to is joined to by name: more are not put together. */
const mostJoins = 40

/** The joins that foreign keys tell of, of relations that are `wanted`, from the last source on. */
export function joinsFrom(
  sources: readonly Source[],
  names: NameIndex,
  nameOf: (relation: KnownRelation) => string,
  wanted: (relation: KnownRelation) => boolean,
): WholeJoin[] {
  const taken = new Set(sources.map(({ name }) => name))
  const joins: WholeJoin[] = []
  for (const source of sources.toReversed()) {
    const { relation } = source
    if (relation === null) continue
    for (const link of names.links(relation)) {
      if (joins.length === mostJoins) return joins
      const other = link.from === relation ? link.to : link.from
      // Partitions hold the keys of their table too; it is the table that one joins.
      if (other.partitionOf !== null || !wanted(other)) continue
      const alias = aliasFor(other.name, taken)
      const [from, to] = link.from === relation ? [source.name, alias] : [alias, source.name]
      const { sql, key } = conditionOf(link, from, to)
      joins.push({ relation: other, sql: `${nameOf(other)} ${written(alias)} on ${sql}`, key: key ?? '' })
    }
  }
  return joins
}

/** The initials of its words, with a number where they are taken: `order_line` is `ol`. */
export function aliasFor(name: string, taken: ReadonlySet<string>): string {
  const initials = name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.charAt(0))
    .join('')
    .replace(/^[0-9]+/, '')
  const base = initials === '' ? 't' : initials
  let alias = base
  for (let count = 2; taken.has(alias) || written(alias) !== alias; count += 1) alias = `${base}${count}`
  return alias
}
