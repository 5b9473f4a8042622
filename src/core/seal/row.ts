import { type BytesOf, concat, type Sha256, utf8 } from './bytes.ts'
import { binaryOf, type Field, type Kind, record } from './encode.ts'

/** A row of the ledger as an export has it: every value in PostgreSQL's text form, by the name of its column. */
export type Row = Readonly<Record<string, string | null>>

/** A column, its type, and that text is hashed as its bytes in UTF-8; `text` and `jsonb` are encoded as bytea. */
type Column = readonly [name: string, kind: Kind | 'text']

const always: readonly Column[] = [
  ['version_number', 'int8'],
  ['xid', 'int8'],
  ['recorded_at', 'timestamptz'],
  ['statement_at', 'timestamptz'],
  ['caused_by', 'uuid'],
  ['state_ordinal', 'int4'],
  ['client_port', 'int4'],
  ['backend_pid', 'int4'],
  ['source', 'char'],
  ['status', 'char'],
  ['object_action', 'char'],
  ['object_class', 'oid'],
  ['object_id', 'oid'],
  ['object_part', 'int4'],
  ['session_user_name', 'text'],
  ['executed_by', 'text'],
  ['application_name', 'text'],
  ['client_ip', 'inet'],
  ['command_tag', 'text'],
  ['object_type', 'text'],
  ['object_schema', 'text'],
  ['object_identity', 'text'],
  ['objects', 'text'],
]
const called: readonly Column[] = [
  ['execution_timestamp', 'timestamptz'],
  ['execution_duration_ms', 'int8'],
  ['rows_affected', 'int8'],
  ['operation', 'uuid'],
  ['script_name', 'text'],
  ['script_type', 'text'],
  ['script_category', 'text'],
  ['script_file_path', 'text'],
  ['script_version', 'text'],
  ['error_message', 'text'],
  ['error_code', 'text'],
  ['related_ticket', 'text'],
]

/**
 * The hash of a row, computed from its columns.
 *
 * @throws RangeError where a value is not of its column's type
 */
export function digestOf(sha256: Sha256, row: Row, bytesOf: BytesOf = utf8): Uint8Array {
  const field = (column: Column) => fieldOf(row, column, bytesOf)
  const first = record([...always.map(field), hashed(sha256, row, 'content', bytesOf), field(['metadata', 'text'])])
  // What event triggers do not know is not encoded for them.
  if (row['source'] === 'D') return sha256(first)
  const second = record([
    ...called.map(field),
    hashed(sha256, row, 'justification', bytesOf),
    field(['tenant_hk', 'bytea']),
    field(['detail', 'text']),
    field(['recorded_by', 'text']),
  ])
  return sha256(concat(first, second))
}

/** Whether all that a row says is in its hash: no text beside the hash of another one, nothing that is not encoded. */
export function isCovered(row: Row): boolean {
  const filled = (name: string) => (row[name] ?? null) !== null
  for (const name of ['content', 'justification']) if (filled(name) && filled(`${name}_hash`)) return false
  return row['source'] !== 'D' || !beyondTriggers.some(filled)
}

const beyondTriggers = [
  ...called.map(([name]) => name),
  ...['justification', 'justification_hash', 'tenant_hk', 'detail', 'recorded_by'],
]

function fieldOf(row: Row, [name, kind]: Column, bytesOf: BytesOf): Field {
  const text = row[name] ?? null
  if (kind === 'text') return { kind: 'bytea', bytes: text === null ? null : bytesOf(text) }
  return { kind, bytes: text === null ? null : binaryOf(kind, text) }
}

/** A text counts by its own hash, whether it stands in the row or apart. */
function hashed(sha256: Sha256, row: Row, name: 'content' | 'justification', bytesOf: BytesOf): Field {
  const apart = row[`${name}_hash`] ?? null
  if (apart !== null) return { kind: 'bytea', bytes: binaryOf('bytea', apart) }
  const text = row[name] ?? null
  return { kind: 'bytea', bytes: text === null ? null : sha256(bytesOf(text)) }
}
