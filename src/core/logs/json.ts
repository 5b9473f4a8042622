import { z } from 'zod'
import { severityNamed } from './labels.ts'
import type { Line } from './lines.ts'
import { type LogRecord, newRecord, type RecordSink } from './record.ts'

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

/** Reads jsonlog: a record a line. */
export class JsonReader {
  readonly #sink: RecordSink

  constructor(sink: RecordSink) {
    this.#sink = sink
  }

  readonly line = (line: Line): void => {
    if (line.text === '') return
    const record = recordOf(fromJson(line.long === null ? line.text : joinedText(line)), line)
    if (record !== null) this.#sink.record(record)
    else {
      const reason = 'It is no record of jsonlog.'
      this.#sink.refuse({ offset: line.offset, line: line.number, reason, text: line.text.slice(0, 200) })
    }
  }

  /** A record is read when its line has come. */
  readonly begun = null

  end(): void {
    // A record never goes beyond its line.
  }
}

function fromJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return null // The shape refuses it.
  }
}

/** The kept beginning and end of a very long line: the text that was cut ends where the next key begins. */
function joinedText({ text: head, long }: Line): string {
  const tail = long?.tail ?? ''
  const end = /(?<!\\)(?:\\\\)*"(?=,"[a-z_]{3,20}":|\}$)/.exec(tail)
  // An escape that was cut in two is left out.
  const whole = head.replace(/\\(?:u[\da-f]{0,3})?$/i, '')
  return end === null ? head : whole + tail.slice(end.index)
}

function recordOf(value: unknown, { text: source, offset, number: line, bytes, long }: Line): LogRecord | null {
  const parsed = shape.safeParse(value)
  if (!parsed.success) return null
  const { data } = parsed
  const severity = severityNamed(data.error_severity)
  if (severity === null) return null
  const record = newRecord({ offset, line, bytes, session: '', before: null }, severity, data.message ?? '')
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

/** A query's id has 64 bits, more than a number of JavaScript holds: it is read from the text, where it stands last. */
function queryIdIn(source: string): string | null {
  const id = /"query_id":(-?\d+)\s*\}\s*$/.exec(source.slice(-60))?.[1]
  return id === undefined || id === '0' ? null : id
}

function locationOf(name?: string, file?: string, line?: number): string | null {
  const place = file === undefined ? null : `${file}:${line ?? ''}`
  return name === undefined ? place : place === null ? name : `${name}, ${place}`
}
