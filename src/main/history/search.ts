import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { executionStatuses } from '../../core/execution.ts'
import { Failure } from '../../core/fault.ts'
import type { HistoryDetail, HistoryEntry, searchInput } from '../../core/history/contract.ts'
import type { Cache } from '../cache/open.ts'
import type { Bound } from '../cache/query.ts'
import { microsecondsOf } from './time.ts'

const entryColumns = `
  o.position, o.id, o.connection, o.database, o.name, o.type, o.category, o.status, o.started_at, o.duration_ms, o.rows,
  o.user, o.application, substr(ltrim(o.sql, char(32, 9, 10, 13)), 1, 200) as excerpt, o.ticket,
  exists (select 1 from operation_state s where s.operation = o.id and s.recorded = 'waiting') as waiting`

const entryRow = z.object({
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
  match: z.string().nullable(),
})

const names = z.array(z.string())

const detailRow = entryRow.extend({
  sql: z.string(),
  justification: z.string().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  file_path: z.string().nullable(),
  objects: z
    .string()
    .transform((json) => z.object({ created: names, modified: names, dropped: names }).parse(JSON.parse(json))),
})

const stateRow = z.object({
  status: z.enum(executionStatuses),
  at: z.string(),
  recorded: z.enum(['server', 'waiting', 'local']),
})

/** Words around a match; FTS5 counts in tokens. */
const snippetTokens = 24

type SearchInput = z.output<typeof searchInput>

/** Finds operations in the cache: with or without a server. */
export function createSearch(cache: Cache) {
  const positionOf = cache.query('select position from operation where id = ?', z.object({ position: z.int() }))
  const detail = cache.query(
    `select ${entryColumns}, null as match, o.sql, o.justification, o.error_message, o.error_code, o.file_path, o.objects
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
    `select ${entryColumns}, null as match from operation o where o.caused_by = ? order by o.position`,
    entryRow,
  )

  function search(input: SearchInput): { entries: HistoryEntry[]; more: boolean } {
    const marks = newMarks()
    const words = matchOf(input.text)
    const { conditions, parameters } = conditionsOf(input)
    if (input.after !== undefined) {
      conditions.push('o.position < :before')
      parameters['before'] = positionOf.get(input.after.id)?.position ?? microsecondsOf(input.after.startedAt)
    }
    let from = 'operation o'
    let match = 'null'
    let order = 'o.position desc'
    if (words !== null) {
      // Walked by rowid from its end, which is newest first: nothing is sorted.
      from = 'operation_words w join operation o on o.position = w.rowid'
      conditions.push('operation_words match :words')
      parameters['words'] = words
      match = `snippet(operation_words, -1, :open, :close, '…', ${snippetTokens})`
      parameters['open'] = marks.open
      parameters['close'] = marks.close
      order = 'w.rowid desc'
    } else if (input.text.trim() !== '') {
      // Signs alone, such as ->>, are no words: they are looked for as they are.
      conditions.push('instr(o.sql, :signs) > 0')
      parameters['signs'] = input.text.trim()
    }
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
    const rows = cache
      .query(`select ${entryColumns}, ${match} as match from ${from} ${where} order by ${order} limit :limit`, entryRow)
      .all({ ...parameters, limit: input.limit + 1 })
    return {
      entries: rows.slice(0, input.limit).map((row) => ({
        ...entryOf(row),
        match: row.match === null ? null : marks.show(row.match),
      })),
      more: rows.length > input.limit,
    }
  }

  function get(id: string): HistoryDetail {
    const row = detail.get(id)
    if (row === undefined) {
      throw new Failure({ code: 'not_found', message: 'This operation is not in the history of this machine.' })
    }
    return {
      ...entryOf(row),
      sql: row.sql,
      justification: row.justification,
      errorMessage: row.error_message,
      errorCode: row.error_code,
      filePath: row.file_path,
      objects: row.objects,
      plan: plan.get(id) ?? null,
      states: states.all(id),
      caused: caused.all(id).map(entryOf),
    }
  }

  return { search, get }
}

function conditionsOf({ connection, statuses, types }: SearchInput) {
  const conditions: string[] = []
  const parameters: Record<string, Bound> = {}
  if (connection !== undefined) {
    conditions.push('o.identity in (select k.identity from known_database k where k.connection = :connection)')
    parameters['connection'] = connection
  }
  if (statuses.length > 0) {
    conditions.push('o.status in (select value from json_each(:statuses))')
    parameters['statuses'] = JSON.stringify(statuses)
  }
  if (types.length > 0) {
    conditions.push('o.type in (select value from json_each(:types))')
    parameters['types'] = JSON.stringify(types)
  }
  return { conditions, parameters }
}

/**
 * What FTS5 is asked for: all of the words, the last one as a beginning, because it may still be being typed.
 * The user's text is data: each word stands in quotes. Null where there is no word in it.
 */
export function matchOf(text: string): string | null {
  const words = text.split(/[\s\p{Cc}]+/u).filter((word) => /[\p{L}\p{N}\p{Co}]/u.test(word))
  if (words.length === 0) return null
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ')} *`
}

/** Marks around a match that no text can hold: the SQL itself may hold U+0002 and U+0003. */
function newMarks() {
  const secret = randomUUID()
  const open = `\u0002${secret}`
  const close = `\u0003${secret}`
  return {
    open,
    close,
    show: (snippet: string): string =>
      snippet
        .split(open)
        .map((part) => part.split(close).map(withoutMarks).join('\u0003'))
        .join('\u0002'),
  }
}

function withoutMarks(text: string): string {
  return text.replaceAll('\u0002', '').replaceAll('\u0003', '')
}

function entryOf(row: z.output<typeof entryRow>): HistoryEntry {
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
    match: null,
  }
}
