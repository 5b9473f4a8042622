import { type Candidate, columnCandidate, isInternal, type KnownSnippet, originOf, typeCandidate } from './candidate.ts'
import type { Cursor } from './cursor.ts'
import { conditionsFor, joinsFrom } from './joins.ts'
import { matchOf } from './match.ts'
import type { KnownRelation, KnownRoutine, NameIndex } from './names.ts'
import type { ExpressionPlace, Place, RelationPlace } from './places.ts'
import { routineInsert, routineSignature } from './routines.ts'
import { columnsOf, findSource, type Scope, type ScopeColumn, type Source } from './scope.ts'
import { afterValue, commonCalls, commonTypes, grammarCalls, statementWords, valueWords } from './vocabulary.ts'
import { written } from './written.ts'

/** What comes first when names fit equally well. */
const group = { first: 0, own: 1, source: 2, outer: 3, mine: 4, word: 5, wide: 6, far: 7 } as const
const groups = 8

/** Collects what fits at a cursor, the best first. */
export class Candidates {
  readonly #cursor: Cursor
  readonly #names: NameIndex
  readonly #typed: string
  readonly #shouts: boolean
  /** By how well they fit, then by group; of one rank, in the order in which they came. */
  readonly #ranked: (() => Candidate)[][] = []

  constructor(cursor: Cursor, names: NameIndex) {
    this.#cursor = cursor
    this.#names = names
    this.#typed = cursor.prefix.toLowerCase()
    this.#shouts = /[A-Z]/.test(cursor.prefix) && cursor.prefix === cursor.prefix.toUpperCase()
  }

  /** The best of what was collected. Only these are made: in a large database, most of thousands fit a letter. */
  best(count: number): Candidate[] {
    const seen = new Set<string>()
    const best: Candidate[] = []
    for (const make of this.#ranked.flat()) {
      const candidate = make()
      const key = `${candidate.kind}\0${candidate.insert}\0${candidate.label}`
      if (seen.has(key)) continue
      seen.add(key)
      best.push(candidate)
      if (best.length === count) break
    }
    return best
  }

  /** Takes a candidate if its name fits what was typed. */
  #offer(name: string, rank: number, make: () => Candidate): void {
    const fit = matchOf(name, this.#typed)
    if (fit === null) return
    // Who begins with a quote means the letters as they are.
    const match = this.#cursor.quoted && !name.startsWith(this.#cursor.prefix) ? fit * 2 + 1 : fit * 2
    const place = match * groups + rank
    const ranked = this.#ranked[place]
    if (ranked === undefined) this.#ranked[place] = [make]
    else ranked.push(make)
  }

