import type { MaskSql } from './plans.ts'

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

/** The texts in the quotes of SQL, as they read. */
export function literalsIn(sql: string): string[] {
  return Array.from(sql.matchAll(/'((?:[^']|'')*)'/g), ([, text = '']) => text.replaceAll("''", "'"))
}

/** `execute p (…)`: the arguments are the values of what was prepared. */
export function withoutArguments(statement: string): string {
  return statement.replace(/(\bexecute\b[^(]*\()(?:[\s\S]*\)|[\s\S]*$)/i, `$1${mask})`)
}

/** `prepare: PREPARE …`: what an EXECUTE prepared before is SQL. */
export function maskPrepared(detail: string, maskSql: MaskSql): string {
  const begin = /(?:^|\n)[^:：\n]{1,40}[:：] ?(?=prepare\s)/i.exec(detail)
  if (begin === null) return detail
  const at = begin.index + begin[0].length
  return detail.slice(0, at) + maskSql(detail.slice(at))
}

/**
 * A frame of CONTEXT: one that has a quoted name within its line, or one whose end is a quoted statement, of which these are
 * the label and the statement. The quotation marks are those of the server's language.
 */
const frame =
  /^[^"„“”«»\n]*["„“”«»][^"„“”«»\n]*["„“”«»][^"„“”«»\n]+$|^([^"„“”«»\n]*["„“”«»])([\s\S]+?)(?=["„“”«»](?:\n|$))/gm

/** A foreign server's statement stands without quotes, to the end. */
const remote =
  /(?:^|\n)[^"„“”«»:：\n]{1,60}[:：] ?(?=(?:select|insert|update|delete|merge|declare|with|create|alter|copy)\s)/i

/** Frames of CONTEXT that are SQL: in it, a secret may stand under no name, as in the rows of an insert. */
export function maskFrames(context: string, maskSql: MaskSql): string {
  // Behind the last end of a frame, each line that could begin one would be read to the end of all, in vain.
  const end = lastEnd(context)
  const frames = context
    .slice(0, end)
    .replace(frame, (whole, label?: string, sql?: string) =>
      label === undefined || sql === undefined ? whole : label + maskSql(sql),
    )
  const all = frames + context.slice(end)
  const far = remote.exec(all)
  if (far === null) return all
  const at = far.index + far[0].length
  return all.slice(0, at) + maskSql(all.slice(at))
}

/** Behind the last quotation mark that ends its line; 0 where none does. */
function lastEnd(context: string): number {
  for (let end = context.length; end > 0; end = context.lastIndexOf('\n', end - 1)) {
    if (/["„“”«»]/.test(context.charAt(end - 1))) return end
  }
  return 0
}

/** `COPY users, line 1: "ann,x"` and `COPY users, line 1, column password: "x"`: what was copied, as CONTEXT shows it. */
const copied = /^(COPY [^\n]{1,200}?, \S{1,40} \d+(?:, \S{1,40} ([^\n]{1,80}))?[:：] ?)["„“”«»][^\n]*/gm

/** @param isSecret is what a column of this name holds a secret? A whole line's is empty. */
export function withoutCopied(context: string, isSecret: (column: string) => boolean): string {
  return context.replace(copied, (whole, label: string, column = '') => (isSecret(column) ? `${label}${mask}` : whole))
}

/** `parameter "app.secret" changed to "x"`, and the server's complaints of a value. */
const setting =
  /^((?:invalid value for )?parameter "([^"\n]{1,200})"(?: changed to|:| cannot be changed to)? ?)"[\s\S]*"/

/** @param isSecret does the setting's name say that it holds a secret? */
export function withoutSetting(message: string, isSecret: (name: string) => boolean): string {
  return message.replace(setting, (whole, label: string, name: string) => (isSecret(name) ? `${label}${mask}` : whole))
}

/** The fields of pgAudit's message before the statement; behind it are its parameters. */
const fieldsBeforeStatement = 7

/**
 * What pgAudit says: fields with commas between them, in quotes where they hold such. The statement is SQL, and what it is given
 * stands behind it.
 *
 * @param isAbout is a statement, masked, about secrets?
 */
export function maskAudit(message: string, maskSql: MaskSql, isAbout: (statement: string) => boolean): string {
  if (!message.startsWith('AUDIT: ')) return message
  const fields = message.match(/(?:"(?:[^"]|"")*"?|[^,"]*)(?:,|$)/g) ?? []
  const statement = fields[fieldsBeforeStatement]
  if (statement === undefined) return message
  const bare = unquoted(statement)
  const masked = maskSql(bare)
  const more = fields.slice(fieldsBeforeStatement + 1).join('')
  const given = isAbout(masked) && !/^(?:<none>|<not logged>)?(?:,\d*)?$/.test(more) ? mask : more
  return [
    ...fields.slice(0, fieldsBeforeStatement),
    masked === bare ? statement : `${quotedField(masked)},`,
    given,
  ].join('')
}

function unquoted(field: string): string {
  const bare = field.endsWith(',') ? field.slice(0, -1) : field
  return bare.startsWith('"') ? bare.slice(1, bare.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : bare
}

function quotedField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Without all that follows the first quote of SQL, and the word before it: which of them begin a text and which end one is not known. */
export function withoutTexts(text: string): string {
  const quote = text.indexOf("'")
  if (quote < 0) return text
  let from = quote
  while (from > 0 && !/\s/.test(text.charAt(from - 1))) from -= 1
  return text.slice(0, from) + mask
}
