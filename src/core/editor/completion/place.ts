import { readFrom } from './from.ts'
import { type Around, comparedType, expectsOperand, inList, textOf } from './operand.ts'
import { columns, holderOf, namesIn, nothing, type Place, queryWords, relation, words, writable } from './places.ts'
import { type Clause, isQueryGroup, type Part, type QueryText, readQuery } from './query.ts'
import { type Cte, emptyScope, type Reading, type Scope, type ScopeColumn, type Source } from './scope.ts'
import { type Group, type Item, isCursor, isGroup, isName, isSymbol, isWord, splitByCommas } from './tree.ts'

/** The place of the cursor in a query. */
export function placeInQuery(items: readonly Item[], outer: Scope, reading: Reading): Place {
  const query = readQuery(items)
  const partIndex = query.parts.findIndex((part) => holderOf(part.items) !== -1)
  const part = query.parts[partIndex]
  if (part === undefined) return nothing
  const ctes = reading.ctes(query, outer.ctes)
  if (part.clause === 'with') return placeInWith(part, query, outer, reading)
  const spot: Spot = { query, part, partIndex, ctes, outer, reading }
  switch (part.clause) {
    case 'from':
      return placeInFrom(spot)
    case 'target':
      return placeInTarget(spot)
    case 'set':
      return placeInSet(spot)
    case 'values':
      return placeInValues(spot)
    case 'conflict':
      return placeInConflict(spot)
    case 'into':
      return relation(spot.ctes, { kinds: ['table'] })
    case 'for':
      return words('update', 'no key update', 'share', 'key share', 'of', 'nowait', 'skip locked')
    case 'union':
      return words('all', 'select', 'distinct', 'values')
    default:
      return placeInClause(spot)
  }
}

interface Spot {
  readonly query: QueryText
  readonly part: Part
  readonly partIndex: number
  readonly ctes: readonly Cte[]
  readonly outer: Scope
  readonly reading: Reading
}

function placeInWith(part: Part, query: QueryText, outer: Scope, reading: Reading): Place {
  const at = holderOf(part.items)
  const item = part.items[at]
  if (isCursor(item)) {
    const before = part.items[at - 1]
    if (before === undefined) return words('recursive')
    if (isWord(before, 'as')) return words('materialized', 'not materialized')
    if (isGroup(before)) return words('select', 'insert into', 'update', 'delete from', 'as', 'search', 'cycle')
    return isName(before) ? words('as') : nothing
  }
  const index = query.ctes.findIndex(({ body }) => body === item)
  const own = query.ctes[index]
  if (!isGroup(item) || own === undefined) return nothing
  const seen = { ...query, ctes: query.ctes.slice(0, index) }
  const before = reading.ctes(seen, outer.ctes)
  const self = query.recursive ? reading.ctes({ ...query, ctes: [own] }, before).slice(-1) : []
  return placeInQueryGroup(item, { sources: [], ctes: [...before, ...self], outer }, reading)
}

/** The place in parentheses that hold a query, or nothing yet. */
function placeInQueryGroup(group: Group, outer: Scope, reading: Reading): Place {
  const [first] = group.items
  if (isCursor(first)) return words(...queryWords)
  if (isGroup(first) && first.holdsCursor) return placeInQueryGroup(first, outer, reading)
  return placeInQuery(group.items, outer, reading)
}

const joinWords = [
  'join',
  'left join',
  'right join',
  'full join',
  'cross join',
  'inner join',
  'join lateral',
  'natural join',
]
const afterFrom = [
  'where',
  'group by',
  'order by',
  'limit',
  'having',
  'window',
  'union',
  'union all',
  'except',
  'intersect',
  'offset',
  'for update',
]

function nextWords({ query, part, partIndex }: Spot): string[] {
  switch (query.verb) {
    case 'update':
    case 'delete':
      return [...(part.clause === 'target' ? [] : joinWords), 'where', 'returning']
    case 'merge':
      return ['on']
    case 'insert':
      return [...joinWords, ...afterFrom, 'on conflict', 'returning']
    default:
      return [...joinWords, ...afterFrom, ...(partIndex === 0 ? ['select'] : [])]
  }
}

