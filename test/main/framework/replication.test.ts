import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../../src/main/framework/capabilities.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { majors } from '../../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from '../../sql/tracked.ts'

const trail = 'select * from script_tracking.script_execution_s order by version_number, load_date'

/** Four servers start here, and their workers take their time on a busy machine. */
const patienceMs = 120_000

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(50)
}

describe.each(majors())('replication on PostgreSQL %i', (major) => {
  let publisher: Server
  let subscriber: Server
  beforeAll(async () => {
    const settings = { wal_level: 'logical' }
    ;[publisher, subscriber] = await Promise.all([startServer({ major, settings }), startServer({ major, settings })])
  })
  afterAll(async () => {
    await Promise.all([publisher?.stop(), subscriber?.stop()])
  })

  it.each(['for table work.item', 'for all tables'])(
    'takes rows from a tracked database that publishes %s, and keeps its own trail',
    async (what) => {
      const [from, to] = [await TestDatabase.tracked(publisher), await TestDatabase.tracked(subscriber)]
      try {
        const source = await from.session()
        const target = await to.session()
        for (const client of [source, target]) {
          await client.query('create schema work; create table work.item (id int primary key, name text)')
        }
        await source.query(`insert into work.item values (1, 'first'); create publication p ${what}`)
        const before = await rowsOf(target, trail)
        await target.query(`create subscription s connection '${publisher.url(from.name)}' publication p`)
        await until(async () => (await onlyValue(target, 'select count(*)::int from work.item')) === 1)

        await source.query(`select track_operation('at the publisher'); create table work.only_there (id int)`)
        await source.query(
          `insert into work.item select n, 'more' from generate_series(2, 100) n; update work.item set name = 'new' where id = 1`,
        )
        await until(
          async () =>
            (await onlyValue(target, `select count(*)::int from work.item where name in ('more', 'new')`)) === 100,
        )

        await target.query(`select track_operation('at the subscriber'); create table work.only_here (id int)`)
        const names = (await rowsOf(target, trail)).map((row) => row['script_name'])
        expect(names.toSorted()).toEqual(
          [
            ...before.map((row) => row['script_name']),
            'CREATE SUBSCRIPTION s',
            'CREATE TABLE work.only_here',
            'at the subscriber',
          ].toSorted(),
        )
        expect(await onlyValue(target, 'select count(*)::int from script_tracking.tracking_error')).toBe(0)
        expect((await capabilitiesOf(target)).filter(({ available }) => !available)).toEqual([])
      } finally {
        const target = await to.session()
        await target.query('drop subscription if exists s')
        await from.close()
        await to.close()
      }
    },
    patienceMs,
  )

  it('records what a session as replica restores, and refuses it nothing', async () => {
    const database = await TestDatabase.tracked(subscriber)
    try {
      const client = await database.session()
      await client.query(`set session_replication_role = replica; select track_operation('as replica')`)
      expect(await onlyValue(client, 'select count(*)::int from script_tracking.script_execution_s')).toBe(1)
      expect((await refusalOf(client, 'delete from script_tracking.ledger')).message).toContain('insert-only')
    } finally {
      await database.close()
    }
  })

  it('is read on a standby, where calls are refused in a clear sentence', async () => {
    const primary = await startServer({ major })
    try {
      const database = await TestDatabase.tracked(primary)
      const client = await database.session()
      await client.query(`create table seen_on_standby (id int); select track_operation('before')`)
      const before = await rowsOf(client, trail)
      expect(before.length).toBeGreaterThanOrEqual(2)
      await client.end()
      // A server that starts by this file is a standby, with or without a primary to follow.
      await writeFile(join(primary.dataFolder, 'standby.signal'), '')
      await primary.restart()
      const standby = await database.session()
      expect(await onlyValue(standby, 'select pg_is_in_recovery()')).toBe(true)
      expect(await rowsOf(standby, trail)).toEqual(before)
      expect(await rowsOf(standby, 'select * from script_tracking.get_execution_history(1)')).not.toEqual([])
      const refusal = await refusalOf(standby, `select track_operation('on a standby')`)
      expect(refusal.code).toBe('25006')
      await expect(installFramework(standby)).rejects.toThrow(/read-only|recovery/)
    } finally {
      await primary.stop()
    }
  })
})
