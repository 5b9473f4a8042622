import { z } from 'zod'
import { type Entry, Gathering, type Header, type Source } from './entry.ts'
import { jsonIn } from './json.ts'
import type { Hasher, Line } from './lines.ts'
import type { Place, RecordSink } from './record.ts'

/** What a service's log holds of the server's: the text of an entry, and what stands beside it. */
interface Unwrapped {
  text: string
  header: Header | null
}

/** Takes a line of the server's out of one of a service's; `other` is something else's; null cannot be read. */
type Unwrap = (line: Line) => Unwrapped | 'other' | null

export type Wrapper = 'rds' | 'azure' | 'cloudsql'

const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d) (?:[\w.:/-]+ (?=\d{4}-\d\d-\d\d |\t))?/

const cloudWatch = z.object({ message: z.string() })

/** CloudWatch puts its own time before each line, or each line into JSON; otherwise a log of RDS is the server's own. */
function fromRds(line: Line): Unwrapped | null {
  const found = stamp.exec(line.text)
  if (found !== null) return { text: line.text.slice(found[0].length), header: null }
  if (line.text.startsWith('\t')) return { text: line.text, header: null }
  const event = cloudWatch.safeParse(jsonIn(line))
  return event.success ? { text: event.data.message, header: null } : null
}

const optional = z.string().optional()

const azure = z.object({
  category: z.string(),
  properties: z.object({
    message: z.string(),
    prefix: optional,
    errorLevel: optional,
    sqlerrcode: optional,
    detail: optional,
    hint: optional,
    context: optional,
    statement: optional,
  }),
})

/** A flexible server's message begins with the prefix; a single server's has prefix and severity beside it. */
function fromAzure(line: Line): Unwrapped | 'other' | null {
  const value = jsonIn(line)
  const record = azure.safeParse(value)
  if (!record.success) return z.object({ category: z.string() }).safeParse(value).success ? 'other' : null
  const { category, properties } = record.data
  if (category !== 'PostgreSQLLogs') return 'other'
  const { message, prefix, errorLevel, sqlerrcode, detail, hint, context, statement } = properties
  const header = {
    sqlstate: sqlerrcode === undefined || sqlerrcode === '00000' ? null : sqlerrcode,
    detail: detail || null,
    hint: hint || null,
    context: context || null,
    statement: statement || null,
  }
  return { text: prefix ? `${prefix}${errorLevel ?? 'LOG'}:  ${message}` : message, header }
}

const cloudSql = z.object({ textPayload: z.string(), logName: optional })

function fromCloudSql(line: Line): Unwrapped | 'other' | null {
  const value = jsonIn(line)
  const entry = cloudSql.safeParse(value)
  if (!entry.success) return z.object({ logName: z.string() }).safeParse(value).success ? 'other' : null
  if (entry.data.logName !== undefined && !/postgres(?:ql)?\.log$/.test(entry.data.logName)) return 'other'
  return { text: entry.data.textPayload, header: null }
}

const unwraps: Readonly<Record<Wrapper, Unwrap>> = { rds: fromRds, azure: fromAzure, cloudsql: fromCloudSql }

/** Takes the server's entries out of what a service wraps them in. */
export class WrappedLines implements Source {
  readonly #unwrap: Unwrap
  readonly #use: (entry: Entry) => void
  readonly #sink: RecordSink
  readonly #newHasher: () => Hasher
  #gathering: Gathering | null = null

  constructor(wrapper: Wrapper, use: (entry: Entry) => void, sink: RecordSink, newHasher: () => Hasher) {
    this.#unwrap = unwraps[wrapper]
    this.#use = use
    this.#sink = sink
    this.#newHasher = newHasher
  }

  readonly line = (line: Line): void => {
    if (line.text === '') return
    const unwrapped = this.#unwrap(line)
    if (unwrapped === 'other') {
      this.#sink.other()
      return
    }
    if (unwrapped === null) {
      this.end()
      const { offset, number, text } = line
      const reason = 'It is no line of this service’s log.'
      this.#sink.refuse({ offset, line: number, reason, text: text.slice(0, 200) })
      return
    }
    const { text, header } = unwrapped
    if (text.startsWith('\t') && this.#gathering !== null) {
      this.#gathering.add(`\n${text.slice(1)}`, line)
      const [place] = this.#gathering.entry.places
      place.bytes = line.offset + line.bytes - place.offset
      return
    }
    this.end()
    const end = text.indexOf('\n')
    this.#gathering = new Gathering(end < 0 ? text : text.slice(0, end), line, header, this.#newHasher)
    if (end >= 0) this.#gathering.add(continued(text.slice(end)), line)
  }

  get begun(): Place | null {
    return this.#gathering?.entry.places[0] ?? null
  }

  endPart(): void {
    this.end()
  }

  end(): void {
    const entry = this.#gathering?.finished()
    this.#gathering = null
    if (entry !== undefined) this.#use(entry)
  }
}

/** The lines that follow the first, without the server's own tab where it is still there. */
function continued(lines: string): string {
  const rest = lines.trimEnd()
  return /\n(?!\t)/.test(rest) ? rest : rest.replaceAll('\n\t', '\n')
}