function placeInFrom(spot: Spot): Place {
  const { part, ctes, outer, reading } = spot
  const { cursor } = readFrom(part.items)
  if (cursor === null) return nothing
  const sources = allSources(spot)
  const offset = sources.length - reading.sourcesOf(part, ctes, outer).length
  const left = sources.slice(0, offset + cursor.before)
  const scope: Scope = { sources: left, ctes, outer }
  switch (cursor.state) {
    case 'source': {
      const joinTo = cursor.joined ? left : []
      return { ...relation(ctes, { read: true, joinTo, words: ['lateral', 'only', 'unnest'] }), scope }
    }
    case 'behind':
      return {
        kind: 'behind',
        sources: left,
        words: [...(left.length > 1 ? ['on', 'using'] : []), ...nextWords(spot), 'as'],
      }
    case 'on':
      return placeInCondition(cursor.condition, cursor.group, left, scope, reading, nextWords(spot))
    case 'using': {
      const right = left.at(-1)
      const others = new Set(left.slice(0, -1).flatMap(({ columns }) => columns.map(({ name }) => name)))
      return columns(right?.columns.filter(({ name }) => others.has(name)) ?? [], namesIn(cursor.group))
    }
    case 'query': {
      const around = { sources: left, ctes, outer }
      return cursor.group === null
        ? nothing
        : placeInQueryGroup(cursor.group, { ...emptyScope, ctes, outer: cursor.lateral ? around : outer }, reading)
    }
    case 'arguments':
      return placeInExpression(cursor.group?.items ?? [], { scope, clause: 'from', reading })
    default:
      return nothing
  }
}

/** The condition of a join: where it begins, keys make it whole. */
function placeInCondition(
  condition: readonly Item[],
  group: Group | null,
  left: readonly Source[],
  scope: Scope,
  reading: Reading,
  more: readonly string[],
): Place {
  const items = group === null ? [...condition, cursorMark] : condition
  const place = placeInExpression(items, { scope, clause: 'on', reading, words: more })
  const right = left.at(-1)
  const before = group === null ? condition.at(-1) : undefined
  const begins = group === null ? before === undefined || isWord(before, 'and') : group.items.length === 1
  if (place.kind !== 'expression' || right === undefined || left.length < 2 || !begins) return place
  return { ...place, join: { left: left.slice(0, -1), right } }
}

const cursorMark: Item = { kind: 'cursor', start: 0, end: 0, text: '', value: '', open: false }

function placeInTarget(spot: Spot): Place {
  const { query, part, ctes, reading } = spot
  const { cursor } = readFrom(part.items)
  const [first] = part.items
  if (isCursor(first) && query.verb !== 'update') {
    // `insert` and `merge` want `into`, `delete` wants `from`: it stands there when the reader has passed it.
    return relation(ctes, { kinds: writable, words: query.verb === 'delete' ? ['from', 'only'] : ['into'] })
  }
  if (cursor === null) return nothing
  const targets = reading.targets(query, ctes)
  switch (cursor.state) {
    case 'source':
      return relation(ctes, { kinds: writable, words: query.verb === 'insert' ? [] : ['only'] })
    case 'arguments':
    case 'columns':
      return query.verb === 'insert' && cursor.group !== null
        ? {
            kind: 'columns',
            columns: assignable(targets),
            taken: new Set(namesIn(cursor.group)),
            list: true,
            words: [],
          }
        : nothing
    case 'behind':
      return words(...behindTarget(query))
    default:
      return nothing
  }
}

function behindTarget({ verb }: QueryText): string[] {
  if (verb === 'insert')
    return ['values', 'select', 'default values', 'with', 'overriding system value', 'as', 'on conflict', 'returning']
  if (verb === 'update') return ['set', 'as']
  if (verb === 'merge') return ['using', 'as']
  return ['where', 'using', 'returning', 'as']
}

/** The columns that can be written; one that PostgreSQL makes by itself cannot. */
function assignable(targets: readonly Source[]): ScopeColumn[] {
  return targets.flatMap((target) => target.columns.filter(({ known }) => known?.generated == null))
}

