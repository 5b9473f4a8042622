import type { Row } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import { charactersOf, pageCharacters } from './size.ts'

/** What the results of one run may hold in memory beside their first pages. */
export interface Allowance {
  rows: number
  characters: number
}

export function newAllowance(): Allowance {
  return { rows: 50_000, characters: 32_000_000 }
}

/** The rows of a statement that was run to its end, as many of them as there is room for. */
export class KeptRows {
  /** All that came, kept or not. */
  seen = 0
  readonly #rows: Row[] = []
  readonly #pageSize: number
  readonly #allowance: Allowance
  #firstPageCharacters = 0
  #given = 0

  constructor(pageSize: number, allowance: Allowance) {
    this.#pageSize = pageSize
    this.#allowance = allowance
  }

  push(row: Row): void {
    this.seen += 1
    // Once a row had no room none follows: what is kept has no gaps.
    if (this.#rows.length < this.seen - 1) return
    const characters = charactersOf(row)
    if (this.#isOfFirstPage(characters) || this.#hasRoom(characters)) this.#rows.push(row)
  }

  get hasMore(): boolean {
    return this.#given < this.seen
  }

  /**
   * The next `count` rows, or fewer of them where they are very long.
   *
   * @throws Failure `unavailable` when there were more rows than could be kept
   */
  take(count: number): Row[] {
    const rows: Row[] = []
    let characters = 0
    for (const row of this.#rows.slice(this.#given, this.#given + count)) {
      characters += charactersOf(row)
      if (rows.length > 0 && characters > pageCharacters) break
      rows.push(row)
    }
    this.#given += rows.length
    if (rows.length === 0 && this.hasMore) {
      throw new Failure({
        code: 'unavailable',
        message: `Only the first ${this.#rows.length.toLocaleString('en')} of ${this.seen.toLocaleString('en')} rows were kept, because the statement was run to its end.`,
        hint: 'To read all rows, run the query as the last statement, or alone.',
      })
    }
    return rows
  }

  /** A page is shown of every result, whatever the others have taken; a first row however long it is. */
  #isOfFirstPage(characters: number): boolean {
    if (this.#rows.length >= this.#pageSize) return false
    this.#firstPageCharacters += characters
    return this.#rows.length === 0 || this.#firstPageCharacters <= pageCharacters
  }

  #hasRoom(characters: number): boolean {
    if (this.#allowance.rows < 1 || this.#allowance.characters < characters) return false
    this.#allowance.rows -= 1
    this.#allowance.characters -= characters
    return true
  }
}
