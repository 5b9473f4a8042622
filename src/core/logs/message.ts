import { type MessageKind, type ServerEvent, serverEvents, wordings } from './wording.ts'

/** What a message of a server's log says. */
export type Reading =
  /** A statement that begins, before it is known how long it takes. */
  | { kind: 'begins'; protocol: Protocol; name: string | null; statement: string }
  /** How long something took that was logged before. */
  | { kind: 'duration'; ms: number }
  /** A statement that has ended. */
  | { kind: 'ran'; protocol: Protocol; name: string | null; statement: string; ms: number }
  /** The first two of the three steps of the extended protocol. */
  | { kind: 'phase'; phase: 'parse' | 'bind'; name: string | null; statement: string; ms: number }
  | { kind: 'plan'; plan: string; ms: number }
  | { kind: ServerEvent | 'other' }

export type Protocol = 'simple' | 'extended' | 'fetch' | 'fastpath'

const other: Reading = { kind: 'other' }

/** Reads a message in English, or else in the other languages. */
export function readMessage(message: string): Reading {
  // Nearly all of a busy log is one of these three, so they are looked for by hand.
  if (message.startsWith('statement: ')) {
    return { kind: 'begins', protocol: 'simple', name: null, statement: message.slice(11) }
  }
  if (message.startsWith('duration: ')) return readDuration(message) ?? readByPatterns(message)
  if (message.startsWith('execute ')) return readExecute(message) ?? readByPatterns(message)
  return readByPatterns(message)
}

function readDuration(message: string): Reading | null {
  const blank = message.indexOf(' ', 10)
  if (blank < 0 || !message.startsWith(' ms', blank)) return null
  const ms = milliseconds(message.slice(10, blank))
  if (ms === null) return null
  if (message.length === blank + 3) return { kind: 'duration', ms }
  const what = blank + 5
  if (message.startsWith('statement: ', what)) {
    return { kind: 'ran', protocol: 'simple', name: null, statement: message.slice(what + 11), ms }
  }
  if (message.startsWith('parse ', what)) return readPhase('parse', message, what + 6, ms)
  if (message.startsWith('bind ', what)) return readPhase('bind', message, what + 5, ms)
  // auto_explain has no translations.
  if (message.startsWith('plan:\n', what)) return { kind: 'plan', plan: message.slice(what + 6), ms }
  return null
}

/** @param at where the name of the statement begins */
function readPhase(phase: 'parse' | 'bind', message: string, at: number, ms: number): Reading | null {
  const colon = message.indexOf(': ', at)
  if (colon < 0) return null
  return { kind: 'phase', phase, name: nameOf(message.slice(at, colon)), statement: message.slice(colon + 2), ms }
}

function readExecute(message: string): Reading | null {
  if (message.startsWith('fetch from ', 8)) return null
  const colon = message.indexOf(': ', 8)
  if (colon < 0) return null
  return {
    kind: 'begins',
    protocol: 'extended',
    name: nameOf(message.slice(8, colon)),
    statement: message.slice(colon + 2),
  }
}

/** `123.456`, or with a decimal comma where the language has one. */
function milliseconds(text: string): number | null {
  const ms = Number(text.includes(',') ? text.replace(',', '.') : text)
  return Number.isFinite(ms) ? ms : null
}

/** A statement without a name is written `<unnamed>`. */
function nameOf(text: string): string | null {
  return text === '' || text === '<unnamed>' ? null : text
}

interface Pattern {
  readonly pattern: RegExp
  readonly read: (found: RegExpExecArray) => Reading
}

/** The patterns by the first character of what they match. */
const patterns = new Map<string, Pattern[]>()

function readByPatterns(message: string): Reading {
  const first = message.charAt(0)
  for (const each of patterns.get(/\d/.test(first) ? '0' : first) ?? []) {
    const found = each.pattern.exec(message)
    if (found !== null) return each.read(found)
  }
  return other
}

