import { own } from './own.ts'
import type { LogRecord } from './record.ts'

interface Place {
  readonly key: string
  record: LogRecord | null
  older: Place | null
  newer: Place | null
}

/** Places without a record that are kept for the session's next one. */
const mostEmpty = 8_192

/**
 * The last message of each session, the oldest first. A session keeps its place in the table between two messages: a map
 * that entries go into and out of with each of them is made anew all the time, and V8 ties what it was to what it becomes,
 * so that all of it, with every message that it held, stays in memory until the whole heap is swept.
 */
export class PendingRecords {
  #places = new Map<string, Place>()
  #oldest: Place | null = null
  #newest: Place | null = null
  size = 0

  get(key: string): LogRecord | null {
    return this.#places.get(key)?.record ?? null
  }

  /** Becomes the newest one. The session's own one before has been taken. */
  put(key: string, record: LogRecord): void {
    const place = this.#places.get(key) ?? this.#add(key)
    place.record = record
    place.older = this.#newest
    if (this.#newest === null) this.#oldest = place
    else this.#newest.newer = place
    this.#newest = place
    this.size += 1
  }

  take(key: string): LogRecord | null {
    const place = this.#places.get(key)
    const record = place?.record ?? null
    if (place === undefined || record === null) return null
    this.#unlink(place)
    place.record = null
    return record
  }

  /** The oldest first. */
  keys(): string[] {
    const keys: string[] = []
    for (let place = this.#oldest; place !== null; place = place.newer) keys.push(place.key)
    return keys
  }

  #add(key: string): Place {
    if (this.#places.size >= this.size + mostEmpty) {
      this.#places = new Map([...this.#places].filter(([, { record }]) => record !== null))
    }
    const place: Place = { key: own(key), record: null, older: null, newer: null }
    this.#places.set(place.key, place)
    return place
  }

  #unlink(place: Place): void {
    const { older, newer } = place
    if (older === null) this.#oldest = newer
    else older.newer = newer
    if (newer === null) this.#newest = older
    else newer.older = older
    place.older = null
    place.newer = null
    this.size -= 1
  }
}
