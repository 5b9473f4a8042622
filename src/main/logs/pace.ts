import type { ImportProgress } from '../../core/logs/contract.ts'

/** How often it is told, in milliseconds, and over how long the rate is taken. */
const toldMs = 250
const overMs = 10_000

interface Mark {
  at: number
  read: number
  packedRead: number
}

/** Tells how far an import is, now and then, and how long it may still take. */
export class Pace {
  readonly #size: number | null
  readonly #tell: (progress: ImportProgress) => void
  #marks: Mark[] = []
  #timer: NodeJS.Timeout | undefined
  #phase: ImportProgress['phase'] = 'verifying'
  #paused = false
  #read = 0
  #packedRead = 0
  #committed = 0
  #events = 0
  #refused = 0

  /** @param size of the file as it is packed */
  constructor(size: number | null, tell: (progress: ImportProgress) => void) {
    this.#size = size
    this.#tell = tell
  }

  read({ phase, read, packedRead }: { phase: 'verifying' | 'importing'; read: number; packedRead: number }): void {
    this.#phase = phase
    this.#read = read
    this.#packedRead = packedRead
    const now = performance.now()
    this.#marks = [...this.#marks.filter(({ at }) => now - at <= overMs), { at: now, read, packedRead }]
    this.#tellSoon()
  }

  committed(to: number, { events, refused }: { events: number; refused: number }): void {
    this.#phase = 'importing'
    this.#committed = to
    this.#read = Math.max(this.#read, to)
    this.#events = events
    this.#refused = refused
    this.#tellSoon()
  }

  pause(paused: boolean): void {
    this.#paused = paused
    // What was read before the pause says nothing of the time after it.
    this.#marks = []
    this.#tellNow()
  }

  stop(): void {
    clearTimeout(this.#timer)
    if (this.#timer !== undefined) this.#tellNow()
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => this.#tellNow(), toldMs)
  }

  #tellNow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [first] = this.#marks
    const last = this.#marks.at(-1)
    const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000
    const rate = (of: (mark: Mark) => number): number =>
      first === undefined || last === undefined || seconds <= 0 ? 0 : (of(last) - of(first)) / seconds
    const packedRate = rate(({ packedRead }) => packedRead)
    this.#tell({
      phase: this.#paused ? 'paused' : this.#phase,
      read: this.#read,
      committed: this.#committed,
      packedRead: this.#packedRead,
      packedSize: this.#size,
      events: this.#events,
      refused: this.#refused,
      bytesPerSecond: rate(({ read }) => read),
      secondsLeft:
        this.#size === null || packedRate <= 0 ? null : Math.max(0, this.#size - this.#packedRead) / packedRate,
    })
  }
}
