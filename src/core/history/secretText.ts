import type { Span } from '../token.ts'

/**
 * The names under which secrets stand in connection strings, JSON and SQL that is itself quoted, then the sign
 * that joins name and value, or blanks and comments before a value in the quotes of SQL.
 */
const named =
  /(?:pass_?(?:word|wd|phrase|code)|\bpwd|secret(?:[_-]access)?(?:[_-]key)?|token|credential|(?:api|access|private|account|master)[_-]?key)s?["']{0,2}(\s*(?:=>|:=|=|:)\s*|(?:\s|\/\*[^*]*\*\/|--[^\n]{0,500}\n){1,100}(?=\\*'|"|e'|u&'|\$[a-z_]*\$))/gi

/** What is masked already, or a value in the quotes of its text: between dollars, doubled, escaped, of SQL with a backslash or without, double, a list or an object of JSON, or none. */
const value =
  /\*{3}|(?:\{[^{}]*\}|\[[^[\]]*\])(?![^\s,}\]'"])|\$([a-z_]*)\$(?:(?!\$\1\$)[\s\S])*|''(?:[^'\\]|\\''|\\[^']|'''')*|\\'(?:[^'\\]|\\\\\\'|\\(?!'))*|e'(?:[^'\\]|\\[\s\S]|'')*|"(?:[^"\\]|\\.)*|(?:u&)?'(?:[^']|'')*|[^\s'"]+/iy

/**
 * `scheme://user:SECRET@host`, also where the secret holds an @ itself; bounded, so that a long text without an end to it
 * costs no more than its length. `host:8080/…` is an address with a port, whatever stands behind it.
 */
const inUrl = /:\/\/[^\s@/:]{0,200}:(?!\d{1,5}[/?#"'])([^@\s]{0,500}(?:@[^@\s/?#'"]{0,200}(?=@))*)@/g

/**
 * `curl -u user:SECRET`, and the headers that carry one. Words are no secret: what has no scheme before it holds a digit, and
 * what follows `bearer` holds one or is longer than any word.
 */
const inCommand =
  /\b(?:curl|wget)\b[^\n]{0,500}?\s(?:-u|--user|--proxy-user|-U)[\s=]{0,10}["']?[^\s:'"]{0,200}:([^\s'"]{1,500})|\bauthorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|token|apikey)\s+|(?:[a-z]{1,20}\s+)?(?=[^\s'"]{0,2000}\d)(?=[^\s'"]{8}))([^\s'"]{1,2000})|\bbearer\s+((?=[a-z._~+/=-]{0,2000}\d)[a-z0-9._~+/=-]{16,2000}|[a-z0-9._~+/=-]{24,2000})/gi

/** An option of a command that carries one; a comment of SQL that begins so has nothing before it. */
const inOption =
  /(?<=\S\s)--[a-z-]{0,40}(?:pass(?:word|wd|phrase|code)?|secret|token|key)[a-z-]{0,20}[\s=]\s{0,10}["']{0,2}([^\s'"]{1,500})|\bsshpass\s{1,10}-p\s{0,10}["']{0,2}([^\s'"]{1,500})/gi

/** `<password>SECRET</password>` */
const inXml =
  /<[\w:.-]{0,60}(?:pass_?(?:word|wd|phrase|code)|pwd|secret|token|credential|api[_-]?key)[\w.-]{0,60}(?:\s[^<>]{0,500})?>([^<]{1,2000})/gi

/** The secrets in a text that is not SQL, or not SQL that can be read: connection strings, JSON, quoted statements. */
export function secretParts(text: string): Span[] {
  const parts: Span[] = []
  named.lastIndex = 0
  while (named.exec(text) !== null) {
    value.lastIndex = named.lastIndex
    const secret = value.exec(text)
    if (secret === null) continue
    parts.push({ start: secret.index, end: value.lastIndex })
    // On behind the secret: nothing in it is a name again.
    named.lastIndex = value.lastIndex
  }
  return joined([...parts, ...secretsInUrls(text), ...secretsInCommands(text), ...captured(inXml, text)])
}

/**
 * A secret that its name stands before, in quotes, on one line; or in JSON. Unlike `named` it takes nothing without
 * quotes: in SQL that is a name.
 */
const written =
  /(?:pass_?(?:word|wd|phrase|code)|\bpwd|secret|token|credential|api_?key)(?:"?\s*(?:(?:=>|:=|=|\bto\b)\s*)?e?('[^'\n]*)|"\s*:\s*("[^"\n]*))/gi

/** The secrets that can be seen in SQL whatever its quotes are worth: while somebody writes, one may be without its end. */
export function writtenSecrets(sql: string): Span[] {
  const parts: Span[] = []
  for (const found of sql.matchAll(written)) {
    const end = found.index + found[0].length
    parts.push({ start: end - (found[1] ?? found[2] ?? '').length, end })
  }
  return joined([...parts, ...secretsInUrls(sql), ...secretsInCommands(sql)])
}

/** The passwords of addresses in a text. */
export function secretsInUrls(text: string): Span[] {
  return Array.from(text.matchAll(inUrl), (found) => {
    const end = found.index + found[0].length - 1
    return { start: end - (found[1]?.length ?? 0), end }
  })
}

/** The passwords and tokens in commands of a shell. */
function secretsInCommands(text: string): Span[] {
  return [...captured(inCommand, text), ...captured(inOption, text)]
}

/** What a pattern captures, which stands at its end. */
function captured(pattern: RegExp, text: string): Span[] {
  return Array.from(text.matchAll(pattern), (found) => {
    const end = found.index + found[0].length
    return { start: end - (found[1] ?? found[2] ?? found[3] ?? '').length, end }
  })
}

/** In order, with those that meet made one, and without empty ones. */
export function joined(parts: Span[]): Span[] {
  const apart: Span[] = []
  for (const part of parts.sort((a, b) => a.start - b.start)) {
    if (part.end <= part.start) continue
    const last = apart.at(-1)
    if (last !== undefined && part.start <= last.end) {
      apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, part.end) }
    } else apart.push(part)
  }
  return apart
}
