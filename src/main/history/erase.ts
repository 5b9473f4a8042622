import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import type { Erased, SearchPage } from '../../core/history/contract.ts'
import { historyFilter } from '../../core/history/filter.ts'
import type { Cache } from '../cache/open.ts'
import { createEraseBeside } from './eraseBeside.ts'
import { eraseFromFile } from './eraseFromFile.ts'
import type { Keeper } from './keeper.ts'
import { createMasking, maskedInJson } from './masking.ts'
import type { Reader } from './reader.ts'

const holderRow = z.object({ operation: z.string() })
/** States, or operations, that are looked through at once: the window waits for it. */
const lookedAtOnce = 5_000
const sourceRow = z.object({ identity: z.string(), fault: z.string().nullable(), limits: z.string() })
const lastRow = z.object({ last: z.int().nullable() })

/** Masks a text wherever the cache holds it: a password that no rule of ours took for one. */
export function createErase(cache: Cache, reader: Reader, keeper: Pick<Keeper, 'erase'>) {
  const eraseBeside = createEraseBeside(cache)
  const maskIn = createMasking(cache)
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
  const sources = cache.query('select identity, fault, limits from history_source', sourceRow)
  const setSource = cache.db.prepare(
    'update history_source set fault = :fault, limits = :limits where identity = :identity',
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
    for (const { identity, fault, limits } of sources.all()) {
      setSource.run({
        identity,
        fault: fault === null ? null : maskedInJson(fault, secret),
        limits: maskedInJson(limits, secret),
      })
    }
  }

  return async (secret: string, inSaved: boolean, signal: AbortSignal): Promise<Erased> => {
    const inMemory = keeper.erase(secret)
    // What the index has not learnt of yet, it cannot find.
    await reader.ask('index', {}, signal)
    const found = new Set<string>()
    const maskOne = (id: string): void => {
      if (cache.transaction(() => maskIn(id, secret))) found.add(id)
    }
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
      return { operations: found.size + inMemory, ...beside, ...(await eraseFromFile(cache, reader, secret)) }
    } finally {
      await reader.ask('index', {}).catch(() => undefined) // It is worked in the next time.
    }
  }
}
