import { z } from 'zod'
import { microsecondsOf } from './encode.ts'
import { plainHex } from './head.ts'
import type { Row } from './row.ts'
import { type Archive, monthOfDate } from './trailLine.ts'

const told = z.object({ rows: z.number(), sha256: z.string(), gone_before: z.array(z.string()).optional() })

/** What the trail says of an archived month that was removed. */
export interface Removal {
  month: string
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
 */
export function goneMonths(archive: readonly Archive[], removals: readonly Removal[]): Set<string> {
  const gone = archive.filter(({ is_here }) => is_here === 'false')
  const recorded = gone.flatMap((entry) => removals.find((removal) => isOf(removal, entry)) ?? [])
  const named = new Set(recorded.flatMap(({ month, goneBefore }) => [month, ...goneBefore]))
  return new Set(gone.map(({ month }) => monthOfDate(month)).filter((month) => named.has(month)))
}

function isOf(removal: Removal, entry: Archive): boolean {
  const after = removal.at - microsecondsOf(entry.recorded_at)
  return (
    removal.month === monthOfDate(entry.month) &&
    removal.by === entry.recorded_by &&
    removal.rows === entry.row_count &&
    removal.sha256 === plainHex(entry.file_hash ?? '') &&
    after >= 0n &&
    after < 60_000_000n
  )
}
