import type { Identity } from './identity.ts'

/** What a line's prefix says. Times are as the log writes them. */
export interface PrefixFields {
  time: string | null
  pid: number | null
  session: string | null
  sessionStart: string | null
  user: string | null
  database: string | null
  application: string | null
  client: string | null
  sqlstate: string | null
  backendType: string | null
  queryId: string | null
}

/** Of a prefix that says nothing. */
export const noFields: Readonly<PrefixFields> = {
  time: null,
  pid: null,
  session: null,
  sessionStart: null,
  user: null,
  database: null,
  application: null,
  client: null,
  sqlstate: null,
  backendType: null,
  queryId: null,
}

export type Field = keyof PrefixFields | 'tag' | 'ignored'
export type FreeField = keyof Identity

export type Step =
  | { kind: 'literal'; text: string }
  /** `end` finds where the field ends, or -1. */
  | { kind: 'fixed'; field: Field; padded: boolean; isNumber: boolean; end: (line: string, at: number) => number }
  | { kind: 'free'; field: FreeField; padded: boolean; longest: number }
  /** Lines of background processes end here. */
  | { kind: 'rest' }

/** Names have at most 63 bytes; an application's name may have each of them escaped. */
const longestName = 63
const longestApplication = 260

/** @throws RangeError where the prefix has an escape that PostgreSQL does not know */
export function stepsOf(source: string): Step[] {
  const steps: Step[] = []
  for (const [, width, letter, literal = '%'] of source.matchAll(/%(-?\d*)([a-zA-Z%])|(%|[^%]+)/g)) {
    if (letter === undefined || letter === '%') {
      const last = steps.at(-1)
      if (last?.kind === 'literal') steps[steps.length - 1] = { kind: 'literal', text: last.text + literal }
      else steps.push({ kind: 'literal', text: literal })
      continue
    }
    steps.push(stepOf(letter, width !== undefined && width !== ''))
  }
  return steps
}

function stepOf(letter: string, padded: boolean): Step {
  const free = freeFields[letter]
  if (free !== undefined) {
    return { kind: 'free', field: free, padded, longest: free === 'application' ? longestApplication : longestName }
  }
  if (letter === 'q') return { kind: 'rest' }
  const fixed = fixedFields[letter]
  if (fixed === undefined) throw new RangeError(`%${letter} is no escape of log_line_prefix.`)
  return { kind: 'fixed', padded, isNumber: fixed.end === digits, ...fixed }
}

const freeFields: Readonly<Record<string, FreeField>> = {
  a: 'application',
  u: 'user',
  d: 'database',
  b: 'backendType',
  i: 'tag',
}

/** Where what the pattern matches ends, or -1. */
function by(pattern: RegExp): (line: string, at: number) => number {
  return (line, at) => {
    pattern.lastIndex = at
    return pattern.test(line) ? pattern.lastIndex : -1
  }
}

/** What follows a zone may look like a part of it: an abbreviation's own digits are few, and no hexadecimal number's. */
const time = by(
  /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Za-z]{1,6}(?:[+-]\d{1,2}(?![\da-f]))?|<?[+-]\d\d(?:\d\d)?>?)/y,
)
const digits = by(/\d+/y)

const fixedFields: Readonly<Record<string, { field: Field; end: (line: string, at: number) => number }>> = {
  t: { field: 'time', end: time },
  m: { field: 'time', end: time },
  n: { field: 'time', end: by(/\d{9,11}\.\d{3}/y) },
  s: { field: 'sessionStart', end: time },
  p: { field: 'pid', end: digits },
  P: { field: 'ignored', end: by(/\d*/y) },
  l: { field: 'ignored', end: digits },
  x: { field: 'ignored', end: digits },
  v: { field: 'ignored', end: by(/(?:-?\d+\/\d+)?/y) },
  Q: { field: 'queryId', end: by(/-?\d+/y) },
  e: { field: 'sqlstate', end: by(/[0-9A-Z]{5}/y) },
  c: { field: 'session', end: by(/[0-9a-f]+\.[0-9a-f]+/y) },
  r: { field: 'client', end: by(/(?:\[local\]|[0-9A-Za-z.:%_-]+\(\d+\))?/y) },
  h: { field: 'client', end: by(/(?:\[local\]|[0-9A-Za-z.:%_-]+)?/y) },
}

/** What the first steps have found. */
export function fieldsOf(steps: readonly Step[], values: readonly (string | null)[], length: number): PrefixFields {
  const fields: PrefixFields = { ...noFields }
  for (let index = 0; index < length; index += 1) {
    const step = steps[index]
    const value = values[index]
    if (step === undefined || value === undefined || value === null || value === '') continue
    if (step.kind === 'free' || step.kind === 'fixed') put(fields, step.field, value)
  }
  return fields
}

function put(fields: PrefixFields, field: Field, value: string): void {
  if (field === 'pid') fields.pid = Number(value)
  else if (field === 'client') fields.client = withoutPort(value)
  else if (field !== 'tag' && field !== 'ignored') fields[field] = value
}

export function withoutPort(client: string): string {
  return client.endsWith(')') ? client.replace(/\(\d+\)$/, '') : client
}
