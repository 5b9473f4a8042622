import { z } from 'zod'
import { executionStatuses } from '../../core/execution.ts'
import type { HistoryEntry } from '../../core/history/contract.ts'

const names = z.array(z.string())
const objectNames = z.object({ created: names, modified: names, dropped: names })

/** What `json_group_array` makes of names. */
export const namesJson = z.string().transform((json) => names.parse(JSON.parse(json)))

/** The column `operation.objects`. */
export const objectsJson = z.string().transform((json) => objectNames.parse(JSON.parse(json)))

/** What a line of the history is read from, with `operation o` in the `from`. */
export const entryColumns = `
  o.position, o.id, o.connection, o.database, o.name, o.type, o.category, o.status, o.started_at, o.duration_ms, o.rows,
  o.user, o.application, substr(ltrim(o.sql, char(32, 9, 10, 13)), 1, 200) as excerpt, o.ticket,
  exists (select 1 from operation_state s where s.operation = o.id and s.recorded = 'waiting') as waiting,
  exists (select 1 from operation_mark m where m.position = o.position and m.kept = 1) as kept,
  (select json_group_array(t.tag order by t.tag) from operation_tag t where t.position = o.position) as tags`

export const entryRow = z.object({
  position: z.int(),
  id: z.string(),
  connection: z.string().nullable(),
  database: z.string(),
  name: z.string(),
  type: z.string(),
  category: z.string(),
  status: z.enum(executionStatuses),
  started_at: z.string(),
  duration_ms: z.number().nullable(),
  rows: z.number().nullable(),
  user: z.string(),
  application: z.string().nullable(),
  excerpt: z.string(),
  ticket: z.string().nullable(),
  waiting: z.int(),
  kept: z.int(),
  tags: namesJson,
})

/** @param match where a search matched, with its marks */
export function entryOf(row: z.output<typeof entryRow>, match: string | null): HistoryEntry {
  return {
    id: row.id,
    connection: row.connection,
    database: row.database,
    name: row.name,
    type: row.type,
    category: row.category,
    status: row.status,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    rows: row.rows,
    user: row.user,
    application: row.application,
    excerpt: row.excerpt,
    ticket: row.ticket,
    waiting: row.waiting === 1,
    kept: row.kept === 1,
    tags: row.tags,
    match,
  }
}
