import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { RunEvent, RunOutcome, runInput } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { Database } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import { Results } from './results.ts'
import { run } from './run.ts'
import { Session } from './session.ts'

/** How long a cancelled run is waited for, in milliseconds. */
const closingMs = 3_000

interface TabOptions {
  recorder: Recorder
  cursorIdleMs: number
  /** Whom it is for. */
  peer: number
}

/** What one tab of the editor has at the server: a session, one run at a time, and the results of the last one. */
export class Tab {
  readonly results: Results
  readonly peer: number
  readonly #session: Session
  readonly #recorder: Recorder
  readonly #closing = new AbortController()
  #running: Promise<unknown> | null = null

  static async open(database: Database, options: TabOptions): Promise<Tab> {
    return new Tab(await Session.open(database), options)
  }

  private constructor(session: Session, { recorder, cursorIdleMs, peer }: TabOptions) {
    this.#session = session
    this.#recorder = recorder
    this.peer = peer
    this.results = new Results(session, cursorIdleMs)
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
    if (this.#running !== null) {
      throw new Failure({ code: 'refused', message: 'A run is under way in this tab. Wait for it, or cancel it.' })
    }
    this.#session.checkStanding()
    const outcome = run(input, {
      session: this.#session,
      results: this.results,
      recorder: this.#recorder,
      signal: AbortSignal.any([signal, this.#closing.signal]),
      emit,
    })
    this.#running = outcome
    try {
      return await outcome
    } finally {
      this.#running = null
    }
  }

  /** Cancels what runs, lets go of results, rolls back what is open, and ends the session. */
  async close(): Promise<void> {
    this.#closing.abort()
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
