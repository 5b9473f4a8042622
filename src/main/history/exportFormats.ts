import type { Cell, Column, Row } from '../../core/editor/contract.ts'
import { csvEncoder } from '../../core/editor/encode/csv.ts'
import { insertEncoder } from '../../core/editor/encode/insert.ts'
import { jsonEncoder } from '../../core/editor/encode/json.ts'
import type { ExportedOperation, HistoryFormat } from '../../core/history/export.ts'
import { scriptHead, scriptOf } from '../../core/history/script.ts'

/** Writes operations as text, part by part: `head` once, `part` for some at a time, `tail` once. */
export interface OperationEncoder {
  head(): string
  part(operations: readonly ExportedOperation[]): string
  tail(): string
}

export function operationEncoder(format: HistoryFormat): OperationEncoder {
  if (format.kind === 'script') return { head: () => scriptHead, part: scriptOf, tail: () => '' }
  const encoder = rowEncoder(format)
  return {
    head: () => (format.kind === 'csv' && format.byteOrderMark ? '\ufeff' : '') + encoder.head(),
    part: (operations) => encoder.rows(operations.map(rowOf)),
    tail: () => encoder.tail(),
  }
}

function rowEncoder(format: Exclude<HistoryFormat, { kind: 'script' }>) {
  switch (format.kind) {
    case 'csv':
      return csvEncoder(columns, format)
    case 'json':
      return jsonEncoder(columns, format)
    case 'insert': {
      const { schema, table, rowsPerStatement } = format
      return insertEncoder(columns, { table: schema === '' ? [table] : [schema, table], rowsPerStatement })
    }
  }
}

const text = { type: 'text', typeOid: 25 }
const textArray = { type: 'text[]', typeOid: 1009 }
const bigint = { type: 'bigint', typeOid: 20 }
const double = { type: 'double precision', typeOid: 701 }
const moment = { type: 'timestamp with time zone', typeOid: 1184 }
const boolean = { type: 'boolean', typeOid: 16 }

/** What stands in which column, as PostgreSQL would print it. */
const fields: readonly (Column & { of: (operation: ExportedOperation) => Cell })[] = [
  { name: 'operation', ...text, of: ({ id }) => id },
  { name: 'started_at', ...moment, of: ({ startedAt }) => startedAt },
  { name: 'status', ...text, of: ({ status }) => status },
  { name: 'type', ...text, of: ({ type }) => type },
  { name: 'category', ...text, of: ({ category }) => category },
  { name: 'name', ...text, of: ({ name }) => name },
  { name: 'connection', ...text, of: ({ connection }) => connection },
  { name: 'database', ...text, of: ({ database }) => database },
  { name: 'database_identity', ...text, of: ({ identity }) => identity },
  { name: 'user_name', ...text, of: ({ user }) => user },
  { name: 'application', ...text, of: ({ application }) => application },
  { name: 'duration_ms', ...double, of: ({ durationMs }) => numberText(durationMs) },
  { name: 'rows', ...bigint, of: ({ rows }) => numberText(rows) },
  { name: 'ticket', ...text, of: ({ ticket }) => ticket },
  { name: 'justification', ...text, of: ({ justification }) => justification },
  { name: 'sql', ...text, of: ({ sql }) => sql },
  { name: 'sql_characters', ...bigint, of: ({ sqlLength }) => numberText(sqlLength) },
  { name: 'sql_sha256', ...text, of: ({ sqlHash }) => (sqlHash === '' ? null : sqlHash) },
  { name: 'error_code', ...text, of: ({ errorCode }) => errorCode },
  { name: 'error_message', ...text, of: ({ errorMessage }) => errorMessage },
  { name: 'file', ...text, of: ({ filePath }) => filePath },
  { name: 'objects_created', ...textArray, of: ({ created }) => arrayText(created) },
  { name: 'objects_modified', ...textArray, of: ({ modified }) => arrayText(modified) },
  { name: 'objects_dropped', ...textArray, of: ({ dropped }) => arrayText(dropped) },
  { name: 'caused_by', ...text, of: ({ causedBy }) => causedBy },
  { name: 'recorded', ...text, of: ({ recorded }) => recorded },
  { name: 'kept', ...boolean, of: ({ kept }) => (kept ? 't' : 'f') },
  { name: 'tags', ...textArray, of: ({ tags }) => arrayText(tags) },
  { name: 'note', ...text, of: ({ note }) => (note === '' ? null : note) },
]

const columns: readonly Column[] = fields.map(({ name, type, typeOid }) => ({ name, type, typeOid }))

function rowOf(operation: ExportedOperation): Row {
  // What a person wrote may hold a NUL, which no text of PostgreSQL can.
  return fields.map(({ of }) => of(operation)?.replaceAll('\0', '\ufffd') ?? null)
}

function numberText(value: number | null): string | null {
  return value === null ? null : String(value)
}

/** As PostgreSQL prints an array of texts, each of them quoted. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
}
