/** Asks one question at a time: a later one cancels the one before it, whose answer is then of no interest. */
export class Asking {
  readonly #signal: AbortSignal
  #own: AbortController | null = null

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /**
   * @param ask is given the signal of this question
   * @param failed is told why, unless a later question has been asked
   */
  async ask(ask: (signal: AbortSignal, isLatest: () => boolean) => Promise<void>, failed: (thrown: unknown) => void) {
    this.#own?.abort()
    const own = new AbortController()
    this.#own = own
    const isLatest = (): boolean => this.#own === own && !this.#signal.aborted
    try {
      await ask(AbortSignal.any([this.#signal, own.signal]), isLatest)
    } catch (thrown) {
      if (isLatest()) failed(thrown)
    }
  }

  /** Whatever was asked is of no interest any more. */
  drop(): void {
    this.#own?.abort()
    this.#own = null
  }
}
