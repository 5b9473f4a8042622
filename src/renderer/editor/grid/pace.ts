/**
 * Who drags the bar of a large result reads nothing before it rests, and each leap leaves all that it drew behind, for
 * the browser to collect much later.
 */
export const betweenLeapsMs = 150

interface Paced {
  /** Whether drawing now would leave nothing of what can be seen. */
  isLeap(): boolean
  draw(): void
}

/** Says when to draw: once a frame, however many events ask for it, and a leap no sooner than a moment after the last. */
export class Pace {
  readonly #paced: Paced
  #frame: number | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #lastLeap = Number.NEGATIVE_INFINITY

  constructor(paced: Paced) {
    this.#paced = paced
  }

  ask(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#go()
    })
  }

  /** What was asked for is not wanted any more, or was drawn. */
  stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#wake()
  }

  #go(): void {
    const isLeap = this.#paced.isLeap()
    const now = performance.now()
    const wait = isLeap ? this.#lastLeap + betweenLeapsMs - now : 0
    if (wait > 0) {
      this.#timer ??= setTimeout(() => {
        this.#timer = null
        this.#go()
      }, wait)
      return
    }
    this.#wake()
    if (isLeap) this.#lastLeap = now
    this.#paced.draw()
  }

  #wake(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
