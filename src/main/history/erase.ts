import { z } from 'zod'
import type { SearchPage } from '../../core/history/contract.ts'
import { historyFilter } from '../../core/history/filter.ts'
import type { Cache } from '../cache/open.ts'
import type { Reader } from './reader.ts'

const mask = '***'

const textRow = z.object({
  position: z.int(),
  name: z.string(),
  sql: z.string(),
  error_message: z.string().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  note: z.string().nullable(),
})
const outcomeRow = z.object({ sequence: z.int(), outcome: z.string(), fault: z.string().nullable() })

/** Masks a text wherever the cache holds it: a password that no rule of ours took for one. */
export function createErase(cache: Cache, reader: Reader) {
  const { db } = cache
  const operation = cache.query(
    `select o.position, o.name, o.sql, o.error_message, o.ticket, o.justification,
       (select m.note from operation_mark m where m.position = o.position) as note
     from operation o where o.id = ?`,
    textRow,
  )
  const outcomes = cache.query('select sequence, outcome, fault from operation_state where operation = ?', outcomeRow)
  const setTexts = db.prepare(
    `update operation set name = :name, sql = :sql, error_message = :error_message, ticket = :ticket,
       justification = :justification where position = :position`,
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

  function maskIn(id: string, secret: string): boolean {
    const row = operation.get(id)
    if (row === undefined) return false
    const masked = <T extends string | null>(text: T): T | string =>
      text === null ? text : text.replaceAll(secret, mask)
    const inJson = JSON.stringify(secret).slice(1, -1)
    const maskedJson = <T extends string | null>(json: T): T | string =>
      json === null ? json : json.replaceAll(inJson, mask)
    const texts = {
      position: row.position,
      name: masked(row.name),
      sql: masked(row.sql),
      error_message: masked(row.error_message),
      ticket: masked(row.ticket),
      justification: masked(row.justification),
    }
    const { note, ...before } = row
    let changed = JSON.stringify(texts) !== JSON.stringify({ ...texts, ...before })
    if (changed) setTexts.run(texts)
    if (note?.includes(secret)) {
      setNote.run({ position: row.position, note: masked(note) })
      changed = true
    }
    const explained = plan.get(id)
    if (explained !== undefined) {
      setPlan.run({ operation: id, text: masked(explained.text), json: maskedJson(explained.json) })
    }
    for (const state of outcomes.all(id)) {
      const after = { sequence: state.sequence, outcome: maskedJson(state.outcome), fault: maskedJson(state.fault) }
      if (after.outcome === state.outcome && after.fault === state.fault) continue
      setOutcome.run(after)
      changed = true
    }
    return changed
  }

  return async (secret: string, signal: AbortSignal): Promise<number> => {
    // What the index has not learnt of yet, it cannot find.
    await reader.ask('index', {}, signal)
    let operations = 0
    // What is deleted is overwritten in the file, and the log of writes is emptied at the end.
    db.pragma('secure_delete = on')
    try {
      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
        const { entries, next }: SearchPage = await reader.ask(
          'search',
          { ...historyFilter.parse({ text: secret }), before, limit: 200 },
          signal,
        )
        for (const { id } of entries) if (cache.transaction(() => maskIn(id, secret))) operations += 1
        before = next
      }
    } finally {
      db.pragma('secure_delete = off')
      db.pragma('wal_checkpoint(truncate)')
    }
    await reader.ask('index', {}, signal)
    return operations
  }
}
