import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import type {
  LogErrorClass,
  LogFacets,
  LogFilter,
  LogLine,
  LogLineDetail,
  LogLinesInput,
  LogPlace,
  LogSeries,
  LogSeriesInput,
  LogStatement,
  LogStatementsInput,
} from '../../core/logs/views.ts'
import type { Database } from '../connections/index.ts'
import { Conditions, documents, iso, nullableNumber, nullableText, shownCharacters } from './query.ts'

function conditionsOf(filter: Omit<LogFilter, 'connection'>): Conditions {
  const conditions = new Conditions()
  if (filter.from !== undefined) conditions.add(`e.logged_at >= ${conditions.value(filter.from)}::timestamptz`)
  if (filter.to !== undefined) conditions.add(`e.logged_at < ${conditions.value(filter.to)}::timestamptz`)
  conditions.equal('e.user_name', filter.user)
  conditions.equal('e.database_name', filter.database)
  conditions.equal('e.application_name', filter.application)
  conditions.equal('e.file_id', filter.file)
  return conditions
}

/** Names stand in the quotation marks of the server's language. */
const messagePattern = `case when e.sqlstate is null then pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
    e.message, '"[^"]*"|„[^“]*“|«[^»]*»|»[^«]*«', '"…"', 'g'), '[0-9]+', '?', 'g'), 300) end`

type Narrowed = Pick<
  LogLinesInput,
  | 'kinds'
  | 'severities'
  | 'fingerprint'
  | 'sqlstate'
  | 'pattern'
  | 'minDurationMs'
  | 'text'
  | 'from'
  | 'to'
  | 'user'
  | 'database'
> &
  Pick<LogLinesInput, 'application' | 'file'>

function lineConditions(filter: Narrowed): Conditions {
  const conditions = conditionsOf(filter)
  if (filter.kinds.length > 0) conditions.add(`e.kind = any (${conditions.value(filter.kinds)}::text[])`)
  if (filter.severities.length > 0) conditions.add(`e.severity = any (${conditions.value(filter.severities)}::text[])`)
  if (filter.fingerprint !== undefined)
    conditions.add(`e.fingerprint = ${conditions.value(filter.fingerprint)}::bigint`)
  conditions.equal('e.sqlstate', filter.sqlstate)
  conditions.equal(`(${messagePattern})`, filter.pattern)
  if (filter.minDurationMs !== undefined) conditions.add(`e.duration_ms >= ${conditions.value(filter.minDurationMs)}`)
  if (filter.text.trim() !== '') {
    const text = conditions.value(filter.text.trim().toLowerCase())
    conditions.add(
      `pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(E'\\n', e.statement, e.message, e.detail)), ${text}) > 0`,
    )
  }
  return conditions
}

const lineShape = z.object({
  file: z.int(),
  offset: z.int(),
  line: z.int(),
  at: nullableText,
  kind: z.string(),
  severity: z.string(),
  sqlstate: nullableText,
  session: nullableText,
  pid: z.int().nullable(),
  user: nullableText,
  database: nullableText,
  application: nullableText,
  client: nullableText,
  durationMs: nullableNumber,
  measured: nullableNumber,
  rows: nullableNumber,
  tag: nullableText,
  class: nullableText,
  fingerprint: nullableText,
  statement: nullableText,
  message: nullableText,
  detail: nullableText,
}) satisfies z.ZodType<LogLine>

/** What a kind measures that no column has, read from the message. */
const measure = `case e.kind
  when 'temp_file' then pg_catalog.substring(e.message, ' (\\d{1,15})$')::double precision
  when 'checkpoint' then pg_catalog.substring(e.message, ' wrote (\\d{1,12}) buffers')::double precision
  when 'lock_wait' then pg_catalog.substring(e.message, 'after (\\d{1,12}(?:[.]\\d+)?) ms')::double precision
end`

