import { readFrom, type SourceText } from './from.ts'
import { type KnownColumn, type KnownRelation, type NameIndex, partsOf } from './names.ts'
import { type CteText, type Part, type QueryText, readQuery } from './query.ts'
import { type Group, type Item, isGroup, isName, isSymbol, isWord, splitByCommas } from './tree.ts'

/** A column that can be named, with what is known of it. */
export interface ScopeColumn {
  readonly name: string
  /** Null where the text does not tell. */
  readonly type: string | null
  /** Where it comes from a relation as it is. */
  readonly known: KnownColumn | null
  readonly relation: KnownRelation | null
}

/** What stands in a `from`, under the name that its columns are qualified by. */
export interface Source {
  readonly name: string
  readonly aliased: boolean
  readonly kind: 'relation' | 'cte' | 'query' | 'function'
  readonly relation: KnownRelation | null
  readonly columns: readonly ScopeColumn[]
}

export interface Cte {
  readonly name: string
  readonly columns: readonly ScopeColumn[]
}

/** What can be named at a place: its own query's sources, then those of the queries around it. */
export interface Scope {
  readonly sources: readonly Source[]
  readonly ctes: readonly Cte[]
  readonly outer: Scope | null
}

export const emptyScope: Scope = { sources: [], ctes: [], outer: null }

/** Queries in queries are followed this deep. */
const deepest = 24

/** Reads sources and output columns out of queries, with the names of a database. */
export class Reading {
  readonly names: NameIndex
  #depth = 0

  constructor(names: NameIndex) {
    this.names = names
  }

  /** The CTEs of a query, after those that are known around it. Each sees those before it, a recursive one itself. */
  ctes(query: QueryText, around: readonly Cte[]): Cte[] {
    const known = [...around]
    for (const text of query.ctes) known.push(this.#cte(text, known, query.recursive))
    return known
  }

  #cte(text: CteText, before: readonly Cte[], recursive: boolean): Cte {
    const renamed = text.columns.map((name) => ({ name, type: null, known: null, relation: null }))
    const own: Cte[] = recursive ? [{ name: text.name, columns: renamed }] : []
    const columns = text.body === null ? [] : this.outputs(text.body, { ...emptyScope, ctes: [...before, ...own] })
    return { name: text.name, columns: rename(columns, text.columns) }
  }

