import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { installTracking, look, openStation, type Station, type StationOptions, startMain } from '../editor/station.ts'
import { startProxy } from './proxy.ts'

const server = sharedServer()
let database: string
let folder: string
const toEnd: (() => Promise<void>)[] = []

const rowsOf = (sql: string, values: unknown[] = []) => look<Record<string, string>>(server, database, sql, values)

/** The states of an operation at the server, oldest first: each with how often it is there. */
async function statesAt(operation: string): Promise<string[]> {
  const rows = await rowsOf(
    `select s.execution_status from script_tracking.script_execution_s s
     where s.script_execution_hk = script_tracking.calculate_hash_key($1) order by s.version_number`,
    [operation],
  )
  return rows.map((row) => row['execution_status'] ?? '')
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(20)
}

async function open(options: Partial<StationOptions> = {}): Promise<Station> {
  const station = await openStation({ server, database, folder, firstPauseMs: 20, ...options })
  toEnd.push(() => station.close())
  return station
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
  await rm(folder, { recursive: true, force: true })
})

beforeAll(async () => {
  database = await server.createDatabase()
  await installTracking(server, database)
})
afterAll(async () => {
  await server.dropDatabase(database)
})

describe('the outbox', () => {
  it('sends each state once, also when the answer to it is lost', async () => {
    const proxy = await startProxy(server)
    toEnd.push(() => proxy.close())
    const station = await open({ server: { ...server, host: proxy.host, port: proxy.port } })
    proxy.withhold('select script_tracking.record_execution', 'cut')
    const { outcome } = await station.run('select 1')
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'waiting', recordingFault: expect.anything() })
    await until(async () => proxy.cuts >= 3)
    expect((await station.api.history.waiting({})).count).toBeGreaterThan(0)
    proxy.pass()
    await until(async () => (await station.api.history.waiting({})).count === 0)
    expect(await statesAt(outcome.operation)).toEqual(['STARTED', 'COMPLETED'])
    expect((await station.detail(outcome.operation)).states.map(({ recorded }) => recorded)).toEqual([
      'server',
      'server',
    ])
  })

  it('does not hold up a run when the server does not answer', async () => {
    const proxy = await startProxy(server)
    toEnd.push(() => proxy.close())
    const station = await open({ server: { ...server, host: proxy.host, port: proxy.port } })
    proxy.withhold('select script_tracking.record_execution', 'leave')
    const { outcome } = await station.run('select 1')
    expect(outcome).toMatchObject({ status: 'COMPLETED', recorded: 'waiting' })
  })

  it('tells when a slow answer has come after all, and where the record is by then', async () => {
    const proxy = await startProxy(server)
    toEnd.push(() => proxy.close())
    const station = await open({ server: { ...server, host: proxy.host, port: proxy.port } })
    const at = { connection: station.connection }
    const heard: { recorded: string; fault: unknown }[] = []
    let operation = ''
    const watching = new AbortController()
    toEnd.push(async () => watching.abort())
    const asking: Promise<unknown>[] = []
    const listen = () => {
      if (operation === '') return
      asking.push(station.api.history.keeping({ ...at, id: operation }).then((keeping) => heard.push(keeping)))
    }
    void station.api.connections.watch({}, { onEvent: listen, signal: watching.signal })

    proxy.withhold('select script_tracking.record_execution', 'leave')
    const { outcome } = await station.run('select 1')
    operation = outcome.operation
    expect(await station.api.history.keeping({ ...at, id: operation })).toEqual({ recorded: 'waiting', fault: null })
    proxy.pass()
    await until(async () => heard.some(({ recorded }) => recorded === 'server'))
    await Promise.all(asking)
    expect(heard.at(-1)).toEqual({ recorded: 'server', fault: null })
    expect(await statesAt(operation)).toEqual(['STARTED', 'COMPLETED'])
  })

  it('keeps what a removed framework cannot take, says why, and sends it when it is back', async () => {
    const own = await server.createDatabase()
    toEnd.push(() => server.dropDatabase(own))
    await installTracking(server, own)
    const station = await open({ database: own })
    expect((await station.run('select 1')).outcome.recorded).toBe('server')
    await look(server, own, 'alter schema script_tracking rename to put_aside')
    const { outcome } = await station.run('select 2')
    expect(outcome).toMatchObject({
      status: 'COMPLETED',
      recorded: 'waiting',
      recordingFault: { code: 'postgres', sqlstate: '3F000' },
    })
    expect(await station.api.history.sync({ connection: station.connection }).catch(() => null)).toBeNull()
    await look(server, own, 'alter schema put_aside rename to script_tracking')
    expect(await station.api.history.sync({ connection: station.connection })).toMatchObject({ sent: 2, waiting: 0 })
  })

  it('lets one record that the server refuses not hold up the others', async () => {
    const station = await open()
    const first = await station.run('select 1')
    station.cache.db
      .prepare(
        "update operation_state set recorded = 'waiting', ordinal = 7, outcome = :outcome where operation = :id and ordinal = 1",
      )
      .run({
        id: first.outcome.operation,
        outcome: JSON.stringify({ durationMs: null, rows: 1e30, errorMessage: null, errorCode: null, metadata: null }),
      })
    const second = await station.run('select 2')
    expect(second.outcome).toMatchObject({ recorded: 'server' })
    expect((await station.api.history.waiting({})).count).toBe(1)
    const refused = station.cache.db.prepare("select fault from operation_state where recorded = 'waiting'").all()
    expect(JSON.stringify(refused)).toContain('22003')
    const { keeping } = station.api.history
    const at = { connection: station.connection }
    expect(await keeping({ ...at, id: second.outcome.operation })).toEqual({ recorded: 'server', fault: null })
    expect(await keeping({ ...at, id: first.outcome.operation })).toMatchObject({
      recorded: 'waiting',
      fault: { sqlstate: '22003' },
    })
  })

  it('passes over what can never be taken, keeps it, says why, and sends it when that has changed', async () => {
    const own = await server.createDatabase()
    toEnd.push(() => server.dropDatabase(own))
    await installTracking(server, own)
    await look(server, own, `alter database ${own} set max_stack_depth = '100kB'`)
    const station = await open({ database: own })
    const at = { connection: station.connection }
    const { keeping, waiting } = station.api.history
    const asks = () =>
      station.cache.db.prepare("select operation, fault from operation_state where recorded = 'waiting'").all()
    /** Has the end of an operation wait again, with what it says nested as deeply. */
    const nest = (operation: string, depth: number) =>
      station.cache.db
        .prepare(
          "update operation_state set recorded = 'waiting', ordinal = 7, outcome = :outcome where operation = :operation and ordinal = 1",
        )
        .run({
          operation,
          outcome: `{"durationMs":1,"rows":1,"errorMessage":null,"errorCode":null,"metadata":{"deep":${'['.repeat(depth)}${']'.repeat(depth)}}}`,
        })
    // The server cannot read the one, and this program cannot write out the other.
    const deep = (await station.run("select 'deep'")).outcome.operation
    const deeper = (await station.run("select 'deeper'")).outcome.operation
    nest(deep, 500)
    nest(deeper, 100_000)
    const after = await station.run('select 2')
    expect(after.outcome).toMatchObject({ recorded: 'server', recordingFault: null })
    expect(await keeping({ ...at, id: deep })).toMatchObject({
      recorded: 'waiting',
      fault: { sqlstate: '54001', message: 'stack depth limit exceeded' },
    })
    expect(await keeping({ ...at, id: deeper })).toMatchObject({
      recorded: 'waiting',
      fault: { code: 'unwritable', message: expect.stringMatching(/^The record cannot be written out/) },
    })
    expect(await waiting({})).toMatchObject({ count: 2 })
    // They are not asked again with each operation.
    const refusedOnce = asks()
    await look(server, own, `alter database ${own} reset max_stack_depth`)
    expect((await station.run('select 3')).outcome).toMatchObject({ recorded: 'server' })
    expect(asks()).toEqual(refusedOnce)
    // Whoever asks for it has them tried again.
    await station.close()
    const again = await open({ database: own })
    expect(await again.api.history.sync({ connection: again.connection })).toMatchObject({ waiting: 1 })
    const states = await look<{ execution_status: string }>(
      server,
      own,
      'select execution_status from script_tracking.script_execution_s where script_execution_hk = script_tracking.calculate_hash_key($1) order by version_number',
      [deep],
    )
    expect(states.at(-1)).toEqual({ execution_status: 'COMPLETED' })
    expect(await again.api.history.keeping({ connection: again.connection, id: deeper })).toMatchObject({
      recorded: 'waiting',
      fault: { code: 'unwritable' },
    })
  })

  it('passes over what fails again and again, so that the others go, and loses none', async () => {
    const own = await server.createDatabase()
    toEnd.push(() => server.dropDatabase(own))
    await installTracking(server, own)
    const station = await open({ database: own })
    // An error that may be the record's or the server's: here, a trigger of somebody's on the ledger.
    await look(
      server,
      own,
      `create function public.refuse() returns trigger language plpgsql as
         $$ begin if new.content ~ 'poison' then raise 'not this one'; end if; return new; end $$`,
    )
    await look(
      server,
      own,
      'create trigger refuse before insert on script_tracking.ledger for each row execute function public.refuse()',
    )
    const poison = [await station.run("select 'poison', 1"), await station.run("select 'poison', 2")]
    const { outcome } = await station.run('select 3')
    const { keeping, sync, waiting } = station.api.history
    const at = { connection: station.connection }
    await until(async () => (await keeping({ ...at, id: outcome.operation })).recorded === 'server')
    for (const { outcome } of poison) {
      expect(await keeping({ ...at, id: outcome.operation })).toMatchObject({
        recorded: 'waiting',
        fault: { sqlstate: 'P0001', message: 'not this one' },
      })
    }
    expect(await waiting({})).toMatchObject({ count: 4 })
    await look(server, own, 'drop trigger refuse on script_tracking.ledger')
    expect(await sync(at)).toMatchObject({ sent: 4, waiting: 0 })
  })

  it('tells a database only what happened in it, by the role that did it', async () => {
    const role = `${database}_alice`
    await rowsOf(`create role ${role} login password 'a'`)
    const elsewhere = await server.createDatabase()
    toEnd.push(async () => {
      await server.dropDatabase(elsewhere)
      await rowsOf(`drop role ${role}`)
    })
    await installTracking(server, elsewhere)

    const proxy = await startProxy(server)
    const alice = await open({ server: { ...server, host: proxy.host, port: proxy.port }, user: role, password: 'a' })
    proxy.withhold('select script_tracking.record_execution', 'cut')
    const { outcome } = await alice.run("select 'by alice'")
    expect(outcome.recorded).toBe('waiting')
    await proxy.close()
    await alice.close()

    // Another database of the same server, and another role in the same database: neither may tell of it.
    const other = await open({ database: elsewhere })
    await other.api.history.sync({ connection: other.connection })
    const same = await open()
    await same.api.history.sync({ connection: same.connection })
    expect((await same.api.history.waiting({})).count).toBeGreaterThan(0)
    const again = await open({ user: role, password: 'a' })
    await until(async () => (await again.api.history.waiting({})).count === 0)
    expect(await statesAt(outcome.operation)).toEqual(['STARTED', 'COMPLETED'])
    const [who] = await rowsOf(
      'select distinct session_user_name from script_tracking.script_execution_s where script_execution_hk = script_tracking.calculate_hash_key($1)',
      [outcome.operation],
    )
    expect(who).toEqual({ session_user_name: role })
  })

  it('has nothing to send where no framework is, and is used at once when one is installed', async () => {
    const own = await server.createDatabase()
    toEnd.push(() => server.dropDatabase(own))
    const station = await open({ database: own })
    expect((await station.run('select 1')).outcome).toMatchObject({ recorded: 'local', recordingFault: null })
    expect((await station.api.history.waiting({})).count).toBe(0)
    await installTracking(server, own)
    expect((await station.run('select 2')).outcome).toMatchObject({ recorded: 'server' })
  })
})