function lineColumns(most: number | null): string {
  const text = (column: string): string => (most === null ? `e.${column}` : `pg_catalog.left(e.${column}, ${most})`)
  return `e.file_id as file, e.byte_offset as "offset", e.line, ${iso('e.logged_at')} as at, e.kind, e.severity, e.sqlstate, e.session, e.pid,
    e.user_name as "user", e.database_name as "database", e.application_name as application, e.client, e.duration_ms as "durationMs",
    ${measure} as measured, e.rows, e.tag, e.class, e.fingerprint::text as fingerprint, ${text('statement')} as statement, ${text('message')} as message,
    ${text('detail')} as detail`
}

export async function lines(
  database: Database,
  { before, limit, ...filter }: LogLinesInput,
  /** Characters of each text; null: all of them. */
  most: number | null = shownCharacters,
): Promise<{ lines: LogLine[]; next: LogPlace | null }> {
  const conditions = lineConditions(filter)
  if (before !== undefined) {
    const [at, file, offset] = [before.at, before.file, before.offset].map((value) => conditions.value(value))
    conditions.add(
      `(e.logged_at, e.file_id, e.byte_offset) < (${at}::timestamptz, ${file}::integer, ${offset}::bigint)`,
    )
  }
  const page = await documents(
    database,
    lineShape.extend({ place: z.string() }),
    `select ${lineColumns(most)}, e.logged_at::text as place
     from script_tracking.imported_operation e ${conditions.where}
     order by e.logged_at desc, e.file_id desc, e.byte_offset desc limit ${conditions.value(limit)}`,
    conditions.values,
  )
  const last = page.length < limit ? undefined : page.at(-1)
  return {
    lines: page.map(({ place: _, ...line }) => line),
    next: last === undefined ? null : { at: last.place, file: last.file, offset: last.offset },
  }
}

const detailShape = lineShape.extend({
  fileName: z.string(),
  parseMs: nullableNumber,
  bindMs: nullableNumber,
  parameters: z.array(nullableText).nullable(),
  protocol: nullableText,
  prepared: nullableText,
  hint: nullableText,
  context: nullableText,
  query: nullableText,
  location: nullableText,
  position: nullableNumber,
  plan: nullableText,
  backendType: nullableText,
  queryId: nullableText,
  truncated: z.object({ bytes: z.number(), sha256: z.string() }).nullable(),
}) satisfies z.ZodType<LogLineDetail>

export async function line(
  database: Database,
  { file, offset }: { file: number; offset: number },
): Promise<LogLineDetail> {
  const [found] = await documents(
    database,
    detailShape,
    `select ${lineColumns(null)}, coalesce(l.file_name, '') as "fileName", e.parse_ms as "parseMs", e.bind_ms as "bindMs", e.parameters, e.protocol,
       e.prepared, e.hint, e.context, e.query, e.location, e.position, e.plan, e.backend_type as "backendType", e.query_id::text as "queryId",
       case when e.truncated_bytes is not null then
         pg_catalog.json_build_object('bytes', e.truncated_bytes, 'sha256', coalesce(e.truncated_sha256, ''))
       end as truncated
     from script_tracking.imported_operation e
     left join script_tracking.imported_log l on l.file_id = e.file_id
     where e.file_id = $1 and e.byte_offset = $2
     limit 1`,
    [file, offset],
  )
  if (found === undefined) throw new Failure({ code: 'not_found', message: 'This line is not there any more.' })
  return found
}

const orders = {
  total: '"totalMs" desc, calls desc',
  mean: '"meanMs" desc nulls last, calls desc',
  max: '"maxMs" desc nulls last, calls desc',
  calls: 'calls desc, "totalMs" desc',
  errors: 'errors desc, calls desc',
} as const

/** Names of a few who did it, for a tooltip. */
const someUsers = `(pg_catalog.array_agg(distinct e.user_name) filter (where e.user_name is not null))[1:5]`

const statementShape = z.object({
  fingerprint: z.string(),
  statement: z.string(),
  calls: z.number(),
  errors: z.number(),
  totalMs: z.number(),
  meanMs: nullableNumber,
  maxMs: nullableNumber,
  share: z.number(),
  users: z.array(z.string()),
  first: nullableText,
  last: nullableText,
}) satisfies z.ZodType<LogStatement>

