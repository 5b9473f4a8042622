import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import type { LogEnough, LogSource, LogUpload } from '../../core/logs/contract.ts'
import type { Database } from '../connections/index.ts'
import type { Host } from '../host.ts'
import { endSession } from '../postgres/session.ts'
import { findFile } from './localFile.ts'
import { comparedBytes, replaced } from './sameLog.ts'

/** A log as it lies somewhere, packed or not. */
export interface PackedLog {
  /** Without its folder. */
  readonly name: string
  /** As it is packed; null where nobody knows. */
  readonly bytes: number | null
  /** When it was last written to, ISO 8601, UTC; null where nobody knows. */
  readonly writtenBy: string | null
  /** Where a thread of this machine can open it itself. */
  readonly path: string | null
  /** Its bytes from the beginning, as often as they are wanted: all, or the first ones. */
  open(signal: AbortSignal, bytes: number | null): AsyncIterable<Uint8Array>
}

interface Surroundings {
  host: Pick<Host, 'receiveFile' | 'takesPaths'>
  /** Paths that a person has picked, by the id that the window knows. */
  picked: ReadonlyMap<string, string>
  database(connection: string): Database
  /** Asks the window for the bytes, and tells it when it has sent enough of them. */
  ask(upload: LogUpload | LogEnough): void
}

export async function findLog(source: LogSource, surroundings: Surroundings): Promise<PackedLog> {
  switch (source.kind) {
    case 'path':
      if (surroundings.host.takesPaths !== true) throw notByPath()
      return await atPath(source.path)
    case 'picked': {
      const path = surroundings.picked.get(source.id)
      if (path === undefined) throw new Failure({ code: 'not_found', message: 'Choose the file again.' })
      return await atPath(path)
    }
    case 'upload':
      return uploaded(source, surroundings)
    case 'server':
      return await atServer(source.name, surroundings.database(source.connection))
  }
}

async function atPath(path: string): Promise<PackedLog> {
  const found = await findFile(path)
  return {
    name: basename(path),
    bytes: found.size,
    writtenBy: found.mtime.toISOString(),
    path,
    open: (signal) => createReadStream(path, { highWaterMark: 131_072, signal }),
  }
}

function uploaded(
  { name, size, modified }: Extract<LogSource, { kind: 'upload' }>,
  { host, ask }: Surroundings,
): PackedLog {
  return {
    name: basename(name),
    bytes: size,
    writtenBy: modified === undefined ? null : new Date(modified).toISOString(),
    path: null,
    open: async function* (signal, bytes) {
      if (host.receiveFile === undefined)
        throw new Failure({ code: 'unsupported', message: 'No window can send files here.' })
      const { url, body } = host.receiveFile(signal)
      ask({ kind: 'upload', url, bytes })
      let isWhole = false
      try {
        yield* await body
        isWhole = true
      } finally {
        if (!isWhole) ask({ kind: 'enough', url })
      }
    },
  }
}

/** What is asked for at once of a file at the server. */
const pieceBytes = 1_048_576

const fileRow = z.object({ size: z.string(), written: z.string() })
const pieceRow = z.object({ piece: z.string().nullable(), beginning: z.string().nullable() })

/** Folder and name of one of the server's log files, whatever the name: it has to be one that the server lists. */
const listedFile = `
  select pg_catalog.rtrim(pg_catalog.current_setting('log_directory'), '/') || '/' || l.name
  from pg_catalog.pg_ls_logdir() l
  where l.name = $1`

async function atServer(name: string, database: Database): Promise<PackedLog> {
  const { rows } = await database.query(
    `select l.size::text as size, pg_catalog.to_char(l.modification at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as written
    from pg_catalog.pg_ls_logdir() l
    where l.name = $1`,
    [name],
  )
  const [row] = rows
  if (row === undefined) throw new Failure({ code: 'not_found', message: `The server has no log file ${name}.` })
  const { size, written } = fileRow.parse(row)
  return {
    name,
    bytes: Number(size),
    writtenBy: written,
    path: null,
    open: async function* (signal) {
      const client = await database.connect('logs')
      client.on('error', () => {}) // The query that it cuts says so.
      try {
        let beginning: Buffer | null = null
        for (let at = 0; ; ) {
          signal.throwIfAborted()
          const read = await pieceOf(client, name, at)
          // A name that comes again, as with log_truncate_on_rotation, is another log.
          beginning ??= read.beginning
          const { piece } = read
          if (!read.beginning.subarray(0, beginning.length).equals(beginning)) throw replaced()
          if (piece.length > 0) yield piece
          // The server may still be writing: what comes later is for the next import.
          if (piece.length < pieceBytes) return
          at += piece.length
        }
      } finally {
        await endSession(client)
      }
    },
  }
}

/** A piece, and what the file begins with after that was read. */
async function pieceOf(client: pg.Client, name: string, at: number): Promise<{ piece: Buffer; beginning: Buffer }> {
  const { rows } = await client.query(
    `select
       pg_catalog.encode(pg_catalog.pg_read_binary_file((${listedFile}), $2, $3, true), 'base64') as piece,
       pg_catalog.encode(pg_catalog.pg_read_binary_file((${listedFile}), 0, $4, true), 'base64') as beginning`,
    [name, at, pieceBytes, comparedBytes],
  )
  const { piece, beginning } = pieceRow.parse(rows[0])
  if (piece === null || beginning === null) {
    throw new Failure({ code: 'not_found', message: `The server has removed its log file ${name}.` })
  }
  return { piece: Buffer.from(piece, 'base64'), beginning: Buffer.from(beginning, 'base64') }
}

function notByPath(): Failure {
  return new Failure({ code: 'refused', message: 'A path can be named on the command line alone: choose the file.' })
}
