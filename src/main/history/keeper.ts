import { z } from 'zod'
import type { Recorded } from '../../core/editor/recorded.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import type { Unwritten } from '../../core/history/contract.ts'
import { mask } from '../../core/history/redact.ts'
import { type Cache, openInMemory } from '../cache/open.ts'
import { createMasking, maskedInJson } from './masking.ts'
import { type Beginning, createStore, type Outcome, outcomeShape, type Store } from './store.ts'

interface Dependencies {
  cache: Cache
  store: Store
  /** Told when operations that were in memory are in the cache now. */
  onWritten(): void
}

/** What could not be written is tried again so often, in milliseconds. */
const againMs = 5_000

const idRow = z.object({ id: z.string() })
const columnRow = z.object({ name: z.string() })
const valuesRow = z.record(z.string(), z.unknown())
const movedRow = valuesRow.and(z.object({ started_at: z.string() }))

interface End {
  status: ExecutionStatus
  outcome: Outcome
}

/**
 * Keeps operations in the cache; where that takes nothing, such as on a full disk, in a cache in memory, from which the
 * server is told all the same. They go into the cache as soon as it takes them.
 */
export function createKeeper({ cache, store, onWritten }: Dependencies) {
  /** Made when it is first needed. */
  let memory: { cache: Cache; store: Store } | null = null
  /** Operations that have begun and not ended, each with what was erased meanwhile: their end may tell of it again. */
  const open = new Map<string, string[]>()
  /** Ends of operations whose beginning is in the cache. */
  const ends = new Map<string, End>()
  let fault: Fault | null = null
  let timer: NodeJS.Timeout | undefined

  function inMemory(): { cache: Cache; store: Store } {
    if (memory === null) {
      const own = openInMemory(cache.instance)
      memory = { cache: own, store: createStore(own) }
    }
    return memory
  }

  const idsInMemory = (): string[] =>
    memory?.cache
      .query('select id from operation order by position', idRow)
      .all()
      .map(({ id }) => id) ?? []
  const isInMemory = (id: string): boolean =>
    memory?.cache.query('select id from operation where id = ?', idRow).get(id) !== undefined
  const isAllWritten = (): boolean => ends.size === 0 && idsInMemory().length === 0

  function failed(thrown: unknown): void {
    fault = toFault(cache.explain(thrown))
    tryLater()
  }

  function tryLater(): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (!writeAll()) tryLater()
    }, againMs)
    // What is in memory goes with the program, and keeps none running.
    timer.unref()
  }

  /** Writes what is in memory alone; false where some of it is left. */
  function writeAll(): boolean {
    if (isAllWritten()) return true
    try {
      for (const id of idsInMemory()) move(id)
      for (const [id, { status, outcome }] of ends) {
        store.end(id, status, outcome)
        ends.delete(id)
      }
    } catch (thrown) {
      fault = toFault(cache.explain(thrown))
      return false
    }
    fault = null
    clearTimeout(timer)
    onWritten()
    return true
  }

  function move(id: string): void {
    const from = inMemory().cache
    const rows = (table: string, key: string, row: z.ZodType<Record<string, unknown>>) =>
      from.query(`select * from ${table} where ${key} = ? order by rowid`, row).all(id)
    cache.transaction(() => {
      for (const operation of from.query('select * from operation where id = ?', movedRow).all(id)) {
        insert('operation', { ...operation, position: store.freePosition(operation.started_at) })
      }
      for (const { sequence: _, ...state } of rows('operation_state', 'operation', valuesRow))
        insert('operation_state', state)
      for (const plan of from.query('select * from plan where operation = ?', valuesRow).all(id)) insert('plan', plan)
    })
    from.db.prepare('delete from operation where id = ?').run(id)
  }

  function insert(table: string, row: Readonly<Record<string, unknown>>): void {
    const columns = z
      .array(columnRow)
      .parse(cache.db.pragma(`table_info(${table})`))
      .map(({ name }) => name)
    const named = columns.filter((name) => Object.hasOwn(row, name))
    cache.db
      .prepare(`insert into ${table} (${named.join(', ')}) values (${named.map((name) => `:${name}`).join(', ')})`)
      .run(row)
  }

  function masked(outcome: Outcome, secrets: readonly string[]): Outcome {
    if (secrets.length === 0) return outcome
    return outcomeShape.parse(JSON.parse(secrets.reduce(maskedInJson, JSON.stringify(outcome))))
  }

  return {
    /** Keeps the beginning of an operation: durable when it comes back, unless `faultOf` says otherwise. */
    begin: (beginning: Beginning, recorded: Recorded): void => {
      // The order is kept: what is in memory goes first.
      if (writeAll()) {
        try {
          store.begin(beginning, recorded)
          open.set(beginning.id, [])
          return
        } catch (thrown) {
          failed(thrown)
        }
      }
      inMemory().store.begin(beginning, recorded)
      open.set(beginning.id, [])
    },

    end: (id: string, status: ExecutionStatus, given: Outcome): void => {
      const outcome = masked(given, open.get(id) ?? [])
      open.delete(id)
      if (isInMemory(id)) {
        inMemory().store.end(id, status, outcome)
        writeAll()
        return
      }
      try {
        store.end(id, status, outcome)
      } catch (thrown) {
        ends.set(id, { status, outcome })
        failed(thrown)
      }
    },

    keepPlan: (id: string, given: { text: string; json: string }): void => {
      const secrets = open.get(id) ?? []
      const text = secrets.reduce((shown, secret) => shown.replaceAll(secret, mask), given.text)
      const plan = { text, json: secrets.reduce(maskedInJson, given.json) }
      if (isInMemory(id)) inMemory().store.keepPlan(id, plan)
      else store.keepPlan(id, plan)
    },

    /**
     * Masks a text in what is not in the cache: in operations that it had no room for, and in what is still to come of
     * those that run. Says in how many it was.
     */
    erase: (secret: string): number => {
      // What can be written is masked in the file, with all the others.
      writeAll()
      let erased = 0
      for (const secrets of open.values()) secrets.push(secret)
      if (memory !== null) {
        const maskIn = createMasking(memory.cache)
        for (const id of idsInMemory()) if (maskIn(id, secret)) erased += 1
      }
      for (const [id, { status, outcome }] of ends) {
        const after = masked(outcome, [secret])
        if (JSON.stringify(after) !== JSON.stringify(outcome)) erased += 1
        ends.set(id, { status, outcome: after })
      }
      return erased
    },

    recordedOf: (id: string): Recorded => {
      if (!isInMemory(id)) return ends.has(id) ? 'memory' : store.recordedOf(id)
      const recorded = inMemory().store.recordedOf(id)
      return recorded === 'server' ? recorded : 'memory'
    },

    /** Why an operation is not in the cache, or not all of it; null where it is. */
    faultOf: (id: string): Fault | null => (isInMemory(id) || ends.has(id) ? fault : null),

    /** Why the server would not take a state of the operation, where it said so. */
    refusalOf: (id: string): Fault | null => (isInMemory(id) ? inMemory().store : store).refusalOf(id),

    unwritten: (): Unwritten | null => {
      const operations = idsInMemory().length + ends.size
      return operations === 0 || fault === null ? null : { operations, fault }
    },

    /** What of the operations in memory a server is told from; null while there is none. */
    get memory(): Store | null {
      return memory?.store ?? null
    },

    writeAll,

    close: (): void => {
      clearTimeout(timer)
      writeAll()
      memory?.cache.close()
    },
  }
}

export type Keeper = ReturnType<typeof createKeeper>
