import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { type ConnectionSettings, connectionSettings } from '../../../src/core/connection.ts'
import { Failure, type Fault } from '../../../src/core/fault.ts'
import { openIntroduced } from '../../../src/main/postgres/control.ts'
import type { Password } from '../../../src/main/postgres/endpoint.ts'
import { endSession, openSession } from '../../../src/main/postgres/session.ts'
import type { SharedServer } from '../../ground/server.ts'

/** How the superuser enters `server`, with changes. */
export function settingsFor(server: SharedServer, changes: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return connectionSettings.parse({
    name: 'Test',
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.superuser,
    ...changes,
  })
}

export function given(text: string | null): Password {
  return { text, origin: 'the one given' }
}

/** Opens a session for `work` and ends it. */
export async function within<T>(
  settings: ConnectionSettings,
  password: string | null,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openSession({ endpoint: settings, password: given(password), applicationName: 'test' })
  client.on('error', () => {})
  try {
    return await work(client)
  } finally {
    await endSession(client)
  }
}

/** Whether the session that these settings give is encrypted. */
export async function isEncrypted(settings: ConnectionSettings, password: string | null): Promise<boolean> {
  const { client, server } = await openIntroduced({
    endpoint: settings,
    password: given(password),
    applicationName: 'test',
  })
  await endSession(client)
  return server.ssl !== null
}

/** The fault that `work` must end with. */
export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  return (await failureOf(work)).fault
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    () => new Error('It did not fail.'),
    (thrown: unknown) => thrown,
  )
  if (outcome instanceof Failure) return outcome
  throw outcome
}

/** Puts lines above all others in the server's pg_hba.conf while `work` runs. */
export async function withHba<T>(server: SharedServer, lines: string[], work: () => Promise<T>): Promise<T> {
  const path = join(server.dataFolder, 'pg_hba.conf')
  const before = readFileSync(path, 'utf8')
  const reload = () =>
    within(settingsFor(server), server.password, async (client) => {
      await client.query('select pg_catalog.pg_reload_conf()')
    })
  // The reload's own session must find its line whatever is tested.
  const own = `host all ${server.superuser} all scram-sha-256`
  writeFileSync(path, [own, ...lines, before].join('\n'))
  await reload()
  try {
    return await work()
  } finally {
    writeFileSync(path, before)
    await reload()
  }
}
