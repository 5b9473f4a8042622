import { type Candidate, isInternal, typeCandidate } from './candidate.ts'
import type { Cursor } from './cursor.ts'
import { joinsFrom } from './joins.ts'
import { matchOf } from './match.ts'
import type { KnownRelation, KnownRoutine, NameIndex } from './names.ts'
import type { Place, RelationPlace } from './places.ts'
import { group, type Ranked } from './ranked.ts'
import { routineInsert, routineSignature } from './routines.ts'
import type { Source } from './scope.ts'
import { commonCalls, commonTypes, grammarCalls } from './vocabulary.ts'
import { written } from './written.ts'

/** Offers what the database holds: relations, what can be joined, schemas, types, labels of enums, routines. */
export class CatalogNames {
  readonly #ranked: Ranked
  readonly #cursor: Cursor
  readonly #names: NameIndex

  constructor(ranked: Ranked, cursor: Cursor, names: NameIndex) {
    this.#ranked = ranked
    this.#cursor = cursor
    this.#names = names
  }

  /** What a schema holds, without its name before it. */
  addOfSchema(schema: string, place: Place): void {
    const calls = place.kind === 'expression' || place.kind === 'routine' || (place.kind === 'relation' && place.read)
    if (place.kind === 'type') {
      for (const type of this.#names.known.types) {
        if (type.schema === schema)
          this.#ranked.offer(type.name, group.own, () => typeCandidate(type.name, type.kind, type.comment))
      }
      return
    }
    if (place.kind !== 'routine') {
      for (const relation of this.#names.relationsIn(schema)) {
        if (place.kind === 'relation' && place.kinds !== null && !place.kinds.includes(relation.kind)) continue
        this.#ranked.offer(relation.name, group.own, () =>
          this.#relationCandidate(relation, written(relation.name, this.#cursor.quoted)),
        )
      }
    }
    if (!calls) return
    for (const routine of this.#names.known.routines) {
      if (routine.schema === schema) this.#addRoutine(routine, group.mine, written(routine.name, this.#cursor.quoted))
    }
  }

  /** Relations of this database and of the query's own `with`, the nearest ones first. */
  addRelations(place: RelationPlace): void {
    const { scope, kinds, read, joinTo } = place
    this.addJoins(joinTo, '', group.first)
    for (const { name, columns } of scope.ctes) {
      this.#ranked.offer(name, group.own, () => ({
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
      if (isFar && this.#ranked.typed === '') continue
      const visible = this.#names.isOnPath(relation.schema)
      const rank = isFar
        ? group.far
        : visible
          ? relation.partitionOf === null
            ? group.source
            : group.outer
          : group.mine
      this.#ranked.offer(relation.name, rank, () => this.#relationCandidate(relation, this.#nameOf(relation)))
    }
    this.addSchemas(group.word)
    this.#ranked.addWords(place.words, group.wide)
    if (read && this.#ranked.typed !== '') this.addRoutines((kind) => kind === 'function', group.far)
  }

  /** Relations that a foreign key leads to or from, with their condition. */
  addJoins(sources: readonly Source[], before: string, rank: number): void {
    const joins = joinsFrom(
      sources,
      this.#names,
      (relation) => this.#nameOf(relation),
      (relation) => matchOf(before + relation.name, this.#ranked.typed) !== null,
    )
    for (const { relation, sql, key } of joins) {
      this.#ranked.offer(before + relation.name, rank, () => ({
        label: before + sql,
        kind: 'join',
        insert: before + sql,
        detail: 'foreign key',
        origin: key,
      }))
    }
  }

  addSchemas(rank: number, dot = '.'): void {
    for (const { name, comment, system } of this.#names.known.schemas) {
      if (system && this.#ranked.typed === '') continue
      this.#ranked.offer(name, rank, () => ({
        label: name,
        kind: 'schema',
        insert: written(name, this.#cursor.quoted) + dot,
        ...(comment === null ? {} : { comment }),
        ...(dot === '' ? {} : { goesOn: 'name' as const }),
      }))
    }
  }

  addTypes(): void {
    for (const name of commonTypes) this.#ranked.offer(name, group.source, () => typeCandidate(name, 'base', null))
    for (const type of this.#names.known.types) {
      const isSystem = type.schema === 'pg_catalog' || type.schema === 'information_schema'
      if (isSystem && (this.#ranked.typed === '' || commonTypes.includes(type.name) || type.name.startsWith('_')))
        continue
      const name = written(type.name)
      const insert = this.#names.isOnPath(type.schema) ? name : `${written(type.schema)}.${name}`
      this.#ranked.offer(type.name, isSystem ? group.far : group.own, () => ({
        ...typeCandidate(type.name, type.kind, type.comment),
        insert,
      }))
    }
    this.addSchemas(group.far)
  }

  /** The labels of an enum, as text that needs its quotes or as the inside of a string that is begun. */
  addLabels(type: string | null, quotes: boolean): void {
    const labels = type === null ? null : this.#names.labels(type)
    for (const label of labels ?? []) {
      const inside = label.replaceAll("'", "''")
      this.#ranked.offer(label, group.first, () => ({
        label: quotes ? `'${inside}'` : label,
        kind: 'label',
        // The string that is begun is replaced as a whole.
        insert: `'${inside}'`,
        ...(type === null ? {} : { detail: type }),
      }))
    }
  }

  /** Functions that give a value, those of the grammar among them. */
  addCalls(): void {
    this.addRoutines((kind) => kind !== 'procedure')
    for (const { name, args, does } of grammarCalls) {
      if (this.#ranked.typed === '' && !commonCalls.has(name)) continue
      this.#ranked.offer(name, group.wide, () => ({
        label: name,
        kind: 'function',
        ...(this.#cursor.called ? { insert: name } : { insert: `${name}($0)`, snippet: true }),
        detail: `(${args.join(', ')})`,
        comment: does,
        goesOn: 'arguments',
      }))
    }
  }

  addRoutines(wanted: (kind: KnownRoutine['kind']) => boolean, rank?: number): void {
    const seen = new Set<string>()
    for (const routine of this.#names.known.routines) {
      if (!wanted(routine.kind)) continue
      const isSystem = routine.schema === 'pg_catalog' || routine.schema === 'information_schema'
      if (isSystem && this.#ranked.typed === '' && !commonCalls.has(routine.name)) continue
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
    this.#ranked.offer(routine.name, rank, () => {
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
}
