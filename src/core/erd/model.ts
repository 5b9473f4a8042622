import { z } from 'zod'

/**
 * What a database is made of, as far as a diagram, a comparison or a script needs it. Objects are named by schema and
 * name, never by oid alone, so that models of several databases, or of several moments of one, can be laid side by
 * side; expressions and constraints are in PostgreSQL's own words, with every name qualified.
 *
 * It is kept in files and comes back from there: the shapes are checked when it is read.
 */

const text = z.string()
const optional = z.string().nullable()
const oid = z.int().min(0)

/** Schema and name, as they are, unquoted. */
export const qualified = z.strictObject({ schema: text, name: text })
export type Qualified = z.output<typeof qualified>

/** Something that somebody made and that a definition cannot be without. A row type is its relation. */
export const need = z.strictObject({
  kind: z.enum(['relation', 'type', 'routine', 'sequence', 'collation']),
  schema: text,
  /** Of a routine with the types of its arguments: `age(bigint, date)`. */
  name: text,
})
export type Need = z.output<typeof need>

const columnShape = z.strictObject({
  /** PostgreSQL's number of it: stays when it is renamed. */
  number: z.int().min(1),
  name: text,
  /** As `format_type` prints it: `numeric(10,2)`, `care.mood[]`. */
  type: text,
  /** The type that somebody made, of an array that of its elements; null for PostgreSQL's own. */
  typeName: qualified.nullable(),
  /** Where it is not the one of the type: quoted and qualified. */
  collation: optional,
  notNull: z.boolean(),
  /** The name of the constraint that keeps it from being null, where it is not the usual one; from 18 on. */
  notNullName: optional,
  /** Not for the tables that inherit it, or not checked for old rows; from 18 on. */
  notNullFlag: z.enum(['no inherit', 'not valid']).nullable(),
  /** The expression, also of a generated column. */
  default: optional,
  generated: z.enum(['stored', 'virtual']).nullable(),
  identity: z.enum(['always', 'by default']).nullable(),
  /** It is there because a parent has it, and the table itself does not define it. */
  inherited: z.boolean(),
  comment: optional,
  /** Classification, then tags: `restricted · pii, phi`. */
  sensitivity: optional,
  /** What its default or its expression needs. */
  needs: z.array(need),
})
export type ModelColumn = z.output<typeof columnShape>

export const constraintKinds = ['primary key', 'unique', 'check', 'exclusion', 'foreign key'] as const
const actions = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const

const constraintShape = z.strictObject({
  oid,
  name: text,
  kind: z.enum(constraintKinds),
  /** What stands behind its name in `create table`. */
  definition: text,
  /** Of keys, in their order; of a check those that it mentions; none for expressions. */
  columns: z.array(text),
  /** Of a foreign key alone. */
  references: z
    .strictObject({
      ...qualified.shape,
      columns: z.array(text),
      match: z.enum(['simple', 'full', 'partial']),
      onUpdate: z.enum(actions),
      onDelete: z.enum(actions),
    })
    .nullable(),
  deferrable: z.enum(['no', 'initially immediate', 'initially deferred']),
  /** False where rows from before were not checked. */
  valid: z.boolean(),
  comment: optional,
  needs: z.array(need),
})
export type ModelConstraint = z.output<typeof constraintShape>

const indexShape = z.strictObject({
  oid,
  name: text,
  /** What follows the table in `create index`: `USING btree (lower(name))`. */
  definition: text,
  method: text,
  unique: z.boolean(),
  /** Null stands for an expression, which `expressions` has in this order. */
  columns: z.array(optional),
  expressions: z.array(text),
  /** Of a partial one, which rows it holds. */
  predicate: optional,
  /** False while it is being built, or where building it failed. */
  valid: z.boolean(),
  comment: optional,
  needs: z.array(need),
})
export type ModelIndex = z.output<typeof indexShape>

/**
 * A partition, with what it has beside what its parent gives it. Keys and indexes that come from the parent are the
 * parent's.
 */
const partitionBase = z.strictObject({
  oid,
  ...qualified.shape,
  /** `FOR VALUES FROM (…) TO (…)` or `DEFAULT`. */
  bound: text,
  /** Of one that is divided further: `RANGE (at)`. */
  partitionBy: optional,
  /** The server of one that is a foreign table. */
  server: optional,
  unlogged: z.boolean(),
  comment: optional,
  rowEstimate: z.number().nullable(),
  readable: z.boolean(),
  /** Columns whose default, comment or not null differs from the parent's. */
  columns: z.array(
    z.strictObject({ name: text, default: optional, notNull: z.boolean(), comment: optional, needs: z.array(need) }),
  ),
  constraints: z.array(constraintShape),
  indexes: z.array(indexShape),
})
export type ModelPartition = z.output<typeof partitionBase> & { partitions: ModelPartition[] }
const partitionShape: z.ZodType<ModelPartition> = partitionBase.extend({
  get partitions() {
    return z.array(partitionShape)
  },
})

