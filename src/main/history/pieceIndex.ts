import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { prepareQuery } from '../cache/query.ts'
import type { Columns } from './columns.ts'
import { Match } from './match.ts'
import {
  addStored,
  type Bits,
  blockTexts,
  noBits,
  type PieceRange,
  rangesOf,
  setBit,
  storedOf,
  storedOfList,
} from './pieces.ts'
import { RecentTexts } from './recentTexts.ts'

const textsRow = z.object({ texts: z.instanceof(Uint8Array) })
const storedRow = z.object({ stored_texts: z.int() })

/** Ranges that are kept in memory: of a million texts, each takes 128 kB. */
const knownRanges = 64

/** How long one transaction writes, in milliseconds: whoever records, or types, waits for it. */
const storingMs = 5
/** Rows that are written before the clock is looked at. */
const rowsAtOnce = 20

/**
 * Which texts hold which pieces: most of them stored in blocks, the latest in memory. Finds those that may hold terms
 * among a million in some milliseconds.
 *
 * @param textAt the folded text of the operation at a position; null where it is gone
 */
export function createPieceIndex(db: Database, columns: Columns, textAt: (position: number) => string | null) {
  const one = prepareQuery(db, 'select texts from text_piece where block = ? and piece = ?', textsRow)
  const some = prepareQuery(db, 'select texts from text_piece where block = ? and piece between ? and ?', textsRow)
  const storedTexts = prepareQuery(db, 'select stored_texts from history_index where id = 1', storedRow)
  const put = db.prepare('insert or replace into text_piece (block, piece, texts) values (?, ?, ?)')
  const setStored = db.prepare('update history_index set stored_texts = max(stored_texts, ?) where id = 1')
  const removeBlock = db.prepare(
    'delete from text_piece where block = :block and piece in (select piece from text_piece where block = :block limit 2000)',
  )

  let recent = new RecentTexts()
  /** What is being stored, and how far that went. Stored twice is stored once. */
  let storing: { texts: RecentTexts; rows: [number, Uint32Array][]; done: number; before: number } | null = null

  /** By range, its texts in each block, as long as no others are stored. */
  let known: { at: number; ranges: Map<string, (Bits | null | undefined)[]> } = { at: -1, ranges: new Map() }
  let latest: { about: string; found: Match } | null = null

  const stored = (): number => storedTexts.get()?.stored_texts ?? 0

  /** Learns of the texts at these places of the columns, as far as they are not stored. */
  function learn(indexes: Iterable<number>): void {
    const from = stored()
    if (recent.size > 0 && recent.last < from) recent = new RecentTexts() // Another process has stored them.
    for (const index of indexes) {
      const text = columns.text[index] ?? -1
      if (text < from || recent.has(text) || storing?.texts.has(text)) continue
      const folded = textAt(columns.position[index] ?? 0)
      if (folded !== null) recent.add(text, folded)
      latest = null
    }
  }

  /** Which texts of a block hold a piece of the range; null where none does. */
  function bitsOf(block: number, { first, last }: PieceRange): Bits | null {
    const rows = first === last ? one.all(block, first) : some.all(block, first, last)
    if (rows.length === 0) return null
    const bits = noBits()
    for (const { texts } of rows) addStored(bits, texts)
    return bits
  }

  /** The same, from what was read for the key before: typing on asks for most ranges again. */
  function knownBitsOf(block: number, range: PieceRange, storedBefore: number): Bits | null {
    if (known.at !== storedBefore) known = { at: storedBefore, ranges: new Map() }
    const name = `${range.first} ${range.last}`
    const blocks = known.ranges.get(name) ?? []
    // What was asked for last is forgotten last.
    known.ranges.delete(name)
    known.ranges.set(name, blocks)
    const before = blocks[block]
    if (before !== undefined) return before
    const bits = bitsOf(block, range)
    blocks[block] = bits
    return bits
  }

  function forgetOldRanges(): void {
    for (const name of known.ranges.keys()) {
      if (known.ranges.size <= knownRanges) return
      known.ranges.delete(name)
    }
  }

  /** Which stored texts of a block hold a piece of each range; null where none does. */
  function inBlock(block: number, ranges: readonly PieceRange[], storedBefore: number): Bits | null {
    const all = noBits().fill(-1)
    for (const range of ranges) {
      const bits = knownBitsOf(block, range, storedBefore)
      if (bits === null) return null
      let some = 0
      for (let at = 0; at < all.length; at += 1) {
        const both = (all[at] ?? 0) & (bits[at] ?? 0)
        all[at] = both
        some |= both
      }
      if (some === 0) return null
    }
    return all
  }

  /** Those that are in memory, by block. */
  function inMemory(ranges: readonly PieceRange[]): Map<number, Bits> {
    const blocks = new Map<number, Bits>()
    for (const texts of storing === null ? [recent] : [storing.texts, recent]) {
      for (const text of texts.find(ranges)) {
        const block = Math.floor(text / blockTexts)
        const bits = blocks.get(block) ?? noBits()
        blocks.set(block, bits)
        setBit(bits, text % blockTexts)
      }
    }
    return blocks
  }

  /** The operations whose texts may hold all terms; null where no term is given. */
  function find(terms: readonly string[]): Match | null {
    if (terms.length === 0) return null
    // The list, its further pages and the timeline ask for the same, one after the other.
    const storedBefore = stored()
    const about = JSON.stringify([terms, columns.changes, storedBefore])
    if (latest?.about === about) return latest.found
    const ranges = terms.flatMap(rangesOf)
    const others = inMemory(ranges)
    forgetOldRanges()
    const found = new Match(columns, (block) => {
      const bits = block * blockTexts < storedBefore ? inBlock(block, ranges, storedBefore) : null
      const more = others.get(block)
      if (bits === null || more === undefined) return bits ?? more ?? null
      return bits.map((word, at) => word | (more[at] ?? 0))
    })
    latest = { about, found }
    return found
  }

  /** Up to which row it is stored then. */
  const storeSome = db.transaction(({ rows, done, before }: NonNullable<typeof storing>): number => {
    const began = performance.now()
    let at = done
    do {
      for (const [piece, texts] of rows.slice(at, at + rowsAtOnce)) storeRow(piece, texts)
      at = Math.min(rows.length, at + rowsAtOnce)
    } while (at < rows.length && performance.now() - began < storingMs)
    if (at === rows.length) setStored.run(before)
    return at
  })

  function storeRow(piece: number, unsorted: Uint32Array): void {
    const texts = unsorted.slice().sort()
    for (let from = 0; from < texts.length; ) {
      const block = Math.floor((texts[from] ?? 0) / blockTexts)
      const ours: number[] = []
      let to = from
      for (; to < texts.length && (texts[to] ?? 0) < (block + 1) * blockTexts; to += 1) {
        if (to === from || texts[to] !== texts[to - 1]) ours.push((texts[to] ?? 0) % blockTexts)
      }
      const before = one.get(block, piece)
      if (before === undefined) put.run(block, piece, storedOfList(Uint16Array.from(ours)))
      else {
        const bits = noBits()
        addStored(bits, before.texts)
        for (const text of ours) setBit(bits, text)
        put.run(block, piece, storedOf(bits))
      }
      from = to
    }
  }

  return {
    learn,
    find,
    /** Texts that are in memory alone. */
    waiting: (): number => recent.size,
    /** Begins to store what is in memory: all texts before number `before` are known, or are stored. */
    beginStoring: (before: number): void => {
      if (storing !== null) return
      storing = { texts: recent, rows: recent.pieces(), done: 0, before }
      recent = new RecentTexts()
    },
    isStoring: (): boolean => storing !== null,
    /** Stores a part of it; false when all of it is stored. What was thrown at leaves it as it was. */
    storeOn: (): boolean => {
      if (storing === null) return false
      storing.done = storeSome.immediate(storing)
      if (storing.done === storing.rows.length) storing = null
      return storing !== null
    },
    /** Takes a piece of a block away whose texts are all gone; false when nothing of it is left. */
    removeBlock: (block: number): boolean => removeBlock.run({ block }).changes > 0,
    forget: (): void => {
      recent = new RecentTexts()
      storing = null
      latest = null
      known = { at: -1, ranges: new Map() }
    },
  }
}

export type PieceIndex = ReturnType<typeof createPieceIndex>
