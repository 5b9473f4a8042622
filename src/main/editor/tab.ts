import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { RunEvent, RunOutcome, runInput, ScriptParameter, TransactionEvent } from '../../core/editor/contract.ts'
import type { Change, Editable, EditOutcome, EditStatement } from '../../core/editor/edit.ts'
import type { ExportEvent, ExportOutcome, exportInput } from '../../core/editor/export.ts'
import { Failure } from '../../core/fault.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import type { Database } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import type { Host } from '../host.ts'
import { listen } from '../listening.ts'
import { applyTo, editableOf, reviewEdits } from './edit/calls.ts'
import { copyAgain } from './export/copyAgain.ts'
import { exportRows } from './export/exportRows.ts'
import { IdleWatch } from './idle.ts'
import { type ParameterMemory, parametersOf } from './parameters.ts'
import { Results } from './results.ts'
import { run } from './run.ts'
import { nameOf, readScript } from './script.ts'
import { Session } from './session.ts'
import type { SpoolFolder } from './spoolFile.ts'

/** How long a cancelled run is waited for, in milliseconds. */
const closingMs = 3_000

interface TabOptions {
  recorder: Recorder
  parameters: ParameterMemory
  spools: SpoolFolder
  cursorIdleMs: number
  /** Overrules the connection's setting, in milliseconds. */
  idleTransactionMs: number | undefined
  /** Whom it is for. */
  peer: number
}

/** What one tab of the editor has at the server: a session, one run at a time, and the results of the last one. */
export class Tab {
  readonly results: Results
  readonly peer: number
  readonly #session: Session
  readonly #recorder: Recorder
  readonly #parameters: ParameterMemory
  readonly #idle: IdleWatch
  readonly #followers = new Set<(event: TransactionEvent) => void>()
  readonly #closing = new AbortController()
  #running: Promise<unknown> | null = null

  static async open(database: Database, options: TabOptions): Promise<Tab> {
    return new Tab(await Session.open(database), options)
  }

