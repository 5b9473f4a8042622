import pg from 'pg'
import type { Row } from '../../../core/editor/contract.ts'
import type { Change, Conflict, EditOutcome, EditStatement } from '../../../core/editor/edit.ts'
import { type EditTarget, editStatement, lookUpStatement } from '../../../core/editor/editStatements.ts'
import { Failure, type Fault, toFault } from '../../../core/fault.ts'
import type { GivenReasons } from '../../../core/reasons.ts'
import { type Database, demandReasonsFor } from '../../connections/index.ts'
import type { OpenRecord, Recorder } from '../../history/index.ts'
import { cancelBackend } from '../../postgres/cancel.ts'
import { explainLoss } from '../../postgres/faults.ts'
import { endSession } from '../../postgres/session.ts'
import { cancellable } from '../cancel.ts'
import { takeWays, type Ways } from '../ways.ts'

/** Changes to make, with the rows that they were made of. */
export interface Edits {
  target: EditTarget
  changes: readonly Change[]
  /** The row of each change as it was read; empty for an insert. */
  before: readonly Row[]
  /** As whom, and by which settings, the rows were read: their values mean the same no other way. */
  ways: Ways | null
}

export interface EditContext {
  database: Database
  recorder: Recorder
  reasons: GivenReasons
  signal: AbortSignal
}

/** How long a row that another session holds is waited for. */
const lockTimeout = '10s'

/** What would be sent, in order. */
export function statementsOf({ target, changes, before }: Edits): EditStatement[] {
  return changes.map((change, index) => editStatement(target, change, rowBefore(change, before[index] ?? [])))
}

function rowBefore(change: Change, read: Row): Row {
  return change.kind === 'insert' ? read : (change.seen ?? read)
}

/**
 * Makes all changes in one transaction of a session of its own, as one operation. Each statement must change exactly one
 * row: otherwise all is rolled back, and all rows that are not as they were read are told at once.
 *
 * @throws Failure `connection_lost` where the server went before it was asked to commit, or while it did
 */
export async function applyEdits(edits: Edits, context: EditContext): Promise<EditOutcome> {
  const { database, recorder, reasons, signal } = context
  demandReasonsFor('changes', database, reasons)
  const statements = statementsOf(edits)
  const { schema, table } = edits.target.editable
  const record = await recorder.begin(database, {
    // Values are parameters, and stay out of the record: row auditing is what keeps them where it is wanted.
    sql: `${statements.map(({ sql }) => sql).join(';\n')};`,
    name: `Edit ${schema}.${table}: ${describe(edits.changes)}`,
    type: 'EDIT',
    category: 'DML',
    reasons,
  })
  const client = await connected(database, record)
  try {
    if (edits.ways !== null) await actAs(client, edits.ways, record)
    return await new Editing(edits, statements, record, client, signal, database).run()
  } finally {
    await endSession(client)
  }
}

function describe(changes: readonly Change[]): string {
  const count = (kind: Change['kind'], verb: string): string[] => {
    const number = changes.filter((change) => change.kind === kind).length
    return number === 0 ? [] : [`${number.toLocaleString('en')} ${verb}`]
  }
  return [...count('update', 'changed'), ...count('insert', 'added'), ...count('delete', 'deleted')].join(', ')
}

async function connected(database: Database, record: OpenRecord): Promise<pg.Client> {
  try {
    const client = await database.connect('edit')
    // Who waits for an answer has the loss as its error.
    client.on('error', () => {})
    return client
  } catch (thrown) {
    record.finish('FAILED', { errorMessage: toFault(thrown).message })
    throw thrown
  }
}

async function actAs(client: pg.Client, ways: Ways, record: OpenRecord): Promise<void> {
  try {
    await takeWays(client, ways)
  } catch (thrown) {
    record.finish('FAILED', { errorMessage: toFault(thrown).message })
    throw thrown
  }
}

class Editing {
  readonly #edits: Edits
  readonly #statements: readonly EditStatement[]
  readonly #record: OpenRecord
  readonly #client: pg.Client
  readonly #signal: AbortSignal
  readonly #database: Database
  readonly #startedAt = performance.now()
  #committing = false

  constructor(
    edits: Edits,
    statements: readonly EditStatement[],
    record: OpenRecord,
    client: pg.Client,
    signal: AbortSignal,
    database: Database,
  ) {
    this.#edits = edits
    this.#statements = statements
    this.#record = record
    this.#client = client
    this.#signal = signal
    this.#database = database
  }

