import type { z } from 'zod'
import { type Need, needKey } from '../../core/erd/model.ts'
import type { dependencyRow, relationRow, routineRow, sequenceRow, typeRow } from './rows.ts'

type Row<Shape extends z.ZodType> = z.output<Shape>

/** What holds the definition that needs something: a table, or the default of its second column. */
export type Part = 'relation' | 'default' | 'constraint' | 'index' | 'type' | 'routine'

/** What definitions need, told by oids until all that they may name has been read. */
export class Dependencies {
  readonly #rows: readonly Row<typeof dependencyRow>[]
  readonly #named = new Map<string, Need>()
  #byPart: Map<string, Need[]> | null = null

  constructor(rows: readonly Row<typeof dependencyRow>[]) {
    this.#rows = rows
  }

  /** The functions that something else than a function needs, and those that they need. */
  routineOids(): number[] {
    const calls = new Map<number, number[]>()
    const found = new Set<number>()
    for (const row of this.#rows) {
      if (row.toClass !== 'pg_proc') continue
      if (row.class !== 'pg_proc') found.add(row.to)
      else calls.set(row.from, [...(calls.get(row.from) ?? []), row.to])
    }
    // A set that grows while it is walked is walked to its end.
    for (const oid of found) for (const called of calls.get(oid) ?? []) found.add(called)
    return [...found]
  }

  relation({ oid, schema, name }: Pick<Row<typeof relationRow>, 'oid' | 'schema' | 'name'>): void {
    this.#named.set(`pg_class ${oid}`, { kind: 'relation', schema, name })
  }

  sequence({ oid, schema, name }: Pick<Row<typeof sequenceRow>, 'oid' | 'schema' | 'name'>): void {
    this.#named.set(`pg_class ${oid}`, { kind: 'sequence', schema, name })
  }

  routine({ oid, schema, name }: Pick<Row<typeof routineRow>, 'oid' | 'schema' | 'name'>): void {
    this.#named.set(`pg_proc ${oid}`, { kind: 'routine', schema, name })
  }

  collation({ oid, schema, name }: { oid: number; schema: string; name: string }): void {
    this.#named.set(`pg_collation ${oid}`, { kind: 'collation', schema, name })
  }

  /** An array of it, its multirange and it itself are one need; the row type of a table is the table. */
  type({ oid, schema, name, relationKind, arrayOid, multirangeOid, isArray, ofExtension }: Row<typeof typeRow>): void {
    if (isArray || ofExtension) return
    const isRowType = relationKind !== null && relationKind !== 'c'
    const need: Need = { kind: isRowType ? 'relation' : 'type', schema, name }
    for (const each of [oid, arrayOid, multirangeOid]) if (each !== null) this.#named.set(`pg_type ${each}`, need)
  }

  /** The type that a column's type is, or is an array of; null for PostgreSQL's own and an extension's. */
  typeOf(oid: number | null): Need | null {
    return this.#named.get(`pg_type ${oid}`) ?? null
  }

  /** @param part the number of a column, the oid of a constraint or index; absent for the whole */
  of(kind: Part, oid: number, part?: number): Need[] {
    this.#byPart ??= this.#resolved()
    return this.#byPart.get(`${kind} ${oid} ${part ?? ''}`) ?? []
  }

  #resolved(): Map<string, Need[]> {
    const byPart = new Map<string, Map<string, Need>>()
    for (const { class: catalog, fromKind, from, part, toClass, to } of this.#rows) {
      const need = this.#named.get(`${toClass} ${to}`)
      if (need === undefined) continue
      const kind = partOf(catalog, fromKind)
      const own = this.#named.get(
        `${kind === 'type' ? 'pg_type' : kind === 'routine' ? 'pg_proc' : 'pg_class'} ${from}`,
      )
      if (own !== undefined && needKey(own) === needKey(need)) continue
      // What the constraint of a domain needs the domain needs.
      const key = `${kind} ${from} ${kind === 'type' ? '' : (part ?? '')}`
      const needs = byPart.get(key) ?? new Map<string, Need>()
      byPart.set(key, needs.set(needKey(need), need))
    }
    return new Map([...byPart].map(([key, needs]) => [key, [...needs.values()].toSorted(byName)]))
  }
}

function partOf(catalog: string, fromKind: string | null): Part {
  switch (catalog) {
    case 'pg_attrdef':
      return 'default'
    case 'pg_constraint':
      return fromKind === 'domain' ? 'type' : 'constraint'
    case 'pg_proc':
      return 'routine'
    case 'pg_type':
      return 'type'
    case 'pg_class':
      if (fromKind === 'generated') return 'default'
      return fromKind === 'c' ? 'type' : fromKind === 'i' || fromKind === 'I' ? 'index' : 'relation'
    default:
      return 'relation'
  }
}

function byName(a: Need, b: Need): number {
  const [first, second] = [needKey(a), needKey(b)]
  return first < second ? -1 : first > second ? 1 : 0
}
