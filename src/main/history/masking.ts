import { createHash } from 'node:crypto'
import { z } from 'zod'
import { mask } from '../../core/history/redact.ts'
import type { Cache } from '../cache/open.ts'
import { outcomeShape } from './store.ts'

const textRow = z.object({
  position: z.int(),
  name: z.string(),
  sql: z.string(),
  sql_length: z.int(),
  error_message: z.string().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  note: z.string().nullable(),
  file_path: z.string().nullable(),
  application: z.string().nullable(),
  objects: z.string(),
})
const outcomeRow = z.object({ sequence: z.int(), outcome: z.string(), fault: z.string().nullable() })

/** What stands in quotes in JSON, and behind it what says that it is a name. */
const quoted = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?/g

/** By these names the history reads what it keeps: with one of them masked, all of it would be lost. */
const readNames = new Set([
  ...Object.keys(outcomeShape.shape),
  ...['code', 'message'],
  ...['created', 'modified', 'dropped'],
])

/** JSON with a text masked in its texts and names. Numbers stay: a mask in one would leave no JSON. */
export function maskedInJson(json: string, secret: string): string {
  const inJson = JSON.stringify(secret).slice(1, -1)
  return json.replace(quoted, (whole, text: string, colon = '') => {
    if (!text.includes(inJson) || (colon !== '' && readNames.has(text))) return whole
    const read = z.string().parse(JSON.parse(`"${text}"`))
    return JSON.stringify(read.replaceAll(secret, mask)) + colon
  })
}

/** Shorter beginnings of a text tell nothing of it. */
const leastTold = 3

/** A name is cut off by an ellipsis, where half of the text may stand before it. */
function maskedInName(name: string, secret: string): string {
  const masked = name.replaceAll(secret, mask)
  const cut = masked.indexOf('…')
  for (let length = secret.length - 1; cut >= 0 && length >= leastTold; length -= 1) {
    const at = cut - length
    if (at >= 0 && masked.startsWith(secret.slice(0, length), at)) return masked.slice(0, at) + mask + masked.slice(cut)
  }
  return masked
}

/** Masks a text in all that the cache holds of an operation; the answer says whether it was there. */
export function createMasking(cache: Cache) {
  const { db } = cache
  const operation = cache.query(
    `select o.position, o.name, o.sql, o.sql_length, o.error_message, o.ticket, o.justification, o.file_path,
       o.application, o.objects, (select m.note from operation_mark m where m.position = o.position) as note
     from operation o where o.id = ?`,
    textRow,
  )
  const outcomes = cache.query('select sequence, outcome, fault from operation_state where operation = ?', outcomeRow)
  const setTexts = db.prepare(
    `update operation set name = :name, sql = :sql, sql_length = :sql_length, sql_hash = coalesce(:sql_hash, sql_hash),
       error_message = :error_message, ticket = :ticket, justification = :justification, file_path = :file_path,
       application = :application, objects = :objects where position = :position`,
  )
  // Two tags may become one.
  const setTags = db.prepare(
    `update or replace operation_tag set tag = replace(tag, :secret, '${mask}')
     where position = :position and instr(tag, :secret)`,
  )
  const setNote = db.prepare('update operation_mark set note = :note where position = :position')
  const setOutcome = db.prepare(
    'update operation_state set outcome = :outcome, fault = :fault where sequence = :sequence',
  )

  const plan = cache.query(
    'select text, json from plan where operation = ?',
    z.object({ text: z.string(), json: z.string() }),
  )
  const setPlan = db.prepare('update plan set text = :text, json = :json where operation = :operation')

  return (id: string, secret: string): boolean => {
    const row = operation.get(id)
    if (row === undefined) return false
    const masked = <T extends string | null>(text: T): T | string =>
      text === null ? text : text.replaceAll(secret, mask)
    const maskedJson = <T extends string | null>(json: T): T | string =>
      json === null ? json : maskedInJson(json, secret)
    const sql = masked(row.sql)
    const isWhole = row.sql_length === row.sql.length
    const texts = {
      position: row.position,
      name: maskedInName(row.name, secret),
      sql,
      sql_length: row.sql_length - row.sql.length + sql.length,
      // A short secret could be guessed by what the text hashes to.
      sql_hash: isWhole && sql !== row.sql ? createHash('sha256').update(sql).digest('hex') : null,
      error_message: masked(row.error_message),
      ticket: masked(row.ticket),
      justification: masked(row.justification),
      file_path: masked(row.file_path),
      application: masked(row.application),
      objects: maskedJson(row.objects),
    }
    const { note, ...before } = row
    let changed = JSON.stringify(texts) !== JSON.stringify({ ...texts, ...before })
    if (changed) setTexts.run(texts)
    if (setTags.run({ position: row.position, secret }).changes > 0) changed = true
    if (note?.includes(secret)) {
      setNote.run({ position: row.position, note: masked(note) })
      changed = true
    }
    const explained = plan.get(id)
    if (explained !== undefined) {
      const after = { text: masked(explained.text), json: maskedJson(explained.json) }
      if (after.text !== explained.text || after.json !== explained.json) {
        setPlan.run({ operation: id, ...after })
        changed = true
      }
    }
    for (const state of outcomes.all(id)) {
      const after = { sequence: state.sequence, outcome: maskedJson(state.outcome), fault: maskedJson(state.fault) }
      if (after.outcome === state.outcome && after.fault === state.fault) continue
      setOutcome.run(after)
      changed = true
    }
    return changed
  }
}
