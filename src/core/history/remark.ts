import { redact } from './redact.ts'
import { secretParts } from './secretText.ts'

/** A ticket or a justification as it is recorded: with what looks like a secret masked; undefined where nothing was said. */
export function redactRemark(said: string | undefined): string | undefined {
  return said === undefined || said.trim() === '' ? undefined : redact(said, secretParts(said))
}
