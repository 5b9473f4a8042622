import type {
  Model,
  ModelColumn,
  ModelConstraint,
  ModelIndex,
  ModelPartition,
  ModelTable,
} from '../../../src/core/erd/model.ts'

let next = 20_000

export function column(name: string, type = 'integer', more: Partial<ModelColumn> = {}): ModelColumn {
  return {
    number: 1,
    name,
    type,
    typeName: null,
    collation: null,
    notNull: false,
    notNullName: null,
    notNullFlag: null,
    default: null,
    generated: null,
    identity: null,
    inherited: false,
    comment: null,
    sensitivity: null,
    needs: [],
    ...more,
  }
}

/** Columns are numbered in their order. */
export function table(
  schema: string,
  name: string,
  columns: ModelColumn[],
  more: Partial<ModelTable> = {},
): ModelTable {
  return {
    oid: next++,
    schema,
    name,
    kind: 'table',
    comment: null,
    sensitivity: null,
    unlogged: false,
    rowEstimate: null,
    readable: true,
    columns: columns.map((each, at) => ({ ...each, number: at + 1 })),
    constraints: [],
    indexes: [],
    inherits: [],
    partitionBy: null,
    partitions: [],
    server: null,
    needs: [],
    ...more,
  }
}

function constraint(name: string, more: Partial<ModelConstraint>): ModelConstraint {
  return {
    oid: next++,
    name,
    kind: 'check',
    definition: '',
    columns: [],
    references: null,
    deferrable: 'no',
    valid: true,
    comment: null,
    needs: [],
    ...more,
  }
}

export function key(kind: 'primary key' | 'unique', name: string, ...columns: string[]): ModelConstraint {
  return constraint(name, { kind, columns, definition: `${kind.toUpperCase()} (${columns.join(', ')})` })
}

export function check(name: string, definition: string): ModelConstraint {
  return constraint(name, { kind: 'check', definition })
}

export function foreignKey(
  name: string,
  columns: string[],
  to: { schema: string; name: string },
  toColumns: string[],
  onDelete: 'no action' | 'cascade' = 'no action',
): ModelConstraint {
  const references = {
    schema: to.schema,
    name: to.name,
    columns: toColumns,
    match: 'simple' as const,
    onUpdate: 'no action' as const,
    onDelete,
  }
  return constraint(name, { kind: 'foreign key', columns, definition: 'FOREIGN KEY …', references })
}

export function index(name: string, columns: (string | null)[], more: Partial<ModelIndex> = {}): ModelIndex {
  return {
    oid: next++,
    name,
    definition: 'USING btree (…)',
    method: 'btree',
    unique: false,
    columns,
    expressions: [],
    predicate: null,
    valid: true,
    comment: null,
    needs: [],
    ...more,
  }
}

export function partition(schema: string, name: string, more: Partial<ModelPartition> = {}): ModelPartition {
  return {
    oid: next++,
    schema,
    name,
    bound: 'DEFAULT',
    partitionBy: null,
    server: null,
    unlogged: false,
    comment: null,
    rowEstimate: null,
    readable: true,
    columns: [],
    constraints: [],
    indexes: [],
    partitions: [],
    ...more,
  }
}

export function model(parts: Partial<Model>): Model {
  const schemas = new Set([...(parts.tables ?? []), ...(parts.views ?? [])].map(({ schema }) => schema))
  return {
    format: 'pgsteward.model',
    version: 1,
    readAt: '2026-01-01T00:00:00.000Z',
    serverVersion: 180_004,
    database: 'clinic',
    origin: 'cluster/clinic',
    notes: [],
    schemas: [...schemas].map((name, at) => ({ oid: 10_000 + at, name, comment: null, readable: true })),
    extensions: [],
    types: [],
    sequences: [],
    routines: [],
    tables: [],
    views: [],
    ...parts,
  }
}
