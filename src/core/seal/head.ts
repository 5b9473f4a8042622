import { hexOf, type Sha256, utf8 } from './bytes.ts'
import { microsecondsOf } from './encode.ts'

/** A seal as it is exported: every value in PostgreSQL's text form. Numbers stay text, since they have up to 64 bits. */
export interface Seal {
  seal_number: string
  epoch: string
  sealed_at: string
  sealed_by: string
  ledger_snapshot: string
  row_count: string
  merkle_root: string
  system_identifier: string
  timeline: string
  database_oid: string
  database_name: string
  previous_head: string | null
  head: string
}

/** SHA-256 of the seal as text. */
export function headOf(sha256: Sha256, seal: Seal): Uint8Array {
  const lines = [
    'pgSteward seal 1',
    `number ${seal.seal_number}`,
    `epoch ${seal.epoch}`,
    `at ${isoOf(seal.sealed_at)}`,
    `by ${hexOf(utf8(seal.sealed_by))}`,
    `snapshot ${seal.ledger_snapshot}`,
    `rows ${seal.row_count}`,
    `root ${plainHex(seal.merkle_root)}`,
    `system ${seal.system_identifier}`,
    `timeline ${seal.timeline}`,
    `database ${seal.database_oid} ${hexOf(utf8(seal.database_name))}`,
    `previous ${seal.previous_head === null ? 'none' : plainHex(seal.previous_head)}`,
  ]
  return sha256(utf8(lines.map((line) => `${line}\n`).join('')))
}

/** `\x00ff` as `00ff`. */
export function plainHex(bytea: string): string {
  return bytea.replace(/^\\x/, '')
}

/** In UTC, with all six digits of the microseconds. */
export function isoOf(timestamp: string): string {
  const microseconds = microsecondsOf(timestamp) + 946_684_800_000_000n
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n
  const whole = new Date(Number((microseconds - fraction) / 1000n)).toISOString()
  return whole.replace(/\.\d+Z$/, `.${String(fraction).padStart(6, '0')}Z`)
}
