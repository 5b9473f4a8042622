import type { KnownKind } from './names.ts'
import type { Clause } from './query.ts'
import { type Cte, emptyScope, type Scope, type ScopeColumn, type Source } from './scope.ts'
import { type Group, type Item, isCursor, isGroup, isName } from './tree.ts'

/** What can stand at a place in a statement. */
export type Place =
  | { readonly kind: 'nothing' }
  /** The beginning of a statement. */
  | { readonly kind: 'statement' }
  | RelationPlace
  | ExpressionPlace
  | {
      readonly kind: 'columns'
      readonly columns: readonly ScopeColumn[]
      readonly taken: ReadonlySet<string>
      /** A list of all that are not taken makes sense here. */
      readonly list: boolean
      readonly words: readonly string[]
    }
  /** Behind a source: an alias, a join, the next clause. */
  | { readonly kind: 'behind'; readonly sources: readonly Source[]; readonly words: readonly string[] }
  | { readonly kind: 'type'; readonly words: readonly string[] }
  | { readonly kind: 'routine'; readonly procedures: boolean }
  | { readonly kind: 'schema' }
  | { readonly kind: 'words'; readonly words: readonly string[] }

export interface RelationPlace {
  readonly kind: 'relation'
  readonly scope: Scope
  /** Null where any kind will do. */
  readonly kinds: readonly KnownKind[] | null
  /** A query reads it: functions and CTEs will do too. */
  readonly read: boolean
  /** What stands before the `join` that asks for it. */
  readonly joinTo: readonly Source[]
  readonly words: readonly string[]
}

export interface ExpressionPlace {
  readonly kind: 'expression'
  readonly scope: Scope
  readonly clause: Clause | null
  /** A value is expected, rather than what can follow one. */
  readonly operand: boolean
  /** The sources on the two sides of a join whose condition begins here. */
  readonly join: { readonly left: readonly Source[]; readonly right: Source } | null
  /** The type of what it is compared with or assigned to. */
  readonly expected: string | null
  /** Output columns of the query that can be named here. */
  readonly outputs: readonly ScopeColumn[]
  /** Directly behind an opening parenthesis, where a query can begin. */
  readonly canBeQuery: boolean
  readonly words: readonly string[]
}

export const nothing: Place = { kind: 'nothing' }

export const readable: readonly KnownKind[] | null = null
export const writable: readonly KnownKind[] = ['table', 'partitioned table', 'view', 'foreign table']

/** The words that begin a query. */
export const queryWords = ['select', 'with', 'values', 'insert into', 'update', 'delete from', 'merge into']

export const holderOf = (items: readonly Item[]): number =>
  items.findIndex((item) => isCursor(item) || (isGroup(item) && item.holdsCursor))

export function words(...list: string[]): Place {
  return { kind: 'words', words: list }
}

export function relation(
  ctes: readonly Cte[],
  change: Partial<Omit<RelationPlace, 'kind' | 'scope'>> = {},
): RelationPlace {
  const scope = { ...emptyScope, ctes }
  return { kind: 'relation', scope, kinds: readable, read: false, joinTo: [], words: [], ...change }
}

export function columns(list: readonly ScopeColumn[], taken: readonly string[] = [], more: string[] = []): Place {
  return { kind: 'columns', columns: list, taken: new Set(taken), list: false, words: more }
}

export function namesIn(group: Group | null): string[] {
  return group?.items.filter(isName).map(({ value }) => value) ?? []
}