  async run(): Promise<EditOutcome> {
    try {
      await this.#begin()
      const rows: (Row | null)[] = []
      for (const [index, statement] of this.#statements.entries()) {
        if (this.#signal.aborted) return await this.#failed(index, cancelled)
        const outcome = await this.#one(index, statement)
        if ('stopped' in outcome) return outcome.stopped
        rows.push(outcome.row)
      }
      return await this.#commit(rows)
    } catch (thrown) {
      const failure = this.#explain(thrown)
      this.#end(failure.fault.code === 'connection_lost' ? 'INTERRUPTED' : 'FAILED', failure.fault)
      throw failure
    }
  }

  async #begin(): Promise<void> {
    await this.#client.query('begin')
    await this.#client.query(`set local lock_timeout = '${lockTimeout}'`)
    if (this.#record.tracked) {
      await this.#client.query("select pg_catalog.set_config('script_tracking.operation', $1, true)", [
        this.#record.operation,
      ])
    }
  }

  async #one(index: number, { sql, values }: EditStatement): Promise<{ row: Row | null } | { stopped: EditOutcome }> {
    const change = this.#edits.changes[index]
    try {
      const { rows, rowCount } = await this.#query(sql, values)
      if (rowCount === 1) return { row: change?.kind === 'delete' ? null : (rows[0] ?? null) }
      if (rowCount === 0) return { stopped: await this.#conflicts(index) }
      return { stopped: await this.#failed(index, severalRows(rowCount ?? 0)) }
    } catch (thrown) {
      if (!(thrown instanceof pg.DatabaseError) || isFatal(thrown)) throw thrown
      return { stopped: await this.#failed(index, toFault(thrown)) }
    }
  }

  async #query(text: string, values: (string | null)[]): Promise<{ rows: Row[]; rowCount: number | null }> {
    const pid = Reflect.get(this.#client, 'processID')
    const work = this.#client.query<Row>({ text, values, rowMode: 'array' })
    return await cancellable(work, this.#signal, async () => {
      if (typeof pid === 'number') await cancelBackend(() => this.#database.connect('cancel'), pid)
    })
  }

  async #commit(rows: (Row | null)[]): Promise<EditOutcome> {
    this.#committing = true
    try {
      await this.#client.query('commit')
    } catch (thrown) {
      // A constraint that is checked at the commit.
      if (!(thrown instanceof pg.DatabaseError) || isFatal(thrown)) throw thrown
      this.#committing = false
      return await this.#failed(this.#statements.length === 1 ? 0 : null, toFault(thrown))
    }
    this.#end('COMPLETED', null, rows.length)
    return await this.#outcome({ made: true, rows })
  }

  /** Compares all rows with what was read, after nothing was changed. @param stoppedAt the change that found no row */
  async #conflicts(stoppedAt: number): Promise<EditOutcome> {
    await this.#client.query('rollback')
    const { target, changes, before } = this.#edits
    const conflicts: Conflict[] = []
    for (const [index, change] of changes.entries()) {
      if (change.kind === 'insert') continue
      const read = rowBefore(change, before[index] ?? [])
      const { sql, values } = lookUpStatement(target, read)
      const theirs = (await this.#query(sql, values)).rows[0] ?? null
      if (theirs === null || differs(target, change, read, theirs))
        conflicts.push({ change: index, mine: read, theirs })
    }
    const fault: Fault = {
      code: 'refused',
      message: 'Rows have been changed by somebody else since they were read. Nothing was changed.',
    }
    this.#end('ROLLED_BACK', fault)
    // Changed back in the meantime, where the next try will do; or held back.
    if (conflicts.length === 0) {
      return await this.#outcome({ failure: { fault: changedBack, change: stoppedAt, column: null } })
    }
    return await this.#outcome({ conflicts })
  }

  async #failed(change: number | null, fault: Fault): Promise<EditOutcome> {
    await this.#client.query('rollback')
    this.#end('FAILED', fault)
    const { columns } = this.#edits.target.editable
    const named = columns.findIndex((column) => column !== null && column.name === fault.column)
    const made = change === null ? undefined : this.#edits.changes[change]
    const column = named >= 0 ? named : onlyCell(made, fault)
    return await this.#outcome({ failure: { fault, change, column } })
  }

  async #outcome(part: Partial<EditOutcome>): Promise<EditOutcome> {
    const { recorded, fault } = await this.#record.keeping()
    return {
      operation: this.#record.operation,
      made: false,
      rows: [],
      conflicts: [],
      failure: null,
      recorded,
      recordingFault: fault,
      ...part,
    }
  }

  #explain(thrown: unknown): Failure {
    const { fault } = explainLoss(thrown, this.#database.settings)
    const hint = this.#committing
      ? 'Whether the changes were committed, the server alone knows. Your list of changes is kept: run the query again and compare.'
      : 'Nothing was changed. Your list of changes is kept: apply it again when the server is back.'
    return new Failure(
      { ...fault, code: fault.sqlstate === undefined ? fault.code : 'connection_lost', hint },
      { cause: thrown },
    )
  }

  #end(status: 'COMPLETED' | 'FAILED' | 'ROLLED_BACK' | 'INTERRUPTED', fault: Fault | null, rows = 0): void {
    this.#record.finish(status, {
      durationMs: performance.now() - this.#startedAt,
      rows,
      errorMessage: fault?.message ?? null,
      errorCode: fault?.sqlstate ?? null,
    })
  }
}

const cancelled: Fault = { code: 'cancelled', sqlstate: '57014', message: 'Cancelled. Nothing was changed.' }

const changedBack: Fault = {
  code: 'unavailable',
  message: 'The server changed no row, although all are as they were read. Nothing was changed.',
  hint: 'A trigger, a rule or a row security policy may hold it back. If somebody changed a row and changed it back, apply again.',
}

function severalRows(count: number): Fault {
  return {
    code: 'refused',
    message: `The change would have touched ${count.toLocaleString('en')} rows, and it must be one. Nothing was changed.`,
    hint: 'A rule, or a table that inherits, makes the key no key. Change it by a statement of your own.',
  }
}

/** Of an update, only what it changes counts: two people may change two columns of a row. */
function differs({ editable }: EditTarget, change: Change, read: Row, now: Row): boolean {
  const places = change.kind === 'update' ? change.set.map(({ column }) => column) : editable.columns.keys()
  return [...places].some((place) => editable.columns[place] !== null && (read[place] ?? null) !== (now[place] ?? null))
}

/** Where the server names no column: the one that was set, unless it may be another one, such as a default, that is meant. */
function onlyCell(change: Change | undefined, { sqlstate }: Fault): number | null {
  if (change === undefined || change.kind === 'delete' || change.set.length !== 1) return null
  const isAboutValue = change.kind === 'update' || sqlstate?.startsWith('22') === true
  return isAboutValue ? (change.set[0]?.column ?? null) : null
}

function isFatal(thrown: pg.DatabaseError): boolean {
  return thrown.severity === 'FATAL' || thrown.severity === 'PANIC'
}
