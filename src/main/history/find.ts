import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { HistoryEntry, SearchInput, SearchPage } from '../../core/history/contract.ts'
import { excerptAround } from '../../core/history/terms.ts'
import type { Columns } from './columns.ts'
import { createRemembered, type Texts } from './remembered.ts'
import type { Selection } from './selection.ts'

const positions = z.array(z.int())

/** How long a page may be looked for, in milliseconds; then what was found by then is told, and where to go on. */
const patienceMs = 30
/** Operations without a match that are passed over before the search looks whether it shall stop. */
const leapOperations = 65_536
/** Operations that do not pass until it looks likewise. */
const silentSteps = 4_096
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
  const remembered = createRemembered(db)
  const newest = db
    .prepare('select position from operation where position >= ? and position < ? order by position desc limit ?')
    .pluck()

  /** Do all terms occur in the operation's texts? The index knows their pieces alone. */
  function holds(position: number, terms: readonly string[]): boolean {
    if (terms.length === 0) return true
    const folded = remembered.textsOf(position)?.folded ?? []
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
      const passes = columns.position[index] === position && selection.passes(index)
      yield { position, passes: passes && (selection.match?.has(index) ?? true) }
    }
  }

  function* scanned(selection: Selection, to: number): Generator<Step> {
    const { match } = selection
    const least = columns.below(selection.from)
    let silent = 0
    for (let index = columns.below(to) - 1; index >= least; index -= 1) {
      const end = Math.max(index - leapOperations, least)
      const next = match === null ? index : match.last(index, end)
      index = next < 0 ? end : next
      const passes = next >= 0 && selection.passes(index)
      silent = passes ? 0 : silent + 1
      if (passes || next < 0 || silent % silentSteps === 0) yield { position: columns.position[index] ?? 0, passes }
    }
  }

  function page(found: readonly number[], terms: readonly string[]): HistoryEntry[] {
    return remembered.entriesOf(found).map(({ position, entry }) => {
      const texts = terms.length === 0 ? null : remembered.textsOf(position)
      return texts === null ? entry : { ...entry, match: matchIn(texts, terms) }
    })
  }

  function find(input: SearchInput, selection: Selection, unindexed: number, stopped: Stopped): SearchPage {
    remembered.begin()
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

  return { find, holds, beginReading: remembered.begin }
}

/** Where the terms occur in the first text that holds one. */
function matchIn({ texts }: Texts, terms: readonly string[]): string | null {
  for (const text of texts) {
    const excerpt = excerptAround(text, terms)
    if (excerpt !== null) return excerpt
  }
  return null
}

function timeOf(position: number): string {
  return new Date(Math.floor(position / 1000)).toISOString()
}
