import { redact } from '../../core/history/redact.ts'
import { secretParts } from '../../core/history/secretText.ts'

export { loadRedaction, redactSql } from '../editor/index.ts'

/** Masks what looks like a secret in a text that is no SQL. */
export function redactText(text: string): string {
  return redact(text, secretParts(text))
}

/** A ticket or a justification as it is recorded. */
export function redactRemark(said: string | undefined): string | undefined {
  return said === undefined || said.trim() === '' ? undefined : redactText(said)
}
