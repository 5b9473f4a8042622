export { redactText } from '../../core/history/redact.ts'
export { loadRedaction, redactSql } from '../editor/index.ts'
