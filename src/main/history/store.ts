import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Recorded } from '../../core/editor/contract.ts'
import { type ExecutionStatus, executionStatuses } from '../../core/execution.ts'
import type { Fault } from '../../core/fault.ts'
import { faultShape } from '../../core/faultShape.ts'
import type { Cache } from '../cache/open.ts'
import { microsecondsOf, now } from './time.ts'

/** A database and the role that worked in it: who did something is who must tell the server of it. */
export interface Login {
  identity: string
  user: string
}

/** An operation of this machine, as it begins. */
export interface Beginning extends Login {
  id: string
  /** The connection's name; null for what is done without one. */
  connection: string | null
  database: string
  name: string
  type: string
  category: string
  /** With its secrets masked. */
  sql: string
  ticket: string | null
  justification: string | null
  filePath: string | null
}

/** What is known of an operation in one of its states. */
export const outcomeShape = z.object({
  durationMs: z.number().nullable(),
  rows: z.number().nullable(),
  errorMessage: z.string().nullable(),
  errorCode: z.string().nullable(),
  metadata: z.record(z.string(), z.json()).nullable(),
})
export type Outcome = z.output<typeof outcomeShape>

export const unknownOutcome: Outcome = {
  durationMs: null,
  rows: null,
  errorMessage: null,
  errorCode: null,
  metadata: null,
}

