import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unprivilegedAccount } from '../../src/main/postgres/account.ts'
import { type Server, startServer } from '../ground/server.ts'
import { majors } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

const run = promisify(execFile)

/** A base backup, an archive of WAL, and a recovery to a moment: the server is set back with the trail in it. */
describe.each(majors())('recovery to a point in time on PostgreSQL %i', (major) => {
  let server: Server
  let database: TestDatabase
  let archive: string
  let backup: string

  beforeAll(async () => {
    server = await startServer({ major, durable: true })
    archive = join(server.folder, 'archive')
    backup = join(server.folder, 'backup')
    await mkdir(archive)
    await own(archive)
    await server.restart({ archive_mode: 'on', archive_command: `cp %p ${archive}/%f` })
    database = await TestDatabase.tracked(server)
  })
  afterAll(async () => {
    await database?.close()
    await server.stop()
  })

  async function own(folder: string): Promise<void> {
    const account = await unprivilegedAccount()
    if (account !== null) await run('chown', ['-R', `${account.uid}:${account.gid}`, folder])
    await chmod(folder, 0o700)
  }

  /** As "Making a base backup using the low level API" of PostgreSQL's manual says. */
  async function takeBackup(client: pg.Client): Promise<void> {
    const isOld = major < 15
    await client.query(isOld ? `select pg_start_backup('base', true, false)` : `select pg_backup_start('base', true)`)
    // A file that goes meanwhile is one that the backup can do without.
    await cp(server.dataFolder, backup, { recursive: true, filter: (file) => !file.endsWith('postmaster.pid') })
    const [end] = await rowsOf(client, `select labelfile from ${isOld ? 'pg_stop_backup(false)' : 'pg_backup_stop()'}`)
    await writeFile(join(backup, 'backup_label'), String(end?.['labelfile']))
  }

  /** Waits until all that was written is in the archive. */
  async function archiveAll(client: pg.Client): Promise<void> {
    const file = await onlyValue(client, 'select pg_walfile_name(pg_switch_wal())')
    await expect
      .poll(() => onlyValue(client, 'select last_archived_wal >= $1 from pg_stat_archiver', [file]), {
        timeout: 30_000,
      })
      .toBe(true)
  }

  async function recoverTo(moment: string): Promise<void> {
    await server.kill()
    await rm(server.dataFolder, { recursive: true })
    await cp(backup, server.dataFolder, { recursive: true })
    await rm(join(server.dataFolder, 'pg_wal'), { recursive: true })
    await mkdir(join(server.dataFolder, 'pg_wal'))
    await writeFile(join(server.dataFolder, 'recovery.signal'), '')
    await own(server.dataFolder)
    await server.restart({
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: moment,
      recovery_target_action: 'promote',
    })
  }

  const wrong = (client: pg.Client) =>
    rowsOf(client, 'select seal_number, problem from script_tracking.verify() where ok is not true')
  const seal = async (client: pg.Client) =>
    (
      await rowsOf(
        client,
        `select seal_number::int as seal, epoch, row_count::int as rows, encode(head, 'hex') as head from script_tracking.seal()`,
      )
    )[0]
  const names = (client: pg.Client) =>
    onlyValue(
      client,
      `select array_agg(script_name order by load_date, version_number)
       from script_tracking.script_execution_s where script_name ~ '^(CREATE VIEW public.|step)'`,
    )

  it('has the trail of that moment, which verifies; a seal goes on in a new epoch, and a later head does not fit it', async () => {
    const before = await database.session()
    await before.query('create view first as select 1 as a')
    const firstSeal = await seal(before)
    expect(firstSeal).toMatchObject({ seal: 1, epoch: 1 })
    await takeBackup(before)
    await before.query(`create view second as select 2 as a`)
    await before.query(`select track_operation('step two')`)
    const secondSeal = await seal(before)
    expect(secondSeal).toMatchObject({ seal: 2, epoch: 1 })
    await before.query(`create view third as select 3 as a`)
    // Recovery ends before the first commit after this moment.
    const moment = String(await onlyValue(before, 'select clock_timestamp()::text'))
    await before.query(`create view lost as select 4 as a`)
    await before.query(`select track_operation('step lost')`)
    const lostSeal = await seal(before)
    expect(lostSeal).toMatchObject({ seal: 3, epoch: 1, rows: 3 })
    await archiveAll(before)

    await recoverTo(moment)
    const after = await database.session()
    await expect.poll(() => onlyValue(after, 'select pg_is_in_recovery()'), { timeout: 30_000 }).toBe(false)
    expect(await names(after)).toEqual([
      'CREATE VIEW public.first',
      'CREATE VIEW public.second',
      'step two',
      'CREATE VIEW public.third',
    ])
    expect(await wrong(after)).toEqual([])
    expect(
      await rowsOf(
        after,
        `select seal_number::int as seal, encode(head, 'hex') as head from script_tracking.seal order by seal_number`,
      ),
    ).toEqual([
      { seal: 1, head: firstSeal?.['head'] },
      { seal: 2, head: secondSeal?.['head'] },
    ])

    // The trail goes on, though transaction ids and numbers are given out a second time.
    await after.query(`create view fourth as select 4 as a`)
    await after.query(
      `select script_tracking.complete_operation(hk) from script_tracking.track_operation('step three') hk`,
    )
    const next = await seal(after)
    expect(next).toMatchObject({ seal: 3, epoch: 2, rows: 4 })
    expect(next?.['head']).not.toBe(lostSeal?.['head'])
    expect(await rowsOf(after, 'select timeline from script_tracking.seal order by seal_number')).toEqual([
      { timeline: 1 },
      { timeline: 1 },
      { timeline: 2 },
    ])
    expect(await wrong(after)).toEqual([])
    expect(
      await rowsOf(
        after,
        `select (select count(*) from script_tracking.ledger) = count(*) as "all", count(*) = count(distinct (b.month, v)) as once
         from script_tracking.seal_block b, unnest(b.versions) v`,
      ),
    ).toEqual([{ all: true, once: true }])
    expect(await rowsOf(after, 'select identity from script_tracking.drift()')).toEqual([])
  })
})
