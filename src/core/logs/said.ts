/**
 * What the server says about a statement that is about secrets repeats the values that went into it, whether the
 * statement holds them or not: as parameters, as a row, as a key, as the arguments of EXECUTE.
 */

const mask = '***'

/** `$1 = 'value'`, as parameters stand in CONTEXT and in plans; a value that was cut may have no end. */
const bound = /(\$\d{1,5} = )'((?:[^']|'')*)'?/g

/** Shorter values stand everywhere. */
const shortestValue = 3

/** The values that a text binds to parameters. */
export function boundIn(text: string): string[] {
  return Array.from(text.matchAll(bound), ([, , value = '']) => value.replaceAll("''", "'"))
}

export function withoutBound(text: string): string {
  return text.replace(bound, `$1${mask}`)
}

/** Those that can be looked for in a text, the longest first: one may hold another. */
export function lookedFor(values: readonly (string | null)[]): string[] {
  const long = values.filter((value) => value !== null).filter((value) => value.length >= shortestValue)
  return [...new Set(long)].sort((one, other) => other.length - one.length)
}

/** `Key (name)=(value) already exists.`: a key that names a secret says it, whatever the statement is about. */
const keyOfSecret = /\(([^()=]{0,2000})\)=\((?:[\s\S]*\)|[\s\S]*$)/g

/** @param namesSecret does the name of a column say that it holds a secret? */
export function withoutKey(detail: string, namesSecret: (columns: string) => boolean): string {
  return detail.replace(keyOfSecret, (whole, columns: string) =>
    namesSecret(columns) ? `(${columns})=(${mask})` : whole,
  )
}

/** `Failing row contains (…).`, in any language, or the values of a key. */
export function withoutRow(detail: string): string {
  if (detail.includes(')=(')) return withoutKey(detail, () => true)
  return detail.replace(/\((?:[\s\S]*\)|[\s\S]*$)/, `(${mask})`)
}

/** `execute p (…)`: the arguments are the values of what was prepared. */
export function withoutArguments(statement: string): string {
  return statement.replace(/(\bexecute\b[^(]*\()(?:[\s\S]*\)|[\s\S]*$)/i, `$1${mask})`)
}