export async function statements(
  database: Database,
  { order, limit, ...filter }: LogStatementsInput,
): Promise<LogStatement[]> {
  const conditions = conditionsOf(filter)
  conditions.add(`e.kind in ('statement', 'error') and e.fingerprint is not null`)
  return await documents(
    database,
    statementShape,
    `select g.fingerprint::text as fingerprint, coalesce(s.statement, g.example) as statement, g.calls, g.errors, g."totalMs", g."meanMs", g."maxMs",
       coalesce(g."totalMs" / nullif(g.everything, 0), 0) as share, coalesce(g.users, array[]::text[]) as users,
       ${iso('g.first_at')} as first, ${iso('g.last_at')} as last
     from (
       select e.fingerprint, pg_catalog.count(*) as calls, pg_catalog.count(*) filter (where e.kind = 'error') as errors,
         coalesce(pg_catalog.sum(e.duration_ms), 0) as "totalMs", pg_catalog.avg(e.duration_ms) as "meanMs", pg_catalog.max(e.duration_ms) as "maxMs",
         pg_catalog.sum(pg_catalog.sum(e.duration_ms)) over () as everything, ${someUsers} as users,
         pg_catalog.min(e.logged_at) as first_at, pg_catalog.max(e.logged_at) as last_at,
         pg_catalog.left(pg_catalog.min(e.statement), ${shownCharacters}) as example
       from script_tracking.imported_operation e ${conditions.where}
       group by e.fingerprint
       order by ${orders[order]} limit ${conditions.value(limit)}
     ) g
     left join script_tracking.logged_statement s on s.fingerprint = g.fingerprint
     order by ${orders[order].replace(/"?(\w+)"? (desc)/g, 'g."$1" $2')}`,
    conditions.values,
  )
}

const errorShape = z.object({
  sqlstate: nullableText,
  pattern: nullableText,
  severity: z.string(),
  count: z.number(),
  message: z.string(),
  users: z.array(z.string()),
  first: nullableText,
  last: nullableText,
}) satisfies z.ZodType<LogErrorClass>

export async function errors(
  database: Database,
  { limit, ...filter }: Omit<LogFilter, 'connection'> & { limit: number },
): Promise<LogErrorClass[]> {
  const conditions = conditionsOf(filter)
  conditions.add(`e.severity in ('ERROR', 'FATAL', 'PANIC')`)
  return await documents(
    database,
    errorShape,
    `select e.sqlstate, ${messagePattern} as pattern, e.severity, pg_catalog.count(*) as count,
       pg_catalog.left(coalesce((pg_catalog.array_agg(e.message order by e.logged_at desc))[1], ''), 500) as message,
       coalesce(${someUsers}, array[]::text[]) as users,
       ${iso('pg_catalog.min(e.logged_at)')} as first, ${iso('pg_catalog.max(e.logged_at)')} as last
     from script_tracking.imported_operation e ${conditions.where}
     group by e.sqlstate, ${messagePattern}, e.severity
     order by pg_catalog.count(*) desc, e.severity limit ${conditions.value(limit)}`,
    conditions.values,
  )
}

const splits = {
  kind: 'e.kind',
  severity: 'e.severity',
  user: `coalesce(e.user_name, '')`,
  database: `coalesce(e.database_name, '')`,
  application: `coalesce(e.application_name, '')`,
} as const

/** Lengths that people think in, in seconds. */
const steps = [1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000]

const spanShape = z.object({ first: nullableNumber, last: nullableNumber, total: z.number(), without: z.number() })
const bucketShape = z.object({ start: z.number(), name: z.string(), count: z.number(), value: nullableNumber })

