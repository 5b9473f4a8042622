import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { ExportedOperation } from '../../core/history/export.ts'
import { prepareQuery } from '../cache/query.ts'
import type { Columns } from './columns.ts'
import type { Holding } from './counting.ts'
import { namesJson, objectsJson } from './entry.ts'
import type { Stopped } from './find.ts'
import type { ReadPage } from './protocol.ts'
import type { Selection } from './selection.ts'

/** How long a page may take, in milliseconds: who types meanwhile waits for it. */
const patienceMs = 20
const mostOperations = 500
/** Of their SQL, in UTF-16 units; a page has one operation at least. */
const mostCharacters = 1_000_000

const wholeRow = z.object({
  id: z.string(),
  started_at: z.string(),
  status: z.string(),
  type: z.string(),
  category: z.string(),
  name: z.string(),
  connection: z.string().nullable(),
  database: z.string(),
  identity: z.string(),
  user: z.string(),
  application: z.string().nullable(),
  duration_ms: z.number().nullable(),
  rows: z.number().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  sql: z.string(),
  sql_length: z.int(),
  sql_hash: z.string(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  file_path: z.string().nullable(),
  objects: objectsJson,
  caused_by: z.string().nullable(),
  recorded: z.string().nullable(),
  kept: z.int(),
  tags: namesJson,
  note: z.string(),
})

/** Reads whole operations, page by page, for a file. */
export function createReading(db: Database, columns: Columns, { beginReading, holds }: Holding) {
  const whole = prepareQuery(
    db,
    `select o.id, o.started_at, o.status, o.type, o.category, o.name, o.connection, o.database, o.identity, o.user,
       o.application, o.duration_ms, o.rows, o.ticket, o.justification, o.sql, o.sql_length, o.sql_hash, o.error_code,
       o.error_message, o.file_path, o.objects, o.caused_by,
       (select s.recorded from operation_state s where s.operation = o.id order by s.ordinal desc limit 1) as recorded,
       exists (select 1 from operation_mark m where m.position = o.position and m.kept = 1) as kept,
       coalesce((select m.note from operation_mark m where m.position = o.position), '') as note,
       (select json_group_array(t.tag order by t.tag) from operation_tag t where t.position = o.position) as tags
     from operation o where o.position = ?`,
    wholeRow,
  )

  /** Indexes of the columns from the first one after `after` on, those in between that do not pass left out. */
  function* candidates({ from, to, among, match, passes }: Selection, after: number): Generator<number> {
    if (among !== null) {
      for (const position of among.toReversed()) {
        const index = columns.below(position)
        const isMeant = position > after && position >= from && position < to
        if (!isMeant || columns.position[index] !== position || !passes(index)) continue
        if (match?.has(index) ?? true) yield index
      }
      return
    }
    const end = columns.below(to)
    for (let index = columns.below(Math.max(after + 1, from)); index < end; index += 1) {
      if (match !== null) {
        index = match.next(index, end)
        if (index < 0) return
      }
      if (passes(index)) yield index
    }
  }

  return (selection: Selection, after: number | null, stopped: Stopped): ReadPage => {
    const began = performance.now()
    beginReading()
    const operations: ExportedOperation[] = []
    let characters = 0
    for (const index of candidates(selection, after ?? Number.MIN_SAFE_INTEGER)) {
      const position = columns.position[index] ?? 0
      const row = holds(position, selection.terms) ? whole.get(position) : undefined
      if (row !== undefined) {
        operations.push(operationOf(row))
        characters += row.sql.length
      }
      const isEnough = operations.length >= mostOperations || characters > mostCharacters
      if (isEnough || stopped() || performance.now() - began > patienceMs) return { operations, next: position }
    }
    return { operations, next: null }
  }
}

function operationOf(row: z.output<typeof wholeRow>): ExportedOperation {
  return {
    id: row.id,
    startedAt: row.started_at,
    status: row.status,
    type: row.type,
    category: row.category,
    name: row.name,
    connection: row.connection,
    database: row.database,
    identity: row.identity,
    user: row.user,
    application: row.application,
    durationMs: row.duration_ms,
    rows: row.rows,
    ticket: row.ticket,
    justification: row.justification,
    sql: row.sql,
    sqlLength: row.sql_length,
    sqlHash: row.sql_hash,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    filePath: row.file_path,
    created: row.objects.created,
    modified: row.objects.modified,
    dropped: row.objects.dropped,
    causedBy: row.caused_by,
    recorded: row.recorded ?? 'server',
    kept: row.kept === 1,
    tags: row.tags,
    note: row.note,
  }
}
