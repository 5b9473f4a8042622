import { placeIn } from './commands.ts'
import { cursorAt } from './cursor.ts'
import { lexemesOf } from './lexemes.ts'
import type { KnownRelation, KnownRoutine, NameIndex } from './names.ts'
import type { Place } from './places.ts'
import { routineSignature } from './routines.ts'
import { findSource, Reading, type Scope, type ScopeColumn, type Source } from './scope.ts'
import { written } from './written.ts'

/** What is known of a name in a text. Offsets are UTF-16 units. */
export interface Description {
  readonly from: number
  readonly to: number
  /** As SQL would put it: `orders.total numeric(10,2) not null`. */
  readonly code: string
  /** Sentences about it: its keys, what it is classified as, its comment. */
  readonly lines: readonly string[]
}

/** Columns and overloads beyond these are counted, not listed. */
const mostColumns = 30
const mostOverloads = 6

/** What the name at `offset` means, where it means something that the catalog knows. */
export function describe(names: NameIndex, sql: string, offset: number): Description | null {
  const end = nameEnd(sql, offset)
  if (end === null) return null
  const cursor = cursorAt(sql, end)
  if (cursor === null || cursor.literal || cursor.number || cursor.prefix === '') return null
  // A word is what PostgreSQL makes of it; a name in quotes is what it is.
  const name = cursor.quoted ? cursor.prefix : cursor.prefix.toLowerCase()
  const place = placeIn(cursor.items, new Reading(names))
  const found = describeName(names, place, [...cursor.qualifier, name], cursor.called)
  return found === null ? null : { ...found, from: cursor.from, to: cursor.to }
}

/** The end of the name that stands at `offset`; null where none does. */
function nameEnd(sql: string, offset: number): number | null {
  const lexemes = lexemesOf(sql)
  const at = lexemes.findIndex(({ end }) => offset < end)
  const next = lexemes[at]
  const before = lexemes.at(at === -1 ? -1 : at - 1)
  // Between two, the name is meant.
  const isNext = next !== undefined && next.start <= offset && next.kind !== 'symbol'
  const lexeme = isNext ? next : before?.end === offset ? before : null
  if (lexeme === null || lexeme === undefined) return null
  if (lexeme.kind === 'word' || lexeme.kind === 'name') return lexeme.end
  if (lexeme.kind !== 'body') return null
  // Between dollars stands code of its own.
  const tag = /^\$[^$]*\$/.exec(lexeme.text)?.[0] ?? ''
  if (offset < lexeme.start + tag.length) return null
  const start = lexeme.start + tag.length
  const inside = nameEnd(lexeme.text.slice(tag.length), offset - start)
  return inside === null ? null : start + inside
}

type Found = Pick<Description, 'code' | 'lines'>

function describeName(names: NameIndex, place: Place, chain: readonly string[], called: boolean): Found | null {
  if (called) {
    const routines = names.routines(chain)
    if (routines.length > 0) return routinesFound(routines)
  }
  return (
    describeInPlace(names, place, chain) ??
    (chain.length === 1 && place.kind !== 'words' ? schemaFound(names, chain[0] ?? '') : null)
  )
}

function describeInPlace(names: NameIndex, place: Place, chain: readonly string[]): Found | null {
  const name = chain.at(-1) ?? ''
  switch (place.kind) {
    case 'relation': {
      const cte = chain.length === 1 ? place.scope.ctes.findLast((each) => each.name === name) : undefined
      if (cte !== undefined) return { code: listOf(`with ${written(name)}`, cte.columns), lines: [] }
      const relation = names.relation(chain)
      return relation === undefined ? null : relationFound(relation)
    }
    case 'expression':
      return describeInScope(names, place.scope, chain) ?? typeFound(names, place.expected === name ? chain : [])
    case 'columns': {
      const column = place.columns.find((each) => each.name === name)
      return column === undefined ? null : columnFound(names, column, null)
    }
    case 'behind': {
      const source = place.sources.findLast((each) => each.name === name) ?? place.sources.at(-1)
      return source?.relation == null ? null : relationFound(source.relation)
    }
    case 'type':
      return typeFound(names, chain)
    case 'routine': {
      const routines = names.routines(chain)
      return routines.length === 0 ? null : routinesFound(routines)
    }
    default:
      return null
  }
}

