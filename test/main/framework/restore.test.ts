import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { trackingStateOf } from '../../../src/core/framework/plan.ts'
import { quoteName } from '../../../src/core/quote.ts'
import { bundled } from '../../../src/main/framework/bundle.ts'
import { capabilitiesOf } from '../../../src/main/framework/capabilities.ts'
import { inspect } from '../../../src/main/framework/inspect.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { dump, dumpMajor, dumpProblem, restore } from '../../ground/dump.ts'
import { type Major, type Server, startServer } from '../../ground/server.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase, warningsDuring } from '../../sql/tracked.ts'
import { definitionsOf } from './catalog.ts'

const pairs: [Major, Major][] = [
  [12, 18],
  [15, 15],
  [15, 18],
]
const tested = pairs.filter((pair) => pair.every((major) => majors().includes(major)))
const found = await dumpMajor()

const stewards = ['steward_owner', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor']
/** A dump is restored on a machine that may be busy. */
const patience = { timeout: 120_000 }
const trail = 'select * from script_tracking.script_execution_s order by version_number, load_date'

describe.each(tested)('a tracked database dumped from %i and restored in %i', (from, to) => {
  const problem = dumpProblem(found, from)
  describe.skipIf(problem !== null)(problem ?? 'with roles', () => {
    // A cluster of its own: its transaction ids begin anew, and no role is there.
    let target: Server
    let folder: string
    let source: TestDatabase
    let alice: string
    let bob: string
    let before: Record<string, unknown>[]

    beforeAll(async () => {
      // Transaction ids are counted here: nobody else shall use any.
      target = await startServer({ major: to, settings: { autovacuum: 'off' } })
      folder = await mkdtemp(join(tmpdir(), 'pgsteward-restore-'))
      source = await TestDatabase.tracked(sharedServer(from))
      alice = await source.role('alice')
      bob = await source.role('bob')
      const admin = await source.session()
      await passTransactions(admin, 20_000)
      await admin.query(`create schema work; grant all on schema work to public`)
      for (const role of [alice, bob]) {
        const client = await source.session(role)
        await client.query(`create table work.${quoteName(`of ${role}`)} (id int primary key)`)
        await client.query(`select public.complete_operation(public.track_operation('by ' || session_user), true)`)
        await client.query(`select public.track_operation($1, 'MANUAL')`, [`open: ${'long '.repeat(100)}`])
      }
      expect(await onlyValue(admin, 'select epoch from script_tracking.seal()')).toBe(1)
      before = await rowsOf(admin, trail)
      await writeFile(join(folder, 'dump.sql'), await dump(source.server, source.name))
    })
    afterAll(async () => {
      await source.close()
      await target.stop()
      await rm(folder, { recursive: true })
    })

    async function freshTarget(): Promise<TestDatabase> {
      return await TestDatabase.create(target)
    }

    it('stops at the first role that is missing, by its name', async () => {
      const database = await freshTarget()
      try {
        await expect(restore(target, database.name, join(folder, 'dump.sql'))).rejects.toThrow(
          /role "steward_owner" does not exist/,
        )
      } finally {
        await database.close()
      }
    })

    it('is a tracked database again: the trail is whole, everything works, numbers go on', patience, async () => {
      const database = await freshTarget()
      const client = await database.session()
      for (const role of stewards) await client.query(`create role ${role} nologin`)
      for (const role of [alice, bob])
        await client.query(`create role ${quoteName(role)} login password '${target.password}'`)
      try {
        await restore(target, database.name, join(folder, 'dump.sql'))
        expect(await rowsOf(client, trail)).toEqual(before)
        const { installed } = await inspect(client)
        expect(trackingStateOf(installed, bundled)).toBe('current')
        expect((await capabilitiesOf(client)).filter(({ available }) => !available)).toEqual([])

        // Where a transaction has the number of one that is recorded already, both stand.
        const warnings = await warningsDuring(client, () => recordAtTakenNumbers(client))
        expect(warnings).toEqual([])
        const after = await rowsOf(client, trail)
        expect(new Set(after.map((row) => row['version_number'])).size).toBe(after.length)
        expect(await onlyValue(client, 'select count(*)::int from script_tracking.tracking_error')).toBe(0)

        const own = await database.session(alice)
        const seen = await rowsOf(
          own,
          'select distinct session_user_name as who from script_tracking.script_execution_s',
        )
        expect(seen).toEqual([{ who: alice }])
        const open = await onlyValue(
          own,
          `select script_execution_hk from script_tracking.script_execution_current where execution_status = 'STARTED'`,
        )
        expect(await onlyValue(own, 'select public.complete_operation($1)', [open])).toBe(true)
        await own.query('create table work.later (id int)')
        expect(
          await onlyValue(
            own,
            `select script_name from script_tracking.script_execution_current order by load_date desc limit 1`,
          ),
        ).toBe('CREATE TABLE work.later')
        expect((await installFramework(client)).steps).toBe(0)

        // The chain of seals goes on in a new epoch, and all of it is right.
        expect(await onlyValue(client, 'select epoch from script_tracking.seal()')).toBe(2)
        const verdicts = await rowsOf(client, 'select seal_number::int as seal, ok from script_tracking.verify()')
        expect(verdicts).toEqual([
          { seal: 1, ok: true },
          { seal: 2, ok: true },
        ])
      } finally {
        await database.close()
        const admin = await TestDatabase.create(target)
        const session = await admin.session()
        for (const role of [...stewards, alice, bob]) await session.query(`drop role ${quoteName(role)}`)
        await admin.close()
      }
    })
  })
})

/** Uses up transaction ids, to `number` at least. */
async function passTransactions(client: pg.Client, number: number): Promise<void> {
  await client.query(`do $$ begin while txid_current() < ${number} loop commit; end loop; end $$`)
}

/** Makes a table under two transaction ids under which the restored trail has DDL already. */
async function recordAtTakenNumbers(client: pg.Client): Promise<void> {
  for (const table of ['first_at_taken_number', 'second_at_taken_number']) {
    const now = Number(await onlyValue(client, 'select txid_current()'))
    const taken = Number(
      await onlyValue(
        client,
        `select min(xid)::text from script_tracking.ledger where source = 'D' and xid > ${now + 1}`,
      ),
    )
    await passTransactions(client, taken - 1)
    await client.query(`create table public.${table} (id int primary key, note text)`)
    const names = await rowsOf(
      client,
      `select object_identity as name from script_tracking.ledger where xid = ${taken} and source = 'D' order by recorded_at`,
    )
    expect(names.length).toBeGreaterThan(1)
    expect(names.at(-1)).toEqual({ name: `public.${table}` })
  }
}

describe.each(majors())('an upgraded database on PostgreSQL %i', (major) => {
  const problem = dumpProblem(found, major)
  it.skipIf(problem !== null)(`is dumped as a fresh one is${problem === null ? '' : ` (${problem})`}`, async () => {
    const { nextRelease } = await import('./releases.ts')
    const databases = [await TestDatabase.create(sharedServer(major)), await TestDatabase.create(sharedServer(major))]
    try {
      const [upgraded, fresh] = databases
      if (upgraded === undefined || fresh === undefined) throw new Error('Two databases were made.')
      const client = await upgraded.session()
      await installFramework(client)
      await installFramework(client, () => {}, nextRelease)
      const other = await fresh.session()
      await installFramework(other, () => {}, nextRelease)
      const [first, second] = await Promise.all(
        [upgraded, fresh].map(async ({ server, name }) =>
          (await dump(server, name, ['--schema-only'])).replaceAll(/^\\(un)?restrict .*$/gm, ''),
        ),
      )
      expect(first).toEqual(second)
      expect(await definitionsOf(client)).toEqual(await definitionsOf(other))
    } finally {
      for (const database of databases) await database.close()
    }
  })
})
