import { mayHoldSecret, redact } from '../../core/history/redact.ts'
import { secretParts } from '../../core/history/secretText.ts'

export { redactRemark } from '../../core/history/remark.ts'
export { loadRedaction, redactSql } from '../editor/index.ts'

/** Masks what looks like a secret in a text that is no SQL. */
export function redactText(text: string): string {
  return mayHoldSecret(text) ? redact(text, secretParts(text)) : text
}
