import { onOneLine } from '../exportFile.ts'
import { allPartitions, keyOf, type Model, type ModelColumn, type ModelTable, type Qualified } from './model.ts'
import { type Relation, relationsOf } from './relations.ts'

/**
 * The model in DBML, the language of dbdiagram.io, part by part: tables, enums, keys, indexes, comments. What DBML has no
 * word for stands in comments: checks, views, partitions, keys to tables that are not here.
 */
export function* dbmlOf(model: Model): Generator<string> {
  yield `Project ${name(model.database)} {\n  database_type: 'PostgreSQL'\n}\n`
  for (const note of model.notes) yield comment(note)
  const enums = new Set<string>()
  for (const type of model.types) {
    if (type.kind !== 'enum') continue
    if (type.labels.length === 0) {
      yield `\n${comment(`enum ${nameOf(type)} has no values`)}`
      continue
    }
    enums.add(keyOf(type))
    const note = type.comment === null ? '' : comment(`${nameOf(type)}: ${type.comment}`)
    yield `\n${note}Enum ${nameOf(type)} {\n${type.labels.map((label) => `  ${name(label)}\n`).join('')}}\n`
  }
  for (const table of model.tables) yield* tableDbml(table, enums)
  yield* refs(model)
  for (const view of model.views) yield comment(`${view.kind} ${nameOf(view)}`)
}

function* tableDbml(table: ModelTable, enums: ReadonlySet<string>): Generator<string> {
  if (table.columns.length === 0) {
    yield `\n${comment(`table ${nameOf(table)} has no columns`)}`
    return
  }
  yield `\nTable ${nameOf(table)} {\n`
  const keys = table.constraints.filter(({ kind }) => kind === 'primary key' || kind === 'unique')
  const single = (kind: string) =>
    new Set(keys.filter((key) => key.kind === kind && key.columns.length === 1).map((key) => key.columns[0]))
  const [primary, unique] = [single('primary key'), single('unique')]
  for (const column of table.columns) {
    const settings = [
      ...(primary.has(column.name) ? ['pk'] : []),
      ...(unique.has(column.name) ? ['unique'] : []),
      ...(column.notNull ? ['not null'] : []),
      ...(column.identity === null ? [] : ['increment']),
      ...defaultOf(column),
      ...noteOf(column.comment, column.sensitivity),
    ]
    yield `  ${name(column.name)} ${typeOf(column, enums)}${bracketed(settings)}\n`
  }
  yield* indexBlock(table)
  for (const { kind, name: constraint, definition } of table.constraints) {
    if (kind === 'check' || kind === 'exclusion') yield `  ${comment(`${kind} ${name(constraint)}: ${definition}`)}`
  }
  for (const partition of allPartitions(table)) {
    yield `  ${comment(`partition ${nameOf(partition)} ${partition.bound}`)}`
  }
  for (const parent of table.inherits) yield `  ${comment(`inherits ${nameOf(parent)}`)}`
  const [note] = noteOf(table.comment, table.sensitivity)
  if (note !== undefined) yield `  Note: ${note.slice('note: '.length)}\n`
  yield '}\n'
}

function* indexBlock(table: ModelTable): Generator<string> {
  const lines: string[] = []
  for (const { kind, name: constraint, columns } of table.constraints) {
    const isKey = kind === 'primary key' || kind === 'unique'
    if (!isKey || columns.length < 2) continue
    const settings = [kind === 'unique' ? 'unique' : 'pk', `name: ${text(constraint)}`]
    lines.push(`    (${columns.map(name).join(', ')})${bracketed(settings)}\n`)
  }
  for (const { name: index, columns, expressions, method, unique, predicate } of table.indexes) {
    let next = 0
    const parts = columns.map((column) => (column === null ? expression(expressions[next++] ?? '') : name(column)))
    // What cannot be said in it must not be said wrongly.
    if (parts.some((part) => part === null)) {
      lines.push(`    ${comment(`index ${name(index)}`)}`)
      continue
    }
    const isKnown = method === 'btree' || method === 'hash'
    const remarks = [...(isKnown ? [] : [`using ${method}`]), ...(predicate === null ? [] : [`where ${predicate}`])]
    const settings = [
      ...(unique ? ['unique'] : []),
      ...(isKnown ? [`type: ${method}`] : []),
      `name: ${text(index)}`,
      ...(remarks.length === 0 ? [] : [`note: ${text(remarks.join(', '))}`]),
    ]
    lines.push(`    (${parts.join(', ')})${bracketed(settings)}\n`)
  }
  if (lines.length > 0) yield `\n  indexes {\n${lines.join('')}  }\n`
}

