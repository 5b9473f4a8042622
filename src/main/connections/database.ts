import type pg from 'pg'
import type { ConnectionSettings, ServerReport } from '../../core/connection.ts'

/** A database that is open in the main process; the other slices reach their server through it. */
export interface Database {
  /** The connection's id. */
  readonly id: string
  readonly settings: ConnectionSettings
  readonly server: ServerReport
  /**
   * Names the database whatever the address it was reached by: the cluster's system identifier and the
   * database's name, or host, port and name where the role may not read the identifier.
   */
  readonly identity: string
  /**
   * A new session with a backend of its own. `purpose` shows in `application_name`: `pgSteward - editor`.
   * The caller ends it. A lost session emits `error` on the client, which the caller handles.
   */
  connect(purpose: string): Promise<pg.Client>
  /** Runs one statement on the control connection that is shared by all; reconnects when it was lost. */
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<pg.QueryResult<R>>
}
