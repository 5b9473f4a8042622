import { type Candidate, columnCandidate, type KnownSnippet, originOf } from './candidate.ts'
import { CatalogNames } from './catalogNames.ts'
import type { Cursor } from './cursor.ts'
import { conditionsFor } from './joins.ts'
import type { NameIndex } from './names.ts'
import type { ExpressionPlace, Place } from './places.ts'
import { group, Ranked } from './ranked.ts'
import { columnsOf, findSource, type Scope, type ScopeColumn, type Source } from './scope.ts'
import { afterValue, statementWords, valueWords } from './vocabulary.ts'
import { written } from './written.ts'

/** Collects what fits at a cursor, the best first. */
export class Candidates {
  readonly #cursor: Cursor
  readonly #names: NameIndex
  readonly #ranked: Ranked
  readonly #catalog: CatalogNames

  constructor(cursor: Cursor, names: NameIndex) {
    this.#cursor = cursor
    this.#names = names
    this.#ranked = new Ranked(cursor)
    this.#catalog = new CatalogNames(this.#ranked, cursor, names)
  }

  /** The best of what was collected. */
  best(count: number): Candidate[] {
    return this.#ranked.best(count)
  }

  add(place: Place, snippets: readonly KnownSnippet[]): void {
    if (this.#cursor.literal) {
      if (place.kind === 'expression') this.#catalog.addLabels(place.expected, false)
    } else if (this.#cursor.qualifier.length > 0) this.#addQualified(place)
    else this.#addPlain(place, snippets)
  }

  #addPlain(place: Place, snippets: readonly KnownSnippet[]): void {
    switch (place.kind) {
      case 'nothing':
        return
      case 'statement':
        this.#addSnippets(snippets)
        this.#ranked.addWords(statementWords, group.own)
        return
      case 'words':
        this.#ranked.addWords(place.words, group.own)
        return
      case 'schema':
        this.#catalog.addSchemas(group.own, '')
        return
      case 'type':
        this.#catalog.addTypes()
        this.#ranked.addWords(place.words, group.word)
        return
      case 'routine':
        this.#catalog.addRoutines((kind) => (kind === 'procedure') === place.procedures)
        this.#catalog.addSchemas(group.far)
        return
      case 'columns':
        this.#addColumnList(place)
        return
      case 'behind':
        this.#ranked.addWords(place.words, group.own)
        this.#catalog.addJoins(place.sources, 'join ', group.mine)
        return
      case 'relation':
        this.#catalog.addRelations(place)
        return
      default:
        this.#addExpression(place)
        return
    }
  }

  /** Behind `a.`: columns of a source, or what a schema holds. */
  #addQualified(place: Place): void {
    const { qualifier } = this.#cursor
    if (place.kind === 'expression' || place.kind === 'behind' || place.kind === 'relation') {
      const scope: Scope = place.kind === 'behind' ? { sources: place.sources, ctes: [], outer: null } : place.scope
      const source = place.kind === 'relation' && place.read ? undefined : findSource(scope, qualifier)
      if (source !== undefined) {
        for (const column of source.columns) this.#addColumn(column, source, group.own, false)
        if (place.kind === 'expression' && place.clause === 'select') this.#addAll(source)
        return
      }
    }
    if (place.kind === 'columns') {
      for (const column of place.columns) this.#addColumn(column, null, group.own, false)
      return
    }
    const relation = this.#names.relation(qualifier)
    const [schema] = qualifier
    if (qualifier.length === 1 && schema !== undefined && this.#names.hasSchema(schema))
      this.#catalog.addOfSchema(schema, place)
    else if (relation !== undefined) {
      for (const column of columnsOf(relation)) this.#addColumn(column, null, group.own, false)
    }
  }

