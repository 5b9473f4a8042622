import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isAlive } from './processes.ts'
import { startServer } from './server.ts'
import { majors, sharedServer } from './shared.ts'

describe.each(majors())('the shared server %i', (major) => {
  it('is of that major, and makes and drops databases', async () => {
    const server = sharedServer(major)
    const name = await server.createDatabase()
    const client = await connect(server.url(name))
    const { rows } = await client.query(
      "select current_setting('server_version_num')::int / 10000 as major, current_database() as name",
    )
    expect(rows).toEqual([{ major, name }])
    await client.query('create table model (id int)')
    await client.end()

    const copy = await server.createDatabase(undefined, name)
    const second = await connect(server.url(copy))
    expect((await second.query('select count(*)::int as n from model')).rows).toEqual([{ n: 0 }])
    await second.end()
    await server.dropDatabase(copy)
    await server.dropDatabase(name)
    await expect(connect(server.url(name))).rejects.toMatchObject({ code: '3D000' })
  })
})

describe('a server of a test', () => {
  it('stops, and leaves neither process nor folder', async () => {
    const server = await startServer()
    const postmaster = await processOf(server.dataFolder)
    await server.stop()
    // pg_ctl comes back when the server has taken away its lock file, a moment before the process ends.
    while (isAlive(postmaster)) await sleep(20)
    expect(existsSync(server.folder)).toBe(false)
  })

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ends after its owner was ended by %s', async (signal) => {
    const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line]: unknown[] = await once(createInterface(owner.stdout), 'line')
    const { folder, url } = z.object({ folder: z.string(), url: z.string() }).parse(JSON.parse(String(line)))
    const postmaster = await processOf(join(folder, 'data'))
    const client = await connect(url)
    const cut = once(client, 'error')
    expect(isAlive(postmaster)).toBe(true)

    owner.kill(signal)
    await cut
    while (isAlive(postmaster) || existsSync(folder)) await sleep(50)
  })

  it.each(['valid', 'expired', 'other-host'] as const)('serves TLS with a certificate: %s', async (kind) => {
    const server = await startServer({ tls: kind })
    try {
      if (server.tls === null) throw new Error('This server speaks TLS.')
      const trusting = async (file: string) =>
        connect(server.url(), { ca: await readFile(file, 'utf8'), servername: 'localhost' })
      if (kind === 'valid') {
        const client = await trusting(server.tls.authority)
        expect((await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).rows).toEqual([
          { ssl: true },
        ])
        await client.end()
        await expect(trusting(server.tls.stranger)).rejects.toThrow(/certificate|signature/)
      } else {
        const code = kind === 'expired' ? 'CERT_HAS_EXPIRED' : 'ERR_TLS_CERT_ALTNAME_INVALID'
        await expect(trusting(server.tls.authority)).rejects.toMatchObject({ code })
      }
    } finally {
      await server.stop()
    }
  })
})

async function connect(url: string, ssl?: pg.ClientConfig['ssl']): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...(ssl === undefined ? {} : { ssl }) })
  await client.connect()
  return client
}

async function processOf(dataFolder: string): Promise<number> {
  const [first] = (await readFile(join(dataFolder, 'postmaster.pid'), 'utf8')).split('\n')
  return Number(first)
}
