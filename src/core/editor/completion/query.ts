import { type Group, type Item, isCursor, isGroup, isName, isSymbol, isWord } from './tree.ts'

/** Where in a query something stands. */
export type Clause =
  | 'with'
  | 'select'
  | 'target'
  | 'from'
  | 'on'
  | 'where'
  | 'group'
  | 'having'
  | 'window'
  | 'order'
  | 'limit'
  | 'set'
  | 'values'
  | 'conflict'
  | 'returning'
  | 'when'
  | 'into'
  | 'for'
  | 'union'

/** A clause with what follows its keyword. */
export interface Part {
  readonly clause: Clause
  /** Which of the queries that `union` and its like put together; an `insert` comes before its `select`. */
  readonly arm: number
  readonly items: Item[]
}

export interface CteText {
  readonly name: string
  readonly columns: readonly string[]
  /** What stands in the parentheses; null while there are none. */
  readonly body: Group | null
}

export type Verb = 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'values' | 'table'

/** A query as it is written so far, cut into its clauses. */
export interface QueryText {
  readonly verb: Verb | null
  readonly recursive: boolean
  readonly ctes: readonly CteText[]
  readonly parts: readonly Part[]
}

const verbs: readonly string[] = ['select', 'insert', 'update', 'delete', 'merge', 'values', 'table']

/** Does a query begin here? */
export const beginsQuery = (item: Item | undefined): boolean => isWord(item, ...verbs, 'with')

/** Is it a query in parentheses, be it in several pairs of them? */
export function isQueryGroup(item: Item | undefined): boolean {
  let group = item
  while (isGroup(group)) {
    const [first] = group.items
    if (beginsQuery(first)) return true
    group = first
  }
  return false
}

/** Cuts a query into its clauses. Words that are not understood stay in the clause before them. */
export function readQuery(items: readonly Item[]): QueryText {
  const reader = new Reader(items)
  return reader.read()
}

class Reader {
  readonly #items: readonly Item[]
  readonly #parts: Part[] = []
  readonly #ctes: CteText[] = []
  #verb: Verb | null = null
  #recursive = false
  #arm = 0
  /** The last arm that has its `select`. */
  #selected = -1
  #at = 0

  constructor(items: readonly Item[]) {
    this.#items = items
  }

  read(): QueryText {
    if (isWord(this.#items[0], 'with')) this.#readWith()
    for (; this.#at < this.#items.length; this.#at += 1) {
      const item = this.#items[this.#at]
      if (item === undefined || this.#begins(item)) continue
      if (this.#parts.length === 0) this.#open('select')
      this.#parts.at(-1)?.items.push(item)
    }
    return { verb: this.#verb, recursive: this.#recursive, ctes: this.#ctes, parts: this.#parts }
  }

  #open(clause: Clause): true {
    this.#parts.push({ clause, arm: this.#arm, items: [] })
    return true
  }

  get #clause(): Clause | null {
    return this.#parts.at(-1)?.clause ?? null
  }

  /** Opens the clause that this item begins; false where it begins none. */
  #begins(item: Item): boolean {
    if (item.kind !== 'word') return false
    const before = this.#items[this.#at - 1]
    const next = this.#items[this.#at + 1]
    if (isSymbol(before, '.') || (isWord(before, 'as') && item.value !== 'select')) return false
    switch (item.value) {
      case 'select':
        return this.#beginSelect()
      case 'values':
        if (this.#verb === null) this.#verb = 'values'
        return this.#open('values')
      case 'table':
        if (this.#verb !== null) return false
        this.#verb = 'table'
        return this.#open('from')
      case 'insert':
      case 'merge':
        if (this.#verb === null) this.#verb = item.value
        return this.#open(isWord(before, 'then') ? 'conflict' : 'target')
      case 'update':
        // `for update`, `do update` and `then update` are no statements of their own.
        if (isWord(before, 'for', 'do', 'then') || this.#clause === 'for') return false
        if (this.#verb === null) this.#verb = 'update'
        return this.#open('target')
      case 'delete':
        if (this.#verb !== null) return false
        this.#verb = 'delete'
        return this.#open('target')
      case 'into':
        return this.#clause === 'target' ? true : this.#verb === 'select' ? this.#open('into') : false
      case 'from':
        if (isWord(before, 'distinct') && isWord(this.#items[this.#at - 2], 'is', 'not')) return false
        if (this.#verb === 'delete' && this.#clause === 'target' && this.#isEmpty()) return true
        return this.#open('from')
      case 'using':
        return (this.#verb === 'delete' || this.#verb === 'merge') && this.#clause === 'target'
          ? this.#open('from')
          : false
      case 'on':
        if (isWord(next, 'conflict') || (this.#verb === 'insert' && isCursor(next) && this.#clause !== 'from')) {
          return this.#open('conflict')
        }
        return this.#verb === 'merge' && this.#clause === 'from' ? this.#open('on') : false
      case 'where':
        return this.#open('where')
      case 'having':
        return this.#open('having')
      case 'group':
      case 'order':
        return isWord(next, 'by') || isCursor(next) ? this.#open(item.value) : false
      case 'window':
        return this.#clause === 'select' ? false : this.#open('window')
      case 'limit':
      case 'offset':
      case 'fetch':
        return this.#clause === 'select' ? false : this.#open('limit')
      case 'for':
        return this.#clause === 'select' || this.#clause === null ? false : this.#open('for')
      case 'set':
        return this.#verb === 'select' ? false : this.#open('set')
      case 'returning':
        return this.#open('returning')
      case 'when':
        return this.#verb === 'merge' ? this.#open('when') : false
      case 'union':
      case 'intersect':
      case 'except':
        this.#arm += 1
        return this.#open('union')
      default:
        return false
    }
  }

  #beginSelect(): boolean {
    if (this.#verb === null) this.#verb = 'select'
    // An `insert` is followed by its query.
    if (this.#selected === this.#arm || this.#verb === 'insert') this.#arm += 1
    this.#selected = this.#arm
    return this.#open('select')
  }

  #isEmpty(): boolean {
    return this.#parts.at(-1)?.items.length === 0
  }

  #readWith(): void {
    this.#open('with')
    const all = this.#parts[0]?.items ?? []
    this.#at = 1
    if (isWord(this.#items[1], 'recursive')) {
      this.#recursive = true
      this.#at = 2
    }
    let name: string | null = null
    let columns: string[] = []
    let isBody = false
    const finish = (body: Group | null): void => {
      if (name !== null) this.#ctes.push({ name, columns, body })
      name = null
      columns = []
      isBody = false
    }
    for (; this.#at < this.#items.length; this.#at += 1) {
      const item = this.#items[this.#at]
      if (item === undefined) break
      // Behind `as` stands `(`; a verb outside of one is the query itself.
      if (isWord(item, ...verbs)) break
      all.push(item)
      if (isSymbol(item, ',')) finish(null)
      else if (isWord(item, 'as')) isBody = true
      else if (isGroup(item) && name !== null) {
        if (isBody) finish(item)
        else columns = item.items.filter(isName).map(({ value }) => value)
      } else if (isName(item) && name === null && !isBody) name = item.value
    }
    finish(null)
  }
}