/** Adds a format of printf: `%s` is any text, the last one to the end; numbers are numbers. */
function addPattern(format: string, read: Pattern['read'], whole: boolean): void {
  let source = ''
  let at = 0
  for (const place of format.matchAll(/%(?:\d+\$)?[0-9.]*l?([sdufx%])/g)) {
    source += quoted(format.slice(at, place.index))
    at = place.index + place[0].length
    if (place[1] === '%') source += '%'
    else if (place[1] !== 's') source += '(-?[\\d.,]+)'
    else source += whole && at === format.length ? '([\\s\\S]*)' : '([\\s\\S]*?)'
  }
  source += quoted(format.slice(at))
  const first = format.startsWith('%') ? '0' : format.charAt(0)
  const pattern = new RegExp(`^${source}${whole ? '$' : ''}`)
  patterns.set(first, [...(patterns.get(first) ?? []), { pattern, read }])
}

function quoted(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}

/** A call of a function by its OID has no text of SQL; what the server says of it stands for one. */
function fastpathCall(name = '', oid = ''): { name: string; statement: string } {
  return { name, statement: `fastpath function call: "${name}" (OID ${oid})` }
}

for (const { messages, execute, executeFetch } of Object.values(wordings)) {
  const each = (kind: MessageKind, use: (format: string) => void): void => {
    for (const format of messages[kind] ?? []) use(format)
  }
  const begins =
    (protocol: Protocol) =>
    (found: RegExpExecArray): Reading => ({
      kind: 'begins',
      protocol,
      name: nameOf(found[1] ?? ''),
      statement: found[2] ?? '',
    })
  each('statement', (format) =>
    addPattern(
      format,
      (found) => ({ kind: 'begins', protocol: 'simple', name: null, statement: found[1] ?? '' }),
      true,
    ),
  )
  addPattern(`${executeFetch} %s: %s`, begins('fetch'), true)
  addPattern(`${execute} %s: %s`, begins('extended'), true)
  // The first place holds the milliseconds: a number, though it is written as a text.
  const timed = (format: string, read: (ms: number, found: RegExpExecArray) => Reading): void =>
    addPattern(
      format.replace('%s', '%d').replace('%s%s%s', '%s'),
      (found) => {
        const ms = milliseconds(found[1] ?? '')
        return ms === null ? other : read(ms, found)
      },
      true,
    )
  const ran =
    (protocol: Protocol) =>
    (ms: number, found: RegExpExecArray): Reading => ({
      kind: 'ran',
      protocol,
      name: nameOf(found[2] ?? ''),
      statement: found[3] ?? '',
      ms,
    })
  const phase =
    (of: 'parse' | 'bind') =>
    (ms: number, found: RegExpExecArray): Reading => ({
      kind: 'phase',
      phase: of,
      name: nameOf(found[2] ?? ''),
      statement: found[3] ?? '',
      ms,
    })
  each('durationStatement', (format) =>
    timed(format, (ms, found) => ({ kind: 'ran', protocol: 'simple', name: null, statement: found[2] ?? '', ms })),
  )
  each('durationExecute', (format) => {
    timed(format.replace(/%s( ?)%s%s%s/, `${executeFetch}$1%s`), ran('fetch'))
    timed(format.replace(/%s( ?)%s%s%s/, `${execute}$1%s`), ran('extended'))
  })
  each('durationParse', (format) => timed(format, phase('parse')))
  each('durationBind', (format) => timed(format, phase('bind')))
  each('durationFastpath', (format) =>
    timed(format, (ms, [, , name, oid]) => ({ kind: 'ran', protocol: 'fastpath', ...fastpathCall(name, oid), ms })),
  )
  each('fastpath', (format) =>
    addPattern(format, ([, name, oid]) => ({ kind: 'begins', protocol: 'fastpath', ...fastpathCall(name, oid) }), true),
  )
  each('duration', (format) => timed(format, (ms) => ({ kind: 'duration', ms })))
  for (const kind of serverEvents) each(kind, (format) => addPattern(format, () => ({ kind }), false))
}
