import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import { reasonsShape } from '../reasons.ts'

/** What is said of one seal, by the server or by a check of a file. */
export interface SealVerdict {
  number: number
  /** ISO 8601 in UTC; null where the seal itself is missing. */
  at: string | null
  /** How many rows it covers; null where the seal is missing. */
  rows: number | null
  /** 64 hexadecimal digits; null where the seal is missing. */
  head: string | null
  /** Null where all that is there of it is right, and months of it are in an archive elsewhere. */
  ok: boolean | null
  /** The `version_number` of the first row that is wrong. */
  wrongVersion: string | null
  problem: string | null
}

export interface KnownSeal {
  number: number
  epoch: number
  /** ISO 8601 in UTC. */
  at: string
  by: string
  rows: number
  /** 64 hexadecimal digits. */
  head: string
}

/** A seal that this machine has seen, and that the server does not have, or has with another head. */
export interface SealFinding {
  number: number
  /** `restored` where the database is known to have been set back or moved since; `tampered` where nothing explains it. */
  kind: 'tampered' | 'restored'
  message: string
}

export interface SealReport {
  /** Rows that were sealed now; 0 where there was nothing new. */
  rows: number
  /** The newest seal; null where nothing was ever sealed. */
  newest: KnownSeal | null
  findings: SealFinding[]
}

export interface VerifyReport {
  seals: SealVerdict[]
  findings: SealFinding[]
}

export interface SealList {
  /** Newest first. */
  seals: KnownSeal[]
  findings: SealFinding[]
}

export interface SealExport {
  exportedTo: string
  seals: number
  /** SHA-256 of the public key that the file is signed with, as hexadecimal digits. */
  signer: string
}

export interface CheckReport {
  kind: 'trail' | 'seals'
  ok: boolean
  seals: SealVerdict[]
  /** Rows of the ledger in the file, and how many of them no seal covers; null for a file of seals. */
  rows: { all: number; unsealed: number } | null
  problems: string[]
  /** Of a file of seals: SHA-256 of the key that signed it. Who that is, the file cannot say. */
  signer: string | null
}

const file = z.string().min(1).max(4096)

export const sealCalls = {
  /** Seals what was recorded since the last seal. */
  seal: call(z.strictObject({ connection: connectionId, ...reasonsShape })).returns<SealReport>(),
  /** Recomputes the seals of a time, or all, and all rows that they cover. It only reads: no connection demands reasons for it. */
  verify: call(
    z.strictObject({
      connection: connectionId,
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional(),
      ...reasonsShape,
    }),
  ).returns<VerifyReport>(),
  seals: call(z.strictObject({ connection: connectionId })).returns<SealList>(),
  /** Writes all seals to a new file, signed with this machine's key. */
  exportSeals: call(
    z.strictObject({
      connection: connectionId,
      /** A path on this machine; a file in the product's own folder when absent. */
      exportTo: file.optional(),
      ...reasonsShape,
    }),
  ).returns<SealExport>(),
  /** Checks an exported trail, or a signed file of seals, without any database. */
  check: call(
    z.strictObject({
      file,
      /** A signed file of seals that the trail must agree with. */
      against: file.optional(),
    }),
  ).returns<CheckReport>(),
}
