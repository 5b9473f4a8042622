import { randomUUID } from 'node:crypto'
import type { FieldDef } from 'pg'
import type { Column, Progress, Reach, Row } from '../../core/editor/contract.ts'
import { Failure, type Fault } from '../../core/fault.ts'
import { OpenResult } from './openResult.ts'
import type { OpenOperation } from './operations.ts'
import type { Portal } from './portal.ts'
import type { WireRows } from './rowBytes.ts'
import type { Session } from './session.ts'
import { Spool, type Window } from './spool.ts'
import type { SpoolFile, SpoolFolder } from './spoolFile.ts'
import type { Ways } from './ways.ts'

/** Where the rows of a result come from. */
export interface Source {
  /** The statement, as it was sent. */
  sql: string
  /** Of its parameters, in the order of their numbers. */
  values: readonly (string | null)[]
  /** As the server described them: with table and column where they come from one. Empty for `copy`. */
  fields: readonly FieldDef[]
  columns: Column[]
  /** The operation that made it. */
  operation: string
  /** Who it was read as, and by which settings; null where every session of the connection reads so. */
  ways: Ways | 'unknown' | null
  /** Sorted or filtered on this machine: the statement would bring other rows, or others first. */
  arranged: boolean
}

/** A result whose rows can be looked at. */
export interface Result {
  readonly source: Source
  readonly spool: Spool
  /** Set while the server holds more of its rows. */
  open: OpenResult | null
  /** Why not all of its rows could be read. */
  fault: Fault | null
}

/** A part of a result that is wanted, in rows; values longer than `longest` UTF-16 units are cut. */
export interface Wanted {
  from: number
  count: number
  longest?: number | undefined
}

/** Who reads on is told how far it has come this often, in milliseconds: a window draws it each time. */
const progressMs = 250

/** Rows that whoever takes them all asks for at once. */
const readAtOnce = 20_000

