import { z } from 'zod'
import { executionStatuses } from '../../core/execution.ts'
import { Failure } from '../../core/fault.ts'
import type { HistoryDetail } from '../../core/history/contract.ts'
import type { Cache } from '../cache/open.ts'
import { entryColumns, entryOf, entryRow, objectsJson } from './entry.ts'

const detailRow = entryRow.extend({
  sql: z.string(),
  justification: z.string().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  file_path: z.string().nullable(),
  objects: objectsJson,
  own: z.int(),
  note: z.string(),
})

const stateRow = z.object({
  status: z.enum(executionStatuses),
  at: z.string(),
  recorded: z.enum(['server', 'waiting', 'local']),
})

/** What is shown of what an operation caused; a migration can cause thousands. */
const mostCaused = 1_000

/** Reads all that is known of one operation. */
export function createDetail(cache: Cache) {
  const detail = cache.query(
    `select ${entryColumns}, o.sql, o.justification, o.error_message, o.error_code, o.file_path, o.objects, o.own,
       coalesce((select m.note from operation_mark m where m.position = o.position), '') as note
     from operation o where o.id = ?`,
    detailRow,
  )
  const states = cache.query(
    'select status, at, recorded from operation_state where operation = ? order by ordinal',
    stateRow,
  )
  const plan = cache.query(
    'select text, json from plan where operation = ?',
    z.object({ text: z.string(), json: z.string() }),
  )
  const caused = cache.query(
    `select ${entryColumns} from operation o where o.caused_by = ? order by o.position limit ${mostCaused}`,
    entryRow,
  )

  return (id: string): HistoryDetail => {
    const row = detail.get(id)
    if (row === undefined) {
      throw new Failure({ code: 'not_found', message: 'This operation is not in the history of this machine.' })
    }
    return {
      ...entryOf(row, null),
      sql: row.sql,
      justification: row.justification,
      errorMessage: row.error_message,
      errorCode: row.error_code,
      filePath: row.file_path,
      objects: row.objects,
      plan: plan.get(id) ?? null,
      note: row.note,
      own: row.own === 1,
      states: states.all(id),
      caused: caused.all(id).map((each) => entryOf(each, null)),
    }
  }
}
