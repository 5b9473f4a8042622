import type { LogEvent } from '../../core/logs/event.ts'
import { CopyBytes } from './copyBytes.ts'
import { type CopyRows, momentOf } from './copyRow.ts'
import type { RowMemory } from './rowMemory.ts'

/** No time begins so. */
const noMonth = '-'

/** Rows of COPY, and what has to be known of them before they are sent. */
export class Rows {
  readonly #bytes: CopyBytes
  readonly #made: CopyRows
  #count = 0
  #months = new Set<string>()
  /** Of the row before. */
  #month = noMonth
  #first: string | null = null
  #last: string | null = null

  constructor(memory: RowMemory, ascii: boolean, made: CopyRows) {
    this.#bytes = new CopyBytes(memory, ascii)
    this.#made = made
  }

  add(event: LogEvent, fingerprint: string | null): void {
    const time = momentOf(event.time)
    this.#count += 1
    this.#made.write(this.#bytes, event, time, fingerprint)
    if (time === null) return
    if (!time.startsWith(this.#month)) {
      this.#month = time.slice(0, 7)
      this.#months.add(this.#month)
    }
    if (this.#first === null || time < this.#first) this.#first = time
    if (this.#last === null || time > this.#last) this.#last = time
  }

  take(): { rows: Uint8Array[]; count: number; months: string[]; first: string | null; last: string | null } {
    const taken = {
      rows: this.#bytes.take(),
      count: this.#count,
      months: Array.from(this.#months, (month) => `${month}-01`).sort(),
      first: this.#first,
      last: this.#last,
    }
    this.#count = 0
    this.#months = new Set()
    this.#month = noMonth
    this.#first = null
    this.#last = null
    return taken
  }
}