  private constructor(session: Session, options: TabOptions) {
    const { recorder, parameters, spools, cursorIdleMs, idleTransactionMs, peer } = options
    this.#session = session
    this.#recorder = recorder
    this.#parameters = parameters
    this.#idle = new IdleWatch({
      limitMs: () => idleTransactionMs ?? session.database.settings.idleTransactionMinutes * 60_000,
      onChange: () => this.#tell(null),
      rollBack: () => void this.#rollBackIdle(),
    })
    this.peer = peer
    this.results = new Results(session, spools, cursorIdleMs)
    // A run under way tells of it with its end.
    session.onLost = () => {
      if (this.#running === null) this.#settle(null)
    }
  }

  get id(): string {
    return this.#session.id
  }

  get backendPid(): number {
    return this.#session.backendPid
  }

  /**
   * @throws Failure `refused` while another run is under way, and for what cannot be sent; `connection_lost` where
   * the session was lost before
   */
  async run(
    input: z.output<typeof runInput>,
    signal: AbortSignal,
    emit: (event: RunEvent) => void,
  ): Promise<RunOutcome> {
    return await this.#alone(signal, (ended) => {
      this.#session.checkStanding()
      return run(input, {
        session: this.#session,
        results: this.results,
        recorder: this.#recorder,
        parameters: this.#parameters,
        signal: ended,
        emit,
      })
    })
  }

  /**
   * Writes a result into a file. Its rows are read from the session as far as they were not read yet, so that no run may
   * begin meanwhile.
   */
  async export(
    input: z.output<typeof exportInput>,
    saveFile: Host['saveFile'],
    signal: AbortSignal,
    emit: (event: ExportEvent) => void,
  ): Promise<ExportOutcome | null> {
    return await this.#alone(signal, (ended) => {
      const { source } = this.results.get(input.result)
      return exportRows(
        input,
        {
          ...source,
          dateStyle: this.#session.dateStyle,
          read: (until) => this.results.read(input.result, 0, until),
          bytes: (until) => this.results.bytes(input.result, until),
          pieces: (value) => this.results.get(input.result).spool.pieces(value),
          again: () => copyAgain(input.format, source, this.#session),
        },
        { database: this.#session.database, recorder: this.#recorder, saveFile, signal: ended, emit },
      )
    })
  }

  /**
   * Does what needs the session for itself. What `work` throws before it begins leaves everything as it was.
   *
   * @throws Failure `refused` while something else has it
   */
  async #alone<T>(signal: AbortSignal, work: (ended: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running !== null) {
      throw new Failure({
        code: 'refused',
        message: 'A run or an export is under way in this tab. Wait for it, or cancel it.',
      })
    }
    const outcome = work(AbortSignal.any([signal, this.#closing.signal]))
    this.#running = outcome
    this.#idle.stop()
    try {
      return await outcome
    } finally {
      this.#running = null
      this.#settle(null)
    }
  }

  editable(result: string): Promise<Editable> {
    return editableOf(this.#edited(result))
  }

  reviewEdits(result: string, changes: readonly Change[]): Promise<EditStatement[]> {
    return reviewEdits(this.#edited(result), changes)
  }

  applyEdits(
    result: string,
    changes: readonly Change[],
    reasons: GivenReasons,
    signal: AbortSignal,
  ): Promise<EditOutcome> {
    const context = { recorder: this.#recorder, reasons, signal: AbortSignal.any([signal, this.#closing.signal]) }
    return applyTo(this.#edited(result), changes, context)
  }

  #edited(result: string) {
    return { session: this.#session, results: this.results, result }
  }

  /** The parameters of a script, with their types and what was given for them the last time. */
  async describeParameters(sql: string, signal: AbortSignal): Promise<ScriptParameter[]> {
    const script = await readScript(sql, signal)
    const name = nameOf(script, undefined)
    // A run under way has the session to itself.
    const found = await parametersOf(script, (text) =>
      this.#running === null ? this.#session.parameterTypes(text) : Promise.resolve(null),
    )
    return found.map((parameter) => {
      const known = parameter.secret
        ? undefined
        : this.#parameters.recall(this.#session.database.id, name, parameter.name)
      return known === undefined ? parameter : { ...parameter, remembered: known }
    })
  }

  /** Tells of the transaction until the tab is closed, or `signal` aborts. */
  follow(emit: (event: TransactionEvent) => void, signal: AbortSignal): Promise<null> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    if (!ended.aborted) emit(this.#standing(null))
    return listen(this.#followers, emit, ended)
  }

  keepOpen(): void {
    if (this.#running === null) this.#idle.keepOpen()
  }

  /** Something was done: the transaction is watched from now on, and whoever follows is told. */
  #settle(ended: string | null): void {
    if (this.#closing.signal.aborted) return
    this.#idle.used(this.#session.transaction)
    this.#tell(ended)
  }

  #tell(ended: string | null): void {
    for (const emit of this.#followers) emit(this.#standing(ended))
  }

  #standing(ended: string | null): TransactionEvent {
    const { transaction, transactionAgeMs: ageMs, lost } = this.#session
    const { warns: warn, rollBackInMs } = this.#idle
    return { transaction, ageMs, warn, rollBackInMs, ended, lost: lost?.fault ?? null }
  }

  async #rollBackIdle(): Promise<void> {
    if (this.#running !== null || this.#session.lost !== null) return
    const minutes = Math.max(1, Math.round(this.#session.database.settings.idleTransactionMinutes))
    const reason = `Rolled back by pgSteward: the transaction was open and nobody used it for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`
    const work = this.results.clear().then(() => this.#session.rollBackIdle(reason))
    this.#running = work
    try {
      await work
    } catch {
      // The server would not: the transaction stands, and is watched on.
    } finally {
      this.#running = null
      this.#settle(this.#session.transaction === 'idle' ? reason : null)
    }
  }

  /** Cancels what runs, lets go of results, rolls back what is open, and ends the session. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#idle.stop()
    if (await this.#isQuiet()) await this.#session.end()
    else await this.#session.cut()
  }

  /** Whatever was running has ended in time. */
  async #isQuiet(): Promise<boolean> {
    const patience = new AbortController()
    // The run's caller has its error.
    const quiet = Promise.resolve(this.#running).then(
      () => this.results.clear(),
      () => this.results.clear(),
    )
    try {
      return await Promise.race([
        quiet.then(() => true),
        sleep(closingMs, false, { ref: false, signal: patience.signal }),
      ])
    } finally {
      patience.abort()
    }
  }
}