function placeInSet(spot: Spot): Place {
  const { part, query, ctes, reading } = spot
  const targets = reading.targets(query, ctes)
  const assignments = splitByCommas(part.items)
  const own = assignments.find((each) => holderOf(each) !== -1) ?? []
  const equals = own.findIndex((item) => isSymbol(item, '='))
  const at = holderOf(own)
  const taken = assignments.flatMap((each) => (each === own ? [] : each.slice(0, 1).flatMap(namesOf)))
  const holder = own[at]
  if (equals === -1 || at < equals) {
    const inList = isGroup(holder) ? namesIn(holder) : []
    if (at > 0) return words('=')
    return columns(assignable(targets), [...taken, ...inList])
  }
  const column = targets[0]?.columns.find(({ name }) => name === namesOf(own[0])[0])
  return placeInExpression(own.slice(equals + 1), {
    scope: scopeOf(spot),
    clause: 'set',
    reading,
    expected: column?.type ?? null,
    words: ['default', 'from', 'where', 'returning'],
  })
}

function namesOf(item: Item | undefined): string[] {
  return isName(item) ? [item.value] : isGroup(item) ? item.items.filter(isName).map(({ value }) => value) : []
}

function placeInValues(spot: Spot): Place {
  const { part, query, ctes, reading } = spot
  const group = part.items[holderOf(part.items)]
  if (!isGroup(group)) return words('on conflict', 'on conflict do nothing', 'returning')
  const parts = splitByCommas(group.items)
  const index = parts.findIndex((each) => holderOf(each) !== -1)
  const target = reading.targets(query, ctes)[0]
  const list = readFrom(query.parts[0]?.items ?? []).sources[0]
  const named = query.verb === 'insert' ? (list?.args ?? null) : null
  const order = named === null ? (target?.columns.map(({ name }) => name) ?? []) : namesIn(named)
  const column = target?.columns.find(({ name }) => name === order[index])
  return placeInExpression(parts[index] ?? [], {
    scope: { ...emptyScope, ctes, outer: spot.outer },
    clause: 'values',
    reading,
    expected: column?.type ?? null,
    words: ['default'],
  })
}

function placeInConflict(spot: Spot): Place {
  const { part, query, ctes, reading } = spot
  const targets = reading.targets(query, ctes)
  const holder = part.items[holderOf(part.items)]
  if (isGroup(holder)) {
    if (query.verb === 'merge') {
      return { kind: 'columns', columns: assignable(targets), taken: new Set(namesIn(holder)), list: true, words: [] }
    }
    const keys = new Set(
      targets.flatMap(({ relation }) => [relation?.primaryKey ?? [], ...(relation?.uniqueKeys ?? [])].flat()),
    )
    const all = targets.flatMap((target) => target.columns)
    const unique = all.filter(({ name }) => keys.has(name))
    return columns(unique.length > 0 ? unique : all, namesIn(holder))
  }
  if (query.verb === 'merge') return words('values', 'default values')
  const before = part.items[holderOf(part.items) - 1]
  if (before === undefined) return words('conflict', 'conflict do nothing')
  if (isWord(before, 'do')) return words('nothing', 'update set')
  if (isWord(before, 'update')) return words('set')
  if (isWord(before, 'nothing')) return words('returning')
  if (isWord(before, 'conflict')) return words('do nothing', 'do update set', 'on constraint')
  return isWord(before, 'constraint') ? nothing : words('do nothing', 'do update set', 'where')
}

/** Everything that the query reads or writes, before and behind the cursor. */
function allSources({ query, part, ctes, outer, reading }: Spot): Source[] {
  const arm = query.verb === 'insert' || query.verb === 'select' || query.verb === null ? part.arm : 0
  const read = reading.sources(query, arm, ctes, outer)
  return query.verb === 'update' || query.verb === 'delete' || query.verb === 'merge'
    ? [...reading.targets(query, ctes), ...read]
    : read
}

