// What completion asks of a catalog, and no more: the catalog as it is read from a database is one of these.

export interface KnownColumn {
  readonly name: string
  /** As `format_type` prints it. */
  readonly type: string
  readonly notNull: boolean
  readonly default: string | null
  readonly identity: 'always' | 'by default' | null
  readonly generated: 'stored' | 'virtual' | null
  readonly comment: string | null
  readonly sensitivity: string | null
}

export interface KnownForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly toRelation: number
  readonly toColumns: readonly string[]
}

export type KnownKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table' | 'sequence'

export interface KnownRelation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: KnownKind
  readonly comment: string | null
  readonly sensitivity: string | null
  readonly partitionOf: number | null
  readonly rowEstimate: number | null
  readonly columns: readonly KnownColumn[]
  readonly primaryKey: readonly string[]
  readonly uniqueKeys: readonly (readonly string[])[]
  readonly foreignKeys: readonly KnownForeignKey[]
}

export interface KnownArgument {
  readonly name: string
  readonly type: string
  readonly mode: 'in' | 'out' | 'inout' | 'variadic' | 'table'
  readonly hasDefault: boolean
}

export interface KnownRoutine {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window function'
  readonly args: readonly KnownArgument[]
  readonly result: string | null
  readonly comment: string | null
}

export interface KnownType {
  readonly schema: string
  readonly name: string
  readonly kind: 'enum' | 'domain' | 'composite' | 'range' | 'base'
  /** Of an enum, in its order; else empty. */
  readonly labels: readonly string[]
  readonly comment: string | null
}

export interface KnownNames {
  readonly searchPath: readonly string[]
  readonly schemas: readonly { readonly name: string; readonly comment: string | null; readonly system: boolean }[]
  readonly relations: readonly KnownRelation[]
  readonly routines: readonly KnownRoutine[]
  readonly types: readonly KnownType[]
}

/** A foreign key, seen from the relation that holds it and from the one that it points to. */
export interface Link {
  readonly from: KnownRelation
  readonly to: KnownRelation
  readonly key: KnownForeignKey
}

/** The names of a database, ready to be looked up. Made once for a catalog, then only read. */
export class NameIndex {
  readonly known: KnownNames
  /** The search path as PostgreSQL follows it: `pg_catalog` comes first where the path does not name it. */
  readonly path: readonly string[]
  readonly #relations = new Map<string, KnownRelation[]>()
  readonly #bySchema = new Map<string, KnownRelation[]>()
  readonly #byOid = new Map<number, KnownRelation>()
  readonly #routines = new Map<string, KnownRoutine[]>()
  readonly #types = new Map<string, KnownType[]>()
  readonly #linksTo = new Map<number, Link[]>()

  constructor(known: KnownNames) {
    this.known = known
    this.path = known.searchPath.includes('pg_catalog') ? known.searchPath : ['pg_catalog', ...known.searchPath]
    for (const relation of known.relations) {
      this.#byOid.set(relation.oid, relation)
      add(this.#relations, relation.name, relation)
      add(this.#bySchema, relation.schema, relation)
    }
    for (const routine of known.routines) add(this.#routines, routine.name, routine)
    for (const type of known.types) add(this.#types, type.name, type)
    for (const from of known.relations) {
      for (const key of from.foreignKeys) {
        const to = this.#byOid.get(key.toRelation)
        if (to !== undefined) add(this.#linksTo, to.oid, { from, to, key })
      }
    }
  }

  /** The relation that a name means, with or without its schema. A database's name before them is passed over. */
  relation(parts: readonly string[]): KnownRelation | undefined {
    const name = parts.at(-1)
    const schema = parts.at(-2)
    if (name === undefined) return undefined
    const candidates = this.#relations.get(name) ?? []
    if (schema !== undefined) return candidates.find((each) => each.schema === schema)
    return this.#firstOnPath(candidates)
  }

  relationByOid(oid: number): KnownRelation | undefined {
    return this.#byOid.get(oid)
  }

  relationsIn(schema: string): readonly KnownRelation[] {
    return this.#bySchema.get(schema) ?? []
  }

  hasSchema(name: string): boolean {
    return this.known.schemas.some((schema) => schema.name === name) || this.#bySchema.has(name)
  }

  /** The routines of a name: those of one schema, or those that the search path finds. */
  routines(parts: readonly string[]): readonly KnownRoutine[] {
    const candidates = this.#routines.get(parts.at(-1) ?? '') ?? []
    const schema = parts.at(-2)
    if (schema !== undefined) return candidates.filter((each) => each.schema === schema)
    return candidates.filter((each) => this.path.includes(each.schema))
  }

  /** The type that a name means, with or without its schema. */
  type(parts: readonly string[]): KnownType | undefined {
    const candidates = this.#types.get(parts.at(-1) ?? '') ?? []
    const schema = parts.at(-2)
    return schema === undefined ? this.#firstOnPath(candidates) : candidates.find((each) => each.schema === schema)
  }

  /** The labels of an enum, by its type as `format_type` prints it or as it is written; null where it is none. */
  labels(type: string): readonly string[] | null {
    const labels = this.type(partsOf(type.replace(/(\[\])+$/, '')))?.labels ?? []
    return labels.length === 0 ? null : labels
  }

  /** Does the name alone, without its schema, mean this one? */
  isVisible(thing: { readonly schema: string; readonly name: string }): boolean {
    if (!this.path.includes(thing.schema)) return false
    return this.relation([thing.name])?.schema === thing.schema
  }

  isOnPath(schema: string): boolean {
    return this.path.includes(schema)
  }

  /** The foreign keys that lead from or to a relation. */
  links(relation: KnownRelation): Link[] {
    const from = relation.foreignKeys.flatMap((key) => {
      const to = this.#byOid.get(key.toRelation)
      return to === undefined ? [] : [{ from: relation, to, key }]
    })
    // One that points to itself is told of once.
    return [...from, ...(this.#linksTo.get(relation.oid) ?? []).filter((link) => link.from !== relation)]
  }

  #firstOnPath<T extends { readonly schema: string }>(candidates: readonly T[]): T | undefined {
    let best: T | undefined
    let rank = Number.POSITIVE_INFINITY
    for (const candidate of candidates) {
      const at = this.path.indexOf(candidate.schema)
      if (at !== -1 && at < rank) {
        best = candidate
        rank = at
      }
    }
    return best
  }
}

/** The names in a qualified one, as it is written. */
export function partsOf(written: string): string[] {
  const parts = written.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim()))
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
