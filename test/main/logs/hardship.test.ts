import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../../src/core/fault.ts'
import type { ImportEvent } from '../../../src/core/logs/contract.ts'
import { unprivilegedAccount } from '../../../src/main/postgres/account.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { busyLog, busyPrefix, leftIn } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

const whole = busyLog({ messages: 3000 })

/** What one undisturbed import leaves. */
async function undisturbed(): Promise<Record<string, unknown>> {
  const database = await TestDatabase.tracked(sharedServer())
  const desk = await openDesk({ server: sharedServer(), database: database.name })
  await desk.import(await desk.file('whole.log', whole), { prefix: busyPrefix })
  const left = await leftIn(database)
  await desk.close()
  await database.close()
  return left
}

describe('an import that is disturbed', () => {
  let server: Server
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    server = await startServer({ major: sharedServer().major, durable: true })
    database = await TestDatabase.tracked(server)
    desk = await openDesk({ server, database: database.name, batchBytes: 30_000 })
  })
  afterAll(async () => {
    await desk.close()
    await server.stop()
  })

  it('by a crash of the server in the middle goes on when that is back, by itself', async () => {
    const path = await desk.file('a.log', whole)
    const events: ImportEvent['kind'][] = []
    let restarted: Promise<void> | null = null
    const summary = await desk.import(path, {
      prefix: busyPrefix,
      onEvent: ({ kind }) => {
        events.push(kind)
        if (kind === 'started') restarted ??= server.kill().then(() => server.restart())
      },
    })
    await restarted
    expect(events).toContain('reconnecting')
    expect(summary).toMatchObject({ outcome: 'imported', to: Buffer.byteLength(whole) })
    expect(await leftIn(TestDatabase.open(server, database.name))).toEqual(await undisturbed())
    // Two imports, a recovery from a crash, and all of it written to disk: a busy machine takes its time.
  }, 180_000)
})

/** To mount a small file system takes root, and Linux. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0
const run = promisify(execFile)

describe.runIf(mayMount)('a full disk at the server', () => {
  let database: TestDatabase
  let desk: Desk
  let server: Server
  let disk: string
  beforeAll(async () => {
    server = await startServer({ major: sharedServer().major })
    disk = await mkdtemp(join(tmpdir(), 'pgsteward-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1200k', 'tmpfs', disk])
    await chmod(disk, 0o755)
    const space = join(disk, 'space')
    await mkdir(space)
    const account = await unprivilegedAccount()
    if (account !== null) await chown(space, account.uid, account.gid)
    database = await TestDatabase.tracked(server)
    const client = await database.session()
    await client.query(`create tablespace small location '${space}'`)
    await client.query(`select script_tracking.make_log_months('{2026-01-28,2026-02-15}')`)
    for (const month of ['2026_01', '2026_02']) {
      await client.query(`alter table script_tracking.imported_event_${month} set tablespace small`)
      await client.query(`alter index script_tracking.imported_event_${month}_pkey set tablespace small`)
    }
    desk = await openDesk({ server, database: database.name, batchBytes: 30_000 })
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
    await server.stop()
    await run('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  it('ends the import with the server’s words; with room it goes on, and nothing is lost or doubled', async () => {
    const path = await desk.file('a.log', whole)
    const ballast = join(disk, 'ballast')
    await writeFile(ballast, Buffer.alloc(1_000_000)).catch(() => undefined)
    const failure: unknown = await desk.import(path, { prefix: busyPrefix }).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure instanceof Failure ? failure.fault.sqlstate : null).toBe('53100')
    const client = await database.session()
    expect(
      await rowsOf(
        client,
        `select script_name, execution_status as status, error_code as code from script_tracking.script_execution_current where script_type = 'LOG_IMPORT'`,
      ),
    ).toEqual([{ script_name: 'Import of a.log', status: 'FAILED', code: '53100' }])
    await rm(ballast)
    for (const month of ['2026_01', '2026_02']) {
      await client.query(`alter table script_tracking.imported_event_${month} set tablespace pg_default`)
      await client.query(`alter index script_tracking.imported_event_${month}_pkey set tablespace pg_default`)
    }
    expect(await desk.import(path, { prefix: busyPrefix })).toMatchObject({ outcome: 'imported' })
    expect(await leftIn(database)).toEqual(await undisturbed())
  }, 120_000)
})

describe('who may import, and see it', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer())
    const desk = await openDesk({ server: sharedServer(), database: database.name })
    await desk.import(await desk.file('whole.log', whole), { prefix: busyPrefix })
    await desk.close()
  })
  afterAll(() => database.close())

  const deskOf = (user: string) => openDesk({ server: sharedServer(), database: database.name, user })
  const member = async (hint: string, role: string) => {
    const name = await database.role(hint)
    await (await database.session()).query(`grant ${role} to "${name}"`)
    return name
  }

  it('an administrator may both', async () => {
    const desk = await deskOf(await member('admin', 'steward_admin'))
    const summary = await desk.import(await desk.file('b.log', busyLog({ messages: 100, seed: 7 })), {
      prefix: busyPrefix,
    })
    expect(summary).toMatchObject({ outcome: 'imported' })
    expect((await desk.api.logs.lines({ connection: desk.connection, limit: 5 })).lines).toHaveLength(5)
    await desk.close()
  })

  it('an auditor may see it, and is told that it may not import', async () => {
    const desk = await deskOf(await member('auditor', 'steward_auditor'))
    await expect(desk.import(await desk.file('b.log', whole), { prefix: busyPrefix })).rejects.toMatchObject({
      fault: { sqlstate: '42501' },
    })
    expect((await desk.api.logs.files({ connection: desk.connection })).length).toBeGreaterThan(0)
    await desk.close()
  })

  it('anybody else sees nothing of others, in no table and no view', async () => {
    const name = await database.role('nobody')
    const desk = await deskOf(name)
    expect((await desk.api.logs.lines({ connection: desk.connection })).lines).toEqual([])
    expect(await desk.api.logs.files({ connection: desk.connection })).toEqual([])
    await desk.close()
    const client = await database.session(name)
    const { rows } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = 'script_tracking'::regnamespace and c.relname ~ '^imported_|^logged_|^refused_' and c.relkind in ('r', 'p', 'v')`,
    )
    expect(rows.length).toBeGreaterThan(8)
    for (const { name: relation } of rows) {
      const seen = await client.query(`select from ${relation} limit 1`).then(
        ({ rowCount }) => rowCount,
        (thrown: { code?: string }) => thrown.code,
      )
      expect([0, '42501'], relation).toContain(seen)
    }
  })

  it('nobody changes what was imported', async () => {
    const client = await database.session()
    for (const sql of [
      'delete from script_tracking.imported_event',
      `update script_tracking.imported_batch set to_offset = 1`,
      'truncate script_tracking.imported_event',
    ]) {
      await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    }
  })
})