describe('a server that goes away', () => {
  let away: Server
  beforeAll(async () => {
    // A crash loses what a server that does not wait for its disk has answered already.
    away = await startServer({ durable: true })
  })
  afterAll(() => away.stop())

  it('is told what happened when it is back, each state once, and the history is there meanwhile', async () => {
    const name = await away.createDatabase()
    await installTracking(away, name)
    const station = await open({ server: away, database: name })
    const before = await station.run('create table made_before (id int)')
    const running = station.run("select pg_sleep(600), 'was running'")
    await until(
      async () =>
        (
          await look(
            away,
            name,
            "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)%' and pid = $1",
            [station.backendPid],
          )
        ).length === 1,
    )
    await away.kill()
    const { outcome } = await running
    expect(outcome).toMatchObject({ status: 'INTERRUPTED', recorded: 'waiting' })
    const offline = await station.api.history.search({ text: 'was runn', connection: station.connection })
    expect(offline.entries).toMatchObject([{ id: outcome.operation, status: 'INTERRUPTED', waiting: true }])

    await away.restart()
    await until(async () => (await station.api.history.waiting({})).count === 0)
    const states = await look<{ execution_status: string }>(
      away,
      name,
      'select execution_status from script_tracking.script_execution_s where script_execution_hk = script_tracking.calculate_hash_key($1) order by version_number',
      [outcome.operation],
    )
    expect(states.map((state) => state.execution_status)).toEqual(['STARTED', 'INTERRUPTED'])
    expect((await station.detail(before.outcome.operation)).status).toBe('COMPLETED')
  })
})

