import { csvBeginning, csvFields } from './csv.ts'
import { JsonReader } from './json.ts'
import { markAt } from './labels.ts'
import { compilePrefix, type Prefix } from './prefix.ts'
import type { LogFormat } from './state.ts'

/** How a log is read, as far as its beginning tells. */
export interface Detection {
  format: LogFormat
  /** `log_line_prefix`, of stderr alone. */
  prefix: string
  /** The share of its lines that this explains, from 0 to 1; continuations are not counted. */
  explains: number
  /** Lines that were looked at. */
  lines: number
  /** The first lines that it does not explain. */
  unexplained: string[]
}

/** Below this share a person has to say which prefix it is. */
export const trustedShare = 0.95

/** Prefixes in use: the defaults, what managed services set, what log analysers ask for. */
export const knownPrefixes: readonly string[] = [
  '%m [%p] ',
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%m [%p] %q%u@%d ',
  '%t:%r:%u@%d:[%p]:',
  '%t [%p]: db=%d,user=%u ',
  '%t [%p]: [%l-1] db=%d,user=%u ',
  '%t [%p]: [%l-1] user=%u,db=%d ',
  '%t [%p]: [%l-1] user=%u,db=%d,remote=%r ',
  '%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ',
  '%t [%p]: [%l-1] ',
  '%t [%p-%l] %q%u@%d ',
  '%t [%p] %u@%d ',
  '%m [%p] %u@%d ',
  '%m [%p] %u@%d %a ',
  '%m [%p] %q[%u@%d] ',
  '%m [%p] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: [%l-1] db=%d,user=%u ',
  '%m [%p] db=%d,user=%u,app=%a,client=%h ',
  '%m [%c] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: ',
  '%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:',
  '%t-%c-',
  '%m %u@%d [%p] ',
  '%t %u@%d [%p] ',
  '%t %d %u ',
  '%t ',
  '%m ',
  '< %m >',
  '<%t >',
  '< %m %u@%d [%p] >',
  '%n [%p] ',
  '%p ',
  '[%p] ',
  '%r [%p]: ',
  '',
]

/** @param text the beginning of the log, cut at a line's end */
export function detectFormat(text: string): Detection {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const whole = lines.filter((line) => line !== '')
  const ways = [detectCsv(whole), detectJson(whole), ...knownPrefixes.map((prefix) => detectPrefix(prefix, whole))]
  // Of two that explain as much, the one that says more: it stands first, or has more escapes.
  const best = ways.reduce((found, way) => (isBetter(way, found) ? way : found))
  return best.explains > 0 ? best : detectPrefix('', whole)
}

/** How much of the beginning of a log this prefix explains. */
export function detectPrefix(source: string, lines: readonly string[]): Detection {
  let prefix: Prefix
  try {
    prefix = compilePrefix(source)
  } catch {
    return { format: 'stderr', prefix: source, explains: 0, lines: lines.length, unexplained: lines.slice(0, 5) }
  }
  const begun = lines.filter((line) => !line.startsWith('\t'))
  const unexplained = begun.filter((line) => prefix.match(line, () => null) === null)
  return scored('stderr', source, begun.length, unexplained)
}

function detectCsv(lines: readonly string[]): Detection {
  const begun = lines.filter((line) => csvBeginning.test(line))
  // Lines in the middle of a record are no fault of the format's.
  const bad = begun.filter((line) => line.endsWith('"') && csvFields(line) === null)
  if (begun.length === 0 || !csvBeginning.test(lines[0] ?? '')) return scored('csv', '', lines.length, lines)
  return scored('csv', '', begun.length, bad)
}

function detectJson(lines: readonly string[]): Detection {
  const unexplained: string[] = []
  const sink = {
    begins: () => undefined,
    record: () => undefined,
    refuse: ({ text }: { text: string }) => void unexplained.push(text),
  }
  const reader = new JsonReader(sink)
  for (const [index, text] of lines.entries())
    reader.line({ text, offset: 0, number: index + 1, bytes: text.length, long: null })
  return scored('json', '', lines.length, unexplained)
}

function scored(format: LogFormat, prefix: string, lines: number, unexplained: readonly string[]): Detection {
  const explains = lines === 0 ? 0 : (lines - unexplained.length) / lines
  return { format, prefix, explains, lines, unexplained: unexplained.slice(0, 5) }
}

function isBetter(way: Detection, best: Detection): boolean {
  if (Math.abs(way.explains - best.explains) > 0.001) return way.explains > best.explains
  return escapes(way.prefix) > escapes(best.prefix)
}

function escapes(prefix: string): number {
  return prefix.match(/%[a-pr-zA-Z]/g)?.length ?? 0
}

/** Logs of other programs that people take for the server's, and what to say of them. */
export function refusalOf(text: string): string | null {
  const lines = text.split('\n', 50).filter((line) => line.trim() !== '')
  if (lines.length === 0) return 'The file is empty.'
  if (text.includes('\0')) return 'It is a binary file, not a text.'
  if (
    lines.filter((line) =>
      /^\S+ \S+ (?:\S+ )?\[\d+\] (?:LOG|WARNING|ERROR|NOISE|DEBUG) [CS]-0x[0-9a-f]+|^.*\[\d+\] LOG stats: /.test(line),
    ).length >
    lines.length / 2
  ) {
    return 'It is a log of pgBouncer, not of PostgreSQL.'
  }
  const looksLikeServer = lines.some((line) => csvBeginning.test(line) || line.startsWith('{') || hasMark(line))
  return looksLikeServer
    ? null
    : 'It is no log of PostgreSQL: no line of its beginning has a severity, such as LOG or ERROR.'
}

/** Whether a severity stands anywhere near the beginning of the line. */
function hasMark(line: string): boolean {
  for (let at = 0; at < Math.min(line.length, 400); at += 1) {
    if ((at === 0 || !/\w/.test(line.charAt(at - 1))) && markAt(line, at) !== null) return true
  }
  return false
}