  add(place: Place, snippets: readonly KnownSnippet[]): void {
    if (this.#cursor.literal) {
      if (place.kind === 'expression') this.#addLabels(place.expected, false)
    } else if (this.#cursor.qualifier.length > 0) this.#addQualified(place)
    else this.#addPlain(place, snippets)
  }

  #addPlain(place: Place, snippets: readonly KnownSnippet[]): void {
    switch (place.kind) {
      case 'nothing':
        return
      case 'statement':
        this.#addSnippets(snippets)
        this.#addWords(statementWords, group.own)
        return
      case 'words':
        this.#addWords(place.words, group.own)
        return
      case 'schema':
        this.#addSchemas(group.own, '')
        return
      case 'type':
        this.#addTypes()
        this.#addWords(place.words, group.word)
        return
      case 'routine':
        this.#addRoutines((kind) => (kind === 'procedure') === place.procedures)
        this.#addSchemas(group.far)
        return
      case 'columns':
        this.#addColumnList(place)
        return
      case 'behind':
        this.#addWords(place.words, group.own)
        this.#addJoins(place.sources, 'join ', group.mine)
        return
      case 'relation':
        this.#addRelations(place)
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
      this.#addOfSchema(schema, place)
    else if (relation !== undefined) {
      for (const column of columnsOf(relation)) this.#addColumn(column, null, group.own, false)
    }
  }

  #addOfSchema(schema: string, place: Place): void {
    const calls = place.kind === 'expression' || place.kind === 'routine' || (place.kind === 'relation' && place.read)
    if (place.kind === 'type') {
      for (const type of this.#names.known.types) {
        if (type.schema === schema)
          this.#offer(type.name, group.own, () => typeCandidate(type.name, type.kind, type.comment))
      }
      return
    }
    if (place.kind !== 'routine') {
      for (const relation of this.#names.relationsIn(schema)) {
        if (place.kind === 'relation' && place.kinds !== null && !place.kinds.includes(relation.kind)) continue
        this.#offer(relation.name, group.own, () =>
          this.#relationCandidate(relation, written(relation.name, this.#cursor.quoted)),
        )
      }
    }
    if (!calls) return
    for (const routine of this.#names.known.routines) {
      if (routine.schema === schema) this.#addRoutine(routine, group.mine, written(routine.name, this.#cursor.quoted))
    }
  }

  #addExpression(place: ExpressionPlace): void {
    if (!place.operand) {
      this.#addWords(afterValue, group.mine)
      this.#addWords(place.words, group.own)
      return
    }
    this.#addLabels(place.expected, true)
    if (place.join !== null) {
      for (const { sql, key } of conditionsFor(place.join.left, place.join.right, this.#names)) {
        this.#offer(sql, key === null ? group.own : group.first, () => ({
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
    if (place.canBeQuery) this.#addWords(place.clause === null ? [] : ['select'], group.word)
    this.#addWords(valueWords, group.word)
    this.#addWords(
      place.words.filter((word) => word !== 'from' && word !== 'as'),
      group.far,
    )
    this.#addCalls()
    if (this.#typed !== '') this.#addSchemas(group.far)
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
    this.#offer(column.name, rank, () => {
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
    this.#offer(source.name, rank, () => ({
      label: source.name,
      kind: 'source',
      insert: `${written(source.name, this.#cursor.quoted)}`,
      detail: source.relation === null ? source.kind : source.relation.kind,
      ...(source.relation === null ? {} : { origin: `${source.relation.schema}.${source.relation.name}` }),
    }))
  }

  /** `*`, written out. */
  #addAll(source: Source): void {
    if (source.columns.length < 2 || this.#typed !== '') return
    const [first, ...others] = source.columns.map(({ name }) => written(name))
    const qualified = others.map((name) => `${written(source.name)}.${name}`)
    this.#offer('*', group.far, () => ({
      label: `* as its ${source.columns.length} columns`,
      kind: 'snippet',
      insert: [first ?? '', ...qualified].join(', '),
    }))
  }

  #addAllColumns({ sources }: Scope): void {
    const [source, ...others] = sources
    if (source === undefined || others.length > 0 || source.columns.length < 2 || this.#typed !== '') return
    this.#offer('*', group.far, () => ({
      label: `all ${source.columns.length} columns`,
      kind: 'snippet',
      insert: source.columns.map(({ name }) => written(name)).join(', '),
    }))
  }

  #addColumnList({ columns, taken, list, words }: Extract<Place, { kind: 'columns' }>): void {
    const free = columns.filter(({ name }) => !taken.has(name))
    for (const column of free) this.#addColumn(column, null, group.own, false)
    if (list && taken.size === 0 && free.length > 1) {
      this.#offer('*', group.far, () => ({
        label: `all ${free.length} columns`,
        kind: 'snippet',
        insert: free.map(({ name }) => written(name)).join(', '),
      }))
    }
    this.#addWords(words, group.word)
  }

  #addRelations(place: RelationPlace): void {
    const { scope, kinds, read, joinTo } = place
    this.#addJoins(joinTo, '', group.first)
    for (const { name, columns } of scope.ctes) {
      this.#offer(name, group.own, () => ({
        label: name,
        kind: 'cte',
        insert: written(name, this.#cursor.quoted),
        detail: 'with',
        comment: columns.map((column) => column.name).join(', '),
      }))
    }
    for (const relation of this.#names.known.relations) {
      if (kinds !== null && !kinds.includes(relation.kind)) continue
      const isFar = relation.schema === 'pg_catalog' || relation.schema === 'information_schema'
      // PostgreSQL's own ones are many; one who wants them says so.
      if (isFar && this.#typed === '') continue
      const visible = this.#names.isOnPath(relation.schema)
      const rank = isFar
        ? group.far
        : visible
          ? relation.partitionOf === null
            ? group.source
            : group.outer
          : group.mine
      this.#offer(relation.name, rank, () => this.#relationCandidate(relation, this.#nameOf(relation)))
    }
    this.#addSchemas(group.word)
    this.#addWords(place.words, group.wide)
    if (read && this.#typed !== '') this.#addRoutines((kind) => kind === 'function', group.far)
  }

  #nameOf(relation: KnownRelation): string {
    const name = written(relation.name, this.#cursor.quoted)
    return this.#names.isVisible(relation) ? name : `${written(relation.schema)}.${name}`
  }

  #relationCandidate(relation: KnownRelation, insert: string): Candidate {
    return {
      label: relation.name,
      kind: relation.kind,
      insert,
      detail: relation.kind,
      origin: relation.schema,
      ...(relation.comment === null ? {} : { comment: relation.comment }),
    }
  }

  #addJoins(sources: readonly Source[], before: string, rank: number): void {
    const joins = joinsFrom(
      sources,
      this.#names,
      (relation) => this.#nameOf(relation),
      (relation) => matchOf(before + relation.name, this.#typed) !== null,
    )
    for (const { relation, sql, key } of joins) {
      this.#offer(before + relation.name, rank, () => ({
        label: before + sql,
        kind: 'join',
        insert: before + sql,
        detail: 'foreign key',
        origin: key,
      }))
    }
  }

  #addSchemas(rank: number, dot = '.'): void {
    for (const { name, comment, system } of this.#names.known.schemas) {
      if (system && this.#typed === '') continue
      this.#offer(name, rank, () => ({
        label: name,
        kind: 'schema',
        insert: written(name, this.#cursor.quoted) + dot,
        ...(comment === null ? {} : { comment }),
        ...(dot === '' ? {} : { goesOn: 'name' as const }),
      }))
    }
  }

  #addTypes(): void {
    for (const name of commonTypes) this.#offer(name, group.source, () => typeCandidate(name, 'base', null))
    for (const type of this.#names.known.types) {
      const isSystem = type.schema === 'pg_catalog' || type.schema === 'information_schema'
      if (isSystem && (this.#typed === '' || commonTypes.includes(type.name) || type.name.startsWith('_'))) continue
      const name = written(type.name)
      const insert = this.#names.isOnPath(type.schema) ? name : `${written(type.schema)}.${name}`
      this.#offer(type.name, isSystem ? group.far : group.own, () => ({
        ...typeCandidate(type.name, type.kind, type.comment),
        insert,
      }))
    }
    this.#addSchemas(group.far)
  }

  /** The labels of an enum, as text that needs its quotes or as the inside of a string that is begun. */
  #addLabels(type: string | null, quotes: boolean): void {
    const labels = type === null ? null : this.#names.labels(type)
    for (const label of labels ?? []) {
      const inside = label.replaceAll("'", "''")
      this.#offer(label, group.first, () => ({
        label: quotes ? `'${inside}'` : label,
        kind: 'label',
        // The string that is begun is replaced as a whole.
        insert: `'${inside}'`,
        ...(type === null ? {} : { detail: type }),
      }))
    }
  }

  #addCalls(): void {
    this.#addRoutines((kind) => kind !== 'procedure')
    for (const { name, args, does } of grammarCalls) {
      if (this.#typed === '' && !commonCalls.has(name)) continue
      this.#offer(name, group.wide, () => ({
        label: name,
        kind: 'function',
        ...(this.#cursor.called ? { insert: name } : { insert: `${name}($0)`, snippet: true }),
        detail: `(${args.join(', ')})`,
        comment: does,
        goesOn: 'arguments',
      }))
    }
  }

  #addRoutines(wanted: (kind: KnownRoutine['kind']) => boolean, rank?: number): void {
    const seen = new Set<string>()
    for (const routine of this.#names.known.routines) {
      if (!wanted(routine.kind)) continue
      const isSystem = routine.schema === 'pg_catalog' || routine.schema === 'information_schema'
      if (isSystem && this.#typed === '' && !commonCalls.has(routine.name)) continue
      if (isSystem && isInternal(routine)) continue
      const key = `${routine.schema}\0${routine.name}`
      if (seen.has(key)) continue
      seen.add(key)
      const name = written(routine.name, this.#cursor.quoted)
      const insert = this.#names.isOnPath(routine.schema) ? name : `${written(routine.schema)}.${name}`
      this.#addRoutine(
        routine,
        rank ?? (isSystem ? (commonCalls.has(routine.name) ? group.wide : group.far) : group.mine),
        insert,
      )
    }
  }

  #addRoutine(routine: KnownRoutine, rank: number, name: string): void {
    this.#offer(routine.name, rank, () => {
      const overloads = this.#names.routines([routine.schema, routine.name]).length - 1
      return {
        label: routine.name,
        kind: routine.kind === 'procedure' ? 'procedure' : 'function',
        ...routineInsert(routine, name, this.#cursor.called),
        detail: routineSignature(routine) + (overloads > 0 ? ` +${overloads}` : ''),
        origin: routine.schema,
        ...(routine.comment === null ? {} : { comment: routine.comment }),
      }
    })
  }

  #addSnippets(snippets: readonly KnownSnippet[]): void {
    for (const { name, title, body } of snippets) {
      this.#offer(name, group.source, () => ({
        label: name,
        kind: 'snippet',
        insert: body,
        snippet: true,
        detail: title,
      }))
    }
  }

  #addWords(list: readonly string[], rank: number): void {
    for (const word of list) {
      this.#offer(word, rank, () => {
        const insert = this.#shouts ? word.toUpperCase() : word
        return { label: insert, kind: 'keyword', insert }
      })
    }
  }
}
