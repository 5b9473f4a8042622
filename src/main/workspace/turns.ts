/** What is done to one thing is done one after the other, in the order in which it was asked for. */
export class Turns {
  /** By owner, then by thing: the end of what was asked for last. */
  readonly #ends = new Map<string, Map<string, Promise<void>>>()

  take<T>(owner: string, thing: string, work: () => Promise<T>): Promise<T> {
    const ends = this.#ends.get(owner) ?? new Map<string, Promise<void>>()
    this.#ends.set(owner, ends)
    const done = (ends.get(thing) ?? Promise.resolve()).then(work)
    const end = done
      .then(
        () => undefined,
        () => undefined, // Whoever asked is told; the next one has its turn all the same.
      )
      .then(() => {
        if (ends.get(thing) !== end) return
        ends.delete(thing)
        if (ends.size === 0 && this.#ends.get(owner) === ends) this.#ends.delete(owner)
      })
    ends.set(thing, end)
    return done
  }

  isBusy(owner: string): boolean {
    return this.#ends.has(owner)
  }

  /** All that was asked for by now has ended, for the owner or for one thing of it. */
  async ended(owner: string, thing?: string): Promise<void> {
    const ends = this.#ends.get(owner)
    await (thing === undefined ? Promise.all([...(ends?.values() ?? [])]) : ends?.get(thing))
  }
}