/** A state that the server has not been told yet, with all that it is told. */
const waitingState = z.object({
  sequence: z.int(),
  operation: z.string(),
  ordinal: z.int(),
  status: z.enum(executionStatuses),
  at: z.string(),
  outcome: z.string(),
  name: z.string(),
  type: z.string(),
  category: z.string(),
  sql: z.string(),
  sql_length: z.int(),
  sql_hash: z.string(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  file_path: z.string().nullable(),
  application: z.string().nullable(),
  started_at: z.string(),
})
export type WaitingState = z.output<typeof waitingState>

/** PostgreSQL takes neither a NUL nor half a character in a text: a record that holds one could never be sent. */
function storable<T extends string | null>(text: T): string | Extract<T, null>
function storable(text: string | null): string | null {
  return text === null ? null : text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** Of a script longer than this, the beginning is kept, in UTF-16 units. */
export const keptCharacters = 1_000_000

const count = z.object({ count: z.int() })

export type Store = ReturnType<typeof createStore>

/** The operations of this machine, and what of them waits to be told to a server. */
export function createStore(cache: Cache) {
  const { db } = cache
  const positionTaken = cache.query('select 1 as taken from operation where position = ?', z.object({ taken: z.int() }))
  const insertOperation = db.prepare(`
    insert into operation (
      position, id, identity, connection, database, name, type, category, status, started_at, user, application,
      sql, sql_length, sql_hash, ticket, justification, file_path, instance, own
    ) values (
      :position, :id, :identity, :connection, :database, :name, :type, :category, 'STARTED', :startedAt, :user, 'pgSteward',
      :sql, :sqlLength, :sqlHash, :ticket, :justification, :filePath, :instance, 1
    )`)
  const insertState = db.prepare(`
    insert into operation_state (operation, ordinal, status, at, recorded, outcome)
    values (
      :operation,
      (select coalesce(max(ordinal) + 1, 0) from operation_state where operation = :operation),
      :status, :at, :recorded, :outcome
    )`)
  const endOperation = db.prepare(`
    update operation
    set status = :status, duration_ms = :durationMs, rows = :rows, error_message = :errorMessage,
      error_code = :errorCode, instance = null
    where id = :operation and instance is not null`)
  const running = cache.query(
    'select id, instance from operation where instance is not null order by position',
    z.object({ id: z.string(), instance: z.string() }),
  )
  const everRecorded = cache.query(
    'select recorded from operation_state where operation = ? order by ordinal desc limit 1',
    z.object({ recorded: z.enum(['server', 'waiting', 'local']) }),
  )
  const refusal = cache.query(
    `select fault from operation_state
     where operation = ? and recorded = 'waiting' and fault is not null order by ordinal limit 1`,
    z.object({ fault: z.string().transform((json) => faultShape.parse(JSON.parse(json))) }),
  )
  const firstWaiting = cache.query(
    `select s.sequence, s.operation, s.ordinal, s.status, s.at, s.outcome, o.name, o.type, o.category, o.sql,
       o.sql_length, o.sql_hash, o.ticket, o.justification, o.file_path, o.application, o.started_at
     from operation_state s join operation o on o.id = s.operation
     where s.recorded = 'waiting' and s.sequence > :after and o.identity = :identity and o.user = :user
     order by s.sequence limit 1`,
    waitingState,
  )
  const countWaiting = cache.query(
    `select count(*) as count from operation_state s join operation o on o.id = s.operation
     where s.recorded = 'waiting' and o.identity = :identity and o.user = :user`,
    count,
  )
  const countAllWaiting = cache.query("select count(*) as count from operation_state where recorded = 'waiting'", count)
  const markSent = db.prepare("update operation_state set recorded = 'server', fault = null where sequence = ?")
  const markRefused = db.prepare('update operation_state set fault = ? where sequence = ?')
  const putPlan = db.prepare('insert or replace into plan (operation, text, json) values (:operation, :text, :json)')
  const know = db.prepare('insert or ignore into known_database (identity, connection) values (?, ?)')

  /** Where the search went on the last time: one transaction can hold many operations of the same moment. */
  let last = { wanted: Number.NaN, given: Number.NaN }

  function freePosition(startedAt: string): number {
    const wanted = microsecondsOf(startedAt)
    let given = wanted === last.wanted ? last.given : wanted
    while (positionTaken.get(given) !== undefined) given += 1
    last = { wanted, given }
    return given
  }

  return {
    freePosition,

    /** Keeps the beginning of an operation: durable when it comes back. */
    begin: (beginning: Beginning, recorded: Recorded): void => {
      const startedAt = now()
      const sql = storable(beginning.sql)
      cache.transaction(() => {
        insertOperation.run({
          ...beginning,
          name: storable(beginning.name),
          ticket: storable(beginning.ticket),
          justification: storable(beginning.justification),
          filePath: storable(beginning.filePath),
          position: freePosition(startedAt),
          startedAt,
          sql: sql.slice(0, keptCharacters).toWellFormed(),
          sqlLength: sql.length,
          sqlHash: createHash('sha256').update(sql).digest('hex'),
          instance: cache.instance,
        })
        insertState.run({
          operation: beginning.id,
          status: 'STARTED',
          at: startedAt,
          recorded,
          outcome: JSON.stringify(unknownOutcome),
        })
      })
    },

    /** Keeps how an operation ended. Does nothing where another process has told its end already. */
    end: (operation: string, status: ExecutionStatus, outcome: Outcome): void => {
      const known: Outcome = { ...outcome, errorMessage: storable(outcome.errorMessage) }
      cache.transaction(() => {
        const recorded = everRecorded.get(operation)?.recorded
        const { metadata: _, ...columns } = known
        if (endOperation.run({ operation, status, ...columns }).changes === 0 || recorded === undefined) return
        insertState.run({
          operation,
          status,
          at: now(),
          recorded: recorded === 'local' ? 'local' : 'waiting',
          outcome: JSON.stringify(known),
        })
      })
    },

    /** Keeps the plan of an operation; a later one takes its place. */
    keepPlan: (operation: string, { text, json }: { text: string; json: string }): void =>
      void putPlan.run({ operation, text: storable(text), json: storable(json) }),

    /** Operations without an end, and the process that began each. */
    running: () => running.all(),
    firstWaiting: (login: Login, after: number) => firstWaiting.get({ ...login, after }),
    countWaiting: (login: Login): number => countWaiting.get({ ...login })?.count ?? 0,
    countAllWaiting: (): number => countAllWaiting.get()?.count ?? 0,
    markSent: (sequence: number): void => void markSent.run(sequence),
    markRefused: (sequence: number, fault: Fault): void => void markRefused.run(JSON.stringify(fault), sequence),
    /** Why the server would not take a state of the operation, where it said so. */
    refusalOf: (operation: string): Fault | null => refusal.get(operation)?.fault ?? null,
    knowDatabase: (identity: string, connection: string): void => void know.run(identity, connection),
    recordedOf: (operation: string): Recorded => everRecorded.get(operation)?.recorded ?? 'local',
  }
}
