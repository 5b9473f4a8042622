import { z } from 'zod'
import { type ConnectionSettings, connectionSettings, sslModes } from '../connection.ts'
import { readDsn } from './dsn.ts'
import { howToEncode, invalid } from './invalid.ts'
import { readUri } from './uri.ts'

/** What no URL says: how a person treats the connection. */
type NotInUrl = 'kind' | 'colour' | 'readOnly' | 'askReasons' | 'idleTransactionMinutes' | 'ssh' | 'passwordFrom'

/** The settings that a URL names. What it leaves out is absent, so that it can be laid over others. */
export type UrlSettings = Pick<ConnectionSettings, 'name' | 'database' | 'user'> &
  Partial<Omit<ConnectionSettings, 'name' | 'database' | 'user' | NotInUrl>>

export interface ParsedUrl {
  /** Named after the database and the host. */
  settings: UrlSettings
  /** Apart from the settings, because those are shown and saved. */
  password: string | null
  /** What was understood and left aside, one sentence each; never a value, which could be a secret. */
  warnings: string[]
}

/** Keywords of libpq's that have a place in the settings. */
const known = {
  host: 'host',
  port: 'port',
  dbname: 'database',
  user: 'user',
  sslmode: 'sslMode',
  sslrootcert: 'sslRootCert',
  sslcert: 'sslCert',
  sslkey: 'sslKey',
} as const
type Known = keyof typeof known
const knownNames = z.literal(['host', 'port', 'dbname', 'user', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'])

/**
 * Takes apart what psql takes: `postgresql://user:password@host:port/database?sslmode=…` with percent
 * encoding, IPv6 and sockets, or `host=… dbname=…` with quotes. `user` is taken where none is named; what a
 * `service` names counts where the text names nothing else.
 *
 * @throws Failure `invalid_input`, which never shows the text, because a password may be in it
 */
export function parseUrl(text: string, defaults: Defaults = {}): ParsedUrl {
  // What a Java program is configured with is the same behind its first word.
  const trimmed = text.trim().replace(/^jdbc:(?=postgres(ql)?:)/i, '')
  return readKeywords(/^postgres(ql)?:\/\//i.test(trimmed) ? readUri(trimmed) : readDsn(trimmed), defaults)
}

export interface Defaults {
  user?: string
  /** The keywords of a service of `pg_service.conf`. */
  service?: (name: string) => Readonly<Record<string, string>> | undefined
}

/**
 * The same of libpq's keywords with their values.
 *
 * @throws Failure `invalid_input`
 */
export function readKeywords(given: ReadonlyMap<string, string>, defaults: Defaults = {}): ParsedUrl {
  const keywords = withService(given, defaults)
  const warnings: string[] = []
  const values: Partial<Record<Known, string>> = {}
  for (const [keyword, value] of keywords) {
    const name = knownNames.safeParse(keyword)
    if (name.success) {
      // An empty value is libpq's way to say: as if it were not there.
      if (value !== '') values[name.data] = value
    } else if (keyword !== 'password') warnings.push(whyIgnored(keyword))
  }
  const password = keywords.get('password') ?? ''
  return {
    settings: check(firstOfSeveral(values, warnings), defaults.user),
    password: password === '' ? null : password,
    warnings,
  }
}

function withService(given: ReadonlyMap<string, string>, { service }: Defaults): ReadonlyMap<string, string> {
  const name = given.get('service')
  if (name === undefined || service === undefined) return given
  const named = service(name)
  if (named === undefined)
    throw invalid(
      'There is no service of that name.',
      'Services stand in ~/.pg_service.conf, or where PGSERVICEFILE says.',
    )
  const { service: _, ...rest } = { ...named, ...Object.fromEntries(given) }
  return new Map(Object.entries(rest))
}

/** libpq tries several hosts in turn; here a connection is to one server. */
function firstOfSeveral(values: Partial<Record<Known, string>>, warnings: string[]): Partial<Record<Known, string>> {
  const { host, port } = values
  if (!host?.includes(',') && !port?.includes(',')) return values
  warnings.push('Several hosts are named: the first one is taken.')
  const first = { ...values }
  delete first.host
  delete first.port
  const [firstHost = ''] = host?.split(',') ?? []
  const [firstPort = ''] = port?.split(',') ?? []
  return { ...first, ...(firstHost && { host: firstHost }), ...(firstPort && { port: firstPort }) }
}

function check(values: Partial<Record<Known, string>>, defaultUser: string | undefined): UrlSettings {
  const { host, port, user = defaultUser, dbname = user, sslmode, sslrootcert, sslcert, sslkey } = values
  if (user === undefined)
    throw invalid('The URL names no user.', 'Write it before the host: postgresql://user@host/database')
  if (dbname === undefined) throw invalid('The URL names no database.')
  const mode = z.enum(sslModes).optional().safeParse(sslmode)
  if (!mode.success) throw invalid(`The sslmode is none of ${sslModes.join(', ')}.`)
  const settings: UrlSettings = {
    name: `${dbname} on ${host ?? 'localhost'}`.slice(0, 100),
    database: dbname,
    user,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: portOf(port) }),
    ...(mode.data !== undefined && { sslMode: mode.data }),
    ...(sslrootcert !== undefined && { sslRootCert: sslrootcert }),
    ...(sslcert !== undefined && { sslCert: sslcert }),
    ...(sslkey !== undefined && { sslKey: sslkey }),
  }
  const checked = connectionSettings.safeParse(settings)
  if (checked.success) return settings
  const [issue] = checked.error.issues
  throw invalid(`The ${String(issue?.path[0])} in the URL is not valid: ${issue?.message}`)
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65535) {
    throw invalid('The port in the URL is no number from 1 to 65535.', howToEncode)
  }
  return port
}

