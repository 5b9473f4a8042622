import type { Notice } from '../../core/editor/contract.ts'
import type { Fault } from '../../core/fault.ts'
import type { OpenOperation } from './operations.ts'
import type { Portal } from './portal.ts'
import type { Session } from './session.ts'
import type { Spool } from './spool.ts'

/** Notices that come with one page, at most. */
const toldNotices = 1_000

/** How long a page is waited for when nobody wants it any more, before it is cancelled at the server, in milliseconds. */
const patienceMs = 400

/** Rows of a page: more where they come fast, fewer where they come slowly, so that each takes about so long. */
const fewestRows = 200
const mostRows = 20_000
const fastMs = 60
const slowMs = 300

/** A result whose rows the server still holds; the operation that made it ends with it. One thing at a time. */
export class OpenResult {
  /** All rows were read, or no more can be. */
  ended = false
  readonly #session: Session
  readonly #portal: Portal
  readonly #operation: OpenOperation
  readonly #spool: Spool
  readonly #startedAt = performance.now()
  #pageRows = fewestRows
  #idle: NodeJS.Timeout | undefined

  constructor(session: Session, portal: Portal, operation: OpenOperation, spool: Spool) {
    this.#session = session
    this.#portal = portal
    this.#operation = operation
    this.#spool = spool
  }

  /** Reads rows into the spool, `most` of them or as many as come in a moment. An abort cancels at the server what does not come soon, and the result with it. */
  async page(most: number, signal: AbortSignal): Promise<{ notices: Notice[]; fault: Fault | null }> {
    const notices: Notice[] = []
    this.#session.onNotice = (notice) => {
      if (notices.length < toldNotices) notices.push(notice)
    }
    const { signal: impatient, done } = after(patienceMs, signal)
    try {
      const beganAt = performance.now()
      const page = await this.#session.cancellable(this.#portal.read(Math.min(most, this.#pageRows)), impatient)
      this.#adapt(page.rows, performance.now() - beganAt)
      if (page.done) await this.#end(this.#portal.tag)
      return { notices, fault: null }
    } catch (thrown) {
      return { notices, fault: await this.#fail(thrown) }
    } finally {
      done()
    }
  }

  /** Lets go of the rows that were not read. Never throws: whoever closes wants nothing more of it. */
  async close(): Promise<void> {
    this.unwatch()
    if (this.ended) return
    try {
      await this.#portal.close()
      await this.#end(this.#portal.tag ?? 'SELECT')
    } catch (thrown) {
      // Its commit failed, or the session was lost: the record says so.
      await this.#fail(thrown)
    }
  }

  watch(idleMs: number, onIdle: () => void): void {
    this.unwatch()
    this.#idle = setTimeout(onIdle, idleMs)
    this.#idle.unref()
  }

  unwatch(): void {
    clearTimeout(this.#idle)
  }

  #adapt(rows: number, durationMs: number): void {
    if (durationMs > slowMs) this.#pageRows = Math.max(fewestRows, Math.floor(this.#pageRows / 2))
    else if (durationMs < fastMs && rows >= this.#pageRows) this.#pageRows = Math.min(mostRows, this.#pageRows * 2)
  }

  async #end(tag: string | null): Promise<void> {
    this.ended = true
    const operation = this.#operation
    operation.outcome = {
      ...operation.outcome,
      rows: (operation.outcome.rows ?? 0) + this.#spool.seen,
      durationMs: (operation.outcome.durationMs ?? 0) + performance.now() - this.#startedAt,
    }
    await this.#session.advance({ operation: operation.record.operation, control: null, tag })
    operation.resultOpen = null
    this.#session.operations.settle(operation)
    await this.#session.untag()
  }

  async #fail(thrown: unknown): Promise<Fault> {
    this.ended = true
    const session = this.#session
    const loss = session.isLoss(thrown)
    const { fault } = session.explain(thrown)
    if (loss) session.lose(thrown)
    session.operations.end(this.#operation, loss ? 'INTERRUPTED' : 'FAILED', {
      errorMessage: `${fault.message} (after ${this.#spool.seen.toLocaleString('en')} rows)`,
      errorCode: fault.sqlstate ?? null,
    })
    await session.advance({ operation: this.#operation.record.operation, control: null, tag: null })
    return fault
  }
}

/** A signal that aborts a while after another one: what is nearly done ends well. `done` when it is not needed more. */
function after(ms: number, signal: AbortSignal): { signal: AbortSignal; done(): void } {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(() => late.abort(), ms)
  }
  signal.addEventListener('abort', start, { once: true })
  if (signal.aborted) start()
  return {
    signal: late.signal,
    done: () => {
      signal.removeEventListener('abort', start)
      clearTimeout(timer)
    },
  }
}
