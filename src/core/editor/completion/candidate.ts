import type { KnownKind, KnownRoutine } from './names.ts'
import type { ScopeColumn, Source } from './scope.ts'
import { commonTypes } from './vocabulary.ts'
import { written } from './written.ts'

export type CandidateKind =
  | 'column'
  | 'source'
  | 'cte'
  | 'schema'
  | 'function'
  | 'procedure'
  | 'type'
  | 'label'
  | 'join'
  | 'keyword'
  | 'snippet'
  | KnownKind

/** Something that can be written at a place. */
export interface Candidate {
  readonly label: string
  readonly kind: CandidateKind
  /** What is put into the text; where `snippet` is true, in the editor's notation for places to fill in. */
  readonly insert: string
  readonly snippet?: boolean
  /** The type of a column, the result of a function, what a relation is. */
  readonly detail?: string
  /** Where it comes from: its source, its schema. */
  readonly origin?: string
  /** What people say of it. */
  readonly comment?: string
  /** Something else is wanted directly behind it: its arguments, or the name behind a dot. */
  readonly goesOn?: 'arguments' | 'name'
}

/** A snippet as completion knows it. */
export interface KnownSnippet {
  /** What one types for it. */
  readonly name: string
  readonly title: string
  readonly body: string
}

export function typeCandidate(name: string, kind: string, comment: string | null): Candidate {
  const isPlain = commonTypes.includes(name)
  return {
    label: name,
    kind: 'type',
    insert: isPlain ? name : written(name),
    ...(kind === 'base' ? {} : { detail: kind }),
    ...(comment === null ? {} : { comment }),
  }
}

export function columnCandidate({ name, type, known, relation }: ScopeColumn): Candidate {
  const marks = [
    relation?.primaryKey.includes(known?.name ?? '') ? 'primary key' : null,
    known?.sensitivity ?? null,
    known?.comment ?? null,
  ].filter((mark) => mark !== null)
  return {
    label: name,
    kind: 'column',
    insert: name,
    ...(type === null ? {} : { detail: type }),
    ...(marks.length === 0 ? {} : { comment: marks.join(' · ') }),
  }
}

export function originOf({ relation }: ScopeColumn, source: Source | null): { origin?: string } {
  const origin = source?.name || relation?.name
  return origin === undefined ? {} : { origin }
}

/** What only the server itself calls: the functions behind types, operators and indexes. */
export function isInternal({ args, result }: KnownRoutine): boolean {
  return (
    result === 'internal' || result === 'cstring' || args.some(({ type }) => type === 'internal' || type === 'cstring')
  )
}