function* refs(model: Model): Generator<string> {
  const { relations, unshown } = relationsOf(model)
  if (relations.length + unshown.length > 0) yield '\n'
  const seen = new Set<string>()
  for (const relation of relations) {
    const line = ref(relation)
    const ends = [end(relation.from, relation.key.columns), end(relation.to, relation.toColumns)]
    const key = ends.toSorted().join(' ')
    // DBML takes one line between the same columns, and none from a column to itself.
    const isTwice = seen.has(key) || ends[0] === ends[1]
    seen.add(key)
    yield isTwice ? comment(line) : `${line}\n`
  }
  for (const { from, key, why } of unshown) {
    yield comment(`foreign key ${name(key.name)} of ${nameOf(from)}: ${key.definition} (${why})`)
  }
}

function ref({ from, key, to, toColumns, isSingle }: Relation): string {
  const settings = [
    ...(key.references === null || key.references.onDelete === 'no action'
      ? []
      : [`delete: ${key.references.onDelete}`]),
    ...(key.references === null || key.references.onUpdate === 'no action'
      ? []
      : [`update: ${key.references.onUpdate}`]),
  ]
  return `Ref ${name(key.name)}: ${end(from, key.columns)} ${isSingle ? '-' : '>'} ${end(to, toColumns)}${bracketed(settings)}`
}

function end(table: Qualified, columns: readonly string[]): string {
  const names = columns.map(name)
  return `${nameOf(table)}.${names.length === 1 ? names[0] : `(${names.join(', ')})`}`
}

function typeOf({ type, typeName }: ModelColumn, enums: ReadonlySet<string>): string {
  if (typeName !== null && !type.endsWith('[]') && enums.has(keyOf(typeName))) return nameOf(typeName)
  return /^[a-z_][a-z0-9_]*(\(\d+(,\d+)?\))?$/.test(type) ? type : name(type)
}

function defaultOf({ default: value, generated }: ModelColumn): string[] {
  const written = value === null ? null : expression(value)
  if (value === null || generated !== null) return []
  return written === null ? [`note: ${text(`default ${value}`)}`] : [`default: ${written}`]
}

function noteOf(said: string | null, sensitivity: string | null): string[] {
  const parts = [...(said === null ? [] : [said]), ...(sensitivity === null ? [] : [`Sensitivity: ${sensitivity}`])]
  return parts.length === 0 ? [] : [`note: ${text(parts.join('\n'))}`]
}

function bracketed(settings: readonly string[]): string {
  return settings.length === 0 ? '' : ` [${settings.join(', ')}]`
}

function nameOf(object: Qualified): string {
  return `${name(object.schema)}.${name(object.name)}`
}

function name(plain: string): string {
  return `"${escaped(plain).replaceAll('"', '\\"')}"`
}

function text(plain: string): string {
  return `'${escaped(plain).replaceAll("'", "\\'")}'`
}

function escaped(plain: string): string {
  return plain.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
}

/** Between backticks nothing can be escaped: null for an expression that has one. */
function expression(sql: string): string | null {
  return sql.includes('`') ? null : `\`${sql}\``
}

function comment(line: string): string {
  return `// ${onOneLine(line)}\n`
}
