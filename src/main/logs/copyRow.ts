import type { LogEvent } from '../../core/logs/event.ts'

/** The columns of `imported_event` in the order of `copyRow`. */
export const eventColumns = [
  'logged_at',
  'byte_offset',
  'line',
  'duration_ms',
  'parse_ms',
  'bind_ms',
  'fingerprint',
  'rows',
  'query_id',
  'truncated_bytes',
  'file_id',
  'pid',
  'position',
  'kind',
  'severity',
  'session',
  'user_name',
  'database_name',
  'application_name',
  'client',
  'sqlstate',
  'tag',
  'class',
  'protocol',
  'prepared',
  'statement',
  'parameters',
  'message',
  'detail',
  'hint',
  'context',
  'query',
  'location',
  'plan',
  'backend_type',
  'truncated_sha256',
] as const

const nothing = '\\N'

/** The event as a line of `COPY`'s text format. */
export function copyRow(event: LogEvent, file: number, fingerprint: bigint | null): string {
  return `${momentOf(event.time) ?? '-infinity'}\t${event.byte_offset}\t${event.line}\t${number(event.duration_ms)}\t${number(
    event.parse_ms,
  )}\t${number(event.bind_ms)}\t${fingerprint ?? nothing}\t${integer(event.rows)}\t${queryId(event.query_id)}\t${
    event.truncated?.bytes ?? nothing
  }\t${file}\t${integer(event.pid)}\t${integer(event.position)}\t${event.kind}\t${event.severity}\t${text(
    event.session,
  )}\t${text(event.user)}\t${text(event.database)}\t${text(event.application)}\t${text(event.client)}\t${text(
    event.sqlstate,
  )}\t${text(event.tag)}\t${event.class ?? nothing}\t${event.protocol ?? nothing}\t${text(event.name)}\t${text(
    event.statement,
  )}\t${array(event.parameters)}\t${text(event.message)}\t${text(event.detail)}\t${text(event.hint)}\t${text(
    event.context,
  )}\t${text(event.query)}\t${text(event.location)}\t${text(event.plan)}\t${text(event.backend_type)}\t${
    event.truncated?.sha256 ?? nothing
  }\n`
}

/** The time where it is one that a table can hold: a damaged log has any. */
export function momentOf(time: string | null): string | null {
  return time !== null && /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(time) ? time : null
}

function number(value: number | null): string {
  return value === null || !Number.isFinite(value) ? nothing : String(value)
}

const largestInteger = 2_147_483_647

function integer(value: number | null): string {
  return value === null || !Number.isInteger(value) || Math.abs(value) > largestInteger ? nothing : String(value)
}

function queryId(value: string | null): string {
  if (value === null || !/^-?\d{1,20}$/.test(value)) return nothing
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? value : nothing
}

const needsEscape = /[\\\n\r\t\0]/

function text(value: string | null): string {
  if (value === null) return nothing
  return needsEscape.test(value) ? value.replace(/[\\\n\r\t\0]/g, escaped) : value
}

function escaped(sign: string): string {
  switch (sign) {
    case '\\':
      return '\\\\'
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    default:
      return '' // No text of PostgreSQL holds NUL.
  }
}

function array(values: readonly (string | null)[] | null): string {
  if (values === null) return nothing
  const parts = values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`))
  return text(`{${parts.join(',')}}`)
}

/** For a database whose encoding cannot hold all characters: others than ASCII are written as `\u00e4`. */
export function asAscii(text: string, backslash = '\\'): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII
  return text.replace(/[^\x00-\x7f]/g, (sign) => `${backslash}u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