  /** The columns that a query in parentheses gives. */
  outputs(group: Group, outer: Scope): readonly ScopeColumn[] {
    let inner: Group = group
    while (isGroup(inner.items[0])) inner = inner.items[0]
    if (this.#depth >= deepest) return []
    this.#depth += 1
    try {
      return this.outputsOf(readQuery(inner.items), outer)
    } finally {
      this.#depth -= 1
    }
  }

  outputsOf(query: QueryText, outer: Scope): readonly ScopeColumn[] {
    const ctes = this.ctes(query, outer.ctes)
    const returning = query.parts.find(({ clause }) => clause === 'returning')
    if (returning !== undefined) {
      return this.listed(returning.items, { sources: this.targets(query, ctes), ctes, outer })
    }
    const [first] = query.parts
    if (query.verb === 'values') {
      const row = first?.items.find(isGroup)
      const count = row === undefined ? 0 : splitByCommas(row.items).length
      return Array.from({ length: count }, (_, index) => unknownColumn(`column${index + 1}`))
    }
    const select = query.parts.find(({ clause }) => clause === 'select')
    const arm = select?.arm ?? first?.arm ?? 0
    const scope = { sources: this.sources(query, arm, ctes, outer), ctes, outer }
    if (query.verb === 'table') return scope.sources.flatMap(({ columns }) => columns)
    return select === undefined ? [] : this.listed(select.items, scope)
  }

  /** The columns of a select list, or of `returning`. */
  listed(items: readonly Item[], scope: Scope): ScopeColumn[] {
    return splitByCommas(items).flatMap((item) => this.#listItem(withoutDistinct(item), scope))
  }

  /** The sources of one arm of a query. */
  sources(query: QueryText, arm: number, ctes: readonly Cte[], outer: Scope | null): Source[] {
    return query.parts
      .filter((part) => part.arm === arm && part.clause === 'from')
      .flatMap((part) => this.sourcesOf(part, ctes, outer))
  }

  sourcesOf({ items }: Pick<Part, 'items'>, ctes: readonly Cte[], outer: Scope | null): Source[] {
    const sources: Source[] = []
    for (const text of readFrom(items).sources) {
      const around = { sources: [...sources], ctes, outer }
      sources.push(this.source(text, around))
    }
    return sources
  }

  /** What an `insert`, `update`, `delete` or `merge` writes to. */
  targets(query: QueryText, ctes: readonly Cte[]): Source[] {
    const target = query.parts.find(({ clause }) => clause === 'target')
    if (target === undefined) return []
    // The list of columns behind the name of an insert looks like arguments; it is none of the source.
    const text = readFrom(target.items).sources[0]
    return text === undefined
      ? []
      : [this.source({ ...text, args: null, query: null, columns: [] }, { sources: [], ctes, outer: null })]
  }

  source(text: SourceText, around: Scope): Source {
    const last = text.name.at(-1) ?? ''
    const name = text.alias ?? last
    const aliased = text.alias !== null
    const columnNames = text.columns.map((column) => column.name)
    if (text.query !== null) {
      // The sources before it are seen by a lateral one alone.
      const outer = text.lateral ? around : { ...emptyScope, ctes: around.ctes, outer: around.outer }
      const columns = rename(this.outputs(text.query, outer), columnNames)
      return { name, aliased: true, kind: 'query', relation: null, columns }
    }
    if (text.args !== null) {
      return { name, aliased, kind: 'function', relation: null, columns: this.#functionColumns(text, name) }
    }
    const cte = text.name.length === 1 ? around.ctes.findLast((each) => each.name === last) : undefined
    if (cte !== undefined) {
      return { name, aliased, kind: 'cte', relation: null, columns: rename(cte.columns, columnNames) }
    }
    const relation = this.names.relation(text.name) ?? null
    const columns = relation === null ? [] : columnsOf(relation)
    return { name, aliased, kind: 'relation', relation, columns: rename(columns, columnNames) }
  }

  #functionColumns(text: SourceText, name: string): readonly ScopeColumn[] {
    const ordinality = text.ordinality ? [{ ...unknownColumn('ordinality'), type: 'bigint' }] : []
    if (text.columns.some(({ type }) => type !== null)) {
      return text.columns.map(({ name, type }) => ({ ...unknownColumn(name), type }))
    }
    const columns = [...this.#resultColumns(text, name), ...ordinality]
    return rename(
      columns,
      text.columns.map((column) => column.name),
    )
  }

  #resultColumns(text: SourceText, name: string): ScopeColumn[] {
    const routine = this.names.routines(text.name)[0]
    const out = routine?.args.filter(({ mode }) => mode === 'table' || mode === 'out' || mode === 'inout') ?? []
    if (out.length > 0)
      return out.map((arg, index) => ({ ...unknownColumn(arg.name || `column${index + 1}`), type: arg.type }))
    const result = routine?.result?.replace(/^SETOF /i, '') ?? null
    const row = result === null ? undefined : this.names.relation(partsOf(result))
    if (row !== undefined) return columnsOf(row)
    return [{ ...unknownColumn(name), type: result }]
  }

  #listItem(items: readonly Item[], scope: Scope): ScopeColumn[] {
    if (items.length === 0) return []
    if (isSymbol(items.at(-1), '*')) {
      const names = items.slice(0, -2).filter(isName)
      if (items.length === 1) return scope.sources.flatMap(({ columns }) => columns)
      const isQualified = isSymbol(items.at(-2), '.') && names.length > 0
      if (isQualified)
        return [
          ...(findSource(
            scope,
            names.map(({ value }) => value),
          )?.columns ?? []),
        ]
    }
    const { alias, expression } = splitAlias(items)
    const column = this.columnOf(expression, scope)
    const name = alias ?? column?.name ?? nameOf(expression)
    if (name === null) return []
    return [column === null ? { ...unknownColumn(name), type: castOf(expression) } : { ...column, name }]
  }

  /** The column that an expression is, where it is nothing but one; null otherwise. */
  columnOf(items: readonly Item[], scope: Scope): ScopeColumn | null {
    const names = chainOf(items)
    const last = names?.at(-1)
    if (names === null || last === undefined) return null
    for (let around: Scope | null = scope; around !== null; around = around.outer) {
      const sources = names.length === 1 ? around.sources : [findIn(around.sources, names.slice(0, -1))]
      for (const source of sources) {
        const column = source?.columns.find(({ name }) => name === last)
        if (column !== undefined) return column
      }
    }
    return null
  }
}

export function columnsOf(relation: KnownRelation): ScopeColumn[] {
  return relation.columns.map((known) => ({ name: known.name, type: known.type, known, relation }))
}

/** The source that a qualifier names, in this query or in one around it. */
export function findSource(scope: Scope, qualifier: readonly string[]): Source | undefined {
  for (let around: Scope | null = scope; around !== null; around = around.outer) {
    const found = findIn(around.sources, qualifier)
    if (found !== undefined) return found
  }
  return undefined
}

function findIn(sources: readonly Source[], qualifier: readonly string[]): Source | undefined {
  const name = qualifier.at(-1)
  const schema = qualifier.at(-2)
  if (schema === undefined) return sources.find((source) => source.name === name)
  return sources.find((source) => !source.aliased && source.name === name && source.relation?.schema === schema)
}

/** `a.b.c` as its names; null where it is something else. */
export function chainOf(items: readonly Item[]): string[] | null {
  const names: string[] = []
  for (const [index, item] of items.entries()) {
    if (index % 2 === 1 ? !isSymbol(item, '.') : !isName(item)) return null
    if (isName(item)) names.push(item.value)
  }
  return items.length % 2 === 1 ? names : null
}

function unknownColumn(name: string): ScopeColumn {
  return { name, type: null, known: null, relation: null }
}

/** A column under another name is still what it was, but is not found by its old name any more. */
function rename(columns: readonly ScopeColumn[], names: readonly string[]): readonly ScopeColumn[] {
  if (names.length === 0) return columns
  const renamed = columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }))
  return [...renamed, ...names.slice(columns.length).map(unknownColumn)]
}

