import { z } from 'zod'

export const connectionId = z.string().min(1).max(200)

export const connectionKinds = ['development', 'staging', 'production'] as const
export type ConnectionKind = (typeof connectionKinds)[number]

/** A colour of its own, by which one connection is told from another; `by kind`: the one of its kind. */
export const connectionColours = [
  'by kind',
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'violet',
  'pink',
  'grey',
] as const
export type ConnectionColour = (typeof connectionColours)[number]

/** `by kind`: production asks. `ask`: it can be left out. `require`: nothing is run without. */
export const reasonRules = ['by kind', 'no', 'ask', 'require'] as const
export type ReasonRule = (typeof reasonRules)[number]

/** libpq's `sslmode`, with libpq's meaning. */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

/** The protocol and the system end a text at a NUL: what follows one would be read as something else. */
export const withoutNul = z.string().refine((text) => !text.includes('\0'), 'A NUL character has no place here.')

/** What the shell of a `ProxyCommand` could take for more than a name has no place in one. */
const sshTarget = z
  .string()
  .trim()
  .max(255)
  .regex(/^([\w.][\w.-]*@)?[\w.][\w.-]*$|^$/, 'Write a host of ~/.ssh/config, or user@host.')

/** Programs of cloud providers that make a password for a short time, and `command:` with the name of one of the owner's. */
export const cloudPasswords = ['aws', 'gcloud', 'azure'] as const
export type CloudPassword = (typeof cloudPasswords)[number]
const passwordFrom = z.union([
  z.literal(['', ...cloudPasswords]),
  z.string().regex(/^command:[\p{L}\p{N}_. -]{1,60}$/u, 'There is no such way to a password.'),
])

const path = withoutNul.trim().max(4096)

/** What is saved in the clear must not take in a whole URL or DSN, with the password in it. */
const plainText = withoutNul.refine(
  (text) => !/:\/\/|\bpassword\s*=/i.test(text),
  'That is a whole connection string: paste it where a URL is asked for.',
)

/** Where a database is and how to treat it. No password: that is kept apart, or not at all. */
export const connectionSettings = z.strictObject({
  name: plainText.trim().min(1, 'Give the connection a name.').max(100),
  kind: z.enum(connectionKinds).default('development'),
  colour: z.enum(connectionColours).default('by kind'),
  /** A host name, an address, or the folder of a Unix socket. */
  host: plainText.trim().min(1, 'Name the host.').max(255).default('localhost'),
  port: z
    .int('Give a port from 1 to 65535.')
    .min(1, 'Ports begin at 1.')
    .max(65535, 'Ports end at 65535.')
    .default(5432),
  database: plainText.min(1, 'Name the database.').max(63),
  user: plainText.min(1, 'Name the user.').max(63),
  sslMode: z.enum(sslModes).default('prefer'),
  /** Paths of PEM files on this machine. */
  sslRootCert: path.default(''),
  sslCert: path.default(''),
  sslKey: path.default(''),
  /** The host that leads to the server, as `ssh` knows it; empty: directly. */
  ssh: sshTarget.default(''),
  /** Who makes the password, at each connecting; empty: it is given, kept, in a service, in PGPASSWORD or in a password file. */
  passwordFrom: passwordFrom.default(''),
  /** Refuse to change anything; the server is told so too. */
  readOnly: z.boolean().default(false),
  /** Who runs something is asked for a ticket and a justification: see `asksReasons`. */
  askReasons: z.enum(reasonRules).default('by kind'),
  /** An open transaction that nobody uses is rolled back after so many minutes; 0: never. */
  idleTransactionMinutes: z
    .int('Give whole minutes.')
    .min(0, 'Give 0 or more minutes.')
    .max(1440, 'A day at most.')
    .default(15),
})
export type ConnectionSettings = z.output<typeof connectionSettings>

/** Whether a run is asked why it is made. */
export function asksReasons({
  kind,
  askReasons,
}: Pick<ConnectionSettings, 'kind' | 'askReasons'>): 'no' | 'ask' | 'require' {
  if (askReasons !== 'by kind') return askReasons
  return kind === 'production' ? 'ask' : 'no'
}

export interface Connection extends ConnectionSettings {
  id: string
  /** A password is kept for it: in the desktop's keychain, or in memory until the program ends. */
  hasPassword: boolean
  /** ISO 8601, UTC. */
  lastOpenedAt: string | null
}

/** What the server says of itself, in its own words where it has them. */
export interface ServerReport {
  /** `PostgreSQL 18.4 on x86_64…`, whole. */
  version: string
  /** `server_version_num`, such as 180004. */
  versionNumber: number
  database: string
  user: string
  superuser: boolean
  /** The server is a standby, or this session is read-only. */
  readOnly: boolean
  ssl: { version: string; cipher: string } | null
  encoding: string
  timeZone: string
  /** ISO 8601, UTC: when the server started. */
  startedAt: string
  /** From the start of connecting to the first answer. */
  connectMs: number
}

export type TrackingState = 'absent' | 'current' | 'outdated' | 'newer' | 'incompatible'

/** A connection that is open in the main process. */
export interface OpenConnection {
  connection: Connection
  server: ServerReport
  tracking: TrackingState
}
