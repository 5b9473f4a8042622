import { z } from 'zod'
import { microsecondsOf, monthOf } from './encode.ts'
import { plainHex, type Seal } from './head.ts'
import type { Row } from './row.ts'
import { type Archive, monthOfDate, wasRunning } from './trailLine.ts'

const told = z.object({ rows: z.number(), sha256: z.string(), gone_before: z.array(z.string()).optional() })

/** What the trail says of an archived month that was removed. */
export interface Removal {
  month: string
  /** The row that says so. */
  version: string
  /** The month that this row is of. */
  recordedIn: string
  xid: bigint
  by: string | null
  /** Microseconds since the year 2000, UTC. */
  at: bigint
  rows: string
  sha256: string
  /** Months that had been removed before. */
  goneBefore: string[]
}

/** The removal that a row of the trail records; null where it records none. */
export function removalOf(row: Row): Removal | null {
  const month = /^remove_archived_month\((\d{4,}-\d\d)\)$/.exec(row['script_name'] ?? '')?.[1]
  const isRemoval = row['script_category'] === 'RETENTION' && row['source'] === 'S' && row['status'] === 'C'
  if (month === undefined || !isRemoval) return null
  const { data } = told.safeParse(JSON.parse(row['metadata'] ?? 'null'))
  if (data === undefined) return null
  return {
    month,
    version: row['version_number'] ?? '',
    recordedIn: monthOf(row['recorded_at'] ?? ''),
    xid: BigInt(row['xid'] ?? ''),
    by: row['session_user_name'] ?? null,
    at: microsecondsOf(row['recorded_at'] ?? ''),
    rows: String(data.rows),
    sha256: data.sha256,
    goneBefore: data.gone_before ?? [],
  }
}

/**
 * The months that are elsewhere. The archive alone could be written by whoever deleted a month: the trail has to say so
 * too, of the month itself, or of one that was removed later and names it.
 *
 * @param removals rows that have their hash
 * @param sealOf the number of the seal that covers the row of a removal, undefined where none does
 */
export function goneMonths(
  archive: readonly Archive[],
  removals: readonly Removal[],
  seals: Iterable<Seal>,
  sealOf: (removal: Removal) => number | undefined,
): Set<string> {
  const gone = archive.filter(({ is_here }) => is_here === 'false')
  const all = [...seals]
  const timely = removals.filter((removal) => isTimely(removal, all, sealOf(removal)))
  const recorded = gone.flatMap((entry) => timely.find((removal) => isOf(removal, entry)) ?? [])
  const named = new Set(recorded.flatMap(({ month, goneBefore }) => [month, ...goneBefore]))
  return new Set(gone.map(({ month }) => monthOfDate(month)).filter((month) => named.has(month)))
}

/** Room for clocks that were put back, in microseconds. */
const minute = 60_000_000n

/**
 * Sealing and removing wait for each other. So a row that says it is older than a seal which neither covers it nor saw
 * its transaction run was written later than it says.
 */
function isTimely({ at, xid }: Removal, seals: readonly Seal[], sealedBy: number | undefined): boolean {
  return !seals.some(
    (seal) =>
      microsecondsOf(seal.sealed_at) > at + minute &&
      !wasRunning(xid, seal.ledger_snapshot) &&
      (sealedBy === undefined || Number(seal.seal_number) < sealedBy),
  )
}

function isOf(removal: Removal, entry: Archive): boolean {
  const after = removal.at - microsecondsOf(entry.recorded_at)
  return (
    removal.month === monthOfDate(entry.month) &&
    removal.by === entry.recorded_by &&
    removal.rows === entry.row_count &&
    removal.sha256 === plainHex(entry.file_hash ?? '') &&
    after >= 0n &&
    after < minute
  )
}
