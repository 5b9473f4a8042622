import { createHash, type Hash } from 'node:crypto'
import type { LogRefusal } from '../../core/logs/contract.ts'
import type { LogEvent } from '../../core/logs/event.ts'
import type { ParserOptions } from '../../core/logs/options.ts'
import { LogParser } from '../../core/logs/parser.ts'
import type { ParserSummary } from '../../core/logs/state.ts'
import { asAscii } from './ascii.ts'
import { CopyRows } from './copyRow.ts'
import { Fingerprints } from './fingerprints.ts'
import type { Batch, Counts, KnownPart, ReadingTask } from './protocol.ts'
import type { RowMemory } from './rowMemory.ts'
import { Rows } from './rows.ts'

/** Of the lines of one part that could not be read, so many are kept; all are counted. */
const mostRefusals = 1_000

const newline = 10

/** What has come of reading a piece. */
export type Step = 'more' | 'verified' | 'differs'

/**
 * Reads an unpacked log, piece by piece, into parts to be committed: rows, and how far it came. What was imported before is
 * recognised by its hash, and passed over.
 */
export class Reading {
  readonly #task: ReadingTask
  readonly #parser: LogParser
  readonly #rows: Rows
  readonly #tail: Rows
  readonly #statements: Fingerprints
  readonly #hash = createHash('sha256')
  #known: KnownPart | null
  /** Hashes of the log at the ends of known parts that were passed. */
  #agreed = true
  #end = 0
  #isTail = false
  #refusals: LogRefusal[] = []
  readonly #openRefusals: LogRefusal[] = []
  #before: ParserSummary
  #waitingBytes = 0
  /** What of its archive could not be read, in sentences. */
  readonly losses: string[] = []
  /** Bytes that have come. */
  read = 0
  /** Where the part that is being read begins. */
  from: number

  constructor(task: ReadingTask, memory: RowMemory, options: ParserOptions) {
    this.#task = task
    this.#known = task.known
    this.from = task.known?.to ?? 0
    const made = new CopyRows(task.file, task.ascii)
    this.#rows = new Rows(memory, task.ascii, made)
    this.#tail = new Rows(memory, task.ascii, made)
    this.#statements = new Fingerprints(task.ascii)
    const use = (event: LogEvent): void => {
      const rows = this.#isTail ? this.#tail : this.#rows
      rows.add(event, this.#statements.of(event.statement))
    }
    this.#parser = new LogParser(
      options,
      use,
      ({ line, offset, reason, text }) => {
        const refusals = this.#isTail ? this.#openRefusals : this.#refusals
        if (refusals.length < mostRefusals)
          refusals.push({ line, offset, reason, text: task.ascii ? asAscii(text) : text })
      },
      task.known?.state ?? null,
    )
    this.#before = task.known?.state.summary ?? emptySummary
  }

  /** A part is as large as it should be. */
  get isFull(): boolean {
    return this.#known === null && this.read - this.from >= this.#task.batchBytes
  }

  push(chunk: Uint8Array): Step {
    const known = this.#known
    if (known === null) {
      this.#take(chunk)
      return 'more'
    }
    const old = chunk.subarray(0, Math.max(0, known.to - this.read))
    this.#verify(known, old)
    if (!this.#agreed) return 'differs'
    if (this.read < known.to) return 'more'
    this.#known = null
    const rest = chunk.subarray(old.length)
    if (rest.length > 0) this.#take(rest)
    return 'verified'
  }

  /** The log has ended; `differs` where it is no earlier copy of the one that was imported. */
  ended(): Step {
    // What is behind the last end of a part that was passed, nobody can compare: it begins and goes on like the known log.
    return this.#known === null ? 'more' : 'verified'
  }

  /** Ends in the middle of what is known. */
  get isShorter(): boolean {
    return this.#known !== null
  }

  /** What has come since the part before. The parser is done with when `isEnd`. */
  batch(isEnd: boolean): Batch {
    const state = JSON.stringify(this.#parser.state())
    const summary = this.#parser.summary()
    const counts = difference(summary, this.#before)
    this.#before = summary
    const fresh = this.#statements.take()
    this.#isTail = isEnd
    const open = difference(isEnd ? this.#parser.end() : summary, summary)
    const batch: Batch = {
      kind: 'batch',
      from: this.from,
      to: this.read,
      hash: this.#hash.copy().digest('hex'),
      state,
      isEnd,
      ...this.#rows.take(),
      ...tailOf(this.#tail),
      counts,
      open,
      unknownZones: summary.unknownZones,
      losses: [...this.losses],
      waitingBytes: this.#waitingBytes,
      fingerprints: fresh.map(({ fingerprint }) => fingerprint),
      statements: fresh.map(({ statement }) => statement),
      refusals: this.#refusals,
      openRefusals: this.#openRefusals,
      openStatements: this.#statements.take(),
    }
    this.#refusals = []
    this.from = this.read
    return batch
  }

  #take(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.read += chunk.length
    const last = chunk.lastIndexOf(newline)
    this.#waitingBytes = last < 0 ? this.#waitingBytes + chunk.length : chunk.length - 1 - last
    this.#parser.push(chunk)
  }

  /** What was read before: compared, and read again from where something is not finished. */
  #verify(known: KnownPart, chunk: Uint8Array): void {
    let rest = chunk
    while (rest.length > 0 && this.#agreed) {
      const end = known.ends[this.#end]
      const piece = end === undefined ? rest : rest.subarray(0, end.offset - this.read)
      const again = piece.subarray(Math.max(0, known.state.from - this.read))
      const last = piece.lastIndexOf(newline)
      this.#waitingBytes = last < 0 ? this.#waitingBytes + piece.length : piece.length - 1 - last
      this.#hash.update(piece)
      this.read += piece.length
      if (again.length > 0) this.#parser.push(again)
      if (end !== undefined && this.read === end.offset) {
        this.#agreed = digestOf(this.#hash) === end.hash
        this.#end += 1
      }
      rest = rest.subarray(piece.length)
    }
  }
}

function digestOf(hash: Hash): string {
  return hash.copy().digest('hex')
}

const emptySummary: ParserSummary = {
  bytes: 0,
  records: 0,
  events: 0,
  kinds: {},
  merged: 0,
  redacted: 0,
  refused: 0,
  others: 0,
  unknownZones: [],
  first: null,
  last: null,
}

function difference(now: ParserSummary, before: ParserSummary): Counts {
  const kinds = Object.entries(now.kinds).map(([kind, count]) => [kind, count - (countOf(before, kind) ?? 0)] as const)
  return {
    records: now.records - before.records,
    events: now.events - before.events,
    merged: now.merged - before.merged,
    redacted: now.redacted - before.redacted,
    refused: now.refused - before.refused,
    kinds: Object.fromEntries(kinds.filter(([, count]) => count > 0)),
  }
}

function countOf({ kinds }: ParserSummary, kind: string): number | undefined {
  return Object.entries(kinds).find(([name]) => name === kind)?.[1]
}

function tailOf(tail: Rows): { tail: Uint8Array[]; tailRows: number } {
  const { rows, count } = tail.take()
  return { tail: rows, tailRows: count }
}
