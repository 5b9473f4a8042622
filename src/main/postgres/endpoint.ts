import type { ConnectionSettings } from '../../core/connection.ts'

/** What people call a connection, and how careful they are with it. */
type Care = 'name' | 'kind' | 'colour' | 'askReasons' | 'idleTransactionMinutes' | 'passwordFrom'

/** Where a server is and how to speak to it: a connection's settings without what is a person's own. */
export type Endpoint = Omit<ConnectionSettings, Care>

/** A password and where it came from; `text` is null where none was found. */
export interface Password {
  readonly text: string | null
  /** For a person: `the password file /home/eve/.pgpass`. */
  readonly origin: string
  /** Makes one anew, where one is made at each connecting: `text` is null then. Throws a Failure. */
  readonly make?: (signal: AbortSignal) => Promise<string>
  /** Why a place where one could have been was not used. */
  readonly problem?: string
}

/** A host that starts with a slash is the folder of a Unix socket, as in libpq. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/')
}

export function socketPath(endpoint: Endpoint): string {
  return `${endpoint.host}/.s.PGSQL.${endpoint.port}`
}

/** `localhost:5432`, `[::1]:5432`, `db:5432 through bastion`, or the path of a socket. */
export function addressOf(endpoint: Endpoint): string {
  if (isSocketFolder(endpoint.host)) return socketPath(endpoint)
  const through = endpoint.ssh === '' ? '' : ` through ${endpoint.ssh}`
  return `${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}${through}`
}
