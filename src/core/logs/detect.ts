import { CsvReader, csvBeginning } from './csv.ts'
import { Continuations, type Entry, type Source } from './entry.ts'
import { JsonReader } from './json.ts'
import { hasMark } from './labels.ts'
import { Lines } from './lines.ts'
import { compilePrefix, type Prefix } from './prefix.ts'
import { escapesIn, isLikely, knownPrefixes } from './prefixes.ts'
import type { RecordSink } from './record.ts'
import type { LogFormat } from './state.ts'
import { readHeroku, readSyslog, SyslogLines } from './syslog.ts'
import { WrappedLines } from './wrapped.ts'

/** How a log is read, as far as its beginning tells. */
export interface Detection {
  format: LogFormat
  /** `log_line_prefix`, of formats that have one. */
  prefix: string
  /** The share of its lines that this explains, from 0 to 1; what continues a line is not counted. */
  explains: number
  /** Lines that were looked at; those of other programs are not counted. */
  lines: number
  /** The first lines that it does not explain. */
  unexplained: string[]
  /** Prefixes that explain as much, and read something else in it. */
  rivals: string[]
}

/** Below this share a person has to say which prefix it is. */
export const trustedShare = 0.95

/** Can the log be read so without asking anybody? */
export function isTrusted({ explains, rivals }: Pick<Detection, 'explains' | 'rivals'>): boolean {
  return explains >= trustedShare && rivals.length === 0
}

/** Entries that are looked at for each prefix: more tell nothing new. */
const mostEntries = 400

/** The formats with a prefix, the more special first: where two explain as much, the first is meant. */
const prefixed = ['heroku', 'syslog', 'azure', 'cloudsql', 'rds', 'stderr'] as const
type Prefixed = (typeof prefixed)[number]

/**
 * @param text the beginning of the log, cut at a line's end
 * @param prefix the log's own, where it is known: then no other is tried
 */
export function detectFormat(text: string, prefix: string | null = null): Detection {
  const sources = prefix === null ? knownPrefixes : [prefix]
  const entries = new Map<LogFormat, Entries>()
  const ways = prefixed.flatMap((format) => {
    const read = entriesOf(format, text)
    entries.set(format, read)
    return sources.map((each) => detectIn(format, each, read, prefix === null))
  })
  if (prefix === null) ways.unshift(detectRecords('csv', text), ...detectJson(text))
  const best = ways.reduce((found, way) => (isBetter(way, found) ? way : found))
  if (best.explains === 0) return detectIn('stderr', prefix ?? '', entriesOf('stderr', text), prefix === null)
  const { heads } = entries.get(best.format) ?? { heads: [] }
  const rivals = ways.filter((way) => way !== best && way.format === best.format && !isBetter(best, way))
  return { ...best, rivals: rivals.map((way) => way.prefix).filter((way) => !readsAlike(way, best.prefix, heads)) }
}

/** Do two prefixes say the same of each line? */
function readsAlike(one: string, other: string, heads: readonly string[]): boolean {
  const [first, second] = [compilePrefix(one), compilePrefix(other)]
  return heads.every((head) => {
    const [a, b] = [first, second].map((prefix) => prefix.match(head, () => null, null))
    return a?.end === b?.end && JSON.stringify(a?.fields) === JSON.stringify(b?.fields)
  })
}

interface Entries {
  heads: string[]
  /** Lines that are none of the format's. */
  refused: string[]
}

function entriesOf(format: Prefixed, text: string): Entries {
  const heads: string[] = []
  const refused: string[] = []
  const sink: RecordSink = { ...silent, refuse: (refusal) => void refused.push(refusal.text) }
  const use = ({ head, rest }: Entry): void => {
    if (head !== '' || rest !== '') heads.push(head)
  }
  read(sourceOf(format, use, sink), text, () => heads.length + refused.length >= mostEntries)
  return { heads, refused }
}

function sourceOf(format: Prefixed, use: (entry: Entry) => void, sink: RecordSink): Source {
  switch (format) {
    case 'stderr':
      return new Continuations(use, sink, noHasher)
    case 'syslog':
      return new SyslogLines((line) => readSyslog(line, null), hasMark, use, sink, noHasher)
    case 'heroku':
      return new SyslogLines(readHeroku, hasMark, use, sink, noHasher)
    default:
      return new WrappedLines(format, use, sink, noHasher)
  }
}

/** @param isGuess of a prefix that nobody has named, what it takes for names has to look like some */
function detectIn(format: Prefixed, source: string, { heads, refused }: Entries, isGuess: boolean): Detection {
  const lines = heads.length + refused.length
  let prefix: Prefix
  try {
    prefix = compilePrefix(source)
  } catch {
    return scored(format, source, lines, [...heads, ...refused])
  }
  const strange = heads.filter((head) => {
    const match = prefix.match(head, () => null, null)
    return match === null || (isGuess && !isLikely(match, source, head))
  })
  return scored(format, source, lines, [...strange, ...refused])
}

function detectJson(text: string): Detection[] {
  return /^\s*\{/.test(text) ? [detectRecords('json', text), detectRecords('cloudnativepg', text)] : []
}

function detectRecords(format: 'csv' | 'json' | 'cloudnativepg', text: string): Detection {
  const refused: string[] = []
  let records = 0
  if (format === 'csv' && !csvBeginning.test(text.replace(/^\ufeff?\s*/, ''))) return scored(format, '', 0, [])
  const sink: RecordSink = {
    ...silent,
    record: () => {
      records += 1
    },
    refuse: (refusal) => void refused.push(refusal.text),
  }
  const source = format === 'csv' ? new CsvReader(sink, noHasher) : new JsonReader(format, sink)
  // The last record may be cut; what is refused of it is no fault of the format's.
  read(source, text, () => records + refused.length >= mostEntries, format !== 'csv' || records === 0)
  return scored(format, '', records + refused.length, refused)
}

function read(source: Source, text: string, isEnough: () => boolean, toTheEnd = true): void {
  const lines = new Lines((line) => {
    if (!isEnough()) source.line(line)
  }, noHasher)
  lines.push(new TextEncoder().encode(text))
  lines.end()
  if (toTheEnd) source.end()
}

const silent: RecordSink = {
  begins: () => undefined,
  isNone: () => undefined,
  record: () => undefined,
  refuse: () => undefined,
  other: () => undefined,
}

/** Nothing is kept of what is detected by. */
const noHasher = () => ({ update: () => undefined, digest: () => '' })

function scored(format: LogFormat, prefix: string, lines: number, unexplained: readonly string[]): Detection {
  const explains = lines === 0 ? 0 : (lines - unexplained.length) / lines
  return {
    format,
    prefix,
    explains,
    lines,
    unexplained: unexplained.slice(0, 5).map((line) => line.slice(0, 1000)),
    rivals: [],
  }
}

/** Of two that explain as much, the one that says more: it has more escapes, or stands first. */
function isBetter(way: Detection, best: Detection): boolean {
  if (Math.abs(way.explains - best.explains) > 0.001) return way.explains > best.explains
  return escapesIn(way.prefix) > escapesIn(best.prefix)
}
