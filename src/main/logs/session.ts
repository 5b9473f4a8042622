import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { Database } from '../connections/index.ts'
import { cancelBackend } from '../postgres/cancel.ts'
import { endSession } from '../postgres/session.ts'
import { eventColumns } from './copyRow.ts'
import { type Batch, type KnownLog, knownLog } from './protocol.ts'

/** Shows in `application_name`. */
const purpose = 'logs'

/** Settings that owe nothing to the role's or the database's. */
const settings = `
  set statement_timeout = 0;
  set lock_timeout = 0;
  set idle_in_transaction_session_timeout = 0;
  set datestyle = 'ISO, YMD';
  set timezone = 'UTC';
  set standard_conforming_strings = on`

/** How often a lock that somebody else holds is tried again, and a server that is gone, in milliseconds. */
const lockRestMs = 1_000
const firstRestMs = 500
const longestRestMs = 10_000
/** Together about a minute: a restart takes less. */
const mostAttempts = 10

const lockRow = z.object({ locked: z.literal(['t', 'f']) })
const pidRow = z.object({ pid: z.string() })
const logRow = z.object({ log: z.string() })
const fileRow = z.object({ file: z.string() })

/** What an import is told while it goes on. */
export interface SessionEvents {
  waiting(): void
  reconnecting(attempt: number, most: number): void
  /** Neither of these holds any more. */
  connected(): void
}

/** Commits the parts of one log. While it is open, nobody else imports the same one. */
export class ImportSession {
  readonly #database: Database
  /** SHA-256 of the log's first line, in hexadecimal. */
  readonly #head: string
  readonly #signal: AbortSignal
  readonly #events: SessionEvents
  #client: pg.Client | null = null
  #pid = 0

  private constructor(database: Database, head: string, signal: AbortSignal, events: SessionEvents) {
    this.#database = database
    this.#head = head
    this.#signal = signal
    this.#events = events
  }

  static async open(
    database: Database,
    head: string,
    signal: AbortSignal,
    events: SessionEvents,
  ): Promise<ImportSession> {
    const session = new ImportSession(database, head, signal, events)
    try {
      await session.#connect()
      return session
    } catch (thrown) {
      await session.close()
      throw thrown
    }
  }

  /** The logs that begin with the same line. */
  async known(): Promise<KnownLog[]> {
    const { rows } = await this.#query(
      `select pg_catalog.json_build_object(
         'file_id', k.file_id, 'start_bytes', k.start_bytes, 'start_hash', pg_catalog.encode(k.start_hash, 'hex'),
         'format', k.format, 'prefix', k.prefix, 'time_zone', k.time_zone, 'to_offset', k.to_offset, 'is_end', k.is_end,
         'state', k.state, 'ends', k.ends,
         'hashes', array(select pg_catalog.encode(h.hash, 'hex') from unnest(k.hashes) with ordinality h (hash, place) order by h.place)
       )::text as log
       from script_tracking.known_logs(pg_catalog.decode($1, 'hex')) k`,
      [this.#head],
    )
    return rows.map((row) => knownLog.parse(JSON.parse(logRow.parse(row).log)))
  }

  async register(
    start: { bytes: number; hash: string },
    manner: { format: string; prefix: string; timeZone: string | null },
  ): Promise<number> {
    const { rows } = await this.#query(
      `select script_tracking.register_log(pg_catalog.decode($1, 'hex'), $2, pg_catalog.decode($3, 'hex'), $4, $5, $6)::text as file`,
      [this.#head, start.bytes, start.hash, manner.format, manner.prefix, manner.timeZone],
    )
    return Number(fileRow.parse(rows[0]).file)
  }

  /** Commits a part, whole or not at all. A connection that is lost meanwhile is made again, and the part sent again. */
  async commit(file: number, batch: Batch, name: string, operation: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (attempt > 0) {
          await this.#connect()
          if (await this.#isCommitted(file, batch)) return
        }
        await this.#commitOnce(file, batch, name, operation)
        return
      } catch (thrown) {
        this.#signal.throwIfAborted()
        if (!isLoss(thrown) || attempt >= mostAttempts) throw thrown
        await this.#drop()
        this.#events.reconnecting(attempt + 1, mostAttempts)
        await sleep(Math.min(longestRestMs, firstRestMs * 2 ** attempt), undefined, { signal: this.#signal })
      }
    }
  }

  async close(): Promise<void> {
    await this.#drop()
  }

  async #connect(): Promise<void> {
    const client = await this.#database.connect(purpose)
    this.#client = client
    client.on('error', () => {}) // The query that it cuts says so.
    const { rows } = await client.query('select pg_catalog.pg_backend_pid()::text as pid')
    this.#pid = Number(pidRow.parse(rows[0]).pid)
    await client.query(settings)
    await requireFramework(client)
    await this.#lock()
    this.#events.connected()
  }

  /** Held by the session: it is gone with it, however that ends. */
  async #lock(): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      const { rows } = await this.#query(
        `select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('script_tracking.log ' || $1, 0)) as locked`,
        [this.#head],
      )
      if (lockRow.parse(rows[0]).locked === 't') return
      if (isFirst) this.#events.waiting()
      await sleep(lockRestMs, undefined, { signal: this.#signal })
    }
  }

