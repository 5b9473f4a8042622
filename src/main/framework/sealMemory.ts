import { z } from 'zod'
import type { SealFinding } from '../../core/seal/contract.ts'
import type { Cache } from '../cache/open.ts'

/** A seal as the server has it. */
export interface ServerSeal {
  number: number
  epoch: number
  timeline: number
  databaseOid: string
  at: string
  by: string
  rows: number
  head: string
}

/** Where the database is now: a restore or a promotion changes one of these. */
export interface Place {
  timeline: number
  databaseOid: string
}

const known = z.object({
  number: z.int(),
  head: z.string(),
  timeline: z.int(),
  database_oid: z.string(),
  seen_at: z.string(),
})

export interface SealMemory {
  /** Compares what the server shows with what was seen before, then remembers what it shows. */
  meet(identity: string, seals: readonly ServerSeal[], place: Place): SealFinding[]
}

/** Remembers the heads that this machine has seen: a superuser of the server has no hand in them. */
export function createSealMemory(cache: Cache): SealMemory {
  const knownSeals = cache.query(
    'select number, head, timeline, database_oid, seen_at from known_seal where identity = ? order by number, seen_at',
    known,
  )
  const remember = cache.db.prepare(
    `insert into known_seal (identity, number, head, epoch, timeline, database_oid, sealed_at, seen_at)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  return {
    meet: (identity, seals, place) =>
      cache.transaction(() => {
        const shown = new Map(seals.map((seal) => [seal.number, seal]))
        const findings = knownSeals
          .all(identity)
          .flatMap((seen) =>
            shown.get(seen.number)?.head === seen.head ? [] : [findingOf(seen, shown.get(seen.number), place)],
          )
        const now = new Date().toISOString()
        for (const seal of seals) {
          remember.run(identity, seal.number, seal.head, seal.epoch, seal.timeline, seal.databaseOid, seal.at, now)
        }
        return findings
      }),
  }
}

function findingOf(seen: z.output<typeof known>, shown: ServerSeal | undefined, place: Place): SealFinding {
  const what =
    shown === undefined
      ? `Seal ${seen.number} was here on ${seen.seen_at.slice(0, 16)}Z with the head ${seen.head.slice(0, 16)}…, and is not any more.`
      : `Seal ${seen.number} had the head ${seen.head.slice(0, 16)}… on ${seen.seen_at.slice(0, 16)}Z, and has ${shown.head.slice(0, 16)}… now.`
  if (place.timeline !== seen.timeline || place.databaseOid !== seen.database_oid) {
    return {
      number: seen.number,
      kind: 'restored',
      message: `${what} The database was restored, or a replica promoted, since that seal was made: what was sealed in it and is not here was lost or undone by that.`,
    }
  }
  return {
    number: seen.number,
    kind: 'tampered',
    message: `${what} The server shows no restore that would explain it: its seals were rewritten.`,
  }
}
