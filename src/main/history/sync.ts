import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { executionStatuses } from '../../core/execution.ts'
import type { Cache } from '../cache/open.ts'
import type { Database } from '../connections/index.ts'
import { endSession } from '../postgres/session.ts'
import { openRecorderSession } from './outbox.ts'
import { createStanding } from './standing.ts'
import { keptCharacters, type Outcome, type Store, unknownOutcome } from './store.ts'
import { now, utcOf } from './time.ts'

const pageRows = 1_000
const takenAtOnce = 100

const digits = z.string().regex(/^\d+$/)
const changeRow = z.object({ xid: digits, version_number: digits, horizon: digits, state: z.string() })

/** Null for what is no moment that a calendar here knows, such as `infinity`. */
const time = z.string().transform((text) => {
  try {
    return utcOf(text)
  } catch {
    return null // Another client has said so. One line with a wrong time must not keep the others away.
  }
})
const list = z
  .array(z.string())
  .nullish()
  .transform((items) => items ?? [])

/** A row of the satellite, as `read_changes` gives it. */
const stateShape = z.object({
  execution_key: z.string().transform((key) => key.replace(/^\\x/, '')),
  operation: z.string().nullish(),
  caused_by: z.string().nullish(),
  execution_status: z.enum(executionStatuses),
  execution_timestamp: time,
  load_date: time.nullish(),
  execution_duration_ms: z.coerce.number().nullish(),
  rows_affected: z.coerce.number().nullish(),
  script_name: z.string().nullish(),
  script_type: z.string().nullish(),
  script_category: z.string().nullish(),
  script_content: z.string().nullish(),
  script_hash: z.string().nullish(),
  script_file_path: z.string().nullish(),
  session_user_name: z.string().nullish(),
  application_name: z.string().nullish(),
  error_message: z.string().nullish(),
  error_code: z.string().nullish(),
  related_ticket: z.string().nullish(),
  business_justification: z.string().nullish(),
  objects_created: list,
  objects_modified: list,
  objects_dropped: list,
})
type ServerState = z.output<typeof stateShape>

/**
 * What DDL made of its objects is written down as often as the trail is read: the oftener, the less is known only in
 * part. A replica writes nothing, and a framework of before knows no such call; where it fails, whoever asks for the
 * history is told why.
 */
const recordVersions = `
  do $$
  begin
    if not pg_catalog.pg_is_in_recovery()
      and pg_catalog.to_regprocedure('script_tracking.catch_up_versions()') is not null then
      perform script_tracking.catch_up_versions();
    end if;
  exception when others then
    raise log 'pgSteward could not record object versions: %', sqlerrm;
  end
  $$`

/** What came of asking a server. */
export interface Taken {
  /** States that were new. */
  received: number
  /** When the newest of them was recorded; null where none was new. */
  readTo: string | null
  /** What is missing although all was read that the role may see. */
  limits: string[]
}