function withoutDistinct(items: readonly Item[]): readonly Item[] {
  if (isWord(items[0], 'all')) return items.slice(1)
  if (!isWord(items[0], 'distinct')) return items
  return isWord(items[1], 'on') && isGroup(items[2]) ? items.slice(3) : items.slice(1)
}

function splitAlias(items: readonly Item[]): { alias: string | null; expression: readonly Item[] } {
  const last = items.at(-1)
  const before = items.at(-2)
  if (items.length < 2 || !isName(last)) return { alias: null, expression: items }
  if (isWord(before, 'as')) return { alias: last.value, expression: items.slice(0, -2) }
  const endsOperand =
    isGroup(before) ||
    before?.kind === 'number' ||
    before?.kind === 'string' ||
    before?.kind === 'name' ||
    (before?.kind === 'word' && !operatorWords.has(before.value)) ||
    isSymbol(before, ']')
  const isAlias = endsOperand && (last.kind === 'name' || !(last.value === 'end' || operatorWords.has(last.value)))
  return isAlias ? { alias: last.value, expression: items.slice(0, -1) } : { alias: null, expression: items }
}

const operatorWords = new Set(
  'and or not is in like ilike between similar to collate then else when case from over filter within null true false at time zone'.split(
    ' ',
  ),
)

/** The name that PostgreSQL gives to an expression without an alias: that of its function or of its last name. */
function nameOf(items: readonly Item[]): string | null {
  if (isWord(items[0], 'case')) return 'case'
  const [first] = items
  const group = items.findIndex((item) => isGroup(item))
  const called = items[group - 1]
  if (group > 0 && isName(called) && chainOf(items.slice(0, group)) !== null) return called.value
  const cast = items.findIndex((item) => isSymbol(item, '::'))
  const names = chainOf(cast === -1 ? items : items.slice(0, cast))
  if (names !== null) return names.at(-1) ?? null
  if (cast !== -1 && isName(items[cast + 1]) && first !== undefined) return textOf(items[cast + 1])
  return null
}

function castOf(items: readonly Item[]): string | null {
  const at = items.findLastIndex((item) => isSymbol(item, '::'))
  const type = items.slice(at + 1)
  if (at === -1 || type.length === 0 || !type.every((item) => isName(item) || isSymbol(item, '.'))) return null
  return type.map(textOf).join('')
}

function textOf(item: Item | undefined): string {
  return item === undefined || isGroup(item) ? '' : item.value
}
