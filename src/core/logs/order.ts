import type { LogEvent } from './event.ts'

/** The place of a message in the log: filled by the event that it becomes, or dropped when it is a part of another. */
export interface Slot {
  fill(event: LogEvent): void
  drop(): void
}

interface Place extends Slot {
  state: 'waiting' | 'filled' | 'dropped' | 'late'
  event: LogEvent | null
}

/** Places that are held for one that waits. Behind so many, it comes late rather than hold all others. */
const mostHeld = 100_000

/** Hands on events in the order in which they began, though the first to begin may be the last to end. */
export class Order {
  readonly #use: (event: LogEvent) => void
  #places: Place[] = []
  #first = 0

  constructor(use: (event: LogEvent) => void) {
    this.#use = use
  }

  /** Takes the next place. */
  slot(): Slot {
    const place: Place = {
      state: 'waiting',
      event: null,
      fill: (event) => {
        if (place.state === 'late') {
          this.#use(event)
          return
        }
        place.state = 'filled'
        place.event = event
        if (this.#places[this.#first] === place) this.#drain()
      },
      drop: () => {
        if (place.state === 'late') return
        place.state = 'dropped'
        if (this.#places[this.#first] === place) this.#drain()
      },
    }
    this.#places.push(place)
    if (this.#places.length - this.#first > mostHeld) this.#passFirst()
    return place
  }

  #passFirst(): void {
    const first = this.#places[this.#first]
    if (first !== undefined) first.state = 'late'
    this.#first += 1
    this.#drain()
  }

  #drain(): void {
    for (let place = this.#places[this.#first]; place !== undefined; place = this.#places[this.#first]) {
      if (place.state === 'waiting') break
      if (place.event !== null) this.#use(place.event)
      this.#first += 1
    }
    if (this.#first > 1024 && this.#first * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#first)
      this.#first = 0
    }
  }
}
