import { own } from './own.ts'

interface Place<T> {
  readonly key: string
  value: T | null
  older: Place<T> | null
  newer: Place<T> | null
}

/** Places without anything that are kept for the session's next one. */
const mostEmpty = 8_192

/**
 * What of each session is not finished yet, its last message say, the oldest first. A session keeps its place in the table between two messages: a map
 * that entries go into and out of with each of them is made anew all the time, and V8 ties what it was to what it becomes,
 * so that all of it, with every message that it held, stays in memory until the whole heap is swept.
 */
export class Pending<T> {
  #places = new Map<string, Place<T>>()
  #oldest: Place<T> | null = null
  #newest: Place<T> | null = null
  size = 0

  get(key: string): T | null {
    return this.#places.get(key)?.value ?? null
  }

  /** Becomes the newest one. The session's own one before has been taken. */
  put(key: string, value: T): void {
    const place = this.#places.get(key) ?? this.#add(key)
    place.value = value
    place.older = this.#newest
    if (this.#newest === null) this.#oldest = place
    else this.#newest.newer = place
    this.#newest = place
    this.size += 1
  }

  take(key: string): T | null {
    const place = this.#places.get(key)
    const value = place?.value ?? null
    if (place === undefined || value === null) return null
    this.#unlink(place)
    place.value = null
    return value
  }

  get oldest(): string | null {
    return this.#oldest?.key ?? null
  }

  /** The oldest first. */
  keys(): string[] {
    const keys: string[] = []
    for (let place = this.#oldest; place !== null; place = place.newer) keys.push(place.key)
    return keys
  }

  #add(key: string): Place<T> {
    if (this.#places.size >= this.size + mostEmpty) {
      this.#places = new Map([...this.#places].filter(([, { value }]) => value !== null))
    }
    const place: Place<T> = { key: own(key), value: null, older: null, newer: null }
    this.#places.set(place.key, place)
    return place
  }

  #unlink(place: Place<T>): void {
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