const whyIgnoredByName = new Map([
  ['application_name', 'application_name is left aside: pgSteward names its sessions itself.'],
  ['client_encoding', 'client_encoding is left aside: pgSteward always speaks UTF-8.'],
  ['connect_timeout', 'connect_timeout is left aside: pgSteward waits 10 s.'],
])

/** libpq's other keywords: those can be named in a warning. */
const leftAside = new Set(
  (
    'channel_binding fallback_application_name gssdelegation gssencmode gsslib hostaddr keepalives keepalives_count ' +
    'keepalives_idle keepalives_interval krbsrvname load_balance_hosts max_protocol_version min_protocol_version ' +
    'oauth_client_id oauth_client_secret oauth_issuer oauth_scope options passfile replication require_auth ' +
    'requirepeer requiressl scram_client_key scram_server_key service servicefile ssl ssl_max_protocol_version ' +
    'ssl_min_protocol_version sslcertmode sslcompression sslcrl sslcrldir sslkeylogfile sslnegotiation sslpassword ' +
    'sslsni target_session_attrs tcp_user_timeout'
  ).split(' '),
)

function whyIgnored(keyword: string): string {
  const known = whyIgnoredByName.get(keyword)
  if (known !== undefined) return known
  // A stranger's name is not shown: behind an unencoded & or ? in a password, it is a part of that.
  return leftAside.has(keyword)
    ? `${keyword} is left aside: pgSteward has no such setting.`
    : 'A parameter that PostgreSQL does not know is left aside.'
}

/**
 * Writes settings as a URL that psql takes. Never with a password: a URL is shown, copied and logged.
 *
 * @example formatUrl(settings) // postgresql://eve@localhost:5432/clinic?sslmode=verify-full
 */
export function formatUrl(settings: Omit<ConnectionSettings, 'name' | NotInUrl>): string {
  const { host, port, database, user, sslMode, sslRootCert, sslCert, sslKey } = settings
  const socket = host.startsWith('/')
  const parameters: [Known, string][] = [
    ['host', socket ? host : ''],
    ['sslmode', sslMode === 'prefer' ? '' : sslMode],
    ['sslrootcert', sslRootCert],
    ['sslcert', sslCert],
    ['sslkey', sslKey],
  ]
  const query = parameters
    .filter(([, value]) => value !== '')
    .map(([keyword, value]) => `${keyword}=${encodeURIComponent(value)}`)
    .join('&')
  const address = `${socket ? '' : hostInUrl(host)}:${port}`
  return `postgresql://${encodeURIComponent(user)}@${address}/${encodeURIComponent(database)}${query && `?${query}`}`
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host.replaceAll('%', '%25')}]` : encodeURIComponent(host)
}
