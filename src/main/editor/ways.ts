import pg, { type QueryResult, type QueryResultRow } from 'pg'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'

/** What a session was told that another session of its connection was not: who it acts as, and its settings. */
export interface Ways {
  /** Of `set session authorization`; the user who logged in where nobody else was named. */
  readonly user: string
  /** Of `set role`; `none` where it has none. */
  readonly role: string
  /** Of `set` and `set_config`, in the units of `pg_settings`. */
  readonly settings: Readonly<Record<string, string>>
}

/** A session as far as it can be asked. */
interface Asked {
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<QueryResult<R>>
}

const waysRow = z.object({
  user: z.string(),
  role: z.string(),
  settings: z.string().transform((json) => z.record(z.string(), z.string()).parse(JSON.parse(json))),
})

/** `script_tracking` names the operation of the moment, which is another one in another session. */
const waysSql = `
select session_user::pg_catalog.text as user, pg_catalog.current_setting('role') as role,
  (select coalesce(pg_catalog.json_object_agg(s.name, s.setting), '{}')
    from (
      select name, setting from pg_catalog.pg_settings where source = 'session'
      union select n, pg_catalog.current_setting(n, true) from pg_catalog.unnest($1::pg_catalog.text[]) n
    ) s
    where s.setting is not null
      and s.name !~* '^(script_tracking[.]|transaction_|client_encoding$|lock_timeout$)') as settings`

/**
 * @param named settings that nobody has declared, which the server tells by their names alone: see `namedSettings`
 * @throws the server's error
 */
export async function waysOf(session: Asked, named: Iterable<string>): Promise<Ways> {
  const { rows } = await session.query(waysSql, [[...named]])
  return waysRow.parse(rows[0])
}

const setting =
  /\bset\s+(?:session\s+|local\s+)?("?[\w$]+"?(?:\."?[\w$]+"?)+)|\bset_config\s*\(\s*'([\w$]+(?:\.[\w$]+)+)'/gi

/** Settings of an application, such as `app.tenant`, that a statement may make: wherever their names stand in it. */
export function namedSettings(sql: string): string[] {
  return [...sql.matchAll(setting)].map(([, set = '', configured = '']) => (configured || set).replaceAll('"', ''))
}

/** Settings before the role: who sets them is who logged in, as it was in the session that they come from. */
const settingsSql =
  'select pg_catalog.set_config(s.key, s.value, false) from pg_catalog.json_each_text($1::pg_catalog.json) s'
const userSql = `select pg_catalog.set_config('session_authorization', $1::pg_catalog.text, false) where session_user <> $1::pg_catalog.text`
const roleSql = `select pg_catalog.set_config('role', $1, false)`

/**
 * Makes a new session act as the one that the ways are of.
 *
 * @throws Failure `refused` where it cannot
 */
export async function takeWays(session: Asked, { user, role, settings }: Ways): Promise<void> {
  try {
    await session.query(userSql, [user])
    await session.query(settingsSql, [JSON.stringify(settings)])
    await session.query(roleSql, [role])
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError)) throw cause
    throw new Failure(
      {
        code: 'refused',
        message: `The tab has a role or settings that another session cannot take: ${toFault(cause).message}. Nothing was changed.`,
        hint: 'Write the change as a statement in this tab.',
      },
      { cause },
    )
  }
}
