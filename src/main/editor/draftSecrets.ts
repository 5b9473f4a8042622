import { setImmediate as nextTurn } from 'node:timers/promises'
import { cutAfter, endOfUnit } from '../../core/editor/cut.ts'
import { createRedactor, mayHoldSecret, type Redactor } from '../../core/history/redact.ts'
import { joined, secretParts, writtenSecrets } from '../../core/history/secretText.ts'
import type { Span } from '../../core/token.ts'
import { loadParser, scan } from './parser.ts'
import { preparedSecrets } from './script.ts'

/** Characters that are read at once: some 15 ms of work, after which whoever else waits has a turn. */
const pieceSize = 16_384

/** A quoted text or a comment beyond this is read as if its opening were not there: mostly its end is not written yet. */
const longestUnit = 200_000

/** After so many places that are no SQL the rest is read as any text. */
const mostFailures = 2_000

/**
 * Where the secrets stand in a text that somebody is still writing: a quote or a comment may be without its end,
 * and then what follows is not taken for one secret, but read on. It may also be no SQL at all. Other work of the
 * process goes on meanwhile.
 *
 * @throws the signal's reason when it aborts
 */
export async function secretsInDraft(text: string, signal?: AbortSignal): Promise<Span[]> {
  if (!(await mayHoldSecretAnywhere(text, signal))) return []
  await loadParser()
  // The tokenizer ends at a NUL character; secrets do not.
  const sql = text.replaceAll('\0', ' ')
  const redactor = createRedactor(
    sql,
    (body) => (body.length > longestUnit ? null : scan(body)),
    new Map(preparedSecrets),
  )
  const reading: Reading = { sql, redactor, found: [], failures: 0, signal }
  let at = 0
  let startsStatement = true
  while (at < sql.length && reading.failures < mostFailures) {
    const end = endOfGroup(sql, at)
    if (end === at) {
      at = enterLongUnit(reading, at)
      startsStatement = true
      continue
    }
    const group = sql.slice(at, end)
    if (!startsStatement || mayHoldSecret(group)) {
      for (const { start, end: last } of writtenSecrets(group))
        reading.found.push({ start: at + start, end: at + last })
      await readGroup(reading, at, end)
    }
    startsStatement = group.endsWith(';')
    at = end
    await nextTurn(undefined, { signal })
  }
  await readAsText(reading, at)
  return joined([...reading.found, ...redactor.spans()])
}

interface Reading {
  readonly sql: string
  readonly redactor: Redactor
  readonly found: Span[]
  failures: number
  readonly signal: AbortSignal | undefined
}

async function mayHoldSecretAnywhere(text: string, signal: AbortSignal | undefined): Promise<boolean> {
  const overlap = 100
  for (let at = 0; at < text.length; at += pieceSize * 4) {
    const piece = text.slice(at, at + pieceSize * 4 + overlap)
    if (mayHoldSecret(piece) || /\b(?:create|alter)\b/i.test(piece)) return true
    await nextTurn(undefined, { signal })
  }
  return false
}

/** The end of the statements that are read together; `from` itself where a unit stands that is too long to be read. */
function endOfGroup(sql: string, from: number): number {
  let at = from
  while (at < sql.length) {
    const end = endOfUnit(sql, at)
    if (end - at > longestUnit) return at
    const character = sql.charAt(at)
    at = end
    if (at - from >= pieceSize && character === ';') return at
    if (at - from >= pieceSize * 8 && /\s/.test(character)) return at
  }
  return at
}

async function readGroup(reading: Reading, from: number, to: number): Promise<void> {
  const { sql, redactor, signal } = reading
  let at = from
  let width = pieceSize
  let read = 0
  while (at < to && reading.failures < mostFailures) {
    const end = Math.min(to, width === 0 ? endOfUnit(sql, at) : cutAfter(sql, at, width))
    const tokens = scan(sql.slice(at, end), at)
    read += end - at
    if (tokens !== null) {
      for (const token of tokens) redactor.push(token)
      at = end
      width = Math.min(pieceSize, Math.max(64, width * 2))
    } else if (width > 0) {
      // Somewhere in this piece: all that stands before it shall be read.
      width = width < 64 ? 0 : Math.floor(width / 8)
    } else {
      at = Math.min(to, passOver(reading, at, end))
      width = 64
    }
    if (read < pieceSize) continue
    read = 0
    await nextTurn(undefined, { signal })
  }
}

/** A unit that cannot be read: an opening without its end, or what is no SQL. Where to go on. */
function passOver(reading: Reading, at: number, end: number): number {
  reading.failures += 1
  const { sql, redactor, found } = reading
  const opening = openingAt(sql, at)
  if (opening === null) {
    redactor.push({ start: at, end, kind: 'word', text: sql.slice(at, end) })
    return end
  }
  if (opening.quotes && redactor.expectsSecret()) {
    const line = endOfLine(sql, at)
    found.push({ start: at, end: line })
    return line
  }
  return at + opening.length
}

function enterLongUnit(reading: Reading, at: number): number {
  const { sql, redactor } = reading
  const to = openingAt(sql, at) === null ? endOfUnit(sql, at) : passOver(reading, at, at)
  // What stands in it is a statement of its own.
  redactor.push({ start: to, end: to, kind: 'symbol', text: ';' })
  return to
}

function openingAt(sql: string, at: number): { length: number; quotes: boolean } | null {
  const opening = /^(?:[ebxn]?'|u&['"]|"|\/\*|--|\$[^$\s]{0,63}\$)/i.exec(sql.slice(at, at + 66))?.[0]
  return opening === undefined
    ? null
    : { length: opening.length, quotes: opening.endsWith("'") || opening.endsWith('$') }
}

function endOfLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at)
  return end === -1 ? sql.length : end
}

async function readAsText({ sql, found, signal }: Reading, from: number): Promise<void> {
  for (let at = from; at < sql.length; ) {
    const end = endOfLine(sql, at + pieceSize)
    for (const part of secretParts(sql.slice(at, end))) found.push({ start: at + part.start, end: at + part.end })
    at = end
    await nextTurn(undefined, { signal })
  }
}