export async function series(database: Database, { by, most, ...filter }: LogSeriesInput): Promise<LogSeries> {
  const conditions = lineConditions(filter)
  const [span] = await documents(
    database,
    spanShape,
    `select
       pg_catalog.date_part('epoch', pg_catalog.min(e.logged_at) filter (where e.logged_at > '-infinity')) as first,
       pg_catalog.date_part('epoch', pg_catalog.max(e.logged_at) filter (where e.logged_at > '-infinity')) as last,
       pg_catalog.count(*) as total, pg_catalog.count(*) filter (where e.logged_at = '-infinity') as without
     from script_tracking.imported_operation e ${conditions.where}`,
    conditions.values,
  )
  const total = span?.total ?? 0
  const withoutTime = span?.without ?? 0
  if (span === undefined || span.first === null || span.last === null) {
    return { step: 1, buckets: [], total, withoutTime }
  }
  const from = filter.from === undefined ? span.first : Date.parse(filter.from) / 1000
  const to = filter.to === undefined ? span.last : Math.min(span.last, Date.parse(filter.to) / 1000)
  const wanted = (to - from) / most
  const step = steps.find((each) => each >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400
  const width = conditions.value(step)
  const rows = await documents(
    database,
    bucketShape,
    `select pg_catalog.floor(pg_catalog.date_part('epoch', e.logged_at) / ${width}) as start, ${splits[by]} as name,
       pg_catalog.count(*) as count, pg_catalog.sum(case when e.kind in ('temp_file', 'checkpoint', 'lock_wait') then ${measure} else e.duration_ms end) as value
     from script_tracking.imported_operation e ${conditions.where === '' ? 'where' : `${conditions.where} and`} e.logged_at > '-infinity'
     group by 1, 2`,
    conditions.values,
  )
  const first = Math.floor(from / step)
  const buckets: LogSeries['buckets'] = Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => ({
    start: (first + index) * step * 1000,
    counts: {},
    value: 0,
  }))
  for (const { start, name, count, value } of rows) {
    const bucket = buckets[start - first]
    if (bucket === undefined) continue
    // A user may be called __proto__.
    Object.defineProperty(bucket.counts, name, { value: count, enumerable: true, configurable: true, writable: true })
    bucket.value += value ?? 0
  }
  return { step, buckets, total, withoutTime }
}

const facetsShape = z.object({
  users: z.array(z.object({ value: z.string(), count: z.number() })),
  databases: z.array(z.object({ value: z.string(), count: z.number() })),
  applications: z.array(z.object({ value: z.string(), count: z.number() })),
  kinds: z.array(z.object({ value: z.string(), count: z.number() })),
  first: nullableText,
  last: nullableText,
  total: z.number(),
}) satisfies z.ZodType<LogFacets>

export async function facets(database: Database, filter: Omit<LogFilter, 'connection'>): Promise<LogFacets> {
  const conditions = conditionsOf(filter)
  const counted = (column: string): string => `coalesce((
    select pg_catalog.json_agg(pg_catalog.json_build_object('value', f.value, 'count', f.count) order by f.count desc)
    from (
      select c.${column} as value, pg_catalog.sum(c.count) as count from counted c where c.${column} is not null
      group by c.${column} order by pg_catalog.sum(c.count) desc limit 100
    ) f), '[]')`
  const [found] = await documents(
    database,
    facetsShape,
    `with counted as (
       select e.user_name, e.database_name, e.application_name, e.kind, pg_catalog.count(*) as count,
         pg_catalog.min(e.logged_at) filter (where e.logged_at > '-infinity') as first_at, pg_catalog.max(e.logged_at) as last_at
       from script_tracking.imported_operation e ${conditions.where}
       group by e.user_name, e.database_name, e.application_name, e.kind
     )
     select ${counted('user_name')} as users, ${counted('database_name')} as databases, ${counted('application_name')} as applications,
       ${counted('kind')} as kinds, ${iso('(select pg_catalog.min(c.first_at) from counted c)')} as first,
       ${iso('(select pg_catalog.max(c.last_at) from counted c)')} as last,
       coalesce((select pg_catalog.sum(c.count) from counted c), 0) as total`,
    conditions.values,
  )
  return found ?? { users: [], databases: [], applications: [], kinds: [], first: null, last: null, total: 0 }
}
