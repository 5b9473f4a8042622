import pg from 'pg'
import { apart, encodeRow, lastOf, type WireRows } from './rowBytes.ts'
import type { RowTap } from './rowTap.ts'
import { pageCharacters } from './size.ts'

/** Rows of whose size nothing is known yet are asked for in a small number: each may be huge. */
const firstRows = 10

/** A part of a result, fewer rows than were asked for where they are very long: `done` when the statement has ended. */
export interface Page {
  /** How many were handed over. */
  rows: number
  done: boolean
}

/**
 * How to run a statement: to its end, or in pages as they are asked for. Rows are handed over as they come; their bytes
 * are good until `onRows` returns.
 */
export type Delivery =
  | { kind: 'whole'; onRows(rows: WireRows): void }
  | { kind: 'paged'; firstPage: number; onRows(rows: WireRows): void }

/**
 * One statement at the server, by the extended protocol. Submit it with `client.query(portal)`.
 *
 * pg-cursor is not used here: a `copy` makes it throw inside the socket's own event, it hides an error that
 * comes with the commit (a deferred constraint), and it shortens the command tag to its first word.
 */
export class Portal implements pg.Submittable {
  /** Null until the server has described the result, and where the statement returns no rows. */
  fields: pg.FieldDef[] | null = null
  /** PostgreSQL's command tag with its numbers: `INSERT 0 5`. Null until the statement has ended. */
  tag: string | null = null
  /** Set while the server sends what `copy … to stdout` writes, in text or in binary format. */
  copying: 'text' | 'binary' | null = null

  readonly #tap: RowTap
  readonly #text: string
  readonly #delivery: Delivery
  readonly #values: readonly (string | null)[]
  #connection: pg.Connection | null = null
  /** Rows that came of the page under way. */
  #rows = 0
  /** Rows that the page under way shall have. */
  #wanted = Number.POSITIVE_INFINITY
  /** The first row of the next page: the server tells of the end only when it is asked for more than there is. */
  #ahead: WireRows | null = null
  /** Of the page under way: never fewer than characters. */
  #bytes = 0
  #seen = { rows: 0, bytes: 0 }
  #waiting: PromiseWithResolvers<Page> = Promise.withResolvers()
  /** A Sync is on its way: the server answers with ReadyForQuery, and the transaction is decided. */
  #synced = false
  #ended = false
  #failure: unknown

  /**
   * @param tap of the session that it is submitted to
   * @param values bound to `$1`, `$2`, … as text, of the types that the server finds for them
   */
  constructor(tap: RowTap, text: string, delivery: Delivery, values: readonly (string | null)[] = []) {
    this.#tap = tap
    this.#text = text
    this.#delivery = delivery
    this.#values = values
  }

  /** The first page, or all there is of a statement that is run whole. */
  get first(): Promise<Page> {
    return this.#waiting.promise
  }

