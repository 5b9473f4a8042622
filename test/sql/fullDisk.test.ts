import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unprivilegedAccount } from '../../src/main/postgres/account.ts'
import { type EmbeddedServer, startEmbedded } from '../../src/main/postgres/embedded.ts'
import { binariesOf, reach, type Server, startServer } from '../ground/server.ts'
import { majors } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase, warningsDuring } from './tracked.ts'

const run = promisify(execFile)

/** To mount a small file system takes root, and Linux. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0

describe.runIf(mayMount).each(majors())('a full disk under the trail of PostgreSQL %i', (major) => {
  let server: Server
  let database: TestDatabase
  let client: pg.Client
  let disk: string
  let mounted = false

  beforeAll(async () => {
    server = await startServer({ major })
    disk = await mkdtemp(join(tmpdir(), 'pgsteward-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
    mounted = true
    await chmod(disk, 0o755)
    const space = join(disk, 'space')
    await mkdir(space)
    const account = await unprivilegedAccount()
    if (account !== null) await chown(space, account.uid, account.gid)
    database = await TestDatabase.tracked(server)
    client = await database.session()
    await client.query(`create tablespace small location '${space}'`)
    const partitions = await rowsOf(
      client,
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent in ('script_tracking.ledger'::regclass, 'script_tracking.text'::regclass)`,
    )
    for (const { name } of partitions) await client.query(`alter table ${String(name)} set tablespace small`)
  })
  afterAll(async () => {
    await database?.close()
    await server.stop()
    if (mounted) await run('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  const rows = () => onlyValue(client, 'select count(*)::int from script_tracking.ledger')
  const fill = () => writeFile(join(disk, 'ballast'), Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined)
  const free = () => rm(join(disk, 'ballast'))

  it('lets DDL take effect with a warning, notes what is missing, refuses calls clearly, and goes on when there is room', async () => {
    await client.query(`select track_operation('before')`)
    await fill()
    // What fits on the last page is still recorded.
    let lost = 0
    const said = await warningsDuring(client, async () => {
      for (let n = 0; n < 60; n += 1) await client.query(`create view seen_${n} as select '${'x'.repeat(150)}' as a`)
    })
    lost = said.length
    expect(lost).toBeGreaterThan(0)
    for (const warning of said) {
      expect(warning).toMatch(
        /^CREATE VIEW took effect, but could not be recorded: could not extend file .*No space left on device \(53100\)$/,
      )
    }
    expect(await onlyValue(client, `select count(*)::int from pg_views where viewname like 'seen\\_%'`)).toBe(60)
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.tracking_error where command_tag = 'CREATE VIEW' and error_code = '53100'`,
      ),
    ).toBe(lost)
    expect(
      await onlyValue(client, `select count(*)::int from script_tracking.ledger where command_tag = 'CREATE VIEW'`),
    ).toBe(60 - lost)

    const before = await rows()
    const long = `select track_operation(repeat('n', 900)) from generate_series(1, 20)`
    const refusal = await refusalOf(client, long)
    expect({ code: refusal.code, message: refusal.message }).toEqual({
      code: '53100',
      message: expect.stringMatching(/^could not extend file .*No space left on device$/),
    })
    expect(await rows()).toBe(before)

    await client.query(`set script_tracking.on_failure = 'error'`)
    const refused: string[] = []
    for (let n = 0; n < 60; n += 1) {
      await client.query(`create view strict_${n} as select '${'x'.repeat(150)}' as a`).catch((thrown: unknown) => {
        refused.push(String(thrown))
      })
    }
    await client.query('reset script_tracking.on_failure')
    expect(refused.length).toBeGreaterThan(0)
    for (const message of refused) {
      expect(message).toMatch(/CREATE VIEW is undone, because it could not be recorded: could not extend file/)
    }
    expect(await onlyValue(client, `select count(*)::int from pg_views where viewname like 'strict\\_%'`)).toBe(
      60 - refused.length,
    )

    await free()
    expect(await warningsDuring(client, () => client.query('create view after as select 1 as a'))).toEqual([])
    await client.query(`${long}`)
    await client.query('select script_tracking.seal()')
    expect(await rowsOf(client, 'select ok, problem from script_tracking.verify()')).toEqual([
      { ok: true, problem: null },
    ])
    // What happened meanwhile is drift, so it is not lost either.
    expect(
      await onlyValue(
        client,
        `select count(*)::int from script_tracking.drift() where object_type = 'view' and identity like 'public.seen%'`,
      ),
    ).toBe(lost)
  })
})

describe.runIf(mayMount).each(majors())('a full disk under the whole of PostgreSQL %i', (major) => {
  let server: EmbeddedServer
  let database: TestDatabase
  let disk: string
  let mounted = false

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'pgsteward-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', disk])
    mounted = true
    await chmod(disk, 0o755)
    server = await startEmbedded({
      dataFolder: join(disk, 'data'),
      binaries: binariesOf(major),
      settings: { min_wal_size: '32MB', max_wal_size: '32MB', restart_after_crash: 'off', fsync: 'off' },
    })
    const { host, port, superuser, password, dataFolder } = server
    database = await TestDatabase.tracked(reach({ major, host, port, superuser, password, dataFolder }))
  })
  afterAll(async () => {
    // The disk goes with all that is on it: nothing has to be ended in good order.
    await server?.kill()
    if (mounted) await run('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  it.each(['warn', 'error'])(
    'under %s: what took effect is recorded or was warned of, also after the server has fallen over its WAL',
    async (mode) => {
      const client = await database.session()
      await client.query(`set script_tracking.on_failure = '${mode}'`)
      await client.query(`create view ${mode}_before as select 1 as a`)
      await writeFile(join(disk, 'ballast'), Buffer.alloc(192 * 1024 * 1024)).catch(() => undefined)
      const warned = new Set<string>()
      let failed = 0
      for (let n = 0; n < 60; n += 1) {
        // A new segment has no room: whoever writes to it takes the server down.
        if (n === 40) await client.query('select pg_switch_wal()').catch(() => undefined)
        const name = `${mode}_${n}`
        const said = await warningsDuring(client, () =>
          client.query(`create view ${name} as select '${'x'.repeat(500)}' as a`).catch(() => {
            failed += 1
          }),
        )
        if (said.some((warning) => /took effect, but could not be recorded/.test(warning))) warned.add(name)
      }
      expect(failed).toBeGreaterThan(0)
      await rm(join(disk, 'ballast'))
      // It may be down, or in the middle of coming back.
      await server.kill()
      await server.restart()

      const after = await database.session()
      const unrecorded = await rowsOf(
        after,
        `select viewname from pg_views v where viewname ~ '^${mode}_' and not exists (
         select from script_tracking.ledger l where l.object_identity = 'public.' || v.viewname)`,
      )
      expect(unrecorded.filter(({ viewname }) => !warned.has(String(viewname)))).toEqual([])
      if (mode === 'error') expect(warned.size).toBe(0)
      // And nothing is recorded that did not take effect.
      expect(
        await rowsOf(
          after,
          `select object_identity from script_tracking.ledger where object_identity ~ '^public.${mode}_' and to_regclass(object_identity) is null`,
        ),
      ).toEqual([])
      await after.query(`create view ${mode}_after as select 1 as a`)
      await after.query('select script_tracking.seal()')
      expect(await rowsOf(after, 'select problem from script_tracking.verify() where ok is not true')).toEqual([])
    },
  )
})
