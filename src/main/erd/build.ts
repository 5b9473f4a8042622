import type { z } from 'zod'
import {
  keyOf,
  type ModelColumn,
  type ModelConstraint,
  type ModelIndex,
  type ModelPartition,
  type ModelSequence,
  type ModelTable,
  type ModelType,
  type ModelView,
  type Qualified,
} from '../../core/erd/model.ts'
import type { Dependencies } from './dependencies.ts'
import type * as rows from './rows.ts'

type Row<Shape extends z.ZodType> = z.output<Shape>
type Relation = Row<typeof rows.relationRow>

/** The rows of a database, before they are put together. */
export interface Parts {
  relations: Relation[]
  columns: Row<typeof rows.columnRow>[]
  partitionColumns: Row<typeof rows.partitionColumnRow>[]
  /** Of partitions that have something of their own which names columns. */
  partitionNames: Row<typeof rows.columnNameRow>[]
  constraints: Row<typeof rows.constraintRow>[]
  indexes: Row<typeof rows.indexRow>[]
  /** The queries of views by oid. */
  views: ReadonlyMap<number, string | null>
  types: Row<typeof rows.typeRow>[]
  sequences: Row<typeof rows.sequenceRow>[]
  sensitivity: Row<typeof rows.sensitivityRow>[]
}

/** Puts tables, views, types and sequences together. What stands on something that is not known is left out. */
export class Build {
  readonly #parts: Parts
  readonly #dependencies: Dependencies
  readonly #relations: ReadonlyMap<number, Relation>
  readonly #columns: ReadonlyMap<number, Row<typeof rows.columnRow>[]>
  readonly #partitionColumns: ReadonlyMap<number, Row<typeof rows.partitionColumnRow>[]>
  readonly #constraints: ReadonlyMap<number, Row<typeof rows.constraintRow>[]>
  readonly #indexes: ReadonlyMap<number, Row<typeof rows.indexRow>[]>
  /** By relation, by number. */
  readonly #names = new Map<number, Map<number, string>>()
  readonly #children: ReadonlyMap<number, Relation[]>
  /** By table, then by column; the table's own under null. */
  readonly #sensitivity = new Map<string, Map<string | null, string>>()