const tableShape = z.strictObject({
  oid,
  ...qualified.shape,
  kind: z.enum(['table', 'partitioned table', 'foreign table']),
  comment: optional,
  sensitivity: optional,
  unlogged: z.boolean(),
  /** Of the last `analyze` or `vacuum`; null where the server has never counted. */
  rowEstimate: z.number().nullable(),
  /** Whether the role that asked may select from it. What it is made of is known in any case. */
  readable: z.boolean(),
  /** In the order of the table. */
  columns: z.array(columnShape),
  constraints: z.array(constraintShape),
  indexes: z.array(indexShape),
  /** The parents whose columns and rows it has a share in, in their order. */
  inherits: z.array(qualified),
  partitionBy: optional,
  partitions: z.array(partitionShape),
  /** The server of a foreign table. */
  server: optional,
  needs: z.array(need),
})
export type ModelTable = z.output<typeof tableShape>

const viewShape = z.strictObject({
  oid,
  ...qualified.shape,
  kind: z.enum(['view', 'materialized view']),
  /** The query, without a semicolon; null where it could not be read. */
  definition: optional,
  /** `security_barrier=true`, in order. */
  options: z.array(text),
  comment: optional,
  sensitivity: optional,
  rowEstimate: z.number().nullable(),
  readable: z.boolean(),
  columns: z.array(columnShape.pick({ number: true, name: true, type: true, comment: true, sensitivity: true })),
  indexes: z.array(indexShape),
  needs: z.array(need),
})
export type ModelView = z.output<typeof viewShape>

const typeBase = { oid, ...qualified.shape, comment: optional, needs: z.array(need) }
const typeShape = z.discriminatedUnion('kind', [
  z.strictObject({ ...typeBase, kind: z.literal('enum'), labels: z.array(text) }),
  z.strictObject({
    ...typeBase,
    kind: z.literal('domain'),
    type: text,
    collation: optional,
    notNull: z.boolean(),
    default: optional,
    constraints: z.array(z.strictObject({ name: text, definition: text, comment: optional })),
  }),
  z.strictObject({
    ...typeBase,
    kind: z.literal('composite'),
    attributes: z.array(z.strictObject({ name: text, type: text, collation: optional, comment: optional })),
  }),
  z.strictObject({
    ...typeBase,
    kind: z.literal('range'),
    subtype: text,
    /** What follows the subtype in `create type`: `subtype_opclass = …`. */
    options: z.array(text),
  }),
])
export type ModelType = z.output<typeof typeShape>

const sequenceShape = z.strictObject({
  oid,
  ...qualified.shape,
  type: text,
  /** As text: they may be larger than a number of JSON holds. */
  start: text,
  increment: text,
  minimum: text,
  maximum: text,
  cache: text,
  cycle: z.boolean(),
  /** The column that it goes with; `identity` where it is that column's own. */
  owner: z.strictObject({ ...qualified.shape, column: text, identity: z.boolean() }).nullable(),
  comment: optional,
})
export type ModelSequence = z.output<typeof sequenceShape>

/** A function that something else here is made of: a default, a check, an index, a view. */
const routineShape = z.strictObject({
  oid,
  schema: text,
  /** With the types of its arguments, quoted where PostgreSQL quotes: `age(bigint, date)`. */
  name: text,
  /** The statement that makes it; null for what PostgreSQL prints no definition of. */
  definition: optional,
  comment: optional,
  needs: z.array(need),
})
export type ModelRoutine = z.output<typeof routineShape>

const schemaShape = z.strictObject({ oid, name: text, comment: optional, readable: z.boolean() })
export type ModelSchema = z.output<typeof schemaShape>

/** Raised when a model of before could be misread. */
export const modelVersion = 1

export const modelShape = z.strictObject({
  format: z.literal('pgsteward.model'),
  version: z.literal(modelVersion),
  /** ISO 8601, UTC. */
  readAt: text,
  /** `server_version_num`, such as 180004. */
  serverVersion: z.int(),
  database: text,
  /** Of models with the same origin, oids can be compared; null where nobody knows. */
  origin: optional,
  /** What is not in it, and why: one sentence each. */
  notes: z.array(text),
  schemas: z.array(schemaShape),
  extensions: z.array(z.strictObject({ name: text, schema: text, version: text })),
  types: z.array(typeShape),
  sequences: z.array(sequenceShape),
  routines: z.array(routineShape),
  tables: z.array(tableShape),
  views: z.array(viewShape),
})
export type Model = z.output<typeof modelShape>

/** A key for maps: two names are the same if and only if their keys are. */
export function keyOf({ schema, name }: Qualified): string {
  return JSON.stringify([schema, name])
}

/** A key for maps, as of `keyOf`: two needs are for the same object if and only if their keys are. */
export function needKey({ kind, schema, name }: Need): string {
  return JSON.stringify([kind, schema, name])
}

/** The partitions of a table, of all levels, each before its own. */
export function* allPartitions(of: Pick<ModelTable, 'partitions'>): Generator<ModelPartition> {
  for (const partition of of.partitions) {
    yield partition
    yield* allPartitions(partition)
  }
}
