import type { LogEvent } from './event.ts'

/** The place of a message in the log: filled by the event that it becomes, or dropped when it is a part of another. */
export interface Slot {
  fill(event: LogEvent): void
  drop(): void
}

interface Place extends Slot {
  /** The byte at which its message begins. */
  readonly offset: number
  state: 'waiting' | 'filled' | 'dropped' | 'late'
  event: LogEvent | null
  /** Characters of the event. */
  weight: number
}

/**
 * Characters of events, and places, that are held for one that waits. Behind so many, it comes late rather than hold all
 * others.
 */
const mostHeldCharacters = 33_554_432
const mostHeld = 100_000

/** Hands on events in the order in which they began, though the first to begin may be the last to end. */
export class Order {
  readonly #use: (event: LogEvent) => void
  /** By their offsets, the lowest first. */
  #places: Place[] = []
  #first = 0
  #characters = 0

  constructor(use: (event: LogEvent) => void) {
    this.#use = use
  }

  /** The place of the message that begins at this byte: it is taken when it is first asked for. */
  slot(offset: number): Slot {
    const at = this.#find(offset)
    const known = this.#places[at]
    if (known?.offset === offset) return known
    const place = this.#newPlace(offset)
    if (at === this.#places.length) this.#places.push(place)
    else this.#places.splice(at, 0, place)
    this.#relieve()
    return place
  }

  /** What begins at this byte is no message of its own. */
  drop(offset: number): void {
    const place = this.#places[this.#find(offset)]
    if (place?.offset === offset) place.drop()
  }

  #newPlace(offset: number): Place {
    const place: Place = {
      offset,
      state: 'waiting',
      event: null,
      weight: 0,
      fill: (event) => {
        if (place.state === 'late') {
          this.#use(event)
          return
        }
        place.state = 'filled'
        place.event = event
        place.weight = charactersOf(event)
        this.#characters += place.weight
        if (this.#places[this.#first] === place) this.#drain()
        else this.#relieve()
      },
      drop: () => {
        if (place.state === 'late') return
        place.state = 'dropped'
        if (this.#places[this.#first] === place) this.#drain()
      },
    }
    return place
  }

  /** Where the place of this offset is, or would be: nearly always behind all others. */
  #find(offset: number): number {
    let from = this.#first
    let to = this.#places.length
    if (to > from && (this.#places[to - 1]?.offset ?? 0) < offset) return to
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#places[middle]?.offset ?? 0) < offset) from = middle + 1
      else to = middle
    }
    return from
  }

  #relieve(): void {
    while (this.#places.length - this.#first > mostHeld || this.#characters > mostHeldCharacters) {
      const first = this.#places[this.#first]
      if (first === undefined) return
      first.state = 'late'
      this.#first += 1
      this.#drain()
    }
  }

  #drain(): void {
    for (let place = this.#places[this.#first]; place !== undefined; place = this.#places[this.#first]) {
      if (place.state === 'waiting') break
      if (place.event !== null) {
        this.#characters -= place.weight
        this.#use(place.event)
        place.event = null
      }
      this.#first += 1
    }
    if (this.#first > 1024 && this.#first * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#first)
      this.#first = 0
    }
  }
}

/** What of an event may be long. */
function charactersOf({ statement, message, detail, hint, context, query, plan, parameters }: LogEvent): number {
  let characters = 0
  for (const text of [statement, message, detail, hint, context, query, plan]) characters += text?.length ?? 0
  for (const value of parameters ?? []) characters += value?.length ?? 0
  return characters
}
