import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { HistoryEntry } from '../../core/history/contract.ts'
import { fold } from '../../core/history/terms.ts'
import { prepareQuery } from '../cache/query.ts'
import { entryColumns, entryOf, entryRow, objectsJson } from './entry.ts'
import { searchedColumns, searchedTexts } from './indexing.ts'

const textRow = z.object({
  name: z.string(),
  sql: z.string(),
  error_message: z.string().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  note: z.string().nullable(),
  objects: objectsJson,
})
const version = z.int()

/** Of the texts that stay in memory, in UTF-16 units, and how many entries do. */
const mostCharacters = 4_000_000
const mostEntries = 4_000

/** What a search looks into, as it is, and folded. */
export interface Texts {
  readonly texts: readonly string[]
  readonly folded: readonly string[]
}

/**
 * Reads operations for a search, and remembers them while nobody writes to the file: as one types on, the same ones
 * are asked for again and again.
 */
export function createRemembered(db: Database) {
  const textsAt = prepareQuery(db, `select ${searchedColumns} from operation o where o.position = ?`, textRow)
  const entriesAt = prepareQuery(
    db,
    `select ${entryColumns} from operation o where o.position in (select value from json_each(?))`,
    entryRow,
  )
  // It changes with each commit of another connection; this one writes the index alone.
  const dataVersion = db.prepare('pragma data_version').pluck()

  let known = -1
  let characters = 0
  const texts = new Map<number, Texts | null>()
  const entries = new Map<number, HistoryEntry>()

  /** To be called before the others, once a question. */
  function begin(): void {
    const now = version.parse(dataVersion.get())
    if (now !== known || characters > mostCharacters || entries.size > mostEntries) {
      texts.clear()
      entries.clear()
      characters = 0
    }
    known = now
  }

  /** Its texts; null where it is gone. */
  function textsOf(position: number): Texts | null {
    const before = texts.get(position)
    if (before !== undefined) return before
    const row = textsAt.get(position)
    const read = row === undefined ? [] : searchedTexts(row)
    const found = row === undefined ? null : { texts: read, folded: read.map((text) => fold(text).text) }
    for (const text of read) characters += 2 * text.length
    characters += 100
    texts.set(position, found)
    return found
  }

  /** Those at `positions`, in that order; what is gone is left out. */
  function entriesOf(positions: readonly number[]): { position: number; entry: HistoryEntry }[] {
    const missing = positions.filter((position) => !entries.has(position))
    if (missing.length > 0) {
      for (const row of entriesAt.all(JSON.stringify(missing))) entries.set(row.position, entryOf(row, null))
    }
    return positions.flatMap((position) => {
      const entry = entries.get(position)
      return entry === undefined ? [] : [{ position, entry }]
    })
  }

  return { begin, textsOf, entriesOf }
}