/** Takes what the server has recorded since the last time into the cache. */
export function createSync(cache: Cache, store: Store) {
  const { db } = cache
  const standingOf = createStanding(cache)
  const remember = db.prepare(
    `insert into read_position (identity, timeline, since_xid) values (?, ?, ?)
     on conflict (identity, timeline) do update set since_xid = excluded.since_xid`,
  )
  const known = cache.query(
    'select own, position from operation where id = ?',
    z.object({ own: z.int(), position: z.int() }),
  )
  const insertOperation = db.prepare(`
    insert into operation (
      position, id, identity, connection, database, name, type, category, status, started_at, duration_ms, rows, user,
      application, sql, sql_length, sql_hash, ticket, justification, file_path, error_message, error_code, objects,
      caused_by, own
    ) values (
      :position, :id, :identity, :connection, :database, :name, :type, :category, :status, :startedAt, :durationMs,
      :rows, :user, :application, :sql, :sqlLength, :sqlHash, :ticket, :justification, :filePath, :errorMessage,
      :errorCode, :objects, :causedBy, 0
    )`)
  const updateOperation = db.prepare(`
    update operation
    set status = :status, duration_ms = coalesce(:durationMs, duration_ms), rows = coalesce(:rows, rows),
      error_message = coalesce(:errorMessage, error_message), error_code = coalesce(:errorCode, error_code),
      objects = :objects
    where id = :id`)
  const insertState = db.prepare(`
    insert or ignore into operation_state (operation, ordinal, status, at, recorded, outcome)
    values (:operation, :ordinal, :status, :at, 'server', :outcome)`)
  const newest = cache.query(
    'select max(ordinal) = :ordinal as newest from operation_state where operation = :operation',
    z.object({ newest: z.int() }),
  )

  function take(database: Database, version: bigint, state: ServerState): boolean {
    const id = state.operation ?? state.execution_key
    const here = known.get(id)
    // What this machine did it knows from the start, and better; it is shown once.
    if (here?.own === 1) return false
    const isKnown = here !== undefined
    const startedAt = state.execution_timestamp ?? state.load_date ?? now()
    if (!isKnown) {
      insertOperation.run({ ...operationRow(database, id, state), startedAt, position: store.freePosition(startedAt) })
    }
    const inserted = insertState.run({
      operation: id,
      ordinal: version,
      status: state.execution_status,
      at: state.load_date ?? startedAt,
      outcome: JSON.stringify(outcomeOf(state)),
    })
    if (inserted.changes === 0) return false
    if (isKnown && newest.get({ operation: id, ordinal: version })?.newest === 1) {
      const { durationMs, rows, errorMessage, errorCode } = outcomeOf(state)
      updateOperation.run({
        id,
        status: state.execution_status,
        durationMs,
        rows,
        errorMessage,
        errorCode,
        objects: objectsOf(state),
      })
    }
    return true
  }

  return async (database: Database): Promise<Taken> => {
    const { identity } = database
    const client = await openRecorderSession(database)
    try {
      const { timeline, since, limits } = await standingOf(database, client)
      let after = '0'
      let horizon: string | null = null
      let received = 0
      let readTo: string | null = null
      for (;;) {
        const { rows } = await client.query(
          'select xid, version_number, horizon, state from script_tracking.read_changes($1::bigint, $2::bigint, $3::integer)',
          [since, after, pageRows],
        )
        const page = z.array(changeRow).parse(rows)
        // The first page's: what is committed while the others are read will be read again.
        horizon ??= page[0]?.horizon ?? null
        const states = page.map(({ version_number, state }) => ({
          version: BigInt(version_number),
          state: stateShape.parse(JSON.parse(state)),
        }))
        // Some at a time, with rests: the window's own work comes in between.
        for (let at = 0; at < states.length; at += takenAtOnce) {
          cache.transaction(() => {
            for (const { version, state } of states.slice(at, at + takenAtOnce)) {
              if (!take(database, version, state)) continue
              received += 1
              const recordedAt = state.load_date ?? null
              if (recordedAt !== null && (readTo === null || recordedAt > readTo)) readTo = recordedAt
            }
          })
          await turn()
        }
        const last = page.at(-1)
        if (last === undefined || page.length < pageRows) break
        after = last.version_number
      }
      if (horizon !== null) remember.run(identity, timeline, horizon)
      await client.query(recordVersions)
      return { received, readTo, limits }
    } finally {
      await endSession(client)
    }
  }
}

function operationRow(database: Database, id: string, state: ServerState) {
  const sql = state.script_content ?? ''
  const { durationMs, rows, errorMessage, errorCode } = outcomeOf(state)
  return {
    id,
    identity: database.identity,
    connection: database.settings.name,
    database: database.server.database,
    name: state.script_name ?? '',
    type: state.script_type ?? 'MANUAL',
    category: state.script_category ?? 'UNKNOWN',
    status: state.execution_status,
    durationMs,
    rows,
    user: state.session_user_name ?? '',
    application: state.application_name ?? null,
    sql: sql.slice(0, keptCharacters).toWellFormed(),
    sqlLength: sql.length,
    sqlHash: state.script_hash ?? '',
    ticket: state.related_ticket ?? null,
    justification: state.business_justification ?? null,
    filePath: state.script_file_path ?? null,
    errorMessage,
    errorCode,
    objects: objectsOf(state),
    causedBy: state.caused_by ?? null,
  }
}

function outcomeOf(state: ServerState): Outcome {
  return {
    ...unknownOutcome,
    durationMs: state.execution_duration_ms ?? null,
    rows: state.rows_affected ?? null,
    errorMessage: state.error_message ?? null,
    errorCode: state.error_code ?? null,
  }
}

function objectsOf(state: ServerState): string {
  return JSON.stringify({
    created: state.objects_created,
    modified: state.objects_modified,
    dropped: state.objects_dropped,
  })
}
