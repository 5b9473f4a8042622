import { z } from 'zod'

const texts = z.record(z.string(), z.string().nullable())
/** A seal with every value in PostgreSQL's text form. Numbers stay text, since they have up to 64 bits. */
export const sealShape = z.object({
  seal_number: z.string(),
  epoch: z.string(),
  sealed_at: z.string(),
  sealed_by: z.string(),
  ledger_snapshot: z.string(),
  row_count: z.string(),
  merkle_root: z.string(),
  system_identifier: z.string(),
  timeline: z.string(),
  database_oid: z.string(),
  database_name: z.string(),
  previous_head: z.string().nullable(),
  head: z.string(),
})
const section = z.object({ seal_number: z.string(), month: z.string(), row_count: z.string(), merkle_root: z.string() })
const block = z.object({
  seal_number: z.string(),
  month: z.string(),
  block: z.string(),
  /** `{1,2,3}` */
  versions: z.string(),
})
const text = z.object({ hash: z.string(), recorded_at: z.string(), body: z.string() })
const archive = z.object({
  month: z.string(),
  is_here: z.enum(['true', 'false']),
  recorded_at: z.string(),
  recorded_by: z.string(),
  row_count: z.string(),
  file_hash: z.string().nullable(),
})
const place = z.object({
  system_identifier: z.string(),
  timeline: z.string(),
  database_oid: z.string(),
  database_name: z.string(),
  /** The transactions that had ended when the file was written. */
  ledger_snapshot: z.string(),
  /** SQL_ASCII: each byte of a text stands as the character of that number. */
  encoding: z.string().optional(),
})
export type Archive = z.output<typeof archive>
export type Place = z.output<typeof place>
export type Text = z.output<typeof text>
export type Section = z.output<typeof section>
export type Block = z.output<typeof block>

const line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('place'), row: place }),
  z.object({ kind: z.literal('file'), row: z.json() }),
  z.object({ kind: z.literal('error'), row: z.json() }),
  z.object({ kind: z.literal('state'), row: texts }),
  z.object({ kind: z.literal('text'), row: text }),
  z.object({ kind: z.literal('seal'), row: sealShape }),
  z.object({ kind: z.literal('section'), row: section }),
  z.object({ kind: z.literal('block'), row: block }),
  z.object({ kind: z.literal('archive'), row: archive }),
  z.object({ kind: z.literal('row'), table: z.string(), row: z.json() }),
])

/** One line of an exported trail. Values are text in PostgreSQL's own form, so that none loses a digit. */
export type TrailLine = z.output<typeof line>

/** @throws SyntaxError or ZodError where it is no line of a trail */
export function trailLine(json: string): TrailLine {
  return line.parse(JSON.parse(json))
}

/** `2026-11` of `2026-11-01` */
export function monthOfDate(date: string): string {
  return date.slice(0, -3)
}

/** The numbers of `{1,2,3}`. */
export function versionsOf(array: string): string[] {
  return array.match(/-?\d+/g) ?? []
}

/** Whether a snapshot `xmin:xmax:running,…` lists a transaction among the running ones. */
export function wasRunning(transaction: bigint, snapshot: string): boolean {
  return (snapshot.split(':')[2] ?? '').split(',').includes(String(transaction))
}

/** Whether a transaction had ended, by a snapshot `xmin:xmax:running,…`. */
export function hadEnded(transaction: bigint, snapshot: string): boolean {
  const [lowest = '0', next = '0'] = snapshot.split(':')
  if (transaction < BigInt(lowest)) return true
  return transaction < BigInt(next) && !wasRunning(transaction, snapshot)
}
