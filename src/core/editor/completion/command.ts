import type { KnownKind } from './names.ts'
import { placeInExpression } from './place.ts'
import { columns, namesIn, nothing, type Place, relation, words } from './places.ts'
import { columnsOf, emptyScope, type Reading, type ScopeColumn } from './scope.ts'
import { type Group, type Item, isGroup, isName, isSymbol, isWord } from './tree.ts'

/** A statement that is no query, as far as it is written before the cursor. */
export interface Command {
  readonly before: readonly Item[]
  readonly last: Item | undefined
  /** The parentheses that the cursor is in. */
  readonly group: Group | null
  readonly items: readonly Item[]
  readonly reading: Reading
}

/** Which relations a word of a command names. */
export const kindsOf: Readonly<Record<string, readonly KnownKind[]>> = {
  table: ['table', 'partitioned table'],
  view: ['view', 'materialized view'],
  sequence: ['sequence'],
}

/** The relations that hold rows of their own. */
export const tables: readonly KnownKind[] = ['table', 'partitioned table', 'foreign table']

/** What can be created, altered and dropped, as it is written. */
export const objects = [
  ...['table', 'view', 'materialized view', 'index', 'function', 'procedure', 'sequence', 'schema', 'type', 'trigger'],
  ...['policy', 'role', 'extension', 'domain', 'foreign table', 'event trigger', 'publication', 'subscription'],
]

/** Words between a command and the name that it is about. */
export const fill = ['if', 'not', 'exists', 'only', 'concurrently', 'verbose', 'full', 'freeze', 'analyze']

/** The place in an expression over the columns `of`. */
export function expression(items: readonly Item[], reading: Reading, of: readonly ScopeColumn[] = []): Place {
  const source = { name: '', aliased: false, kind: 'relation' as const, relation: null, columns: of }
  const scope = { ...emptyScope, sources: of.length > 0 ? [source] : [] }
  return placeInExpression(items, { scope, clause: null, reading })
}

/** The columns of the relation whose name begins at `from`, behind the words that may stand before it. */
export function columnsAt(items: readonly Item[], from: number, reading: Reading): ScopeColumn[] {
  let at = from
  while (isWord(items[at], ...fill)) at += 1
  const name: string[] = []
  for (let part = items[at]; isName(part); part = items[at]) {
    name.push(part.value)
    if (!isSymbol(items[at + 1], '.')) break
    at += 2
  }
  const found = reading.names.relation(name)
  return found === undefined ? [] : columnsOf(found)
}

/** Is a name expected rather than what follows it: nothing but words that may stand before it, or a comma? */
export function wantsName({ before, last }: Command, from: number): boolean {
  return isSymbol(last, ',') || before.slice(from).every((item) => isWord(item, ...fill, 'table') || isGroup(item))
}

/** The place in a command about one relation: its name, which begins at `from`, a column in parentheses, or a word behind. */
export function ofRelation(
  command: Command,
  from: number,
  kinds: readonly KnownKind[] | null,
  more: readonly string[],
): Place {
  const { group, items, reading } = command
  const start = isWord(items[from], 'table') ? from + 1 : from
  if (group !== null) {
    const of = columnsAt(items, start, reading)
    return of.length > 0 ? columns(of, namesIn(group)) : nothing
  }
  return wantsName(command, from) ? relation([], { kinds, words: more }) : words(...more)
}

/** Where the name of an object is expected, whose kind is written as `word`. */
export function ofKind(word: string): Place {
  if (word === 'function' || word === 'procedure') return { kind: 'routine', procedures: word === 'procedure' }
  if (word === 'schema') return { kind: 'schema' }
  if (word === 'type') return { kind: 'type', words: [] }
  return relation([], { kinds: Object.hasOwn(kindsOf, word) ? (kindsOf[word] ?? null) : null, words: ['if exists'] })
}

/** Is one of these words among the items? */
export function has(items: readonly Item[], ...list: readonly string[]): boolean {
  return items.some((item) => isWord(item, ...list))
}
