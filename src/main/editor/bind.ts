import {
  type Bound,
  bindPlaceholders,
  findPlaceholders,
  mostParameters,
  type Placeholder,
} from '../../core/editor/parameters.ts'
import { Failure } from '../../core/fault.ts'
import { nodeOf, scan } from './parser.ts'

/** What the connection gives to its statements' parameters: a value by its name, null for NULL. */
export type GivenValues = ReadonlyMap<string, string | null>

/** A statement as it is sent: with `$n` in it, and a value for each. */
export interface ReadyStatement {
  text: string
  values: readonly (string | null)[]
  /** Turns an offset into `text` to one into the statement as it was written. */
  origin(offset: number): number
}

/** Statements that the server plans: it can be sent parameters for these, and for no others. */
const plannable = /^(Select|Insert|Update|Delete|Merge|Explain|CreateTableAs|DeclareCursor|Call)Stmt$/

/** The same by their first word, for what does not parse. */
const plannableWords = /^\s*(select|insert|update|delete|merge|with|values|table|explain|declare|call)\b/i

/** Neither a name after a colon nor a number after a dollar: nothing to look for. */
const mayHaveParameters = /:[A-Za-z_\u0080-\uffff]|\$\d/

const nothing: readonly Placeholder[] = []

/**
 * The parameters of a statement, bound to `$n`.
 *
 * @throws Failure `refused` where it has `:name` in it and can take no parameters
 */
export function bindStatement(sql: string): Bound {
  const tokens = mayHaveParameters.test(sql) ? scan(sql) : null
  const placeholders = tokens === null ? nothing : findPlaceholders(tokens)
  if (placeholders.length === 0) return { text: sql, names: [], origin: (offset) => offset }
  const bound = bindPlaceholders(sql, placeholders)
  if (bound.names.length > mostParameters) throw tooMany()
  const kind = Object.keys(nodeOf(bound.text) ?? {})[0]
  if (kind === undefined ? plannableWords.test(sql) : plannable.test(kind)) return bound
  const named = placeholders.find(({ name }) => !name.startsWith('$'))
  // `$1` in a `prepare` or in the body of a function is that statement's own.
  if (named === undefined) return { text: sql, names: [], origin: (offset) => offset }
  throw takesNone(sql, named)
}

/** @throws Failure `invalid_input` where a value is missing, and whatever `bindStatement` throws */
export function readyStatement(sql: string, given: GivenValues): ReadyStatement {
  const { text, names, origin } = bindStatement(sql)
  const values = names.map((name, index) => {
    // A number that is left out has no type either: the server says so.
    if (name === null) return null
    const value = given.get(name)
    if (value === undefined) throw missing(name.startsWith('$') ? name : `:${name}`, index)
    return value
  })
  return { text, values, origin }
}

function missing(name: string, index: number): Failure {
  return new Failure({
    code: 'invalid_input',
    message: `No value is given for the parameter ${name}.`,
    hint: `Give one for each parameter, ${index === 0 ? 'in the window when it asks, or' : ''} on a terminal by --param name=value.`,
  })
}

function takesNone(sql: string, { name, start }: Placeholder): Failure {
  const [words = 'This statement'] = /^\s*\w+(?:\s+\w+)?/.exec(sql) ?? []
  return new Failure({
    code: 'refused',
    message: `${words.trim().toUpperCase()} cannot take parameters, and :${name} is one. Nothing was run.`,
    hint: 'Only queries and data changes take parameters: SELECT, INSERT, UPDATE, DELETE, MERGE, CALL, EXPLAIN. Write the value itself.',
    position: start + 1,
  })
}

function tooMany(): Failure {
  return new Failure({
    code: 'refused',
    message: `A statement can have ${mostParameters.toLocaleString('en')} parameters at most.`,
  })
}
