/**
 * What a database holds, as its system catalog tells it: read whole in a few queries, never object by object.
 * Schemas of temporary objects and of TOAST are left out. Lists are in the order of their names, by their bytes;
 * columns are in the order of the table.
 */
export interface Catalog {
  /** ISO 8601, UTC: when the server was asked. */
  readonly readAt: string
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number
  /** The role that asked. */
  readonly user: string
  /** The schemas that a name without one is looked for in, in order, with `pg_catalog` where it is searched. */
  readonly searchPath: readonly string[]
  readonly schemas: readonly CatalogSchema[]
  readonly relations: readonly CatalogRelation[]
  readonly routines: readonly CatalogRoutine[]
  readonly types: readonly CatalogType[]
  readonly extensions: readonly CatalogExtension[]
  readonly roles: readonly CatalogRole[]
  /** What could not be read, and why: one sentence each, for a person. */
  readonly notes: readonly string[]
}

export interface CatalogSchema {
  readonly oid: number
  readonly name: string
  readonly comment: string | null
  /** PostgreSQL's own: `pg_catalog` and `information_schema`. */
  readonly system: boolean
}

export const relationKinds = [
  'table',
  'partitioned table',
  'view',
  'materialized view',
  'foreign table',
  'sequence',
] as const
export type RelationKind = (typeof relationKinds)[number]

export interface CatalogRelation {
  readonly oid: number
  /** The schema's name. */
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  readonly comment: string | null
  /** What it is classified as, as a whole; see `CatalogColumn.sensitivity`. */
  readonly sensitivity: string | null
  /** The oid of the table that it is a partition of. */
  readonly partitionOf: number | null
  /** As of the last `analyze` or `vacuum`; null where the server has never counted. */
  readonly rowEstimate: number | null
  readonly columns: readonly CatalogColumn[]
  /** Names of columns, in the order of the key; empty where there is none. */
  readonly primaryKey: readonly string[]
  /** Unique constraints and unique indexes over plain columns alone, the primary key left out. */
  readonly uniqueKeys: readonly (readonly string[])[]
  readonly foreignKeys: readonly CatalogForeignKey[]
  readonly indexes: readonly CatalogIndex[]
  readonly triggers: readonly CatalogTrigger[]
}

export interface CatalogColumn {
  readonly name: string
  /** As `format_type` prints it: `numeric(10,2)`, `text[]`. */
  readonly type: string
  readonly notNull: boolean
  /** The expression, also of a generated column. */
  readonly default: string | null
  readonly identity: 'always' | 'by default' | null
  readonly generated: 'stored' | 'virtual' | null
  readonly comment: string | null
  /** Classification, then tags, as the framework's metadata says: `restricted · pii, phi`; null where it says nothing. */
  readonly sensitivity: string | null
}

export interface CatalogForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** The oid of the relation that it points to. */
  readonly toRelation: number
  readonly toColumns: readonly string[]
}

export interface CatalogIndex {
  readonly oid: number
  readonly name: string
  readonly unique: boolean
  readonly primary: boolean
  /** False while it is being built, or where building it failed. */
  readonly valid: boolean
}

export interface CatalogTrigger {
  readonly oid: number
  readonly name: string
  readonly enabled: boolean
}

export const routineKinds = ['function', 'procedure', 'aggregate', 'window function'] as const
export type RoutineKind = (typeof routineKinds)[number]

export interface CatalogRoutine {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: RoutineKind
  readonly args: readonly CatalogArgument[]
  /** As `pg_get_function_result` prints it; null for a procedure. */
  readonly result: string | null
  readonly comment: string | null
}

export const argumentModes = ['in', 'out', 'inout', 'variadic', 'table'] as const
export type ArgumentMode = (typeof argumentModes)[number]

export interface CatalogArgument {
  /** Empty where it has none. */
  readonly name: string
  readonly type: string
  readonly mode: ArgumentMode
  readonly hasDefault: boolean
}

export const typeKinds = ['enum', 'domain', 'composite', 'range', 'base'] as const
export type TypeKind = (typeof typeKinds)[number]

/** A type that somebody made, or one of PostgreSQL's own; row types of relations and array types are left out. */
export interface CatalogType {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: TypeKind
  /** Of an enum, in its order; else empty. */
  readonly labels: readonly string[]
  readonly comment: string | null
}

export interface CatalogExtension {
  readonly name: string
  readonly version: string
  readonly schema: string
  readonly comment: string | null
}

export interface CatalogRole {
  readonly name: string
  readonly login: boolean
  readonly superuser: boolean
}
