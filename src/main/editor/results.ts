import { randomUUID } from 'node:crypto'
import type { Notice, Row } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { KeptRows } from './keptRows.ts'
import type { OpenOperation } from './operations.ts'
import type { Portal } from './portal.ts'
import type { Session } from './session.ts'

/** Notices that come with one part of a result, at most. */
const toldNotices = 1_000

/** Rows of a result, some or all of them. */
export interface Part {
  rows: Row[]
  done: boolean
  notices: Notice[]
}

/** A result whose rows the server still holds. */
interface LiveResult {
  cursor: string
  portal: Portal
  operation: OpenOperation
  delivered: number
  startedAt: number
  idle: NodeJS.Timeout | undefined
}

/** The results of a session's last run that can be read on: one at the server, the others in memory. */
export class Results {
  readonly #session: Session
  readonly #idleMs: number
  readonly #kept = new Map<string, KeptRows>()
  readonly #letGo = new Map<string, Failure>()
  #live: LiveResult | null = null
  /** The last of those that read or close, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(session: Session, idleMs: number) {
    this.#session = session
    this.#idleMs = idleMs
  }

  keep(rows: KeptRows): string {
    const cursor = randomUUID()
    this.#kept.set(cursor, rows)
    return cursor
  }

  hold(portal: Portal, operation: OpenOperation, delivered: number): string {
    const cursor = randomUUID()
    this.#live = { cursor, portal, operation, delivered, startedAt: performance.now(), idle: undefined }
    this.#watch(this.#live)
    return cursor
  }

  has(cursor: string): boolean {
    return this.#live?.cursor === cursor || this.#kept.has(cursor) || this.#letGo.has(cursor)
  }

  fetch(cursor: string, count: number, signal: AbortSignal): Promise<Part> {
    return this.#inTurn(async () => {
      const kept = this.#kept.get(cursor)
      if (kept !== undefined) return { rows: kept.take(count), done: !kept.hasMore, notices: [] }
      const live = this.#live
      if (live?.cursor !== cursor) throw this.#letGo.get(cursor) ?? gone()
      return await this.#read(live, count, signal)
    })
  }

  release(cursor: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#kept.delete(cursor)
      this.#letGo.delete(cursor)
      if (this.#live?.cursor === cursor) await this.#closeLive()
    })
  }

  /** Lets go of all: cursors die with the next run of their session. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#closeLive()
      this.#kept.clear()
      this.#letGo.clear()
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    // The next in line starts whatever became of this one; its caller has the error.
    this.#last = result.catch(() => {})
    return result
  }

  async #read(live: LiveResult, count: number, signal: AbortSignal): Promise<Part> {
    clearTimeout(live.idle)
    const notices: Notice[] = []
    this.#session.onNotice = (notice) => {
      if (notices.length < toldNotices) notices.push(notice)
    }
    try {
      const page = await this.#session.cancellable(live.portal.read(count), signal)
      live.delivered += page.rows.length
      if (page.done) await this.#ended(live, live.portal.tag)
      else this.#watch(live)
      return { rows: page.rows, done: page.done, notices }
    } catch (thrown) {
      await this.#failed(live, thrown)
      throw this.#session.isLoss(thrown) ? this.#session.explain(thrown) : thrown
    }
  }

  async #closeLive(): Promise<void> {
    const live = this.#live
    if (live === null) return
    clearTimeout(live.idle)
    try {
      await live.portal.close()
      await this.#ended(live, live.portal.tag ?? 'SELECT')
    } catch (thrown) {
      // Its commit failed, or the session was lost: the record says so, and whoever closed wants nothing more of it.
      await this.#failed(live, thrown)
    }
  }

  /** A result that nobody reads keeps the server's snapshot, and with it dead rows, from being let go. */
  #watch(live: LiveResult): void {
    clearTimeout(live.idle)
    live.idle = setTimeout(() => {
      void this.#inTurn(async () => {
        if (this.#live !== live) return
        const seconds = (this.#idleMs / 1000).toLocaleString('en')
        this.#letGo.set(
          live.cursor,
          new Failure({
            code: 'unavailable',
            message: `The rest of this result was let go after ${seconds} s without being read, so that the server need not hold its snapshot.`,
            hint: 'Run the query again.',
          }),
        )
        await this.#closeLive()
      })
    }, this.#idleMs)
    live.idle.unref()
  }

  async #ended(live: LiveResult, tag: string | null): Promise<void> {
    this.#live = null
    const { operation } = live
    operation.outcome = {
      ...operation.outcome,
      rows: (operation.outcome.rows ?? 0) + live.delivered,
      durationMs: (operation.outcome.durationMs ?? 0) + performance.now() - live.startedAt,
    }
    await this.#session.advance({ operation: operation.record.operation, control: null, tag })
    operation.resultOpen = false
    this.#session.operations.settle(operation)
    await this.#session.untag()
  }

  async #failed(live: LiveResult, thrown: unknown): Promise<void> {
    this.#live = null
    const loss = this.#session.isLoss(thrown)
    const { fault } = this.#session.explain(thrown)
    if (loss) this.#session.lose(thrown)
    this.#session.operations.end(live.operation, loss ? 'INTERRUPTED' : 'FAILED', {
      errorMessage: `${fault.message} (after ${live.delivered.toLocaleString('en')} rows)`,
      errorCode: fault.sqlstate ?? null,
    })
    await this.#session.advance({ operation: live.operation.record.operation, control: null, tag: null })
  }
}

function gone(): Failure {
  return new Failure({
    code: 'not_found',
    message: 'This result is gone: a later run of its tab has taken its place.',
  })
}
