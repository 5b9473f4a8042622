import type pg from 'pg'
import { z } from 'zod'
import type { Cache } from '../cache/open.ts'
import type { Database } from '../connections/index.ts'
import { now } from './time.ts'

const digits = z.string().regex(/^\d+$/)

const standingQuery = `
  select d.oid::text as database_oid, txid_snapshot_xmin(txid_current_snapshot())::text as horizon,
    pg_catalog.pg_is_in_recovery()::text as is_replica,
    exists (
      select from pg_catalog.pg_roles r
      where r.rolname in ('steward_admin', 'steward_auditor') and pg_catalog.pg_has_role(current_user, r.oid, 'usage')
    )::text as sees_all
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`
const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true')
const standingRow = z.object({ database_oid: digits, horizon: digits, is_replica: yesOrNo, sees_all: yesOrNo })

// As script_tracking.this_place() tells it, which not every role may call.
const timelineQuery = `
  select case
    when pg_catalog.pg_is_in_recovery() then (select c.timeline_id::bigint from pg_catalog.pg_control_checkpoint() c)
    else ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
  end::text as timeline`
const timelineRow = z.object({ timeline: digits.transform(Number) })

/** In place of a timeline that the server does not tell. */
const untold = 0

/** How a limit begins that stays said: some of what was read before may have been undone. */
export const setBack = 'The database was restored'

/** From where a database is to be read on. */
export interface Standing {
  /** Of the server's write-ahead log; 0 where it was never told. */
  timeline: number
  /** Every transaction before this one has been read; `0` for none. */
  since: string
  /** What is missing although all is read that the role may see. */
  limits: string[]
}

/**
 * Finds out whether the database is still the one that was read before. One that was set back to an earlier time, or
 * made anew under its name, counts its transactions anew, and so does a replica that took over: what was read up to says
 * nothing of it. It is read from the start; what is known of it already is known by its name. Each timeline has a place of
 * its own: a primary that was replaced may go on, and is not read from the start again.
 */
export function createStanding(cache: Cache) {
  const position = cache.query(
    'select since_xid from read_position where identity = :identity and timeline = :timeline',
    z.object({ since_xid: digits }),
  )
  const forget = cache.db.prepare('delete from read_position where identity = ?')
  const placeOf = cache.query(
    'select database_oid, timeline from history_source where identity = ?',
    z.object({ database_oid: z.string().nullable(), timeline: z.int().nullable() }),
  )
  // What was found is said also where the reading that follows fails: the next one finds nothing changed.
  const remember = cache.db.prepare(`
    insert into history_source (identity, connection, database, asked_at, database_oid, timeline, limits)
    values (:identity, :connection, :database, :at, :oid, :timeline, coalesce(:limits, '[]'))
    on conflict (identity) do update set database_oid = excluded.database_oid,
      timeline = coalesce(excluded.timeline, timeline), limits = coalesce(:limits, limits)`)

  return async (database: Database, client: pg.Client): Promise<Standing> => {
    const { identity, settings, server } = database
    const { rows } = await client.query(standingQuery)
    const { database_oid: oid, horizon, is_replica: isReplica, sees_all: seesAll } = standingRow.parse(rows[0])
    const timeline = await timelineOf(client)
    const before = placeOf.get(identity) ?? { database_oid: null, timeline: null }
    const readOf = (line: number) => position.get({ identity, timeline: line })?.since_xid
    // The timeline that is known at least; that of its primary for a replica which lags behind a change of it.
    const latest = timeline ?? before.timeline ?? untold
    const own = readOf(latest)
    const isAnother = before.database_oid !== null && before.database_oid !== oid
    // A replica lags: that it is behind what was read from its primary is no sign of anything.
    const isOlder = isReplica && before.timeline !== null && latest < before.timeline
    const hasForked = before.timeline !== null && latest !== before.timeline && !isOlder && own === undefined
    const since = own ?? readOf(before.timeline ?? untold) ?? '0'
    const isBehind = !isReplica && BigInt(since) > BigInt(horizon)

    const at = now()
    const when = `${at.slice(0, 16).replace('T', ' ')} UTC`
    const limits: string[] = []
    const isReplaced = isAnother || (isBehind && !hasForked)
    if (isReplaced) {
      limits.push(`${setBack} or made anew before ${when}: older operations may be of the one before.`)
    } else if (hasForked) {
      limits.push(
        `${setBack}, or a replica of it took over, before ${when}: what that undid of older operations is still shown.`,
      )
    }
    const isSetBack = limits.length > 0
    cache.transaction(() => {
      // Where it has forked, both may go on.
      if (isReplaced) forget.run(identity)
      remember.run({
        identity,
        connection: settings.name,
        database: server.database,
        at,
        oid,
        timeline: isOlder ? null : timeline,
        limits: isSetBack ? JSON.stringify(limits) : null,
      })
    })
    if (!seesAll) {
      limits.push(
        `${server.user} may see its own operations there and those of its tenants. Membership in steward_auditor shows those of all.`,
      )
    }
    return { timeline: latest, since: isSetBack ? '0' : since, limits }
  }
}

/** Null where the server does not tell it to this role. */
async function timelineOf(client: pg.Client): Promise<number | null> {
  try {
    return timelineRow.parse((await client.query(timelineQuery)).rows[0]).timeline
  } catch {
    // Some hosted servers keep these functions to themselves. The OID and the horizon still tell most of it, and where
    // the connection is gone, the next statement says so.
    return null
  }
}
