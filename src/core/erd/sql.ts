import { quoteName, quoteValue } from '../quote.ts'
import { keyOf, type Model, type ModelSequence, type Need, needKey } from './model.ts'
import { type Item, itemsOf, ordered, type Reason } from './order.ts'
import { absent, commentOn, nameOf, note, sequenceOptions } from './statement.ts'
import { type Late, lateSql, tableSql } from './tableSql.ts'
import { typeSql } from './typeSql.ts'

/**
 * A script that makes what the model tells of in an empty database, part by part: types, sequences, functions, tables
 * and views in the order in which they need each other, then keys, so that circles of them work. One transaction.
 * What cannot be made is named in a comment, with the reason.
 */
export function* sqlOf(model: Model): Generator<string> {
  yield* head(model)
  yield* extensionsAndSchemas(model)
  const script = new Script(model)
  yield* script.objects()
  yield* script.rest()
  yield '\ncommit;\n'
}

function* head({ database, serverVersion, readAt, notes }: Model): Generator<string> {
  const major = Math.floor(serverVersion / 10_000)
  yield note(`What the database ${quoteName(database)} (PostgreSQL ${major}) was made of at ${readAt}, by pgSteward.`)
  yield note(
    'Owners, rights, policies, triggers, rules, statistics and storage settings are left out, and so are functions',
  )
  yield note('that no table, view, type or index needs.')
  for (const each of notes) yield note(each)
  yield `
begin;
set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local check_function_bodies = off;
set local search_path = pg_catalog;
`
}

function* extensionsAndSchemas({ schemas, extensions }: Model): Generator<string> {
  if (schemas.length > 0) yield '\n'
  for (const { name, comment } of schemas) {
    yield `create schema if not exists ${quoteName(name)};\n`
    if (comment !== null) yield commentOn('schema', quoteName(name), comment)
    // Which a new database has, with a comment.
    else if (name === 'public') yield `comment on schema ${quoteName(name)} is null;\n`
  }
  if (extensions.length > 0) yield '\n'
  for (const { name, schema } of extensions) {
    yield `create extension if not exists ${quoteName(name)} with schema ${quoteName(schema)};\n`
  }
}

class Script {
  readonly #model: Model
  readonly #items: ReadonlyMap<string, Item>
  readonly #made = new Set<string>()
  readonly #identities: ReadonlyMap<string, ModelSequence>
  /** Names that constraints were given. */
  readonly #constraints: ReadonlySet<string>
  readonly #late: Late = { defaults: [], notNull: [], constraints: [], indexes: [], keys: [] }

  constructor(model: Model) {
    this.#model = model
    this.#items = itemsOf(model)
    this.#constraints = new Set(
      model.tables.flatMap(({ schema, columns, constraints }) =>
        [...columns.map(({ notNullName }) => notNullName), ...constraints.map(({ name }) => name)].flatMap((name) =>
          name === null ? [] : keyOf({ schema, name }),
        ),
      ),
    )
    this.#identities = new Map(
      model.sequences.flatMap((sequence) =>
        sequence.owner?.identity ? [[`${keyOf(sequence.owner)} ${sequence.owner.column}`, sequence]] : [],
      ),
    )
  }

  *objects(): Generator<string> {
    for (const { item, reason } of ordered(this.#items, cannot)) {
      yield '\n'
      if (reason !== null) {
        yield note(`${labelOf(item)} is left out: ${why(reason)}.`)
        continue
      }
      yield* this.#make(item)
      this.#made.add(item.key)
    }
  }

  *rest(): Generator<string> {
    yield* this.#owners()
    yield* lateSql(this.#late, (need) => this.#isMade(need))
  }

  *#make(item: Item): Generator<string> {
    switch (item.kind) {
      case 'type':
        yield* typeSql(item.object)
        break
      case 'sequence':
        yield `create sequence ${nameOf(item.object)} as ${item.object.type} ${sequenceOptions(item.object)};\n`
        if (item.object.comment !== null) yield commentOn('sequence', nameOf(item.object), item.object.comment)
        break
      case 'routine':
        yield `${item.object.definition?.trimEnd()};\n`
        if (item.object.comment !== null) {
          yield commentOn('routine', `${quoteName(item.object.schema)}.${item.object.name}`, item.object.comment)
        }
        break
      case 'table':
        yield* tableSql(item.object, {
          late: this.#late,
          isMade: (need) => this.#isMade(need),
          isGiven: (constraint) => this.#constraints.has(keyOf(constraint)),
          identity: (table, column) => this.#identities.get(`${keyOf(table)} ${column.name}`) ?? null,
          parent: ({ schema, name }) => {
            const parent = this.#items.get(needKey({ kind: 'relation', schema, name }))
            return parent?.kind === 'table' ? parent.object : null
          },
        })
        break
      case 'view': {
        const { kind, definition, options, comment, columns, indexes } = item.object
        const name = nameOf(item.object)
        const settings = options.length === 0 ? '' : ` with (${options.map(optionSql).join(', ')})`
        const data = kind === 'view' ? '' : '\nwith no data'
        yield `create ${kind} ${name}${settings} as\n${definition?.replace(/;\s*$/, '')}${data};\n`
        if (comment !== null) yield commentOn(kind, name, comment)
        for (const column of columns) {
          if (column.comment !== null) yield commentOn('column', `${name}.${quoteName(column.name)}`, column.comment)
        }
        for (const index of indexes) this.#late.indexes.push({ on: item.object, index })
      }
    }
  }

  *#owners(): Generator<string> {
    for (const sequence of this.#model.sequences) {
      const { owner } = sequence
      if (owner === null || owner.identity) continue
      const isMade = this.#isMade({ kind: 'relation', schema: owner.schema, name: owner.name })
      if (isMade) yield `alter sequence ${nameOf(sequence)} owned by ${nameOf(owner)}.${quoteName(owner.column)};\n`
      else yield note(`The sequence ${nameOf(sequence)} goes with ${nameOf(owner)}, which is not here.`)
    }
  }

  #isMade(need: Need): boolean {
    const item = this.#items.get(needKey(need))
    return item !== undefined && this.#made.has(item.key)
  }
}

function cannot(item: Item): string | null {
  if (item.kind === 'table' && item.object.kind === 'foreign table') {
    return `it is a foreign table, and its server ${quoteName(item.object.server ?? '?')} is not part of this`
  }
  if (item.kind === 'routine' && item.object.definition === null)
    return 'PostgreSQL prints no definition of an aggregate'
  if (item.kind === 'view' && item.object.definition === null) return 'its query could not be read'
  return null
}

function labelOf(item: Item): string {
  const { schema, name } = item.object
  if (item.kind === 'routine') return `The function ${quoteName(schema)}.${name}`
  return `The ${item.kind} ${quoteName(schema, name)}`
}

function why(reason: Reason): string {
  switch (reason.kind) {
    case 'cannot':
      return reason.why
    case 'circle':
      return 'its definition goes round in a circle'
    case 'missing':
      return absent(reason.need)
  }
}

/** `security_barrier=true`, as the catalog has it. */
function optionSql(option: string): string {
  const at = option.indexOf('=')
  return at === -1 ? quoteName(option) : `${quoteName(option.slice(0, at))} = ${quoteValue(option.slice(at + 1))}`
}
