import { onOneLine } from '../exportFile.ts'
import type { ExportedOperation } from './export.ts'

/**
 * Operations as a script: each with who did what and when, above its SQL. What failed, was undone or never told its
 * end is a comment, and so is what came of another operation: run again, the script does what was done, once.
 */
export function scriptOf(operations: readonly ExportedOperation[]): string {
  return operations.map(partOf).join('')
}

/** The line above all of them. */
export const scriptHead = '-- Operations from the history of this machine, oldest first. Secrets are masked as ***.\n\n'

function partOf(operation: ExportedOperation): string {
  const { sql, sqlLength } = operation
  const remark = remarkOf(operation)
  const cut = sqlLength > sql.length ? `\n-- cut here: ${sqlLength} characters in all` : ''
  const text = `${sql.trimEnd()}${cut}`
  const body = remark === null && cut === '' ? ended(text) : commented(text)
  return `${headOf(operation)}${remark === null ? '' : `-- ${remark}\n`}${body}\n\n`
}

function headOf({
  startedAt,
  status,
  type,
  user,
  database,
  connection,
  id,
  ticket,
  durationMs,
  rows,
}: ExportedOperation) {
  const facts = [
    `${startedAt} ${status} ${type} by ${user} in ${database}${connection === null ? '' : ` (${connection})`}`,
    ...(durationMs === null ? [] : [`${durationMs} ms`]),
    ...(rows === null ? [] : [`${rows} rows`]),
    ...(ticket === null ? [] : [`ticket ${ticket}`]),
    `operation ${id}`,
  ]
  return `-- ${onOneLine(facts.join(', '))}\n`
}

/** Why an operation is not to be run again; null where it may be. */
function remarkOf({ status, errorMessage, causedBy }: ExportedOperation): string | null {
  if (causedBy !== null) return onOneLine(`Seen by the database during operation ${causedBy}.`)
  if (status === 'COMPLETED') return null
  return onOneLine(errorMessage === null || errorMessage === '' ? 'Not completed.' : `Not completed: ${errorMessage}`)
}

/** A text may end in a comment, behind which a semicolon would be part of it. */
function ended(text: string): string {
  return text.endsWith(';') && !lastLine(text).includes('--') ? text : `${text}\n;`
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1)
}

function commented(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n')
}
