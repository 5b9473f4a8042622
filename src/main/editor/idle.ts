import type { TransactionState } from '../../core/editor/contract.ts'

interface IdleOptions {
  /** An open transaction that nobody uses for so long is rolled back, in milliseconds; 0: never. Asked each time. */
  limitMs(): number
  /** Something that is told of it has changed. */
  onChange(): void
  rollBack(): void
}

/** How long an idle transaction is warned of before it is rolled back, as a part of the limit. */
const warnedPart = 0.5

/** How long it stands before it is warned of where it is never rolled back, in milliseconds. */
const warnAfterMs = 5 * 60_000

/** Watches an open transaction that nobody uses: it holds locks, and keeps dead rows from being cleaned away. */
export class IdleWatch {
  readonly #options: IdleOptions
  #timers: NodeJS.Timeout[] = []
  /** `performance.now()` when it is rolled back; null while that is not planned. */
  #rollsBackAt: number | null = null
  #warns = false
  #keptOpen = false

  constructor(options: IdleOptions) {
    this.#options = options
  }

  get warns(): boolean {
    return this.#warns
  }

  /** In milliseconds from now; null where it is not planned. */
  get rollBackInMs(): number | null {
    return this.#rollsBackAt === null ? null : Math.max(0, this.#rollsBackAt - performance.now())
  }

  /** The session does something: nothing is idle. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    this.#rollsBackAt = null
    this.#warns = false
  }

  /** The session has done something, and its transaction is now in this state. */
  used(transaction: TransactionState): void {
    this.stop()
    if (transaction === 'idle') {
      this.#keptOpen = false
      return
    }
    const limit = this.#options.limitMs()
    const rollsBack = limit > 0 && !this.#keptOpen
    this.#after(rollsBack ? limit * warnedPart : warnAfterMs, () => {
      this.#warns = true
      this.#options.onChange()
    })
    if (!rollsBack) return
    this.#rollsBackAt = performance.now() + limit
    this.#after(limit, this.#options.rollBack)
  }

  /** Somebody wants it open until it ends: it is not rolled back for being idle. */
  keepOpen(): void {
    this.stop()
    this.#keptOpen = true
    this.#options.onChange()
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(work, ms)
    timer.unref()
    this.#timers.push(timer)
  }
}
