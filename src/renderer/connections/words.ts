import type { ConnectionColour, ConnectionKind, ReasonRule, SslMode } from '../../core/connection.ts'

/** Where a password stays, for the person who types it. */
export const keptWhere: Readonly<Record<'keychain' | 'memory', string>> = {
  keychain: 'Kept encrypted by this machine’s keychain, never in a file that can be read.',
  memory: 'Kept in memory until pgSteward ends, never in a file.',
}

/** Who makes the password, for who chooses. */
export const passwordFromWords: Readonly<Record<string, string>> = {
  '': 'Typed below, kept, in PGPASSWORD, a service or .pgpass.',
  aws: 'Made by “aws rds generate-db-auth-token” at each connecting.',
  gcloud: 'Made by “gcloud sql generate-login-token” at each connecting.',
  azure: 'Made by “az account get-access-token” at each connecting.',
}

export const sslModeWords: Readonly<Record<SslMode, { label: string; explanation: string }>> = {
  disable: {
    label: 'disable',
    explanation: 'Never encrypted. Only for a server on this machine or a network that you trust.',
  },
  allow: { label: 'allow', explanation: 'Unencrypted first; encrypted if the server insists. Protects from nobody.' },
  prefer: {
    label: 'prefer',
    explanation: 'Encrypted if the server can, unencrypted if not. The server is not verified.',
  },
  require: {
    label: 'require',
    explanation: 'Always encrypted, or no connection. The server is not verified, so it may be another one.',
  },
  'verify-ca': {
    label: 'verify-ca',
    explanation: 'Always encrypted, and the server’s certificate must be signed by the authority below.',
  },
  'verify-full': {
    label: 'verify-full',
    explanation: 'As verify-ca, and the certificate must be for this host name. The safest; use it over the internet.',
  },
}

export const kindWords: Readonly<Record<ConnectionKind, string>> = {
  development: 'Yours to break.',
  staging: 'Shared; like production, but not it.',
  production: 'The real thing: marked in red wherever you work with it.',
}

export const colourWords: Readonly<Record<ConnectionColour, string>> = {
  'by kind': 'As its kind',
  red: 'Red',
  orange: 'Orange',
  yellow: 'Yellow',
  green: 'Green',
  blue: 'Blue',
  violet: 'Violet',
  pink: 'Pink',
  grey: 'Grey',
}

/** Whether whoever runs something says why. */
export const reasonWords: Readonly<Record<ReasonRule, string>> = {
  'by kind': 'Asked in production',
  no: 'Never asked',
  ask: 'Always asked',
  require: 'Required for each run',
}