  /** The statement has ended, well or not, and its session is free again. */
  get ended(): boolean {
    return this.#ended
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection
    this.#tap.take = this.#take
    const whole = this.#delivery.kind === 'whole'
    connection.on('copyOutResponse', this.#startCopy)
    inOnePacket(connection, () => {
      connection.parse({ name: '', text: this.#text, types: [] }, true)
      connection.bind({ values: [...this.#values] }, true)
      connection.describe({ type: 'P', name: '' }, true)
      if (this.#delivery.kind === 'paged') this.#ask(this.#delivery.firstPage)
      else this.#execute(0)
      if (whole) this.#sync()
    })
  }

  /** The next `count` rows of a statement whose last page was not the end. */
  read(count: number): Promise<Page> {
    if (this.#ended) return this.#failure === undefined ? Promise.resolve(nothingMore) : Promise.reject(this.#failure)
    this.#waiting = Promise.withResolvers()
    this.#ask(count)
    return this.#waiting.promise
  }

  /** Lets go of the rows that were not read. The statement ends well, and commits if it ran by itself. */
  close(): Promise<Page> {
    const connection = this.#connection
    if (this.#ended || connection === null) return Promise.resolve(nothingMore)
    this.#waiting = Promise.withResolvers()
    inOnePacket(connection, () => {
      connection.close({ type: 'P', name: '' }, true)
      this.#sync()
    })
    return this.#waiting.promise
  }

  #ask(count: number): void {
    this.#wanted = count
    this.#bytes = 0
    const ahead = this.#ahead
    this.#ahead = null
    if (ahead !== null) this.#take(ahead)
    this.#askOn()
  }

  /**
   * Asks for as many more rows of the page as will fit into it, going by the size of those that were seen, and for the
   * row behind it.
   */
  #askOn(): void {
    const { rows, bytes } = this.#seen
    const fitting = rows === 0 ? firstRows : (pageCharacters - this.#bytes) / Math.max(1, bytes / rows)
    this.#execute(Math.max(1, Math.min(this.#wanted + 1 - this.#rows, Math.floor(fitting))))
  }

  #execute(rows: number): void {
    this.#connection?.execute({ rows: String(rows) }, true)
    this.#connection?.flush()
  }

  #sync(): void {
    this.#synced = true
    this.#connection?.sync()
  }

  #end(): void {
    this.#ended = true
    if (this.#tap.take === this.#take) this.#tap.take = null
    this.#connection?.off('copyOutResponse', this.#startCopy)
  }

  #fail(error: unknown): void {
    this.#end()
    this.#failure = error
    this.#waiting.reject(error)
  }

  readonly #startCopy = (message: { binary: boolean }): void => {
    this.copying = message.binary ? 'binary' : 'text'
  }

  handleRowDescription(message: { fields: pg.FieldDef[] }): void {
    this.fields = message.fields
  }

  readonly #take = (rows: WireRows): void => {
    const bytes = rows.end - rows.start
    this.#rows += rows.count
    this.#bytes += bytes
    this.#seen.rows += rows.count
    this.#seen.bytes += bytes
    if (this.#rows <= this.#wanted) {
      this.#delivery.onRows(rows)
      return
    }
    const last = lastOf(rows)
    this.#ahead = apart(last)
    if (rows.count > 1) this.#delivery.onRows({ ...rows, end: last.start, count: rows.count - 1 })
  }

  handlePortalSuspended(): void {
    if (this.#rows <= this.#wanted && this.#bytes < pageCharacters) this.#askOn()
    else this.#waiting.resolve({ rows: this.#takeRows(), done: false })
  }

  handleCommandComplete(message: { text: string }): void {
    this.tag = message.text
    if (!this.#synced) this.#sync()
  }

  handleEmptyQuery(): void {
    this.tag = ''
    if (!this.#synced) this.#sync()
  }

  handleReadyForQuery(): void {
    this.#end()
    this.#waiting.resolve({ rows: this.#takeRows(), done: true })
  }

  /** The server sends what a `copy … to stdout` writes: one row a message. */
  handleCopyData(message: { chunk: Buffer }): void {
    const text = this.copying === 'binary' ? `\\x${message.chunk.toString('hex')}` : message.chunk.toString('utf8')
    this.#take(encodeRow([text.replace(/\n$/, '')]))
  }

  /** The server wants the rows of a `copy … from stdin`: it is told that there are none, and says so as an error. */
  handleCopyInResponse(connection: pg.Connection): void {
    connection.stream.write(copyFail('A script cannot supply the rows of COPY … FROM STDIN here.'))
    // While it waits for rows, the server has thrown away the Sync that followed the statement.
    this.#synced = false
  }

  handleError(error: unknown): void {
    const connection = this.#connection
    if (this.#ended) return
    this.tag = null
    if (connection === null || !isAboutStatement(error)) {
      this.#fail(error)
      return
    }
    // The client forgets a statement that failed, and hears of the end of its transaction alone.
    const settle = (): void => {
      connection.off('readyForQuery', settle)
      connection.off('end', settle)
      this.#fail(error)
    }
    connection.on('readyForQuery', settle)
    connection.on('end', settle)
    if (!this.#synced) this.#sync()
  }

  #takeRows(): number {
    const rows = Math.min(this.#rows, this.#wanted)
    this.#rows = 0
    return rows
  }
}

const nothingMore: Page = { rows: 0, done: true }

/** An error of the server's after which the session goes on. */
function isAboutStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC'
}

function inOnePacket(connection: pg.Connection, write: () => void): void {
  connection.stream.cork()
  try {
    write()
  } finally {
    connection.stream.uncork()
  }
}

/** The protocol's CopyFail: `f`, the length, and the reason as text that ends with a zero byte. */
function copyFail(reason: string): Buffer {
  const text = Buffer.from(`${reason}\0`, 'utf8')
  const message = Buffer.alloc(5 + text.length)
  message.write('f', 0, 'latin1')
  message.writeInt32BE(4 + text.length, 1)
  text.copy(message, 5)
  return message
}
