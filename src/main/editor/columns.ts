import type pg from 'pg'
import { z } from 'zod'
import type { Column } from '../../core/editor/contract.ts'
import type { Database } from '../connections/index.ts'

const typeRow = z.object({ oid: z.coerce.number(), modifier: z.coerce.number(), name: z.string() })

type Typed = Pick<pg.FieldDef, 'name' | 'dataTypeID' | 'dataTypeModifier'>

/** Names the types of columns, as `format_type` does. Asked for once, over the control connection. */
export class TypeNames {
  readonly #database: Database
  readonly #known = new Map<string, string>()

  constructor(database: Database) {
    this.#database = database
  }

  async columns(fields: readonly Typed[]): Promise<Column[]> {
    const unknown = fields.filter((field) => !this.#known.has(keyOf(field)))
    if (unknown.length > 0) await this.#ask(unknown)
    return fields.map((field) => ({
      name: field.name,
      type: this.#known.get(keyOf(field)) ?? `oid ${field.dataTypeID}`,
      typeOid: field.dataTypeID,
    }))
  }

  /** Names types by their OIDs. */
  async names(oids: readonly number[]): Promise<string[]> {
    const columns = await this.columns(oids.map((dataTypeID) => ({ name: '', dataTypeID, dataTypeModifier: -1 })))
    return columns.map(({ type }) => type)
  }

  async #ask(fields: readonly Typed[]): Promise<void> {
    try {
      const { rows } = await this.#database.query(
        `select asked.oid, asked.modifier, pg_catalog.format_type(asked.oid, nullif(asked.modifier, -1)) as name
         from rows from (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::integer[])) as asked (oid, modifier)
         join pg_catalog.pg_type t on t.oid = asked.oid`,
        [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
      )
      for (const { oid, modifier, name } of z.array(typeRow).parse(rows)) this.#known.set(`${oid} ${modifier}`, name)
    } catch {
      // The control connection is away just now. A result is worth showing without the names of its types.
    }
  }
}

function keyOf(field: Typed): string {
  return `${field.dataTypeID} ${field.dataTypeModifier}`
}
