import { z } from 'zod'
import type { ImportedLog, LogRefusal } from '../../core/logs/contract.ts'
import { logFormats } from '../../core/logs/state.ts'
import type { TimelineEntry, TimelineInput } from '../../core/logs/views.ts'
import type { Database } from '../connections/index.ts'
import { Conditions, documents, iso, nullableNumber, nullableText, shownCharacters } from './query.ts'

const timelineShape = z.object({
  at: nullableText,
  source: z.enum(['TRACKED', 'LOGGED']),
  kind: z.string(),
  status: nullableText,
  name: z.string(),
  statement: nullableText,
  user: nullableText,
  database: nullableText,
  application: nullableText,
  client: nullableText,
  durationMs: nullableNumber,
  rows: nullableNumber,
  tag: nullableText,
  sqlstate: nullableText,
  error: nullableText,
  execution: nullableText,
  file: z.int().nullable(),
  offset: z.int().nullable(),
}) satisfies z.ZodType<TimelineEntry>

/** The history’s id of what the server knows by this key, in hex. */
export type OperationOf = (key: string, at: string) => string

/** @param operationOf finds what the history knows an entry by */
export async function timeline(
  database: Database,
  operationOf: OperationOf,
  { before, limit, from, to, user, database: name, application, file }: TimelineInput,
  /** Characters of each statement; null: all of them. */
  most: number | null = shownCharacters,
): Promise<{ entries: TimelineEntry[]; next: { at: string; key: string } | null }> {
  const conditions = new Conditions()
  const since = conditions.value(from)
  // Of the last time of the page before, some may be left.
  const until = `${conditions.value(before?.at ?? to)}::timestamptz${before === undefined ? '' : ` + interval '1 microsecond'`}`
  conditions.equal('t.user_name', user)
  conditions.equal('t.database_name', name)
  conditions.equal('t.application_name', application)
  conditions.equal('t.file_id', file)
  // What has one time is told apart by its key; the page before ended within that time.
  const key = `coalesce(pg_catalog.encode(t.script_execution_hk, 'hex'), pg_catalog.concat_ws(':', t.file_id, pg_catalog.lpad(t.byte_offset::text, 20, '0')))`
  if (before !== undefined) {
    conditions.add(
      `(t.at, ${key} collate "C") < (${conditions.value(before.at)}::timestamptz, ${conditions.value(before.key)})`,
    )
  }
  const page = await documents(
    database,
    timelineShape.extend({ place: z.string(), key: z.string() }),
    `select ${iso('t.at')} as at, t.source, t.kind, t.status, coalesce(t.name, '') as name, ${most === null ? 't.statement' : `pg_catalog.left(t.statement, ${most})`} as statement,
       t.user_name as "user", t.database_name as "database", t.application_name as application, t.client, t.duration_ms as "durationMs",
       t.rows_affected as rows, t.command_tag as tag, t.sqlstate, t.error_message as error,
       pg_catalog.encode(t.script_execution_hk, 'hex') as execution, t.file_id as file, t.byte_offset as "offset", t.at::text as place, ${key} as key
     from script_tracking.timeline_between(${since}::timestamptz, ${until}) t ${conditions.where}
     order by t.at desc, ${key} collate "C" desc limit ${conditions.value(limit)}`,
    conditions.values,
  )
  const last = page.length < limit ? undefined : page.at(-1)
  return {
    entries: page.map(({ place: _, key: __, ...entry }) => ({
      ...entry,
      execution:
        entry.execution === null || entry.at === null ? entry.execution : operationOf(entry.execution, entry.at),
    })),
    next: last === undefined ? null : { at: last.place, key: last.key },
  }
}

const fileShape = z.object({
  file: z.int(),
  name: z.string(),
  format: z.enum(logFormats),
  prefix: z.string(),
  timeZone: nullableText,
  bytes: z.number(),
  first: nullableText,
  last: nullableText,
  events: z.number(),
  merged: z.number(),
  redacted: z.number(),
  refused: z.number(),
  importedAt: z.string(),
  importedBy: z.string(),
}) satisfies z.ZodType<ImportedLog>

export async function files(database: Database): Promise<ImportedLog[]> {
  return await documents(
    database,
    fileShape,
    `select l.file_id as file, l.file_name as name, l.format, l.prefix, l.time_zone as "timeZone", l.bytes, ${iso('l.first_at')} as first,
       ${iso('l.last_at')} as last, l.events, l.merged, l.redacted, l.refused, ${iso('l.committed_at')} as "importedAt",
       l.committed_by as "importedBy"
     from script_tracking.imported_log l order by l.committed_at desc`,
    [],
  )
}

const refusalShape = z.object({ line: z.int(), offset: z.int(), reason: z.string(), text: z.string() })

export async function refused(
  database: Database,
  { file, after, limit }: { file: number; after: number; limit: number },
): Promise<{ refusals: LogRefusal[]; next: number | null; total: number }> {
  const refusals = await documents(
    database,
    refusalShape,
    `select r.line, r.byte_offset as "offset", r.reason, r.beginning as text
     from script_tracking.refused_log_line r where r.file_id = $1 and r.byte_offset > $2 order by r.byte_offset limit $3`,
    [file, after, limit],
  )
  const [all] = await documents(
    database,
    z.object({ total: z.number() }),
    'select l.refused as total from script_tracking.imported_log l where l.file_id = $1',
    [file],
  )
  return {
    refusals,
    next: refusals.length < limit ? null : (refusals.at(-1)?.offset ?? null),
    total: all?.total ?? 0,
  }
}
