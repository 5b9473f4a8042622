import { onOneLine } from '../exportFile.ts'
import { quoteName, quoteValue } from '../quote.ts'
import type { ModelSequence, Need, Qualified } from './model.ts'

// Pieces that statements of all kinds are made of.

export function nameOf({ schema, name }: Qualified): string {
  return quoteName(schema, name)
}

/** A line that PostgreSQL skips, whatever stands in it. */
export function note(text: string): string {
  return `-- ${onOneLine(text)}\n`
}

export function commentOn(what: string, name: string, comment: string): string {
  return `comment on ${what} ${name} is ${quoteValue(comment)};\n`
}

/** @param collation quoted already, or null for the type's own */
export function collate(collation: string | null): string {
  return collation === null ? '' : ` collate ${collation}`
}

export function sequenceOptions({ start, increment, minimum, maximum, cache, cycle }: ModelSequence): string {
  const cycles = cycle ? ' cycle' : ''
  return `start with ${start} increment by ${increment} minvalue ${minimum} maxvalue ${maximum} cache ${cache}${cycles}`
}

/** Says of something that is not made what it lacks. */
export function absent({ kind, schema, name }: Need): string {
  return `it needs the ${kind} ${quoteName(schema)}.${kind === 'routine' ? name : quoteName(name)}, which is not here`
}
