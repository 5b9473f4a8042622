import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { prepareQuery } from '../cache/query.ts'

const facetRow = z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.number().nullable(), z.int()])
type FacetRow = z.output<typeof facetRow>

const codes = ['status', 'type', 'identity', 'user'] as const
export type CodeName = (typeof codes)[number]

const valueRow = z.object({ id: z.int(), kind: z.enum(codes), value: z.string() })

/** Rows that are read at once, so that a question need not wait long while they are. */
const loadedAtOnce = 20_000

/** The largest number that a position can be: see `operation.position`. */
export const afterAll = Number.MAX_SAFE_INTEGER

/**
 * What operations are filtered and counted by, of all of them, column by column, oldest first: a million are looked
 * through in some milliseconds, and take 30 MB.
 */
export class Columns {
  size = 0
  /** Another one after each change by which an index may mean another operation. */
  version = 0
  /** Counts whatever changes. */
  changes = 0
  /** All codes are below this number. */
  codes = 1
  position = new Float64Array(1024)
  status = new Int32Array(1024)
  type = new Int32Array(1024)
  identity = new Int32Array(1024)
  user = new Int32Array(1024)
  /** NaN where it is not known. */
  duration = new Float32Array(1024)
  /** The number of its text in the index. */
  text = new Int32Array(1024)
  readonly #db: Database
  readonly #values = new Map<number, { kind: CodeName; value: string }>()
  readonly #readValues
  readonly #readFacet

  constructor(db: Database) {
    this.#db = db
    this.#readValues = prepareQuery(db, 'select id, kind, value from facet_value where id > ?', valueRow)
    this.#readFacet = db
      .prepare(
        'select position, status, type, identity, user, duration_ms, text_number from operation_facet where position = ?',
      )
      .raw()
  }

  /** Reads all of them; `pause` runs now and then. */
  async load(pause: () => Promise<void>): Promise<void> {
    this.#learnValues()
    const page = this.#db
      .prepare(
        `select position, status, type, identity, user, duration_ms, text_number from operation_facet
         where position > ? order by position limit ${loadedAtOnce}`,
      )
      .raw()
    this.size = 0
    this.version += 1
    this.changes += 1
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = page.all(after)
      this.#grow(this.size + rows.length)
      // Checked by its shape at the ends alone: a million rows would take as long to check as to read.
      const last = rows.at(-1)
      if (last === undefined) return
      for (const row of rows) this.#put(this.size++, row as FacetRow)
      after = facetRow.parse(last)[0]
      await pause()
    }
  }

  /** Reads again those at `positions`: new, changed, or gone. */
  refresh(positions: ReadonlySet<number>): void {
    this.#learnValues()
    this.changes += 1
    const added: FacetRow[] = []
    const gone = new Set<number>()
    for (const position of positions) {
      const row = facetRow.optional().parse(this.#readFacet.get(position))
      const at = this.below(position)
      const isKnown = at < this.size && this.position[at] === position
      if (row === undefined) {
        if (isKnown) gone.add(position)
      } else if (isKnown) this.#put(at, row)
      else added.push(row)
    }
    if (gone.size > 0 || added.length > 0) this.version += 1
    if (gone.size > 0) this.#remove(gone)
    if (added.length > 0) this.#insert(added.sort((a, b) => a[0] - b[0]))
  }

  /** Where those at `positions` stand; what is not there is left out. */
  indexesOf(positions: Iterable<number>): number[] {
    const indexes: number[] = []
    for (const position of positions) {
      const index = this.below(position)
      if (index < this.size && this.position[index] === position) indexes.push(index)
    }
    return indexes
  }

  /** How many began before `position`. */
  below(position: number): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.position[middle] ?? afterAll) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The codes of `values`; what nobody has is left out. */
  codesOf(kind: CodeName, values: readonly string[]): number[] {
    const wanted = new Set(values)
    return [...this.#values].filter(([, known]) => known.kind === kind && wanted.has(known.value)).map(([id]) => id)
  }

  /** By code, 1 for those of `values`: a million are asked, one after the other. */
  isOneOf(kind: CodeName, values: readonly string[]): Uint8Array {
    const isOne = new Uint8Array(this.codes)
    for (const code of this.codesOf(kind, values)) isOne[code] = 1
    return isOne
  }

  valueOf(code: number): string {
    return this.#values.get(code)?.value ?? ''
  }

  #learnValues(): void {
    const last = this.codes - 1
    for (const { id, kind, value } of this.#readValues.all(last)) {
      this.#values.set(id, { kind, value })
      this.codes = Math.max(this.codes, id + 1)
    }
  }

  #put(at: number, [position, status, type, identity, user, duration, text]: FacetRow): void {
    this.position[at] = position
    this.status[at] = status
    this.type[at] = type
    this.identity[at] = identity
    this.user[at] = user
    this.duration[at] = duration ?? Number.NaN
    this.text[at] = text
  }

  #move(from: number, to: number): void {
    this.#put(to, [
      this.position[from] ?? 0,
      this.status[from] ?? 0,
      this.type[from] ?? 0,
      this.identity[from] ?? 0,
      this.user[from] ?? 0,
      this.duration[from] ?? Number.NaN,
      this.text[from] ?? -1,
    ])
  }

  /** Most are newer than all others; what a server tells of late goes in between. From the end, so that nothing is overwritten. */
  #insert(rows: readonly FacetRow[]): void {
    let from = this.size - 1
    const [first] = rows
    const last = rows.at(-1)
    if (first === undefined || last === undefined) return
    const place = this.below(first[0])
    const isOnePlace = place === this.below(last[0])
    this.size += rows.length
    this.#grow(this.size)
    if (isOnePlace) {
      for (const column of this.#all()) column.copyWithin(place + rows.length, place, from + 1)
      rows.forEach((row, at) => {
        this.#put(place + at, row)
      })
      return
    }
    let at = rows.length - 1
    for (let to = this.size - 1; at >= 0; to -= 1) {
      const row = rows[at]
      if (row === undefined) return
      if (from >= 0 && (this.position[from] ?? 0) > row[0]) {
        this.#move(from, to)
        from -= 1
      } else {
        this.#put(to, row)
        at -= 1
      }
    }
  }

  #remove(gone: ReadonlySet<number>): void {
    let to = 0
    for (let from = 0; from < this.size; from += 1) {
      if (gone.has(this.position[from] ?? 0)) continue
      if (from !== to) this.#move(from, to)
      to += 1
    }
    this.size = to
  }

  #grow(size: number): void {
    if (size <= this.position.length) return
    const capacity = Math.max(size, Math.ceil(this.position.length * 1.5))
    this.position = grown(this.position, new Float64Array(capacity))
    this.status = grown(this.status, new Int32Array(capacity))
    this.type = grown(this.type, new Int32Array(capacity))
    this.identity = grown(this.identity, new Int32Array(capacity))
    this.user = grown(this.user, new Int32Array(capacity))
    this.duration = grown(this.duration, new Float32Array(capacity))
    this.text = grown(this.text, new Int32Array(capacity))
  }

  #all(): (Float64Array | Float32Array | Int32Array)[] {
    return [this.position, this.status, this.type, this.identity, this.user, this.duration, this.text]
  }
}

function grown<T extends Float64Array | Int32Array | Float32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
