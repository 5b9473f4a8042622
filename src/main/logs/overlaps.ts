import { z } from 'zod'
import type { LogOverlap } from '../../core/logs/contract.ts'
import type { LogEvent } from '../../core/logs/event.ts'
import { logFormats } from '../../core/logs/state.ts'
import type { Database } from '../connections/index.ts'
import { momentOf } from './copyRow.ts'

const mostSampled = 40
/** A log tells of the same where it knows so many of the sampled events. */
const shareOfSame = 0.2

const overlapRow = z.object({ file: z.string(), name: z.string(), format: z.enum(logFormats), events: z.string() })

/**
 * Logs that were imported and tell of the same sessions at the same time: the same events in another format, or in a file
 * that was cut out of this one. Whoever may not see logs finds none.
 */
export async function findOverlaps(
  database: Database,
  events: readonly LogEvent[],
  itself: readonly number[],
): Promise<LogOverlap[]> {
  const usable = events.filter(({ time, pid }) => momentOf(time) !== null && pid !== null && Math.abs(pid) < 2 ** 31)
  const every = Math.max(1, Math.floor(usable.length / mostSampled))
  const sample = usable.filter((_, index) => index % every === 0).slice(0, mostSampled)
  if (sample.length === 0) return []
  const { rows } = await database.query(
    `select l.file_id::text as file, l.file_name as name, l.format, pg_catalog.count(*)::text as events
     from (
       select distinct e.file_id, s.place, s.at
       from unnest($1::timestamptz[], $2::integer[]) with ordinality s (at, pid, place)
       join script_tracking.imported_operation e
         on e.logged_at >= s.at - interval '1 second' and e.logged_at <= s.at + interval '1 second' and e.pid = s.pid
       where e.file_id <> all ($3::integer[])
     ) same
     -- The log that this one goes on from, busy up to its last moment, tells of what was before, and not of the same.
     join script_tracking.imported_log l on l.file_id = same.file_id and same.at < l.last_at
     group by l.file_id, l.file_name, l.format
     order by pg_catalog.count(*) desc`,
    [sample.map(({ time }) => time), sample.map(({ pid }) => pid), itself],
  )
  return rows
    .map((row) => overlapRow.parse(row))
    .map(({ file, name, format, events: count }) => ({
      file: Number(file),
      name,
      format,
      events: Number(count),
      sampled: sample.length,
    }))
    .filter((overlap) => overlap.events >= overlap.sampled * shareOfSame)
}
