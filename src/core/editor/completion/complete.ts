import type { Candidate, KnownSnippet } from './candidate.ts'
import { Candidates } from './candidates.ts'
import { placeIn } from './commands.ts'
import { cursorAt } from './cursor.ts'
import type { NameIndex } from './names.ts'
import { Reading } from './scope.ts'

/** What can be written at a place of a text. Offsets are UTF-16 units. */
export interface Completion {
  readonly items: readonly Candidate[]
  /** What is replaced: from here to the cursor, or to the end of the name that the cursor is in. */
  readonly from: number
  readonly to: number
}

/** More are never offered: nobody reads on, they type on. */
export const mostCandidates = 200

/** What can be written at `offset`, the best first. Reads whatever is typed and never throws. */
export function complete(
  names: NameIndex,
  sql: string,
  offset: number,
  snippets: readonly KnownSnippet[] = [],
): Completion {
  const cursor = cursorAt(sql, offset)
  if (cursor === null || cursor.number) return { items: [], from: offset, to: offset }
  const candidates = new Candidates(cursor, names)
  candidates.add(placeIn(cursor.items, new Reading(names)), snippets)
  return { items: candidates.best(mostCandidates), from: cursor.from, to: cursor.to }
}