  constructor(parts: Parts, dependencies: Dependencies) {
    this.#parts = parts
    this.#dependencies = dependencies
    this.#relations = new Map(parts.relations.map((relation) => [relation.oid, relation]))
    this.#columns = Map.groupBy(parts.columns, ({ relation }) => relation)
    this.#partitionColumns = Map.groupBy(parts.partitionColumns, ({ relation }) => relation)
    this.#constraints = Map.groupBy(parts.constraints, ({ relation }) => relation)
    this.#indexes = Map.groupBy(parts.indexes, ({ relation }) => relation)
    for (const { relation, number, name } of [...parts.columns, ...parts.partitionNames]) {
      const names = this.#names.get(relation) ?? new Map<number, string>()
      this.#names.set(relation, names.set(number, name))
    }
    this.#children = Map.groupBy(
      parts.relations.filter(({ partitionOf }) => partitionOf !== null),
      ({ partitionOf }) => partitionOf ?? 0,
    )
    for (const { column, classification, tags, ...name } of parts.sensitivity) {
      const said = [classification, tags.join(', ')].filter(Boolean).join(' · ')
      const ofTable = this.#sensitivity.get(keyOf(name)) ?? new Map<string | null, string>()
      this.#sensitivity.set(keyOf(name), ofTable.set(column, said))
    }
  }

  tables(): ModelTable[] {
    const isTable = ({ kind, partitionOf }: Relation) => 'rpf'.includes(kind) && partitionOf === null
    return this.#parts.relations.filter(isTable).map((relation) => {
      const { oid, schema, name, comment, unlogged, rowEstimate, readable, partitionBy, server } = relation
      const columns = this.#columnsOf(relation)
      return {
        oid,
        schema,
        name,
        kind: relation.kind === 'p' ? 'partitioned table' : relation.kind === 'f' ? 'foreign table' : 'table',
        comment,
        sensitivity: this.#sensitivityOf(relation, null),
        unlogged,
        rowEstimate,
        readable,
        columns,
        constraints: this.#constraintsOf(oid),
        indexes: this.#indexesOf(oid),
        inherits: (relation.inherits ?? []).flatMap((parent) => named(this.#relations.get(parent))),
        partitionBy,
        partitions: this.#partitionsOf(oid),
        server,
        needs: this.#dependencies.of('relation', oid),
      }
    })
  }

  views(): ModelView[] {
    return this.#parts.relations
      .filter(({ kind }) => kind === 'v' || kind === 'm')
      .map((relation) => {
        const { oid, schema, name, kind, options, comment, rowEstimate, readable } = relation
        return {
          oid,
          schema,
          name,
          kind: kind === 'v' ? 'view' : 'materialized view',
          definition: this.#parts.views.get(oid) ?? null,
          // Storage settings of a materialized view are no part of what it is.
          options: kind === 'v' ? (options ?? []).toSorted() : [],
          comment,
          sensitivity: this.#sensitivityOf(relation, null),
          rowEstimate,
          readable,
          columns: (this.#columns.get(oid) ?? []).map((column) => ({
            number: column.number,
            name: column.name,
            type: column.type,
            comment: column.comment,
            sensitivity: this.#sensitivityOf(relation, column.name),
          })),
          indexes: this.#indexesOf(oid),
          needs: this.#dependencies.of('relation', oid),
        }
      })
  }

  /** Without those of extensions, row types and arrays. */
  types(): ModelType[] {
    return this.#parts.types.flatMap((row): ModelType[] => {
      if (row.ofExtension || row.isArray) return []
      const { oid, schema, name, comment, baseType, collation } = row
      const base = { oid, schema, name, comment, needs: this.#dependencies.of('type', oid) }
      switch (row.kind) {
        case 'e':
          return [{ ...base, kind: 'enum', labels: row.labels ?? [] }]
        case 'd': {
          const { notNull, default: expression, constraints } = row
          const more = { type: baseType ?? '', collation, notNull, default: expression, constraints: constraints ?? [] }
          return [{ ...base, kind: 'domain', ...more }]
        }
        case 'c':
          return row.relationKind === 'c' ? [{ ...base, kind: 'composite', attributes: row.attributes ?? [] }] : []
        case 'r':
          return [{ ...base, kind: 'range', subtype: baseType ?? '', options: rangeOptions(row) }]
        default:
          return []
      }
    })
  }

  sequences(): ModelSequence[] {
    return this.#parts.sequences.map(({ ownerRelation, ownerColumn, identity, ...sequence }) => {
      const [table] = named(this.#relations.get(ownerRelation ?? 0))
      const [column] = this.#namesOf(ownerRelation ?? 0, [ownerColumn ?? 0])
      const isOwned = table !== undefined && column !== undefined
      return { ...sequence, owner: isOwned ? { ...table, column, identity: identity === true } : null }
    })
  }

  #columnsOf(relation: Relation): ModelColumn[] {
    return (this.#columns.get(relation.oid) ?? []).map(({ relation: oid, typeOid, ...column }) => {
      const type = this.#dependencies.typeOf(typeOid)
      return {
        ...column,
        typeName: type === null ? null : { schema: type.schema, name: type.name },
        sensitivity: this.#sensitivityOf(relation, column.name),
        needs: this.#dependencies.of('default', oid, column.number),
      }
    })
  }

  #partitionsOf(oid: number): ModelPartition[] {
    return (this.#children.get(oid) ?? []).map((partition) => ({
      oid: partition.oid,
      schema: partition.schema,
      name: partition.name,
      bound: partition.bound ?? 'DEFAULT',
      partitionBy: partition.partitionBy,
      server: partition.server,
      unlogged: partition.unlogged,
      comment: partition.comment,
      rowEstimate: partition.rowEstimate,
      readable: partition.readable,
      columns: (this.#partitionColumns.get(partition.oid) ?? []).map(({ relation, number, ...column }) => ({
        ...column,
        needs: this.#dependencies.of('default', relation, number),
      })),
      constraints: this.#constraintsOf(partition.oid),
      indexes: this.#indexesOf(partition.oid),
      partitions: this.#partitionsOf(partition.oid),
    }))
  }

  #constraintsOf(oid: number): ModelConstraint[] {
    return (this.#constraints.get(oid) ?? []).map((row) => {
      const to = this.#relations.get(row.toRelation ?? 0)
      return {
        oid: row.oid,
        name: row.name,
        kind: constraintKinds[row.kind],
        definition: row.definition,
        columns: this.#namesOf(oid, row.columns),
        references:
          to === undefined
            ? null
            : {
                schema: to.schema,
                name: to.name,
                columns: this.#namesOf(to.oid, row.toColumns),
                match: matches.get(row.match) ?? 'simple',
                onUpdate: actions.get(row.onUpdate) ?? 'no action',
                onDelete: actions.get(row.onDelete) ?? 'no action',
              },
        deferrable: !row.deferrable ? 'no' : row.deferred ? 'initially deferred' : 'initially immediate',
        valid: row.valid,
        comment: row.comment,
        needs: this.#dependencies.of('constraint', oid, row.oid),
      }
    })
  }

  #indexesOf(relation: number): ModelIndex[] {
    return (this.#indexes.get(relation) ?? []).map(({ relation: _, columns, keys, ...index }) => ({
      ...index,
      columns: (columns ?? []).map((number) => this.#names.get(relation)?.get(number) ?? null),
      expressions: (columns ?? []).flatMap((number, at) => (number === 0 ? (keys?.[at] ?? []) : [])),
      needs: this.#dependencies.of('index', relation, index.oid),
    }))
  }

  #namesOf(oid: number, numbers: readonly number[] | null): string[] {
    const names = this.#names.get(oid)
    return (numbers ?? []).flatMap((number) => names?.get(number) ?? [])
  }

  /** A column is as sensitive as its table where nothing is said of it. */
  #sensitivityOf(relation: Qualified, column: string | null): string | null {
    if (this.#sensitivity.size === 0) return null
    const said = this.#sensitivity.get(keyOf({ schema: relation.schema, name: relation.name }))
    return said?.get(column) ?? said?.get(null) ?? null
  }
}

const constraintKinds = { p: 'primary key', u: 'unique', c: 'check', x: 'exclusion', f: 'foreign key' } as const
const matches = new Map<string, 'simple' | 'full' | 'partial'>([
  ['s', 'simple'],
  ['f', 'full'],
  ['p', 'partial'],
])
const actions = new Map<string, 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'>([
  ['a', 'no action'],
  ['r', 'restrict'],
  ['c', 'cascade'],
  ['n', 'set null'],
  ['d', 'set default'],
])

function named(relation: Relation | undefined): Qualified[] {
  return relation === undefined ? [] : [{ schema: relation.schema, name: relation.name }]
}

function rangeOptions({
  operatorClass,
  collation,
  canonical,
  difference,
  multirange,
}: Row<typeof rows.typeRow>): string[] {
  const options: [string, string | null][] = [
    ['subtype_opclass', operatorClass],
    ['collation', collation],
    ['canonical', canonical],
    ['subtype_diff', difference],
    ['multirange_type_name', multirange],
  ]
  return options.flatMap(([name, value]) => (value === null ? [] : `${name} = ${value}`))
}
