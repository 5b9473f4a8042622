import { onOneLine } from '../exportFile.ts'
import { keyOf, type Model, type ModelTable } from './model.ts'
import { type Relation, relationsOf } from './relations.ts'

/**
 * The model as an entity relationship diagram of Mermaid, part by part: tables, columns with their types and keys, and
 * relations. Names that Mermaid cannot read are written in letters that it can, with the true one beside them.
 */
export function* mermaidOf(model: Model): Generator<string> {
  yield 'erDiagram\n'
  for (const note of model.notes) yield remark(note)
  const entities = entityNames(model.tables)
  const { relations, unshown } = relationsOf(model)
  const referring = Map.groupBy(relations, ({ from }) => keyOf(from))
  for (const table of model.tables) yield* entity(table, entities, referring.get(keyOf(table)) ?? [])
  for (const { from, to, key, isSingle, isOptional } of relations) {
    const line = `${isOptional ? '|o' : '||'}--${isSingle ? 'o|' : 'o{'}`
    yield `  ${entities.get(keyOf(to))} ${line} ${entities.get(keyOf(from))} : "${readable(key.name)}"\n`
  }
  for (const { from, key, why } of unshown) {
    yield remark(`${from.schema}.${from.name}: ${key.name} ${key.definition} (${why})`)
  }
  for (const { kind, schema, name } of model.views) yield remark(`${kind} ${schema}.${name}`)
}

function* entity(
  table: ModelTable,
  entities: ReadonlyMap<string, string>,
  relations: readonly Relation[],
): Generator<string> {
  const name = entities.get(keyOf(table))
  if (table.columns.length === 0) {
    yield `  ${name}\n`
    return
  }
  const [primary, unique, foreign] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { kind, columns } of table.constraints) {
    if (kind === 'primary key') for (const column of columns) primary.add(column)
    if (kind === 'unique' && columns.length === 1) for (const column of columns) unique.add(column)
  }
  for (const { key } of relations) for (const column of key.columns) foreign.add(column)
  yield `  ${name} {\n`
  for (const { name: column, type, comment, sensitivity } of table.columns) {
    const keys = [
      ...(primary.has(column) ? ['PK'] : []),
      ...(foreign.has(column) ? ['FK'] : []),
      ...(unique.has(column) ? ['UK'] : []),
    ]
    const written = word(column)
    const told = [
      ...(written === column ? [] : [column]),
      ...(comment === null ? [] : [comment]),
      ...(sensitivity === null ? [] : [sensitivity]),
    ]
    const after = `${keys.length === 0 ? '' : ` ${keys.join(', ')}`}${told.length === 0 ? '' : ` "${readable(told.join(' · '))}"`}`
    yield `    ${word(type)} ${written}${after}\n`
  }
  yield '  }\n'
}

/** Each table's name in quotes, in which Mermaid takes nearly everything; two that would be the same are numbered. */
function entityNames(tables: readonly ModelTable[]): Map<string, string> {
  const taken = new Set<string>()
  const next = new Map<string, number>()
  return new Map(
    tables.map((table) => {
      const plain = readable(`${table.schema}.${table.name}`)
      let name = plain
      while (taken.has(name)) {
        const number = (next.get(plain) ?? 1) + 1
        next.set(plain, number)
        name = `${plain} (${number})`
      }
      taken.add(name)
      return [keyOf(table), `"${name}"`]
    }),
  )
}

/** A type or a column: letters, digits and underscores. What looks like the name of a key is none. */
function word(plain: string): string {
  const written = plain.replace(/[^A-Za-z0-9_\u00C0-\uFFFF]+/g, '_')
  return /^[A-Za-z_\u00C0-\uFFFF]/.test(written) && !/^(pk|fk|uk)(?![A-Za-z0-9_])/i.test(written)
    ? written
    : `_${written}`
}

/** Between quotes: no quotes, no percent signs and backslashes, which end what Mermaid takes for a name. */
function readable(plain: string): string {
  const line = onOneLine(plain).replaceAll('"', "'").replaceAll('%', '٪').replaceAll('\\', '/')
  // Wherever these words stand, Mermaid takes the line for the diagram's direction.
  const calm = line.replace(/direction(?=\s+(TB|BT|RL|LR))/gi, (found) => `${found}:`)
  return calm.trim() === '' ? '_' : calm
}

function remark(text: string): string {
  return `  %% ${onOneLine(text)}\n`
}
