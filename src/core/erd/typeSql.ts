import { quoteName, quoteValue } from '../quote.ts'
import type { ModelType } from './model.ts'
import { collate, commentOn } from './statement.ts'

/** What makes a type, with its comments. */
export function* typeSql(type: ModelType): Generator<string> {
  const name = quoteName(type.schema, type.name)
  switch (type.kind) {
    case 'enum':
      yield `create type ${name} as enum (${type.labels.map(quoteValue).join(', ')});\n`
      break
    case 'composite': {
      const attributes = type.attributes.map(
        ({ name: attribute, type: of, collation }) => `\n  ${quoteName(attribute)} ${of}${collate(collation)}`,
      )
      yield `create type ${name} as (${attributes.join(',')}${attributes.length > 0 ? '\n' : ''});\n`
      for (const { name: attribute, comment } of type.attributes) {
        if (comment !== null) yield commentOn('column', `${name}.${quoteName(attribute)}`, comment)
      }
      break
    }
    case 'range':
      yield `create type ${name} as range (${[`subtype = ${type.subtype}`, ...type.options].join(', ')});\n`
      break
    case 'domain': {
      const expression = type.default === null ? '' : ` default ${type.default}`
      yield `create domain ${name} as ${type.type}${collate(type.collation)}${expression}${type.notNull ? ' not null' : ''};\n`
      // Apart: one that was not checked for old values can only be added.
      for (const { name: constraint, definition, comment } of type.constraints) {
        yield `alter domain ${name} add constraint ${quoteName(constraint)} ${definition};\n`
        if (comment !== null) yield commentOn('constraint', `${quoteName(constraint)} on domain ${name}`, comment)
      }
    }
  }
  if (type.comment !== null) yield commentOn(type.kind === 'domain' ? 'domain' : 'type', name, type.comment)
}