/** The results of a session's last run: their rows are kept on this machine as far as they were read. */
export class Results {
  readonly #session: Session
  readonly #folder: SpoolFolder
  readonly #idleMs: number
  readonly #byId = new Map<string, Result>()
  #file: SpoolFile
  /** Aborts what reads on when the results go. */
  #reading = new AbortController()
  /** The last of those that read or close, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(session: Session, folder: SpoolFolder, idleMs: number) {
    this.#session = session
    this.#folder = folder
    this.#idleMs = idleMs
    this.#file = folder.file()
  }

  get count(): number {
    return this.#byId.size
  }

  /** Where the rows of a statement go while it runs. Whoever keeps no result of it releases it. */
  spool(): Spool {
    return new Spool(this.#file)
  }

  /** Keeps a result that has been read to its end, as far as there was room. */
  keep(source: Source, spool: Spool): string {
    return this.#add({ source, spool, open: null, fault: spool.fault?.fault ?? null })
  }

  /** Keeps a result of which the server holds more. */
  hold(source: Source, spool: Spool, portal: Portal, operation: OpenOperation): string {
    const open = new OpenResult(this.#session, portal, operation, spool)
    const result: Result = { source, spool, open, fault: null }
    this.#watch(result, open)
    return this.#add(result)
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** @throws Failure `not_found` */
  get(id: string): Result {
    const result = this.#byId.get(id)
    if (result === undefined) throw gone()
    return result
  }

  /** Rows of a result; those that were not read yet are read from the server first. */
  async rows(
    id: string,
    { from, count, longest }: Wanted,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Reach & Window> {
    const reach = await this.readOn(id, from + count, signal, onProgress)
    return { ...this.get(id).spool.window(from, count, longest), ...reach }
  }

  /**
   * Reads on until `to` rows are known, there are no others, or the signal aborts. What goes wrong meanwhile is told in
   * `fault`, because what is known stays.
   */
  async readOn(id: string, to: number, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Reach> {
    const result = this.get(id)
    const notices: Reach['notices'] = []
    const ended = AbortSignal.any([signal, this.#reading.signal])
    let toldAt = performance.now()
    while (result.open !== null && result.spool.known < to && !ended.aborted) {
      // Each page in its turn: whoever asks for the next window is not kept waiting by one who reads to the end.
      await this.#inTurn(async () => {
        const { open, spool } = result
        if (open === null || spool.known >= to) return
        notices.push(...(await this.#page(result, open, to - spool.known, ended)))
      })
      if (performance.now() - toldAt < progressMs) continue
      toldAt = performance.now()
      onProgress({ known: result.spool.known })
    }
    return {
      known: result.spool.known,
      done: result.open === null && result.fault === null,
      fault: result.fault,
      notices,
    }
  }

  /** A part of one value that is known; null where the value is. */
  value(id: string, row: number, column: number, from: number, count: number): { text: string | null; length: number } {
    const { spool } = this.get(id)
    if (row >= spool.known) throw new Failure({ code: 'not_found', message: 'This row has not been read yet.' })
    return spool.value(row, column, from, count)
  }

  /**
   * All rows of a result, whole, in their order: those that are kept, then the rest as the server makes them, which are
   * kept too.
   *
   * @throws Failure where not all of them can be had, after those that can; `cancelled` when the signal aborts
   */
  read(id: string, from: number, signal: AbortSignal): AsyncGenerator<Row[]> {
    return this.#all(id, from, signal, { of: (spool, at) => spool.whole(at), count: (rows) => rows.length })
  }

  /** The same as the bytes that are kept, good until one waits for something. Where long values stand, they tell. */
  bytes(id: string, signal: AbortSignal): AsyncGenerator<WireRows> {
    return this.#all(id, 0, signal, { of: (spool, at) => spool.bytes(at), count: (rows) => rows.count })
  }

  async *#all<T>(
    id: string,
    from: number,
    signal: AbortSignal,
    part: { of(spool: Spool, at: number): Iterable<T>; count(rows: T): number },
  ): AsyncGenerator<T> {
    const readOn = async (to: number): Promise<Reach> => {
      const reach = await this.readOn(id, to, signal, () => {})
      if (!reach.done && reach.fault === null && reach.known < to) throw signal.aborted ? cancelled() : gone()
      return reach
    }
    let ahead = readOn(from + readAtOnce)
    for (let at = from; ; ) {
      const { known, done, fault } = await ahead
      const isAll = done || fault !== null
      if (!isAll) {
        // The server makes the next ones while these are taken.
        ahead = readOn(Math.max(at, known) + readAtOnce)
        // It is waited for later, and has its error then.
        ahead.catch(() => {})
      }
      for (const rows of part.of(this.get(id).spool, at)) {
        if (signal.aborted) throw cancelled()
        at += part.count(rows)
        yield rows
      }
      if (signal.aborted) throw cancelled()
      if (!isAll) continue
      if (fault !== null) throw new Failure(fault)
      return
    }
  }

  release(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const result = this.#byId.get(id)
      if (result === undefined) return
      if (result.open !== null) await this.#close(result, result.open)
      this.#byId.delete(id)
      result.spool.release()
    })
  }

  /** Lets go of all: results die with the next run of their session. */
  clear(): Promise<void> {
    this.#reading.abort()
    return this.#inTurn(async () => {
      for (const result of this.#byId.values()) {
        if (result.open !== null) await this.#close(result, result.open)
        result.spool.release()
      }
      this.#byId.clear()
      this.#file = this.#folder.file()
      this.#reading = new AbortController()
    })
  }

  #add(result: Result): string {
    const id = randomUUID()
    this.#byId.set(id, result)
    return id
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    // The next in line starts whatever became of this one; its caller has the error.
    this.#last = result.catch(() => {})
    return result
  }

  async #page(result: Result, open: OpenResult, rows: number, signal: AbortSignal): Promise<Reach['notices']> {
    open.unwatch()
    const { notices, fault } = await open.page(rows, signal)
    result.fault = fault ?? result.spool.fault?.fault ?? null
    if (open.ended) result.open = null
    // More could come, and could not be kept.
    else if (result.spool.fault !== null) await this.#close(result, open)
    else this.#watch(result, open)
    return notices
  }

  async #close(result: Result, open: OpenResult): Promise<void> {
    result.open = null
    await open.close()
  }

  /** A result that nobody reads keeps the server's snapshot, and with it dead rows, from being let go. */
  #watch(result: Result, open: OpenResult): void {
    open.watch(this.#idleMs, () => {
      void this.#inTurn(async () => {
        if (result.open !== open) return
        const seconds = (this.#idleMs / 1000).toLocaleString('en')
        result.fault = {
          code: 'unavailable',
          message: `The rest of this result was let go after ${seconds} s without being read, so that the server need not hold its snapshot.`,
          hint: 'The rows that were read stay. To read the others, run the query again.',
        }
        await this.#close(result, open)
      })
    })
  }
}

function cancelled(): Failure {
  return new Failure({ code: 'cancelled', message: 'Cancelled.' })
}

function gone(): Failure {
  return new Failure({
    code: 'not_found',
    message: 'This result is gone: a later run of its tab has taken its place.',
  })
}
