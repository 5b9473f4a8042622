import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Recorded } from '../../core/editor/contract.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { recordedReasons } from '../../core/history/recordedReasons.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import type { Database } from '../connections/index.ts'
import type { Keeper } from './keeper.ts'
import { type Outcome, unknownOutcome } from './store.ts'

/** What is about to be done. */
export interface Undertaking {
  /** With its secrets masked: see core/history/redact.ts. */
  sql: string
  name: string
  /** `MANUAL` where nothing else is said. */
  type?: string
  category?: string
  /** Why, as it was said: what looks like a secret in it is masked before it is kept. */
  reasons?: GivenReasons
  filePath?: string | undefined
  /** The server is told nothing of it: it is about the server's own records. */
  onlyHere?: boolean
}

/** How an operation is kept, and why the server could not be told of it where it could not. */
export interface Keeping {
  recorded: Recorded
  fault: Fault | null
}

/** An operation that has begun. */
export interface OpenRecord {
  /** A UUID, the same in the cache and at the server. */
  readonly operation: string
  /** The server keeps records: the session shall say which operation it works on. */
  readonly tracked: boolean
  /** How it is kept now. Waits a moment for the server's answer, and no longer. */
  keeping(): Promise<Keeping>
  /** Keeps its plan on this machine. Never throws: a record that fails is no reason for a run to fail. */
  keepPlan(plan: { text: string; json: string }): void
  /** Ends it. The first end counts. Never throws: a record that fails is no reason for a run to fail. */
  finish(status: ExecutionStatus, outcome?: Partial<Outcome>): void
}

/** Records operations from their start: in the cache first, then at the server. */
export interface Recorder {
  /** Comes back when the beginning is durable. Never throws. */
  begin(database: Database, undertaking: Undertaking): Promise<OpenRecord>
  /** The framework was removed: what is done there from now on stays here, until there is one again. */
  removed(database: Database): void
}

/** How long an answer of the server's is waited for, in milliseconds. */
const patienceMs = 1_000

const presence = z.object({ present: z.literal(['t', 'f']) })

/** The way of records to a server. */
export interface Sender {
  /** Resolves when what waits for this database was tried; never rejects. */
  flush(database: Database): Promise<void>
  /** Why the last attempt failed; null after one that did not. */
  fault(database: Database): Fault | null
}

/** @param onChange told when an operation began or ended */
export function createRecorder(keeper: Keeper, sender: Sender, onChange: () => void = () => {}): Recorder {
  const tracked = new Set<string>()

  /** Has the server a framework that records? Once it had one, what it cannot take waits. */
  async function asksForRecords(database: Database): Promise<boolean> {
    if (tracked.has(database.identity)) return true
    const { rows } = await database.query(
      "select pg_catalog.to_regprocedure('script_tracking.record_execution(uuid,integer,jsonb)') is not null as present",
    )
    if (presence.parse(rows[0]).present === 't') tracked.add(database.identity)
    return tracked.has(database.identity)
  }

  async function begin(database: Database, undertaking: Undertaking): Promise<OpenRecord> {
    const operation = randomUUID()
    let fault: Fault | null = null
    // Who cannot be asked is told later: a record too many waits, and none is lost.
    const isAtServer =
      undertaking.onlyHere !== true &&
      (await inTime(asksForRecords(database), true).catch((thrown: unknown) => {
        fault = toFault(thrown)
        return true
      }))
    try {
      keeper.begin(
        {
          id: operation,
          identity: database.identity,
          connection: database.settings.name,
          database: database.server.database,
          user: database.server.user,
          name: undertaking.name,
          type: undertaking.type ?? 'MANUAL',
          category: undertaking.category ?? 'UNKNOWN',
          sql: undertaking.sql,
          ...recordedReasons(undertaking.reasons ?? {}),
          filePath: undertaking.filePath || null,
        },
        isAtServer ? 'waiting' : 'local',
      )
    } catch (thrown) {
      // Not even in memory: the run goes on, and says that it is not recorded.
      const lost: Keeping = { recorded: 'memory', fault: toFault(thrown) }
      return {
        operation,
        tracked: isAtServer,
        keeping: () => Promise.resolve(lost),
        keepPlan: () => {},
        finish: () => {},
      }
    }
    onChange()
    /** Why the end or the plan could not be kept; null unless that is so. */
    let unkept: Fault | null = null
    if (isAtServer) void sender.flush(database)

    return {
      operation,
      tracked: isAtServer,
      keeping: async () => {
        if (isAtServer) await inTime(sender.flush(database), undefined)
        const recorded = keeper.recordedOf(operation)
        const why = unkept ?? keeper.faultOf(operation)
        return {
          recorded,
          fault:
            why ?? (recorded === 'server' ? null : (fault ?? keeper.refusalOf(operation) ?? sender.fault(database))),
        }
      },
      keepPlan: (plan) => {
        try {
          keeper.keepPlan(operation, plan)
        } catch (thrown) {
          unkept = toFault(thrown)
        }
      },
      finish: (status, outcome = {}) => {
        try {
          keeper.end(operation, status, { ...unknownOutcome, ...outcome })
        } catch (thrown) {
          unkept = toFault(thrown)
          return
        }
        onChange()
        if (isAtServer) void sender.flush(database)
      },
    }
  }

  return { begin, removed: (database) => void tracked.delete(database.identity) }
}

/** What `promise` gives, or `otherwise` when it takes too long. */
async function inTime<T>(promise: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
