import { isQueryGroup } from './query.ts'
import { type Group, type Item, isCursor, isGroup, isName, isSymbol, isWord } from './tree.ts'

/** One thing that a `from` names, as it is written. */
export interface SourceText {
  /** The parts of its name; empty for a query in parentheses. */
  readonly name: readonly string[]
  readonly alias: string | null
  /** `as t(a, b)`: new names for its columns, from the first on; with types where they are given. */
  readonly columns: readonly { readonly name: string; readonly type: string | null }[]
  readonly query: Group | null
  /** The arguments, where it is a function. */
  readonly args: Group | null
  readonly lateral: boolean
  readonly ordinality: boolean
}

/** Where in a `from` the cursor stands. */
export interface FromCursor {
  readonly state: 'source' | 'behind' | 'on' | 'using' | 'alias' | 'arguments' | 'query' | 'columns'
  /** How many sources stand before it; in `on` and `using`, the last of them is the one that is joined. */
  readonly before: number
  /** Directly behind `join`, rather than behind `from` or a comma. */
  readonly joined: boolean
  /** The items of the condition before the cursor. */
  readonly condition: readonly Item[]
  /** The group of the arguments, or of the query, that the cursor is in. */
  readonly group: Group | null
  /** The sources before it are seen in it. */
  readonly lateral: boolean
}

export interface FromText {
  readonly sources: readonly SourceText[]
  readonly cursor: FromCursor | null
}

const joinWords = ['join', 'inner', 'left', 'right', 'full', 'cross', 'natural', 'outer']

/** Words behind a source that are no alias of it. */
const noAlias = new Set([
  ...joinWords,
  ...'on using tablesample where group order having limit offset fetch for window union intersect except'.split(' '),
  ...'returning set values select with when then do default and or lateral as not from into'.split(' '),
])

/** Reads what stands behind `from`, `using`, `update` or `insert into`. */
export function readFrom(items: readonly Item[]): FromText {
  const sources: SourceText[] = []
  let cursor: FromCursor | null = null
  let state: 'source' | 'behind' | 'on' = 'source'
  let joined = false
  let lateral = false
  let condition: Item[] = []
  let at = 0

  const mark = (where: FromCursor['state'], group: Group | null = null): void => {
    cursor ??= { state: where, before: sources.length, joined, condition: [...condition], group, lateral }
  }

  while (at < items.length) {
    const item = items[at]
    if (item === undefined) break
    if (isSymbol(item, ',') && state !== 'on') {
      state = 'source'
      joined = false
      at += 1
    } else if (isSymbol(item, ',')) {
      // A condition holds no comma outside of parentheses.
      state = 'source'
      joined = false
      at += 1
    } else if (isWord(item, ...joinWords) && !(state === 'on' && isGroup(items[at + 1]))) {
      if (isWord(item, 'join')) {
        state = 'source'
        joined = true
      } else state = 'behind'
      at += 1
    } else if (state === 'on') {
      if (isCursor(item) || (isGroup(item) && item.holdsCursor)) mark('on', isGroup(item) ? item : null)
      condition.push(item)
      at += 1
    } else if (state === 'source') {
      if (isWord(item, 'lateral', 'only', 'rows')) {
        lateral ||= isWord(item, 'lateral')
        at += 1
      } else if (isCursor(item)) {
        mark('source')
        at += 1
      } else if (isName(item) || isGroup(item)) {
        at = readSource(at)
        lateral = false
        state = 'behind'
      } else at += 1
    } else {
      if (isWord(item, 'on')) {
        state = 'on'
        condition = []
      } else if (isWord(item, 'using')) {
        const group = items[at + 1]
        if (isGroup(group)) {
          if (group.holdsCursor) mark('using', group)
          at += 1
        }
      } else if (isCursor(item)) mark('behind')
      at += 1
    }
  }
  return { sources, cursor }

  /** Reads one source, with its alias, and says where it ends. */
  function readSource(from: number): number {
    let at = from
    const name: string[] = []
    const first = items[at]
    let query: Group | null = null
    let args: Group | null = null
    if (isGroup(first)) {
      at += 1
      if (!isQueryGroup(first) && !startsWithCursor(first)) {
        readNested(first)
        return skipAlias(at)
      }
      query = first
      if (first.holdsCursor) mark('query', first)
    } else {
      for (;;) {
        const part = items[at]
        if (!isName(part)) {
          if (isCursor(part)) mark('source')
          break
        }
        name.push(part.value)
        at += 1
        if (!isSymbol(items[at], '.')) break
        at += 1
      }
      if (isSymbol(items[at], '*')) at += 1
      const group = items[at]
      if (isGroup(group)) {
        args = group
        if (group.holdsCursor) mark('arguments', group)
        at += 1
      }
    }
    let ordinality = false
    if (isWord(items[at], 'with') && isWord(items[at + 1], 'ordinality')) {
      ordinality = true
      at += 2
    }
    let alias: string | null = null
    const hasAs = isWord(items[at], 'as')
    if (hasAs) at += 1
    const word = items[at]
    if (hasAs && isCursor(word)) {
      mark('alias')
      at += 1
    } else if (isName(word) && (hasAs || word.kind === 'name' || !noAlias.has(word.value))) {
      alias = word.value
      at += 1
    }
    const list = items[at]
    let columns: SourceText['columns'] = []
    if (isGroup(list) && (alias !== null || hasAs)) {
      columns = columnList(list)
      if (list.holdsCursor) mark('columns', list)
      at += 1
    }
    if (name.length > 0 || query !== null) sources.push({ name, alias, columns, query, args, lateral, ordinality })
    return at
  }

  function readNested(group: Group): void {
    const inner = readFrom(group.items)
    const before = sources.length
    sources.push(...inner.sources)
    if (inner.cursor !== null) cursor ??= { ...inner.cursor, before: before + inner.cursor.before }
  }

  function skipAlias(from: number): number {
    const word = items[from]
    if (isWord(word, 'as')) return from + 2
    return isName(word) && !noAlias.has(word.value) ? from + 1 : from
  }
}

/** `a int, b text` or `a, b` */
function columnList(group: Group): { name: string; type: string | null }[] {
  const columns: { name: string; type: string | null }[] = []
  let current: { name: string; type: string | null } | null = null
  for (const item of group.items) {
    if (isSymbol(item, ',')) current = null
    else if (current === null && isName(item)) {
      current = { name: item.value, type: null }
      columns.push(current)
    } else if (current !== null && isName(item)) {
      current.type = current.type === null ? item.text : `${current.type} ${item.text}`
    }
  }
  return columns
}

function startsWithCursor(group: Group): boolean {
  return isCursor(group.items[0])
}