function describeInScope(names: NameIndex, scope: Scope, chain: readonly string[]): Found | null {
  const name = chain.at(-1) ?? ''
  for (let around: Scope | null = scope; around !== null; around = around.outer) {
    const sources = chain.length === 1 ? around.sources : [findSource(scope, chain.slice(0, -1))]
    for (const source of sources) {
      const column = source?.columns.find((each) => each.name === name)
      if (column !== undefined && source !== undefined) return columnFound(names, column, source)
    }
  }
  const source = findSource(scope, chain)
  if (source === undefined) return null
  return source.relation === null
    ? { code: listOf(`${source.kind} ${written(source.name)}`, source.columns), lines: [] }
    : relationFound(source.relation)
}

function columnFound(names: NameIndex, column: ScopeColumn, source: Source | null): Found {
  const { known, relation, type } = column
  const owner = relation === null ? (source?.name ?? '') : `${relation.schema}.${relation.name}`
  const code = [
    `${owner === '' ? '' : `${owner}.`}${known?.name ?? column.name}`,
    type ?? '',
    known?.notNull ? 'not null' : '',
    known?.identity == null ? '' : `generated ${known.identity} as identity`,
    known?.default == null
      ? ''
      : known.generated === null
        ? `default ${known.default}`
        : `generated as (${known.default})`,
  ]
  const lines: string[] = []
  if (known?.sensitivity != null) lines.push(`Classified: ${known.sensitivity}`)
  if (relation?.primaryKey.includes(known?.name ?? '')) {
    lines.push(
      relation.primaryKey.length === 1 ? 'Primary key' : `Part of the primary key (${relation.primaryKey.join(', ')})`,
    )
  }
  for (const key of relation?.uniqueKeys ?? []) {
    if (known !== null && key.includes(known.name))
      lines.push(key.length === 1 ? 'Unique' : `Unique with ${key.filter((each) => each !== known.name).join(', ')}`)
  }
  for (const { columns, toRelation, toColumns } of relation?.foreignKeys ?? []) {
    const at = columns.indexOf(known?.name ?? '')
    const to = names.relationByOid(toRelation)
    if (at !== -1 && to !== undefined) lines.push(`References ${to.schema}.${to.name} (${toColumns[at] ?? ''})`)
  }
  if (known?.comment != null) lines.push(known.comment)
  return { code: code.filter((each) => each !== '').join(' '), lines }
}

function relationFound(relation: KnownRelation): Found {
  const columns = relation.columns.map((known) => ({ name: known.name, type: known.type, known, relation }))
  const lines: string[] = []
  if (relation.sensitivity !== null) lines.push(`Classified: ${relation.sensitivity}`)
  if (relation.rowEstimate !== null)
    lines.push(`About ${Math.max(0, relation.rowEstimate).toLocaleString('en')} rows, as last counted`)
  if (relation.primaryKey.length > 0) lines.push(`Primary key (${relation.primaryKey.join(', ')})`)
  if (relation.comment !== null) lines.push(relation.comment)
  return { code: listOf(`${relation.kind} ${written(relation.schema)}.${written(relation.name)}`, columns), lines }
}

function listOf(title: string, columns: readonly ScopeColumn[]): string {
  const shown = columns.slice(0, mostColumns).map(({ name, type, known }) => {
    return `  ${written(name)}${type === null ? '' : ` ${type}`}${known?.notNull ? ' not null' : ''}`
  })
  const more = columns.length - shown.length
  return [title, ...shown, ...(more > 0 ? [`  -- and ${more} more`] : [])].join('\n')
}

function routinesFound(routines: readonly KnownRoutine[]): Found {
  const shown = routines.slice(0, mostOverloads)
  const more = routines.length - shown.length
  const code = shown.map((routine) => `${routine.kind} ${routine.schema}.${routine.name}${routineSignature(routine)}`)
  const comments = new Set(shown.flatMap(({ comment }) => (comment === null ? [] : [comment])))
  return { code: [...code, ...(more > 0 ? [`-- and ${more} more`] : [])].join('\n'), lines: [...comments] }
}

function typeFound(names: NameIndex, chain: readonly string[]): Found | null {
  const type = names.type(chain)
  if (type === undefined) return null
  const labels = type.labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ')
  return {
    code: `${type.kind === 'base' ? 'type' : type.kind} ${type.schema}.${type.name}${labels === '' ? '' : ` (${labels})`}`,
    lines: type.comment === null ? [] : [type.comment],
  }
}

function schemaFound(names: NameIndex, name: string): Found | null {
  const schema = names.known.schemas.find((each) => each.name === name)
  if (schema === undefined) return null
  const count = names.relationsIn(name).length
  return {
    code: `schema ${written(name)}`,
    lines: [`${count.toLocaleString('en')} relations`, ...(schema.comment === null ? [] : [schema.comment])],
  }
}
