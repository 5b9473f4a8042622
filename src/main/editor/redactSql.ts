import { createRedactor, mayHoldSecret, redact, secretsIn } from '../../core/history/redact.ts'
import { scan } from './parser.ts'

/** Longer texts are read as text, not token by token: nobody waits for seconds for one line of a log. */
const readCharacters = 1_000_000

/** Masks the secrets in a statement, complete or cut; the parser has to be loaded. */
export function redactSql(sql: string): { text: string; secrets: readonly string[] } {
  if (!mayHoldSecret(sql)) return { text: sql, secrets: [] }
  const redactor = createRedactor(sql, (body) => scan(body))
  const tokens = sql.length > readCharacters ? null : scan(sql)
  if (tokens === null) redactor.pushUnreadable({ start: 0, end: sql.length })
  else for (const token of tokens) redactor.push(token)
  const spans = redactor.spans()
  return { text: redact(sql, spans), secrets: secretsIn(sql, spans) }
}
