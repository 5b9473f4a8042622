import { z } from 'zod'
import { toFault } from '../../core/fault.ts'
import { faultShape } from '../../core/faultShape.ts'
import type { HistorySource } from '../../core/history/contract.ts'
import type { Cache } from '../cache/open.ts'
import type { Database } from '../connections/index.ts'
import { setBack } from './standing.ts'
import type { Taken } from './sync.ts'
import { now } from './time.ts'

const againMs = 60_000
/** After a failure: who may not read today is hardly allowed to in a minute. */
const longestMs = 30 * 60_000

const limitList = z.array(z.string())
const sourceRow = z.object({
  identity: z.string(),
  connection: z.string(),
  database: z.string(),
  asked_at: z.string(),
  read_at: z.string().nullable(),
  read_to: z.string().nullable(),
  fault: z
    .string()
    .nullable()
    .transform((json) => (json === null ? null : faultShape.parse(JSON.parse(json)))),
  limits: z.string().transform((json) => limitList.parse(JSON.parse(json))),
})

interface Dependencies {
  cache: Cache
  pull(database: Database): Promise<Taken>
  /** Told when something new has come. */
  onTaken(): void
}

/** The databases whose operations are taken: one at a time each, in the background too, with what came of it. */
export function createSources({ cache, pull, onTaken }: Dependencies) {
  const { db } = cache
  const list = cache.query('select * from history_source order by connection, identity', sourceRow)
  const limitsOf = cache.query('select limits from history_source where identity = ?', sourceRow.pick({ limits: true }))
  const others = cache.query(
    `select distinct b.identity from known_database a join known_database b on b.connection = a.connection
     where a.identity = ? and b.identity <> a.identity and exists (select 1 from operation o where o.identity = b.identity)
     order by b.identity`,
    sourceRow.pick({ identity: true }),
  )
  const asked = db.prepare(`
    insert into history_source (identity, connection, database, asked_at, fault) values (:identity, :connection, :database, :at, :fault)
    on conflict (identity) do update set connection = excluded.connection, database = excluded.database,
      asked_at = excluded.asked_at, fault = excluded.fault`)
  const read = db.prepare(`
    update history_source set read_at = :at, fault = null, limits = :limits, read_to = coalesce(:readTo, read_to)
    where identity = :identity`)
  const taking = new Map<string, Promise<number>>()
  const timers = new Map<string, NodeJS.Timeout>()
  let stopped = false

  async function takeOnce(database: Database): Promise<number> {
    const about = {
      identity: database.identity,
      connection: database.settings.name,
      database: database.server.database,
    }
    try {
      const taken = await pull(database)
      cache.transaction(() => {
        asked.run({ ...about, at: now(), fault: null })
        const said = limitsOf.get(database.identity)?.limits.filter((limit) => limit.startsWith(setBack)) ?? []
        const isNew = taken.limits.some((limit) => limit.startsWith(setBack))
        const limits = JSON.stringify(isNew ? taken.limits : [...said, ...taken.limits])
        read.run({ identity: database.identity, at: now(), readTo: taken.readTo, limits })
      })
      if (taken.received > 0) onTaken()
      return taken.received
    } catch (thrown) {
      asked.run({ ...about, at: now(), fault: JSON.stringify(toFault(thrown)) })
      throw thrown
    }
  }

  /**
   * Takes what is new, and says how many states were; null where no framework keeps any. Where it was read before, its
   * absence is an error.
   */
  async function takeNew(database: Database): Promise<number | null> {
    const wasRead = limitsOf.get(database.identity) !== undefined
    return wasRead || (await isTracked(database)) ? await take(database) : null
  }

  /** Who asks while it is under way waits for that. */
  function take(database: Database): Promise<number> {
    const { identity } = database
    const under = taking.get(identity)
    if (under !== undefined) return under
    const begun = takeOnce(database).finally(() => taking.delete(identity))
    taking.set(identity, begun)
    return begun
  }

  /** Takes from the connection as long as it is open. */
  function follow(connection: string, database: () => Database): void {
    clearTimeout(timers.get(connection))
    let pauseMs = againMs
    const round = async (): Promise<void> => {
      let open: Database
      try {
        open = database()
      } catch {
        timers.delete(connection) // It has been closed.
        return
      }
      try {
        await takeNew(open)
        pauseMs = againMs
      } catch {
        pauseMs = Math.min(longestMs, pauseMs * 2) // Kept with the source, and shown there.
      }
      if (!stopped) next(pauseMs)
    }
    const next = (ms: number): void => {
      const timer = setTimeout(() => void round(), ms)
      timer.unref()
      timers.set(connection, timer)
    }
    next(2_000)
  }

  return {
    take: takeNew,
    follow,
    list: (): HistorySource[] =>
      list.all().map((row) => ({
        identity: row.identity,
        connection: row.connection,
        database: row.database,
        askedAt: row.asked_at,
        readAt: row.read_at,
        readTo: row.read_to,
        fault: row.fault,
        limits: [
          ...row.limits,
          ...others
            .all(row.identity)
            .map(({ identity }) => `Its connection has led to another database too: ${identity}. They are kept apart.`),
        ],
      })),
    stop: (): void => {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

const present = z.object({ present: z.literal(['t', 'f']) })

/** Most databases have no framework: of them nothing is asked. */
async function isTracked(database: Database): Promise<boolean> {
  const { rows } = await database.query(
    "select pg_catalog.to_regprocedure('script_tracking.read_changes(bigint,bigint,integer)') is not null as present",
  )
  return present.parse(rows[0]).present === 't'
}
