import type pg from 'pg'
import { z } from 'zod'
import { quoteName } from '../../core/quote.ts'
import { readDocument } from './document.ts'

/** How long an installation waits for the one before it in the same database. Waiting for one's turn is no failure. */
const turnTimeout = '120s'
/** How long one waits for the tables themselves: whoever uses them goes first. */
const lockTimeout = '5s'

/**
 * Runs `work` in one transaction, while nobody else installs or removes the framework in this database. Its settings
 * owe nothing to the role's, the database's or the session's, and end with it.
 */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level read committed read write')
  try {
    await client.query(`
      set local search_path = pg_catalog, pg_temp;
      set local standard_conforming_strings = on;
      set local check_function_bodies = off;
      set local quote_all_identifiers = off;
      set local client_min_messages = warning;
      set local default_tablespace = '';
      set local default_table_access_method = heap;
      set local statement_timeout = 0;
      set local lock_timeout = '${turnTimeout}'`)
    await client.query("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pgsteward framework', 0))")
    await client.query(`set local lock_timeout = '${lockTimeout}'`)
    const result = await work()
    await client.query('commit')
    return result
  } catch (thrown) {
    // A session that is cut has rolled back by itself; what the caller is told is why.
    await client.query('rollback').catch(() => undefined)
    throw thrown
  }
}

const ownerShape = z.object({ owner: z.string().nullable() })

/** Takes on the role that owns the framework, where there is one, until `reset role`. */
export async function becomeOwner(client: pg.Client): Promise<void> {
  const { owner } = await readDocument(
    client,
    ownerShape,
    `select pg_catalog.json_build_object('owner', (
      select pg_catalog.pg_get_userbyid(n.nspowner) from pg_catalog.pg_namespace n where n.nspname = 'script_tracking'
    ))::text as document`,
  )
  if (owner !== null) await client.query(`set local role ${quoteName(owner)}`)
}
