import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { prepareQuery } from '../cache/query.ts'
import type { Columns } from './columns.ts'
import {
  addStored,
  type Bits,
  blockTexts,
  noBits,
  type PieceRange,
  rangesOf,
  storedOf,
  storedOfList,
} from './pieces.ts'
import { RecentTexts } from './recentTexts.ts'

const textsRow = z.object({ texts: z.instanceof(Uint8Array) })
const storedRow = z.object({ stored_texts: z.int() })

/** Ranges that are kept in memory: of a million texts, each takes 128 kB. */
const knownRanges = 64

/** Rows that one transaction writes: whoever records waits for it. */
const rowsAtOnce = 400

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
  let latest: { about: string; found: Uint8Array } | null = null

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

  function inBlock(block: number, ranges: readonly PieceRange[], storedBefore: number): Bits | null {
    const all = noBits().fill(-1)
    for (const range of ranges) {
      const bits = knownBitsOf(block, range, storedBefore)
      if (bits === null) return null
      for (let at = 0; at < all.length; at += 1) all[at] = (all[at] ?? 0) & (bits[at] ?? 0)
    }
    return all
  }

  /** By the columns' index, 1 for each operation whose text may hold all terms; null where no term is given. */
  function find(terms: readonly string[]): Uint8Array | null {
    if (terms.length === 0) return null
    // The list and the timeline ask for the same, one after the other.
    const storedBefore = stored()
    const about = JSON.stringify([terms, columns.changes, storedBefore])
    if (latest?.about === about) return latest.found
    const ranges = terms.flatMap(rangesOf)
    const found = new Uint8Array(columns.size)
    const indexOf = columns.indexesOfTexts()
    const take = (text: number): void => {
      const index = indexOf[text] ?? -1
      if (index >= 0) found[index] = 1
    }
    const blocks = Math.ceil(storedBefore / blockTexts)
    for (let block = 0; block < blocks; block += 1) {
      const bits = inBlock(block, ranges, storedBefore)
      if (bits === null) continue
      for (let word = 0; word < bits.length; word += 1) {
        for (let left = bits[word] ?? 0; left !== 0; left &= left - 1) {
          take(block * blockTexts + word * 32 + (31 - Math.clz32(left & -left)))
        }
      }
    }
    forgetOldRanges()
    for (const texts of storing === null ? [recent] : [storing.texts, recent]) texts.find(ranges).forEach(take)
    latest = { about, found }
    return found
  }

  const storeSome = db.transaction((): boolean => {
    if (storing === null) return false
    const end = Math.min(storing.rows.length, storing.done + rowsAtOnce)
    for (let at = storing.done; at < end; at += 1) {
      const row = storing.rows[at]
      if (row !== undefined) storeRow(row[0], row[1])
    }
    if (end === storing.rows.length) setStored.run(storing.before)
    return end < storing.rows.length
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
        for (const text of ours) bits[text >>> 5] = (bits[text >>> 5] ?? 0) | (1 << (text & 31))
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
      const more = storeSome.immediate()
      storing.done += rowsAtOnce
      if (!more) storing = null
      return more
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
