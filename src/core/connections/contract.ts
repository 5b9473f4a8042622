import { z } from 'zod'
import { call } from '../call.ts'
import {
  type Connection,
  connectionId,
  connectionSettings,
  type OpenConnection,
  type ServerReport,
  withoutNul,
} from '../connection.ts'
import type { Fault } from '../fault.ts'

export interface ConnectionEvent {
  connection: string
  state: 'open' | 'lost' | 'closed'
  /** Records of operations that still wait to be told to the server. */
  waiting: number
  problem?: Fault
}

/** A database that other programs of this machine know: a service, or what the environment names. */
export interface FoundPlace {
  /** The service's name; null for the environment. */
  service: string | null
  /** The file that it stands in. */
  from: string
  /** libpq's keywords; without any password. */
  keywords: Record<string, string>
}

export interface FoundConnections {
  /** Of this machine: as whom one connects where nobody is named. */
  user: string
  places: FoundPlace[]
  /** What `~/.ssh/config` gives a name. */
  sshHosts: string[]
  /** The names of the owner's own commands for passwords. */
  passwordCommands: string[]
  /** Where the owner writes them. */
  commandsFile: string
  /** Why that file is not used. */
  problem: string | null
}

/** `null` or absent: look for a kept one, then in a service, in PGPASSWORD and in `.pgpass`. */
const password = withoutNul.max(10_000).nullish()

export const connections = {
  list: call(z.strictObject({})).returns<{
    connections: Connection[]
    passwordsKept: 'keychain' | 'memory'
    /** What has to be said of the cache: that it was broken and a new one was begun. */
    notice: string | null
  }>(),
  /** What `pg_service.conf`, the environment and `~/.ssh/config` of this machine offer. */
  found: call(z.strictObject({})).returns<FoundConnections>(),
  /** With `password: ''` a kept one is forgotten; with none it stays as it is. */
  save: call(
    z.strictObject({ id: connectionId.optional(), settings: connectionSettings, password }),
  ).returns<Connection>(),
  remove: call(z.strictObject({ id: connectionId })).returns<null>(),
  /** Connects, asks the server about itself, disconnects. Faults carry the server's full answer. */
  test: call(
    z.strictObject({ id: connectionId.optional(), settings: connectionSettings, password }),
  ).returns<ServerReport>(),
  /** Opens a saved connection, or one that is given whole and is not saved. */
  open: call(
    z.union([
      z.strictObject({ id: connectionId, password }),
      z.strictObject({ settings: connectionSettings, password }),
    ]),
  ).returns<OpenConnection>(),
  close: call(z.strictObject({ id: connectionId })).returns<null>(),
  /** Ends when it is cancelled; tells of every open connection as it changes. */
  watch: call(z.strictObject({})).emits<ConnectionEvent>().returns<null>(),
}
