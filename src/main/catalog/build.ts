import type { z } from 'zod'
import type { CatalogColumn, CatalogIndex, CatalogRelation, CatalogTrigger } from '../../core/catalog/catalog.ts'
import type { columnRow, constraintRow, defaultRow, indexRow, relationRow, sensitivityRow, triggerRow } from './rows.ts'

type Row<Shape extends z.ZodType> = z.output<Shape>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Draft {
  relation: Omit<
    CatalogRelation,
    'sensitivity' | 'columns' | 'primaryKey' | 'uniqueKeys' | 'foreignKeys' | 'indexes' | 'triggers'
  >
  sensitivity: string | null
  /** By number: dropped columns leave holes in the numbers. */
  columns: Map<number, Mutable<CatalogColumn>>
  primaryKey: number[]
  uniqueKeys: Map<string, number[]>
  foreignKeys: { name: string; columns: number[]; toRelation: number; toColumns: number[] }[]
  indexes: CatalogIndex[]
  triggers: CatalogTrigger[]
}

/** Relations that are made into plain objects before others have their turn. */
const relationsATurn = 1_000

/** Puts relations together from the rows of several queries. Rows of relations that are not known are left out. */
export class RelationsBuilder {
  readonly #byOid = new Map<number, Draft>()
  #byName: Map<string, Draft> | null = null

  relation({ oid, schema, name, kind, comment, partition_of, row_estimate }: Row<typeof relationRow>): void {
    if (kind === null) return
    this.#byOid.set(oid, {
      relation: { oid, schema, name, kind, comment, partitionOf: partition_of, rowEstimate: row_estimate },
      sensitivity: null,
      columns: new Map(),
      primaryKey: [],
      uniqueKeys: new Map(),
      foreignKeys: [],
      indexes: [],
      triggers: [],
    })
  }

  column({ relation, number, name, type, not_null, identity, generated, comment }: Row<typeof columnRow>): void {
    this.#byOid.get(relation)?.columns.set(number, {
      name,
      type,
      notNull: not_null,
      default: null,
      identity,
      generated,
      comment,
      sensitivity: null,
    })
  }

  default({ relation, number, expression }: Row<typeof defaultRow>): void {
    const column = this.#byOid.get(relation)?.columns.get(number)
    if (column !== undefined) column.default = expression
  }

  constraint({ relation, name, kind, columns, to_relation, to_columns }: Row<typeof constraintRow>): void {
    const draft = this.#byOid.get(relation)
    if (draft === undefined || columns === null) return
    if (kind === 'p') draft.primaryKey = columns
    else if (kind === 'u') draft.uniqueKeys.set(columns.join(), columns)
    else draft.foreignKeys.push({ name, columns, toRelation: to_relation, toColumns: to_columns ?? [] })
  }

  index({ relation, oid, name, is_unique, is_primary, valid, unique_columns }: Row<typeof indexRow>): void {
    const draft = this.#byOid.get(relation)
    if (draft === undefined) return
    draft.indexes.push({ oid, name, unique: is_unique, primary: is_primary, valid })
    // An index that could not be built keeps nothing unique; 0 stands for an expression.
    if (unique_columns === null || is_primary || !valid || unique_columns.includes(0)) return
    draft.uniqueKeys.set(unique_columns.join(), unique_columns)
  }

  trigger({ relation, oid, name, enabled }: Row<typeof triggerRow>): void {
    this.#byOid.get(relation)?.triggers.push({ oid, name, enabled })
  }

  sensitivity({ schema, name, column, classification, tags }: Row<typeof sensitivityRow>): void {
    this.#byName ??= new Map([...this.#byOid.values()].map((each) => [keyOf(each.relation), each]))
    const draft = this.#byName.get(keyOf({ schema, name }))
    if (draft === undefined) return
    const said = [classification, tags.join(', ')].filter(Boolean).join(' · ')
    if (column === null) draft.sensitivity = said
    for (const each of draft.columns.values()) if (each.name === column) each.sensitivity = said
  }

  /** In the order in which the relations came. Columns are as sensitive as their table where nothing is said of them. */
  async finish(turn: () => Promise<void>): Promise<CatalogRelation[]> {
    const finished: CatalogRelation[] = []
    for (const draft of this.#byOid.values()) {
      finished.push(relationOf(draft, this.#byOid))
      if (finished.length % relationsATurn === 0) await turn()
    }
    return finished
  }
}

function relationOf(draft: Draft, byOid: ReadonlyMap<number, Draft>): CatalogRelation {
  const { relation, sensitivity, columns, primaryKey, uniqueKeys, foreignKeys, indexes, triggers } = draft
  for (const column of columns.values()) column.sensitivity ??= sensitivity
  const key = primaryKey.join()
  return {
    ...relation,
    sensitivity,
    columns: [...columns.values()],
    primaryKey: namesOf(draft, primaryKey),
    uniqueKeys: [...uniqueKeys].filter(([of]) => of !== key).map(([, numbers]) => namesOf(draft, numbers)),
    foreignKeys: foreignKeys.map((key) => ({
      name: key.name,
      columns: namesOf(draft, key.columns),
      toRelation: key.toRelation,
      toColumns: namesOf(byOid.get(key.toRelation), key.toColumns),
    })),
    indexes,
    triggers,
  }
}

function namesOf(draft: Draft | undefined, numbers: readonly number[]): string[] {
  return numbers.flatMap((number) => draft?.columns.get(number)?.name ?? [])
}

function keyOf({ schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([schema, name])
}