function scopeOf(spot: Spot): Scope {
  const { query, part, partIndex, ctes, outer, reading } = spot
  const conflictAt = query.parts.findIndex(({ clause }) => clause === 'conflict')
  const isBehindConflict = conflictAt !== -1 && conflictAt < partIndex
  if (query.verb === 'insert' && (part.clause === 'returning' || isBehindConflict)) {
    const targets = reading.targets(query, ctes)
    const excluded = targets.map((target): Source => ({ ...target, name: 'excluded', aliased: true }))
    return { sources: part.clause === 'returning' ? targets : [...targets, ...excluded], ctes, outer }
  }
  return { sources: allSources(spot), ctes, outer }
}

const clauseEnds: Readonly<Partial<Record<Clause, readonly string[]>>> = {
  select: ['from', 'as', 'into', 'union', 'where', 'order by', 'limit'],
  where: ['group by', 'order by', 'limit', 'returning', 'union', 'union all', 'for update', 'having', 'on conflict'],
  group: ['having', 'order by', 'limit', 'union'],
  having: ['order by', 'limit', 'union'],
  order: ['asc', 'desc', 'nulls first', 'nulls last', 'limit', 'offset', 'using', 'for update'],
  limit: ['offset', 'for update', 'rows only', 'first'],
  returning: ['as'],
  on: ['when matched then', 'when not matched then'],
  when: [
    'then',
    'then update set',
    'then insert',
    'then delete',
    'then do nothing',
    'matched',
    'not matched',
    'not matched by source',
  ],
  window: ['as'],
}

function placeInClause(spot: Spot): Place {
  const { query, part, reading, outer } = spot
  let items = part.items
  if (part.clause === 'group' || part.clause === 'order') {
    if (!isWord(items[0], 'by')) return words('by')
    items = items.slice(1)
  }
  const scope = scopeOf(spot)
  const place = placeInExpression(items, { scope, clause: part.clause, reading, words: clauseEnds[part.clause] ?? [] })
  if (place.kind !== 'expression' || (part.clause !== 'group' && part.clause !== 'order')) return place
  // What is named like a column of a source is in the scope already.
  const known = new Set(scope.sources.flatMap(({ columns }) => columns.map(({ name }) => name)))
  const outputs = reading.outputsOf(query, outer).filter(({ name }) => !known.has(name))
  return { ...place, outputs }
}

/** The place in an expression, however deep in parentheses. */
export function placeInExpression(items: readonly Item[], around: Around): Place {
  const { scope, clause, reading, expected = null } = around
  const at = holderOf(items)
  const item = items[at]
  const before = items.slice(0, at)
  const last = before.at(-1)
  if (isGroup(item)) {
    if (isQueryGroup(item)) return placeInQueryGroup(item, { ...emptyScope, ctes: scope.ctes, outer: scope }, reading)
    const isCast = isWord(last, 'cast') && item.items.slice(0, holderOf(item.items)).some((each) => isWord(each, 'as'))
    if (isCast) return { kind: 'type', words: [] }
    const isRow = last === undefined || isSymbol(last, ',')
    return placeInExpression(item.items, {
      ...around,
      expected: isWord(last, 'in', 'any', 'all') ? comparedType(before.slice(0, -1), around) : isRow ? expected : null,
      words: clause === 'from' ? [] : ['order by', 'partition by', 'where', 'distinct'],
    })
  }
  if (isSymbol(last, '::')) return { kind: 'type', words: [] }
  if (isWord(last, 'as')) return nothing
  if (isWord(last, 'is')) {
    return words(
      'null',
      'not null',
      'true',
      'false',
      'distinct from',
      'not distinct from',
      'unknown',
      'not true',
      'not false',
    )
  }
  if (isWord(last, 'order', 'partition', 'group')) return words('by')
  const next = items[at + 1]
  const cast = isSymbol(next, '::') && isName(items[at + 2]) ? textOf(items[at + 2]) : null
  return {
    kind: 'expression',
    scope,
    clause,
    operand: expectsOperand(before),
    join: null,
    expected: cast ?? comparedType(before, around) ?? (last === undefined ? expected : inList(before, expected)),
    outputs: [],
    canBeQuery: last === undefined,
    words: around.words ?? [],
  }
}
