import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unprivilegedAccount } from '../../../src/main/postgres/account.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { majors } from '../../ground/shared.ts'
import { installTracking, look, openStation, type Station } from '../editor/station.ts'

const run = promisify(execFile)

// The primary is lost, and a replica that lagged behind takes over: transaction ids are given out a second time.
describe.each(majors())('the history of a database whose replica takes over, on PostgreSQL %i', (major) => {
  let server: Server
  let folder: string
  let station: Station | undefined

  beforeAll(async () => {
    server = await startServer({ major, durable: true })
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  })
  afterAll(async () => {
    await station?.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const copyOf = () => join(server.folder, 'copy')
  const lost = () => join(server.folder, 'lost')
  const copy = (from: string, to: string) =>
    cp(from, to, { recursive: true, filter: (file) => !file.endsWith('postmaster.pid') })

  /** What a replica has at this moment. */
  async function copyCluster(): Promise<void> {
    await server.kill()
    await copy(server.dataFolder, copyOf())
    await server.restart()
  }

  /** The copy in place of the primary, following. */
  async function becomeReplica(): Promise<void> {
    await server.kill()
    await rename(server.dataFolder, lost())
    await copy(copyOf(), server.dataFolder)
    await writeFile(join(server.dataFolder, 'standby.signal'), '')
    const account = await unprivilegedAccount()
    if (account !== null) await run('chown', ['-R', `${account.uid}:${account.gid}`, server.dataFolder])
    await chmod(server.dataFolder, 0o700)
    await server.restart()
  }

  /** The lost primary again at the address of the new one, or the other way round. */
  async function changePlaces(): Promise<void> {
    await server.kill()
    await rename(server.dataFolder, copyOf())
    await rename(lost(), server.dataFolder)
    await rename(copyOf(), lost())
    await server.restart()
  }

  const spend = (database: string) =>
    look(
      server,
      database,
      'do $$ begin for n in 1..100 loop perform pg_catalog.txid_current(); commit; end loop; end $$',
    )
  const shown = async ({ api, connection }: Station) =>
    (await api.history.search({ connection, limit: 1000 })).entries.map(({ excerpt }) => excerpt)
  const limits = async ({ api }: Station) => (await api.history.sources({})).flatMap((source) => source.limits)
  const position = ({ cache }: Station) =>
    Number(cache.db.prepare('select since_xid from read_position order by timeline desc').pluck().get())

  it('has what was done on the new timeline, though the old one was read beyond it, and nothing twice', async () => {
    const database = await server.createDatabase()
    await installTracking(server, database)
    await look(server, database, 'create table before_the_copy (id int)')
    await copyCluster()
    await look(server, database, 'create table lost_with_the_primary (id int)')
    await spend(database)
    const first = await openStation({ server, database, folder })
    station = first
    await first.run('create table of_this_machine (id int)')
    await first.api.history.sync({ connection: first.connection })
    const before = await shown(first)
    expect(before).toContainEqual(expect.stringContaining('before_the_copy'))
    expect(before).toContainEqual(expect.stringContaining('lost_with_the_primary'))
    expect(before).toContainEqual(expect.stringContaining('of_this_machine'))
    expect(await limits(first)).toEqual([])
    const readTo = position(first)
    await first.close()
    station = undefined

    await becomeReplica()
    const second = await openStation({ server, database, folder })
    station = second
    const sync = () => second.api.history.sync({ connection: second.connection })
    // A replica that lags is no restored database.
    expect(await sync()).toMatchObject({ received: 0 })
    expect(await limits(second)).toEqual([])
    expect(position(second)).toBe(readTo)

    await look(server, 'postgres', 'select pg_promote()')
    await look(server, database, 'create table on_the_new_timeline (id int)')
    const recorded = await look<{ xid: string }>(
      server,
      database,
      `select c.xid from script_tracking.read_changes(0, 0, 100000) c where c.state ->> 'script_content' ~ 'on_the_new_timeline'`,
    )
    expect(recorded).toHaveLength(1)
    expect(Number(recorded[0]?.xid)).toBeLessThan(readTo)
    await spend(database)
    await spend(database)
    const [now] = await look<{ xid: string }>(server, database, 'select txid_current() as xid')
    expect(Number(now?.xid)).toBeGreaterThan(readTo)

    expect(await sync()).toMatchObject({ received: 1 })
    const after = await shown(second)
    expect(after.filter((sql) => sql.includes('on_the_new_timeline'))).toHaveLength(1)
    expect(after.filter((sql) => !sql.includes('on_the_new_timeline'))).toEqual(before)
    const said = [expect.stringMatching(/^The database was restored, or a replica of it took over, before /)]
    expect(await limits(second)).toEqual(said)
    expect(position(second)).toBeGreaterThan(readTo)

    // From then on it is read as ever, and it stays said.
    await look(server, database, 'create table and_on (id int)')
    expect(await sync()).toMatchObject({ received: 1 })
    expect(await limits(second)).toEqual(said)

    // Both of them go on, each read from where it was left: what is no longer kept here does not come again.
    await rm(copyOf(), { recursive: true })
    second.cache.db.prepare("delete from operation where sql like '%before_the_copy%'").run()
    const all = (await shown(second)).length
    for (const made of ['on_the_old_one', 'on_the_new_one', 'on_the_old_one_again']) {
      await changePlaces()
      await look(server, database, `create table ${made} (id int)`)
      expect(await sync(), made).toMatchObject({ received: 1 })
      expect((await shown(second))[0]).toContain(made)
    }
    expect(await shown(second)).toHaveLength(all + 3)
    expect(await limits(second)).toEqual(said)
  }, 180_000)
})
