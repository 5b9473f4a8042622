import { z } from 'zod'
import type { Database } from '../connections/index.ts'

/** Texts are shown so far; `logs.line` has them whole. */
export const shownCharacters = 2_000

const document = z.object({ document: z.string() })

/** Runs a query whose every row is one JSON document. The shape of a row is that of the SQL beside it. */
export async function documents<T>(
  database: Database,
  shape: z.ZodType<T>,
  sql: string,
  values: unknown[],
): Promise<T[]> {
  const { rows } = await database.query(
    `select pg_catalog.row_to_json(answer)::text as document from (${sql}) answer`,
    values,
  )
  return rows.map((row) => shape.parse(JSON.parse(document.parse(row).document)))
}

/** Conditions and their values, numbered as they come. */
export class Conditions {
  readonly values: unknown[] = []
  readonly #parts: string[] = []

  value(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  add(part: string): void {
    this.#parts.push(part)
  }

  equal(column: string, value: string | number | undefined): void {
    if (value !== undefined) this.add(`${column} = ${this.value(value)}`)
  }

  get where(): string {
    return this.#parts.length === 0 ? '' : `where ${this.#parts.join(' and ')}`
  }
}

/** ISO 8601 in UTC with microseconds; null for a time that the log does not tell. */
export function iso(column: string): string {
  return `case when ${column} > '-infinity' then pg_catalog.to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end`
}

export const nullableText = z.string().nullable()
export const nullableNumber = z.number().nullable()
