import { constants } from 'node:buffer'
import type pg from 'pg'
import { Failure } from '../../core/fault.ts'
import { headBytes, rowLetter, type WireRows } from './rowBytes.ts'

/**
 * Stands between the socket of a session and its client. Rows that somebody takes go there as the bytes that came, many
 * at a time; everything else goes to the client. The client would make a text of each value: most of the work of
 * reading, and garbage of the size of the whole result.
 */
export class RowTap {
  /** Takes rows, whose bytes are its own until it returns. While there is none, the client reads them like all else. */
  take: ((rows: WireRows) => void) | null = null

  readonly #pass: (bytes: Buffer) => void
  /** What every message begins with, where it came in two parts. */
  readonly #head = Buffer.alloc(headBytes)
  #headCame = 0
  /** A row that comes in parts. */
  #row: Buffer | null = null
  #rowCame = 0
  /** Bytes of the client's message under way that have not come yet. */
  #left = 0

  /** @param pass gives the client what it is to read, in order */
  constructor(pass: (bytes: Buffer) => void) {
    this.#pass = pass
  }

  /**
   * Puts one into a session that has just begun. What cannot be read ends the session: an error inside the socket's own
   * event would end the whole program.
   */
  static into({ connection: { stream } }: pg.Client): RowTap {
    const readers = stream.listeners('data')
    const tap = new RowTap((bytes) => {
      for (const read of readers) Reflect.apply(read, stream, [bytes])
    })
    stream.removeAllListeners('data')
    stream.on('data', (chunk: Buffer) => {
      try {
        tap.read(chunk)
      } catch (thrown) {
        stream.destroy(thrown instanceof Failure ? thrown : tooLong(thrown))
      }
    })
    return tap
  }

  /** The next bytes that the server has sent. */
  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#row !== null) at = this.#fillRow(this.#row, chunk, at)
      else if (this.#headCame > 0) at = this.#fillHead(chunk, at)
      else at = this.#go(chunk, at)
    }
  }

  /** Passes on what is the client's, then takes the rows that follow. */
  #go(chunk: Buffer, from: number): number {
    let at = from + Math.min(this.#left, chunk.length - from)
    this.#left -= at - from
    while (at + headBytes <= chunk.length && !this.#isRow(chunk, at)) {
      const end = endOf(chunk, at)
      at = Math.min(end, chunk.length)
      this.#left = end - at
    }
    if (at > from) this.#pass(chunk.subarray(from, at))
    if (at + headBytes <= chunk.length) return this.#takeRows(chunk, at)
    return at === chunk.length ? at : this.#fillHead(chunk, at)
  }

  #takeRows(chunk: Buffer, from: number): number {
    let at = from
    let count = 0
    while (at + headBytes <= chunk.length && this.#isRow(chunk, at)) {
      const end = endOf(chunk, at)
      if (end > chunk.length) {
        this.#beginRow(end - at)
        break
      }
      at = end
      count += 1
    }
    if (count > 0) this.take?.({ bytes: chunk, start: from, end: at, count })
    return at
  }

  #beginRow(size: number): Buffer {
    if (size > constants.MAX_STRING_LENGTH) throw tooLong(`${size} bytes`)
    this.#row = Buffer.allocUnsafe(size)
    this.#rowCame = 0
    return this.#row
  }

  #fillRow(row: Buffer, chunk: Buffer, at: number): number {
    const took = chunk.copy(row, this.#rowCame, at)
    this.#rowCame += took
    if (this.#rowCame === row.length) {
      this.#row = null
      this.take?.({ bytes: row, start: 0, end: row.length, count: 1 })
    }
    return at + took
  }

  #fillHead(chunk: Buffer, at: number): number {
    const took = chunk.copy(this.#head, this.#headCame, at)
    this.#headCame += took
    if (this.#headCame === headBytes) {
      this.#headCame = 0
      const size = endOf(this.#head, 0)
      if (this.#isRow(this.#head, 0)) {
        this.#rowCame = this.#head.copy(this.#beginRow(size))
      } else {
        this.#left = size - headBytes
        this.#pass(Buffer.from(this.#head))
      }
    }
    return at + took
  }

  #isRow(bytes: Buffer, at: number): boolean {
    return bytes[at] === rowLetter && this.take !== null
  }
}

/** Where a message ends that begins at `at`: a letter, and a length that counts itself. */
function endOf(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at + 1)
  if (length < headBytes - 1) throw notUnderstood()
  return at + 1 + length
}

function tooLong(cause: unknown): Failure {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new Failure(
    {
      code: 'connection_lost',
      message: 'The server sent a value that is too long to be read: some 500 million characters.',
      detail,
      hint: 'Select a part of it, by substr(…) for one.',
    },
    { cause },
  )
}

function notUnderstood(): Failure {
  return new Failure({
    code: 'connection_lost',
    message: 'What the server sent is not what a PostgreSQL server sends.',
    hint: 'Does something between here and the server change what passes? Open a new session.',
  })
}
