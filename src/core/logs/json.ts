import { z } from 'zod'
import type { Source } from './entry.ts'
import { severityNamed } from './labels.ts'
import type { Line } from './lines.ts'
import { type LogRecord, newRecord, type Part, type RecordSink } from './record.ts'

const text = z.string().optional()
const number = z.number().optional()

/** One line of jsonlog. A server leaves out what it does not know. */
const shape = z.object({
  timestamp: z.string(),
  error_severity: z.string(),
  pid: number,
  user: text,
  dbname: text,
  remote_host: text,
  session_id: text,
  state_code: text,
  message: text,
  detail: text,
  hint: text,
  internal_query: text,
  context: text,
  statement: text,
  cursor_position: number,
  func_name: text,
  file_name: text,
  file_line_num: number,
  application_name: text,
  backend_type: text,
})

/** What pgAudit said, which CloudNativePG takes apart; the message is empty then. */
const audit = z.object({
  audit_type: text,
  class: text,
  command: text,
  object_type: text,
  object_name: text,
  statement: text,
})

/** CloudNativePG's own line around a record, whose fields are those of csvlog. */
const wrapped = z.object({
  logger: z.string().optional(),
  record: z.object({
    log_time: z.string(),
    error_severity: z.string(),
    process_id: z.string(),
    user_name: text,
    database_name: text,
    connection_from: text,
    session_id: text,
    sql_state_code: text,
    message: text,
    detail: text,
    hint: text,
    internal_query: text,
    context: text,
    query: text,
    query_pos: text,
    location: text,
    application_name: text,
    backend_type: text,
    query_id: text,
    audit: audit.optional(),
  }),
})

/** Whoever logs, it is no record of the server's. */
const othersLine = z.object({ logger: z.string(), record: z.undefined().optional() })

/** Reads a log in which each line is a JSON object: jsonlog, or what CloudNativePG makes of csvlog. */
export class JsonReader implements Source {
  readonly #sink: RecordSink
  readonly #recordOf: (line: Line) => LogRecord | 'other' | null
  readonly #name: string
  /** A record is read when its line has come. */
  readonly begun = null

  constructor(format: 'json' | 'cloudnativepg', sink: RecordSink) {
    this.#sink = sink
    this.#recordOf = format === 'json' ? recordOf : recordInside
    this.#name = format === 'json' ? 'jsonlog' : 'CloudNativePG’s log'
  }

  readonly line = (line: Line): void => {
    if (line.text === '') return
    const record = this.#recordOf(line)
    if (record === 'other') this.#sink.other()
    else if (record !== null) this.#sink.record(record)
    else {
      const reason = `It is no record of ${this.#name}.`
      this.#sink.refuse({ offset: line.offset, line: line.number, reason, text: line.text.slice(0, 200) })
    }
  }

  endPart(): void {
    // A record never goes beyond its line.
  }

  end(): void {
    // Neither at the end.
  }
}

/** What the line holds as JSON; null where it is none. */
export function jsonIn(line: Line): unknown {
  try {
    return JSON.parse(line.long === null ? line.text : joinedText(line))
  } catch {
    return null // Its shape is checked, and refuses that.
  }
}

/** The kept beginning and end of a very long line: the text that was cut ends where the next key begins. */
function joinedText({ text: head, long }: Line): string {
  const tail = long?.tail ?? ''
  const end = /(?<!\\)(?:\\\\)*"(?=\s*,\s*"[A-Za-z_]{2,30}"\s*:|[\s}]*\}$)/.exec(tail)
  // An escape that was cut in two is left out.
  const whole = head.replace(/\\(?:u[\da-f]{0,3})?$/i, '')
  return end === null ? head : whole + tail.slice(end.index)
}

function partOf({ offset, number: line, bytes }: Line): Part {
  return { offset, line, bytes, session: '', before: null, prefix: null }
}

function recordOf(each: Line): LogRecord | null {
  const parsed = shape.safeParse(jsonIn(each))
  if (!parsed.success) return null
  const { data } = parsed
  const { text: source, long } = each
  const severity = severityNamed(data.error_severity)
  if (severity === null) return null
  const record = newRecord([partOf(each)], severity, data.message ?? '')
  record.time = data.timestamp
  record.pid = data.pid ?? null
  record.session = data.session_id ?? null
  record.user = data.user || null
  record.database = data.dbname || null
  record.application = data.application_name || null
  record.client = data.remote_host || null
  record.sqlstate = data.state_code === '00000' ? null : (data.state_code ?? null)
  record.detail = data.detail ?? null
  record.hint = data.hint ?? null
  record.query = data.internal_query ?? null
  record.context = data.context ?? null
  record.statement = data.statement ?? null
  record.position = data.cursor_position ?? null
  record.location = locationOf(data.func_name, data.file_name, data.file_line_num)
  record.backendType = data.backend_type ?? null
  record.queryId = queryIdIn(long?.tail ?? source)
  if (long !== null) record.truncated = { bytes: long.bytes, sha256: long.sha256 }
  return record
}

/** The operator and its other programs log beside the server. */
function recordInside(line: Line): LogRecord | 'other' | null {
  const value = jsonIn(line)
  const parsed = wrapped.safeParse(value)
  if (!parsed.success) return othersLine.safeParse(value).success ? 'other' : null
  const data = parsed.data.record
  const severity = severityNamed(data.error_severity)
  const pid = Number(data.process_id)
  if (severity === null || !Number.isInteger(pid)) return null
  const message = data.audit === undefined ? data.message : data.message || auditMessage(data.audit)
  const record = newRecord([partOf(line)], severity, message ?? '')
  record.time = data.log_time
  record.pid = pid
  record.session = data.session_id || null
  record.user = data.user_name || null
  record.database = data.database_name || null
  record.application = data.application_name || null
  record.client = data.connection_from?.replace(/:\d+$/, '') || null
  record.sqlstate = data.sql_state_code === '00000' ? null : data.sql_state_code || null
  record.detail = data.detail || null
  record.hint = data.hint || null
  record.query = data.internal_query || null
  record.context = data.context || null
  record.statement = data.query || data.audit?.statement || null
  record.position = data.query_pos ? Number(data.query_pos) : null
  record.location = data.location || null
  record.backendType = data.backend_type || null
  record.queryId = data.query_id === '0' ? null : data.query_id || null
  if (line.long !== null) record.truncated = { bytes: line.long.bytes, sha256: line.long.sha256 }
  return record
}

/** As pgAudit writes it, without the statement, which stands for itself, and its parameters: any of them may be a secret. */
function auditMessage({ audit_type, class: kind, command, object_type, object_name }: z.infer<typeof audit>): string {
  const said = [audit_type, kind, command, object_type, object_name]
  return `AUDIT: ${said.filter((each) => each !== undefined && each !== '').join(',')}`
}

/** A query's id has 64 bits, more than a number of JavaScript holds: it is read from the text, where it stands last. */
function queryIdIn(source: string): string | null {
  const id = /"query_id":(-?\d+)\s*\}\s*$/.exec(source.slice(-60))?.[1]
  return id === undefined || id === '0' ? null : id
}

function locationOf(name?: string, file?: string, line?: number): string | null {
  const place = file === undefined ? null : `${file}:${line ?? ''}`
  return name === undefined ? place : place === null ? name : `${name}, ${place}`
}
