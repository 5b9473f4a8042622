import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { HistoryEntry, SearchInput, SearchPage } from '../../core/history/contract.ts'
import { excerptAround, fold } from '../../core/history/terms.ts'
import { prepareQuery } from '../cache/query.ts'
import type { Columns } from './columns.ts'
import { entryColumns, entryOf, entryRow, objectsJson } from './entry.ts'
import { searchedColumns, searchedTexts } from './indexing.ts'
import type { Selection } from './selection.ts'

const textRow = z.object({
  name: z.string(),
  sql: z.string(),
  error_message: z.string().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  note: z.string().nullable(),
  objects: objectsJson,
})
const positions = z.array(z.int())

/** How long a page may be looked for, in milliseconds; then what was found by then is told, and where to go on. */
const patienceMs = 30
/** Stops a search: the next key has been typed. */
export type Stopped = () => boolean

/** One that has been looked at; all newer ones were, too. */
interface Step {
  readonly position: number
  /** It passes, but for its texts. */
  readonly passes: boolean
}

/** Finds operations, newest first. */
export function createFinding(db: Database, columns: Columns) {
  const texts = prepareQuery(db, `select ${searchedColumns} from operation o where o.position = ?`, textRow)
  const entries = prepareQuery(
    db,
    `select ${entryColumns} from operation o where o.position in (select value from json_each(?)) order by o.position desc`,
    entryRow,
  )
  const newest = db
    .prepare('select position from operation where position >= ? and position < ? order by position desc limit ?')
    .pluck()

  /** Do all terms occur in the operation's texts? The index knows their pieces alone. */
  function holds(position: number, terms: readonly string[]): boolean {
    if (terms.length === 0) return true
    const row = texts.get(position)
    if (row === undefined) return false
    const folded = searchedTexts(row).map((text) => fold(text).text)
    return terms.every((term) => folded.some((text) => text.includes(term)))
  }

  /** Those that pass but for their texts, newest first, with others in between, so that the search can stop there. */
  function candidates(selection: Selection, before: number): Generator<Step> {
    const to = Math.min(before, selection.to)
    return selection.among === null ? scanned(selection, to) : amongThem(selection, selection.among, to)
  }

  function* amongThem(selection: Selection, among: readonly number[], to: number): Generator<Step> {
    for (const position of among) {
      if (position >= to) continue
      if (position < selection.from) return
      const index = columns.below(position)
      yield { position, passes: columns.position[index] === position && selection.passes(index) }
    }
  }

  function* scanned(selection: Selection, to: number): Generator<Step> {
    const { match } = selection
    for (let index = columns.below(to) - 1; index >= 0; index -= 1) {
      // To the next that may hold the terms: natively, and not too many before it can be stopped.
      if (match !== null && match[index] !== 1) index = Math.max(match.lastIndexOf(1, index), index - 65_536, 0)
      const position = columns.position[index] ?? 0
      if (position < selection.from) return
      const passes = selection.passes(index)
      if (passes || index % 4096 === 0) yield { position, passes }
    }
  }

  function page(found: readonly number[], terms: readonly string[]): HistoryEntry[] {
    return entries.all(JSON.stringify(found)).map((row) => {
      const text = terms.length === 0 ? undefined : texts.get(row.position)
      return entryOf(row, text === undefined ? null : matchIn(searchedTexts(text), terms))
    })
  }

  function find(input: SearchInput, selection: Selection, unindexed: number, stopped: Stopped): SearchPage {
    const before = input.before ?? Number.MAX_SAFE_INTEGER
    const plain = selection.terms.length === 0 && !selection.filters
    if (plain) {
      const to = Math.min(before, selection.to)
      const found = positions.parse(newest.all(selection.from, to, input.limit + 1))
      const shown = found.slice(0, input.limit)
      const next = found.length > input.limit ? (shown.at(-1) ?? null) : null
      return { entries: page(shown, []), next, reached: null, unindexed }
    }
    const began = performance.now()
    const found: number[] = []
    let looked = before
    let steps = 0
    for (const { position, passes } of candidates(selection, before)) {
      if (passes) {
        if (found.length === input.limit) {
          return { entries: page(found, selection.terms), next: looked, reached: null, unindexed }
        }
        if (holds(position, selection.terms)) found.push(position)
      }
      looked = position
      steps += 1
      // A clock costs more than a step that passes nothing.
      if (!passes && steps % 64 !== 0) continue
      if (stopped()) break
      if (performance.now() - began > patienceMs) {
        return { entries: page(found, selection.terms), next: looked, reached: timeOf(looked), unindexed }
      }
    }
    return { entries: page(found, selection.terms), next: null, reached: null, unindexed }
  }

  return { find, holds }
}

/** Where the terms occur in the first text that holds one. */
function matchIn(texts: readonly string[], terms: readonly string[]): string | null {
  for (const text of texts) {
    const excerpt = excerptAround(text, terms)
    if (excerpt !== null) return excerpt
  }
  return null
}

function timeOf(position: number): string {
  return new Date(Math.floor(position / 1000)).toISOString()
}
