import type { z } from 'zod'
import { type BytesOf, hexOf, type Sha256, utf8 } from './bytes.ts'
import { microsecondsOf } from './encode.ts'
import type { sealShape } from './trailLine.ts'

export type Seal = z.output<typeof sealShape>

/** SHA-256 of the seal as text. */
export function headOf(sha256: Sha256, seal: Seal, bytesOf: BytesOf = utf8): Uint8Array {
  const lines = [
    'pgSteward seal 1',
    `number ${seal.seal_number}`,
    `epoch ${seal.epoch}`,
    `at ${isoOf(seal.sealed_at)}`,
    `by ${hexOf(bytesOf(seal.sealed_by))}`,
    `snapshot ${seal.ledger_snapshot}`,
    `rows ${seal.row_count}`,
    `root ${plainHex(seal.merkle_root)}`,
    `system ${seal.system_identifier}`,
    `timeline ${seal.timeline}`,
    `database ${seal.database_oid} ${hexOf(bytesOf(seal.database_name))}`,
    `previous ${seal.previous_head === null ? 'none' : plainHex(seal.previous_head)}`,
  ]
  return sha256(utf8(lines.map((line) => `${line}\n`).join('')))
}

/** What is wrong with a seal by itself or after the one before it, where that is at hand; null where nothing is. */
export function wrongLink(
  sha256: Sha256,
  seal: Seal,
  before: Seal | undefined,
  bytesOf: BytesOf = utf8,
): string | null {
  if (plainHex(seal.head) !== hexOf(headOf(sha256, seal, bytesOf)))
    return 'The seal was changed: its head is not the hash of what it says.'
  const previous = seal.previous_head === null ? null : plainHex(seal.previous_head)
  const isFirst = seal.seal_number === '1'
  if (isFirst ? previous !== null : before !== undefined && plainHex(before.head) !== previous) {
    return 'The seal does not follow the one before it: that one was replaced.'
  }
  return null
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
