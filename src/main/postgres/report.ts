import type pg from 'pg'
import { z } from 'zod'
import type { ServerReport } from '../../core/connection.ts'
import { Failure } from '../../core/fault.ts'
import type { Endpoint } from './endpoint.ts'

const boolean = z.literal(['t', 'f']).transform((letter) => letter === 't')

const reportRow = z.object({
  version: z.string(),
  version_number: z.coerce.number().int(),
  database: z.string(),
  role: z.string(),
  superuser: boolean,
  read_only: boolean,
  ssl_version: z.string().nullable(),
  ssl_cipher: z.string().nullable(),
  encoding: z.string(),
  time_zone: z.string(),
  started_at: z.string(),
  may_identify: boolean,
})

const reportQuery = `
  select
    pg_catalog.version() as version,
    pg_catalog.current_setting('server_version_num') as version_number,
    pg_catalog.current_database() as database,
    current_user as role,
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
    pg_catalog.pg_is_in_recovery() or pg_catalog.current_setting('transaction_read_only') = 'on' as read_only,
    ssl.version as ssl_version,
    ssl.cipher as ssl_cipher,
    pg_catalog.current_setting('server_encoding') as encoding,
    pg_catalog.current_setting('TimeZone') as time_zone,
    pg_catalog.to_char(
      pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
    ) as started_at,
    pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as may_identify
  from (select pg_catalog.pg_backend_pid() as pid) as backend
  left join pg_catalog.pg_stat_ssl as ssl on ssl.pid = backend.pid and ssl.ssl`

const identityRow = z.object({ system: z.string() })

/** What a server says of itself, and the name that its database has whatever the address. */
export interface Introduction {
  server: Omit<ServerReport, 'connectMs'>
  /** The cluster's system identifier and the database; the address where the role may not read it. */
  identity: string
}

/**
 * Asks the server at the other end of `client` about itself.
 *
 * @throws Failure `unsupported` when its answers are not PostgreSQL's
 */
export async function introduce(client: pg.Client, endpoint: Endpoint): Promise<Introduction> {
  const row = check(reportRow, await client.query(reportQuery))
  const cluster = row.may_identify ? await systemIdentifier(client) : wayTo(endpoint)
  return {
    identity: `${cluster}/${row.database}`,
    server: {
      version: row.version,
      versionNumber: row.version_number,
      database: row.database,
      user: row.role,
      superuser: row.superuser,
      readOnly: row.read_only,
      ssl:
        row.ssl_version === null || row.ssl_cipher === null
          ? null
          : { version: row.ssl_version, cipher: row.ssl_cipher },
      encoding: row.encoding,
      timeZone: row.time_zone,
      startedAt: row.started_at,
    },
  }
}

/** `localhost` is another machine behind each host that ssh goes through. */
function wayTo({ host, port, ssh }: Endpoint): string {
  return ssh === '' ? `${host}:${port}` : `${host}:${port} through ${ssh}`
}

async function systemIdentifier(client: pg.Client): Promise<string> {
  const result = await client.query('select system_identifier as system from pg_catalog.pg_control_system()')
  return check(identityRow, result).system
}

function check<Row extends z.ZodType>(schema: Row, { rows }: pg.QueryResult<Record<string, unknown>>): z.output<Row> {
  const parsed = schema.safeParse(rows[0])
  if (parsed.success) return parsed.data
  throw new Failure(
    {
      code: 'unsupported',
      message: 'The server does not answer as PostgreSQL does.',
      detail: z.prettifyError(parsed.error),
    },
    { cause: parsed.error },
  )
}