  #addExpression(place: ExpressionPlace): void {
    if (!place.operand) {
      this.#ranked.addWords(afterValue, group.mine)
      this.#ranked.addWords(place.words, group.own)
      return
    }
    this.#catalog.addLabels(place.expected, true)
    if (place.join !== null) {
      for (const { sql, key } of conditionsFor(place.join.left, place.join.right, this.#names)) {
        this.#ranked.offer(sql, key === null ? group.own : group.first, () => ({
          label: sql,
          kind: 'join',
          insert: sql,
          detail: key === null ? 'same name' : 'foreign key',
          ...(key === null ? {} : { origin: key }),
        }))
      }
    }
    this.#addScope(place.scope, place)
    for (const output of place.outputs) this.#addColumn(output, null, group.own, false)
    if (place.clause === 'select' && place.canBeQuery) this.#addAllColumns(place.scope)
    if (place.canBeQuery) this.#ranked.addWords(place.clause === null ? [] : ['select'], group.word)
    this.#ranked.addWords(valueWords, group.word)
    this.#ranked.addWords(
      place.words.filter((word) => word !== 'from' && word !== 'as'),
      group.far,
    )
    this.#catalog.addCalls()
    if (this.#ranked.typed !== '') this.#catalog.addSchemas(group.far)
  }

  /** Columns of all sources, qualified where their name is in several of them; then the sources themselves. */
  #addScope(scope: Scope, place: ExpressionPlace): void {
    let rank: number = group.own
    const inner = new Set<string>()
    for (let around: Scope | null = scope; around !== null; around = around.outer) {
      const counts = new Map<string, number>()
      for (const { columns } of around.sources) {
        for (const { name } of columns) counts.set(name, (counts.get(name) ?? 0) + 1)
      }
      for (const source of around.sources) {
        for (const column of source.columns) {
          const isUnclear = (counts.get(column.name) ?? 0) > 1 || inner.has(column.name)
          this.#addColumn(column, source, rank, isUnclear)
        }
        if (source.name !== '') this.#addSource(source, rank === group.own ? group.source : group.outer)
      }
      for (const name of counts.keys()) inner.add(name)
      rank = group.outer
    }
    if (place.clause === 'on' && place.join !== null) return
  }

  #addColumn(column: ScopeColumn, source: Source | null, rank: number, qualified: boolean): void {
    this.#ranked.offer(column.name, rank, () => {
      const name = written(column.name, this.#cursor.quoted)
      const prefix = qualified && source !== null && source.name !== '' ? `${written(source.name)}.` : ''
      const insert = prefix + name
      return {
        ...columnCandidate(column),
        label: qualified ? prefix + column.name : column.name,
        insert,
        ...originOf(column, source),
      }
    })
  }

  #addSource(source: Source, rank: number): void {
    this.#ranked.offer(source.name, rank, () => ({
      label: source.name,
      kind: 'source',
      insert: `${written(source.name, this.#cursor.quoted)}`,
      detail: source.relation === null ? source.kind : source.relation.kind,
      ...(source.relation === null ? {} : { origin: `${source.relation.schema}.${source.relation.name}` }),
    }))
  }

  /** `*`, written out. */
  #addAll(source: Source): void {
    if (source.columns.length < 2 || this.#ranked.typed !== '') return
    const [first, ...others] = source.columns.map(({ name }) => written(name))
    const qualified = others.map((name) => `${written(source.name)}.${name}`)
    this.#ranked.offer('*', group.far, () => ({
      label: `* as its ${source.columns.length} columns`,
      kind: 'snippet',
      insert: [first ?? '', ...qualified].join(', '),
    }))
  }

  #addAllColumns({ sources }: Scope): void {
    const [source, ...others] = sources
    if (source === undefined || others.length > 0 || source.columns.length < 2 || this.#ranked.typed !== '') return
    this.#ranked.offer('*', group.far, () => ({
      label: `all ${source.columns.length} columns`,
      kind: 'snippet',
      insert: source.columns.map(({ name }) => written(name)).join(', '),
    }))
  }

  #addColumnList({ columns, taken, list, words }: Extract<Place, { kind: 'columns' }>): void {
    const free = columns.filter(({ name }) => !taken.has(name))
    for (const column of free) this.#addColumn(column, null, group.own, false)
    if (list && taken.size === 0 && free.length > 1) {
      this.#ranked.offer('*', group.far, () => ({
        label: `all ${free.length} columns`,
        kind: 'snippet',
        insert: free.map(({ name }) => written(name)).join(', '),
      }))
    }
    this.#ranked.addWords(words, group.word)
  }

  #addSnippets(snippets: readonly KnownSnippet[]): void {
    for (const { name, title, body } of snippets) {
      this.#ranked.offer(name, group.source, () => ({
        label: name,
        kind: 'snippet',
        insert: body,
        snippet: true,
        detail: title,
      }))
    }
  }
}
