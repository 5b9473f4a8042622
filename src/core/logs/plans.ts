/** Masks the secrets in a text of SQL. */
export type MaskSql = (sql: string) => string

/** The query's text in a plan of auto_explain, in each of its formats; a text goes on where its plan begins. */
const queryText =
  /^(?:\{\s*"Query Text": |Query Text: (?="))("(?:[^"\\]|\\[\s\S])*")|^<explain[^>]*>\s*<Query-Text>([^<]*)<\/Query-Text>/

const label = 'Query Text: '

/** The strings of JSON, which those of YAML are too, and the texts of XML. */
const strings = /"(?:[^"\\]|\\[\s\S])*"/g
const texts = /(?<=>)[^<>]+(?=<)/g

/** Is it the plan of this statement? auto_explain says its text first. */
export function isPlanOf(plan: string, statement: string): boolean {
  if (plan.startsWith(label + statement)) return true
  const found = queryText.exec(plan)
  if (found === null) return false
  const [, string, text] = found
  return (string === undefined ? unescaped(text ?? '') : stringIn(string)) === statement
}

/** A plan is SQL in pieces: the query, and the conditions of its nodes. What is SQL in text is in the other formats within strings. */
export function maskPlan(plan: string, mask: MaskSql): string {
  if (plan.startsWith('<')) {
    return plan.replace(texts, (text) => replacedIn(unescaped(text), mask, escaped) ?? text)
  }
  if (plan.startsWith('{') || /^Query Text: "/.test(plan)) {
    return plan.replace(strings, (string) => replacedIn(stringIn(string), mask, JSON.stringify) ?? string)
  }
  // Each begins anew, also where plans of several statements stand behind each other.
  return plan
    .split(/^(?=Query Text: )/m)
    .map((each) => {
      const at = each.startsWith(label) ? label.length : 0
      return each.slice(0, at) + mask(each.slice(at))
    })
    .join('')
}

/** Null where nothing was masked: then it stays as it is written. */
function replacedIn(text: string, mask: MaskSql, write: (text: string) => string): string | null {
  const masked = mask(text)
  return masked === text ? null : write(masked)
}

function stringIn(string: string): string {
  try {
    return String(JSON.parse(string.replaceAll('\n', '\\n').replaceAll('\t', '\\t')))
  } catch {
    return string // Not as the server writes it: as it stands, it is masked as well.
  }
}

const entities: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&#x0d;': '\r', '&amp;': '&' }

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|amp|#x0d);/g, (entity) => entities[entity] ?? entity)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#x0d;')
}
