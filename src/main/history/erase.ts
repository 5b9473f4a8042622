import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import type { Erased, SearchPage } from '../../core/history/contract.ts'
import { historyFilter } from '../../core/history/filter.ts'
import { mask } from '../../core/history/redact.ts'
import type { Cache } from '../cache/open.ts'
import { createEraseBeside } from './eraseBeside.ts'
import { eraseFromFile } from './eraseFromFile.ts'
import type { Reader } from './reader.ts'

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
const holderRow = z.object({ operation: z.string() })
/** States, or operations, that are looked through at once: the window waits for it. */
const lookedAtOnce = 5_000
const lastRow = z.object({ last: z.int().nullable() })
const outcomeRow = z.object({ sequence: z.int(), outcome: z.string(), fault: z.string().nullable() })

/** Masks a text wherever the cache holds it: a password that no rule of ours took for one. */
export function createErase(cache: Cache, reader: Reader) {
  const { db } = cache
  const eraseBeside = createEraseBeside(cache)
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

  function maskIn(id: string, secret: string): boolean {
    const row = operation.get(id)
    if (row === undefined) return false
    const masked = <T extends string | null>(text: T): T | string =>
      text === null ? text : text.replaceAll(secret, mask)
    const inJson = JSON.stringify(secret).slice(1, -1)
    const maskedJson = <T extends string | null>(json: T): T | string =>
      json === null ? json : json.replaceAll(inJson, mask)
    const sql = masked(row.sql)
    const isWhole = row.sql_length === row.sql.length
    const texts = {
      position: row.position,
      name: masked(row.name),
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
    if (explained !== undefined && (explained.text.includes(secret) || explained.json.includes(inJson))) {
      setPlan.run({ operation: id, text: masked(explained.text), json: maskedJson(explained.json) })
      changed = true
    }
    for (const state of outcomes.all(id)) {
      const after = { sequence: state.sequence, outcome: maskedJson(state.outcome), fault: maskedJson(state.fault) }
      if (after.outcome === state.outcome && after.fault === state.fault) continue
      setOutcome.run(after)
      changed = true
    }
    return changed
  }

  const lastOperation = cache.query(
    `select max(position) as last
     from (select position from operation where position > :after order by position limit ${lookedAtOnce})`,
    lastRow,
  )
  const unsearched = cache.query(
    `select id as operation from operation where position > :after and position <= :to
       and (instr(file_path, :secret) or instr(application, :secret))`,
    holderRow,
  )
  const tagged = cache.query(
    `select distinct o.id as operation from operation_tag t join operation o on o.position = t.position
     where instr(t.tag, :secret)`,
    holderRow,
  )
  const planned = cache.query('select operation from plan where instr(text, :secret) or instr(json, :json)', holderRow)
  const lastState = cache.query('select max(sequence) as last from operation_state', lastRow)
  const told = cache.query(
    `select distinct operation from operation_state
     where sequence > :after and sequence <= :to and (instr(outcome, :json) or instr(fault, :json))`,
    holderRow,
  )
  const maskSources = db.prepare(
    `update history_source set fault = replace(fault, :json, '${mask}'), limits = replace(limits, :json, '${mask}')
     where instr(fault, :json) or instr(limits, :json)`,
  )

  const lastOf = (after: number): number | null => lastOperation.get({ after })?.last ?? null

  /** Those that hold it where the search does not look: in a path, a tag, a plan, or in what was told of a state. */
  async function* hidden(secret: string, signal: AbortSignal): AsyncGenerator<string> {
    const json = JSON.stringify(secret).slice(1, -1)
    for (const { operation: id } of tagged.all({ secret })) yield id
    for (const { operation: id } of planned.all({ secret, json })) yield id
    for (let after = Number.MIN_SAFE_INTEGER, to = lastOf(after); to !== null; to = lastOf(after)) {
      for (const { operation: id } of unsearched.all({ after, to, secret })) yield id
      after = to
      await turn()
      signal.throwIfAborted()
    }
    const last = lastState.get()?.last ?? 0
    for (let after = 0; after < last; after += lookedAtOnce) {
      for (const { operation: id } of told.all({ after, to: after + lookedAtOnce, json })) yield id
      await turn()
      signal.throwIfAborted()
    }
    maskSources.run({ json })
  }

  return async (secret: string, inSaved: boolean, signal: AbortSignal): Promise<Erased> => {
    // What the index has not learnt of yet, it cannot find.
    await reader.ask('index', {}, signal)
    const found = new Set<string>()
    const maskOne = (id: string): void => {
      if (cache.transaction(() => maskIn(id, secret))) found.add(id)
    }
    // What is deleted is overwritten in the file.
    db.pragma('secure_delete = on')
    try {
      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
        const { entries, next }: SearchPage = await reader.ask(
          'search',
          { ...historyFilter.parse({ text: secret }), before, limit: 200 },
          signal,
        )
        for (const { id } of entries) maskOne(id)
        before = next
      }
      for await (const id of hidden(secret, signal)) maskOne(id)
      const beside = eraseBeside(secret, inSaved)
      return { operations: found.size, ...beside, ...(await eraseFromFile(cache, reader, secret)) }
    } finally {
      db.pragma('secure_delete = off')
      await reader.ask('index', {}).catch(() => undefined) // It is worked in the next time.
    }
  }
}