describe('a program that is killed', () => {
  /** Starts a process that runs `sql`; its events come as they happen. */
  function startProgram(options: Partial<StationOptions>, sql: string) {
    const { host, port, password } = options.server ?? server
    const child: ChildProcess = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'program.ts'),
        JSON.stringify({ database, folder, firstPauseMs: 20, ...options, server: { host, port, password } }),
        sql,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    toEnd.push(async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    })
    if (child.stdout === null) throw new Error('The child writes to a pipe.')
    const lines = createInterface(child.stdout)
    const started = (async () => {
      for await (const line of lines) {
        const event: unknown = JSON.parse(line)
        if (typeof event === 'object' && event !== null && 'operation' in event) return String(event.operation)
      }
      throw new Error('The child has ended without starting a run.')
    })()
    return {
      started,
      kill: async () => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      },
    }
  }

  it('in the middle of a run leaves a record, which the next one ends', async () => {
    const program = startProgram({}, 'create table by_the_killed (id int); select pg_sleep(600)')
    const operation = await program.started
    await until(async () => (await statesAt(operation)).length === 1)
    await until(
      async () =>
        (await rowsOf("select 1 as one from pg_stat_activity where query = 'select pg_sleep(600)'")).length > 0,
    )
    // While it lives, its operation is not taken for interrupted.
    const beside = startMain(folder)
    expect((await beside.join().api.history.get({ id: operation })).status).toBe('STARTED')
    await beside.close()

    await program.kill()
    const next = await open()
    expect(await next.detail(operation)).toMatchObject({ status: 'INTERRUPTED', errorMessage: expect.any(String) })
    await until(async () => (await next.api.history.waiting({})).count === 0)
    expect(await statesAt(operation)).toEqual(['STARTED', 'INTERRUPTED'])
    await rowsOf("select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(600)'")
  })

  it('between sending and the answer counts once', async () => {
    const proxy = await startProxy(server)
    toEnd.push(() => proxy.close())
    proxy.withhold('select script_tracking.record_execution', 'leave')
    const program = startProgram({ server: { ...server, host: proxy.host, port: proxy.port } }, 'select 1')
    const operation = await program.started
    await until(async () => proxy.cuts > 0)
    await program.kill()
    expect(await statesAt(operation)).toEqual(['STARTED'])
    const next = await open()
    await until(async () => (await next.api.history.waiting({})).count === 0)
    const states = await statesAt(operation)
    expect(states).toHaveLength(2)
    expect(states).toEqual(['STARTED', (await next.detail(operation)).status])
  })
})