  async #isCommitted(file: number, batch: Batch): Promise<boolean> {
    const known = (await this.known()).find(({ file_id }) => file_id === file)
    const isThere = known?.to_offset === batch.to && known.is_end === batch.isEnd
    // A part without bytes of its own only says that the log ends.
    return isThere && (batch.to > batch.from || batch.isEnd)
  }

  async #commitOnce(file: number, batch: Batch, name: string, operation: string): Promise<void> {
    // On its own, because a month that is made locks the table until its transaction ends.
    if (batch.months.length > 0) await this.#makeMonths(batch.months)
    await this.#query('begin')
    try {
      await this.#query('select script_tracking.open_log_batch($1, $2)', [file, batch.from])
      if (batch.rows.length > 0) await this.#copy('imported_event', batch.rows)
      await this.#query(
        `select script_tracking.commit_log_batch(
           $1, $2, $3, pg_catalog.decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
        [
          file,
          batch.from,
          batch.to,
          batch.hash,
          batch.isEnd,
          batch.state,
          JSON.stringify(batch.open),
          refusalsOf(batch.openRefusals),
          JSON.stringify(batch.openStatements),
          name,
          batch.first,
          batch.last,
          JSON.stringify(batch.counts),
          operation,
          batch.fingerprints,
          batch.statements,
          refusalsOf(batch.refusals),
        ],
      )
      if (batch.tail.length > 0) await this.#copy('imported_tail', batch.tail)
      await this.#query('commit')
    } catch (thrown) {
      // A session that is cut has rolled back by itself; what the caller is told is why.
      await this.#client?.query('rollback').catch(() => undefined)
      throw thrown
    }
  }

  /** Waits for its turn: it has to come between two transactions of others. */
  async #makeMonths(months: readonly string[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#query('select script_tracking.make_log_months($1)', [months])
        return
      } catch (thrown) {
        if (toFault(thrown).sqlstate !== '55P03' || attempt >= 60) throw thrown
      }
    }
  }

  async #copy(table: 'imported_event' | 'imported_tail', rows: readonly Uint8Array[]): Promise<void> {
    const client = this.#open()
    await this.#cancellable(async () => {
      const stream = client.query(copyFrom(`copy script_tracking.${table} (${eventColumns.join(', ')}) from stdin`))
      await pipeline(Readable.from(rows), stream)
    })
  }

  #query(sql: string, values?: unknown[]): Promise<pg.QueryResult> {
    const client = this.#open()
    return this.#cancellable(() => client.query(sql, values))
  }

  #open(): pg.Client {
    if (this.#client === null) throw new Failure({ code: 'connection_lost', message: 'The connection was lost.' })
    return this.#client
  }

  /** What the server is doing is cancelled there when the import is. */
  async #cancellable<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted()
    const pid = this.#pid
    const cancel = (): void => {
      // Where even this fails, the work goes on to its end, and the import ends there.
      cancelBackend(() => this.#database.connect(purpose), pid).catch(() => undefined)
    }
    this.#signal.addEventListener('abort', cancel, { once: true })
    try {
      return await work()
    } finally {
      this.#signal.removeEventListener('abort', cancel)
    }
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = null
    if (client !== null) await endSession(client).catch(() => undefined)
  }
}

function refusalsOf(refusals: Batch['refusals']): string {
  return JSON.stringify(
    refusals.map(({ offset, line, reason, text }) => ({ byte_offset: offset, line, reason, beginning: text })),
  )
}

const presentRow = z.object({ present: z.literal(['t', 'f']) })

async function requireFramework(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "select pg_catalog.to_regprocedure('script_tracking.known_logs(bytea)') is not null as present",
  )
  if (presentRow.parse(rows[0]).present === 't') return
  throw new Failure({
    code: 'refused',
    message:
      'This database has no place for logs yet: the tracking framework is not installed in it, or is an older one.',
    hint: 'Install it, or bring it up to date: pgsteward framework install',
  })
}

const knownRow = z.object({ files: z.string() })

/** The logs that begin with the same line; null where this role may not import, or the database keeps no logs. */
export async function knownFiles(database: Database, head: string): Promise<number[] | null> {
  const present = await database.query(
    `select coalesce(pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('script_tracking.known_logs(bytea)'), 'execute'), false)::text as files`,
  )
  if (knownRow.parse(present.rows[0]).files !== 'true') return null
  const { rows } = await database.query(
    `select coalesce(pg_catalog.json_agg(k.file_id), '[]')::text as files from script_tracking.known_logs(pg_catalog.decode($1, 'hex')) k`,
    [head],
  )
  return z.array(z.int()).parse(JSON.parse(knownRow.parse(rows[0]).files))
}

/** The server, or the way to it, has gone: it may come back. */
function isLoss(thrown: unknown): boolean {
  const { code, sqlstate, message } = toFault(thrown)
  if (sqlstate !== undefined) return sqlstate.startsWith('08') || ['57P01', '57P02', '57P03'].includes(sqlstate)
  return (
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ENOENT',
      'connection_lost',
      'ERR_STREAM_PREMATURE_CLOSE',
    ].includes(code) || /^Connection terminated|^Client has encountered a connection error/.test(message)
  )
}
