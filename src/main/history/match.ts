import type { Columns } from './columns.ts'
import { type Bits, blockTexts } from './pieces.ts'

/**
 * The operations whose texts may hold what is looked for. A block of the index is read when a walk first comes to it:
 * a frequent word fills a page from the newest block alone.
 */
export class Match {
  readonly #columns: Columns
  readonly #read: (block: number) => Bits | null
  /** By block; undefined where it was not read yet. */
  readonly #blocks: (Bits | null | undefined)[] = []

  /** @param read the texts of a block that may hold it, as bits; null where none does */
  constructor(columns: Columns, read: (block: number) => Bits | null) {
    this.#columns = columns
    this.#read = read
  }

  /** May the operation at `index` of the columns hold it? */
  has(index: number): boolean {
    return this.next(index, index + 1) === index
  }

  /** The oldest one from `from` on and before `end`; -1 where there is none. */
  next(from: number, end: number): number {
    return this.#walk(from, end, 1)
  }

  /** The newest one from `from` down to `least`; -1 where there is none. */
  last(from: number, least: number): number {
    return this.#walk(from, least - 1, -1)
  }

  #walk(from: number, end: number, step: 1 | -1): number {
    const numbers = this.#columns.text
    // Neighbours mostly stand in the same block.
    let block = -1
    let bits: Bits | null = null
    for (let index = from; index !== end; index += step) {
      const text = numbers[index] ?? -1
      if (text < 0) continue
      if (text >>> blockShift !== block) {
        block = text >>> blockShift
        bits = this.#block(block)
      }
      if (bits !== null && ((bits[(text & blockMask) >>> 5] ?? 0) & (1 << (text & 31))) !== 0) return index
    }
    return -1
  }

  #block(block: number): Bits | null {
    let bits = this.#blocks[block]
    if (bits === undefined) {
      bits = this.#read(block)
      this.#blocks[block] = bits
    }
    return bits
  }
}

const blockShift = Math.log2(blockTexts)
const blockMask = blockTexts - 1
