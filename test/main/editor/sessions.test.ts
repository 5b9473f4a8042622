import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionEvent } from '../../../src/core/editor/contract.ts'
import { quoteName } from '../../../src/core/quote.ts'
import { startServer } from '../../ground/server.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { startProxy } from '../history/proxy.ts'
import { look, openStation, type Station } from './station.ts'

describe.each(majors())('sessions of the editor on PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let station: Station

  const rowsOf = (sql: string, values: unknown[] = []) => look<Record<string, string>>(server, database, sql, values)
  const count = async (table: string) => Number((await rowsOf(`select count(*) as n from ${table}`))[0]?.['n'])
  const statusOf = async (operation: string) => (await station.detail(operation)).status
  /** Waits until the backend runs a statement that holds `text`. */
  const runs = async (pid: number, text: string) => {
    for (;;) {
      const [backend] = await rowsOf('select state, query from pg_stat_activity where pid = $1', [pid])
      if (backend?.['state'] === 'active' && backend['query']?.includes(text)) return
      await sleep(10)
    }
  }

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database })
    await station.run('create table t (id int primary key)')
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  describe('a transaction', () => {
    it('keeps its operations open until it is committed', async () => {
      const first = await station.run('begin; insert into t values (1)')
      expect(first.outcome).toMatchObject({ status: 'STARTED', transaction: 'open' })
      const second = await station.run('insert into t values (2)')
      const third = await station.run('commit')
      expect(third.outcome).toMatchObject({ status: 'COMPLETED', transaction: 'idle' })
      for (const { outcome } of [first, second, third]) expect(await statusOf(outcome.operation)).toBe('COMPLETED')
      expect(await count('t')).toBe(2)
    })

    it('takes its operations with it when it is rolled back', async () => {
      const first = await station.run('begin')
      const second = await station.run('insert into t values (10)')
      const third = await station.run('insert into t values (11)')
      const last = await station.run('rollback')
      expect(await statusOf(first.outcome.operation)).toBe('COMPLETED')
      expect(await statusOf(second.outcome.operation)).toBe('ROLLED_BACK')
      expect(await statusOf(third.outcome.operation)).toBe('ROLLED_BACK')
      expect(await statusOf(last.outcome.operation)).toBe('COMPLETED')
      const { outcome } = await station.run('begin; insert into t values (12); rollback')
      expect(outcome.status).toBe('ROLLED_BACK')
    })

    it('that has failed can be committed in words alone', async () => {
      const first = await station.run('begin; insert into t values (20)')
      const second = await station.run('insert into t values (21); insert into t values (20)')
      expect(second.outcome).toMatchObject({ status: 'FAILED', transaction: 'failed', completed: 1 })
      expect((await station.detail(second.outcome.operation)).errorMessage).toContain(
        'a transaction that is still open',
      )
      const refused = await station.run('select 1')
      expect(refused.outcome.failure?.fault.sqlstate).toBe('25P02')
      const { outcome, results } = await station.run('commit')
      expect(results[0]?.command).toBe('ROLLBACK')
      expect(outcome).toMatchObject({ status: 'ROLLED_BACK', transaction: 'idle' })
      expect(await statusOf(first.outcome.operation)).toBe('ROLLED_BACK')
      expect(await statusOf(second.outcome.operation)).toBe('FAILED')
    })

    it('undoes to a savepoint what ran after it, and no more', async () => {
      const before = await station.run('begin; insert into t values (30)')
      const mixed = await station.run('insert into t values (31); savepoint "Here"; insert into t values (32)')
      const undone = await station.run('insert into t values (33)')
      await station.run('rollback to "Here"')
      const after = await station.run('insert into t values (34)')
      await station.run('commit')
      expect(await statusOf(before.outcome.operation)).toBe('COMPLETED')
      expect(await statusOf(mixed.outcome.operation)).toBe('COMPLETED')
      expect(await statusOf(undone.outcome.operation)).toBe('ROLLED_BACK')
      expect(await statusOf(after.outcome.operation)).toBe('COMPLETED')
      expect(await count('t where id between 30 and 39')).toBe(3)
    })

    it('goes on in the next one with "and chain"', async () => {
      const first = await station.run('begin; insert into t values (40); commit and chain')
      expect(first.outcome).toMatchObject({ status: 'COMPLETED', transaction: 'open' })
      const second = await station.run('insert into t values (41); rollback and chain')
      expect(second.outcome).toMatchObject({ status: 'ROLLED_BACK', transaction: 'open' })
      await station.run('rollback')
      expect(await count('t where id in (40, 41)')).toBe(1)
    })

    it('is rolled back when its session is closed, and says so', async () => {
      const other = station.join()
      const { session } = await other.api.editor.open({ connection: station.connection })
      const outcome = await other.api.editor.run({ session, sql: 'begin; insert into t values (50)' })
      expect(outcome.status).toBe('STARTED')
      await other.api.editor.close({ session })
      expect(await statusOf(outcome.operation)).toBe('ROLLED_BACK')
      expect(await count('t where id = 50')).toBe(0)
    })
  })

  describe('cancelling', () => {
    it('stops the statement at the server, and the run with it', async () => {
      const cancel = new AbortController()
      const run = station.run('insert into t values (60); select pg_sleep(600); insert into t values (61)', {
        signal: cancel.signal,
      })
      await runs(station.backendPid, 'pg_sleep(600)')
      cancel.abort()
      const { outcome } = await run
      expect(outcome).toMatchObject({
        status: 'FAILED',
        completed: 1,
        failure: { statement: 1, fault: { code: 'cancelled', sqlstate: '57014' } },
      })
      expect(await count('t where id in (60, 61)')).toBe(1)
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'FAILED', errorCode: '57014' })
      const backends = await rowsOf('select state from pg_stat_activity where pid = $1', [station.backendPid])
      expect(backends).toEqual([{ state: 'idle' }])
    })

    it('never hits what runs next', async () => {
      for (let round = 0; round < 15; round += 1) {
        const cancel = new AbortController()
        const run = station.run('select pg_sleep(0.01)', { signal: cancel.signal })
        // Around the end of the statement: before, at, and after it.
        await sleep(round)
        cancel.abort()
        await run
        const next = await station.run('select pg_sleep(0.02)')
        expect(next.outcome).toMatchObject({ status: 'COMPLETED', failure: null })
      }
    })

    it('tells with rows what the server says while it makes them', async () => {
      await station.run(
        "create function loud(n int) returns int language plpgsql as $$ begin raise notice 'row %', n; return n; end $$",
      )
      const { results } = await station.run('select loud(n) from generate_series(1, 20) n', { pageSize: 5 })
      const part = await station.api.editor.rows({ result: results[0]?.result ?? '', from: 5, count: 5 })
      // The row behind each page is made with it: only so it is known whether there is one.
      expect(part.notices.map(({ message }) => message)).toEqual(['row 7', 'row 8', 'row 9', 'row 10', 'row 11'])
    })

    it('stops a result that is being read on', async () => {
      const { results, outcome } = await station.run(
        'select n, case when n > 201 then pg_sleep(600) end from generate_series(1, 300) n',
      )
      const cancel = new AbortController()
      const reading = station.api.editor.readOn({ result: results[0]?.result ?? '' }, { signal: cancel.signal })
      await runs(station.backendPid, 'pg_sleep(600)')
      cancel.abort()
      expect(await reading).toMatchObject({ known: 201, done: false, fault: { sqlstate: '57014' } })
      expect(await statusOf(outcome.operation)).toBe('FAILED')
    })

    it('is what a closed wire does: the session ends, its record is true', async () => {
      const other = station.join()
      const { session, backendPid } = await other.api.editor.open({ connection: station.connection })
      let operation = ''
      const run = other.api.editor.run(
        { session, sql: 'begin; insert into t values (70); select pg_sleep(600)' },
        {
          onEvent: (event) => {
            if (event.kind === 'started') operation = event.operation
          },
        },
      )
      const lost = expect(run).rejects.toMatchObject({ fault: { code: 'wire_closed' } })
      await runs(backendPid, 'pg_sleep(600)')
      other.wire.close()
      await lost
      while ((await rowsOf('select 1 as one from pg_stat_activity where pid = $1', [backendPid])).length > 0)
        await sleep(10)
      expect(await station.detail(operation)).toMatchObject({ status: 'FAILED', errorCode: '57014' })
      expect(await count('t where id = 70')).toBe(0)
    })
  })

  it('runs in two sessions at once, and refuses a second run in one', async () => {
    const other = station.join()
    const { session, backendPid } = await other.api.editor.open({ connection: station.connection })
    const cancel = new AbortController()
    const long = other.api.editor.run({ session, sql: 'select pg_sleep(600)' }, { signal: cancel.signal })
    await runs(backendPid, 'pg_sleep(600)')
    expect((await station.run('select 1')).outcome.status).toBe('COMPLETED')
    await expect(other.api.editor.run({ session, sql: 'select 1' })).rejects.toMatchObject({
      fault: { code: 'refused' },
    })
    // A session is for whoever opened it.
    await expect(station.api.editor.run({ session, sql: 'select 1' })).rejects.toMatchObject({
      fault: { code: 'not_found' },
    })
    cancel.abort()
    expect((await long).failure?.fault.code).toBe('cancelled')
    other.wire.close()
  })

  it('records a connection that is cut in the middle, and says that the session is gone', async () => {
    const own = await openStation({ server, database })
    const open = await own.run('begin; insert into t values (80)')
    const run = own.run('select pg_sleep(600)')
    await runs(own.backendPid, 'pg_sleep(600)')
    await rowsOf('select pg_terminate_backend($1)', [own.backendPid])
    const { outcome } = await run
    expect(outcome).toMatchObject({
      status: 'INTERRUPTED',
      transaction: 'idle',
      failure: { statement: 0, fault: { sqlstate: '57P01' } },
    })
    expect(await own.detail(outcome.operation)).toMatchObject({ status: 'INTERRUPTED', errorCode: '57P01' })
    expect(await own.detail(open.outcome.operation)).toMatchObject({
      status: 'INTERRUPTED',
      errorMessage: expect.stringContaining('rolled it back'),
    })
    await expect(own.run('select 1')).rejects.toMatchObject({ fault: { code: 'connection_lost' } })
    const { session } = await own.api.editor.open({ connection: own.connection })
    expect((await own.run('select 1', { session })).outcome.status).toBe('COMPLETED')
    await own.close()
    expect(await count('t where id = 80')).toBe(0)
  })

  it('records how many rows had come where a result is cut while it is read', async () => {
    const own = await openStation({ server, database })
    const { outcome, results } = await own.run('select g from generate_series(1, 100000) g')
    const result = results[0]?.result ?? ''
    await own.api.editor.rows({ result, from: 2_000, count: 500 })
    await rowsOf('select pg_terminate_backend($1)', [own.backendPid])
    const { known, fault } = await own.api.editor.readOn({ result })
    expect(known).toBeGreaterThanOrEqual(2_500)
    expect(fault).not.toBeNull()
    expect(await own.detail(outcome.operation)).toMatchObject({
      status: 'INTERRUPTED',
      rows: known,
      errorMessage: `The connection was lost before the last result was read to its end (after ${known.toLocaleString('en')} rows).`,
    })
    await own.close()
  })

  it('claims neither a commit nor a rollback where the answer to the commit is lost', async () => {
    const proxy = await startProxy(server)
    const own = await openStation({ server: { ...server, host: proxy.host, port: proxy.port }, database })
    try {
      const open = await own.run('begin; insert into t values (190)')
      proxy.withhold('commit', 'cut')
      const { outcome } = await own.run('insert into t values (191); insert into t values (192); commit; select 1')
      expect(proxy.cuts).toBeGreaterThan(0)
      expect(outcome).toMatchObject({ status: 'INTERRUPTED', failure: { statement: 2 } })
      expect(await count('t where id between 190 and 192')).toBe(3)
      const first = await own.detail(open.outcome.operation)
      expect(first).toMatchObject({
        status: 'INTERRUPTED',
        errorMessage: expect.stringContaining('server alone knows'),
      })
      const second = await own.detail(outcome.operation)
      expect(second.errorMessage).toContain('statement 3 of 4 was interrupted; whether the 2 before it were committed')
    } finally {
      await own.close()
      await proxy.close()
    }
  })

  it('knows that a cut transaction is rolled back, whole', async () => {
    const own = await openStation({ server, database })
    const run = own.run('begin; insert into t values (95); insert into t values (96); select pg_sleep(600); commit')
    await runs(own.backendPid, 'pg_sleep(600)')
    await rowsOf('select pg_terminate_backend($1)', [own.backendPid])
    const { outcome } = await run
    expect((await own.detail(outcome.operation)).errorMessage).toContain('the 3 before it are rolled back')
    await own.close()
    expect(await count('t where id in (95, 96)')).toBe(0)
  })

  it('tells whoever follows it that it was cut, though nothing ran', async () => {
    const own = await openStation({ server, database })
    await own.run('begin; insert into t values (80)')
    const told = Promise.withResolvers<TransactionEvent>()
    own.api.editor
      .follow({ session: own.session }, { onEvent: (event) => event.lost !== null && told.resolve(event) })
      .catch(() => undefined)
    await rowsOf('select pg_terminate_backend($1)', [own.backendPid])
    expect(await told.promise).toMatchObject({
      transaction: 'idle',
      rollBackInMs: null,
      lost: { code: 'connection_lost', sqlstate: '57P01' },
    })
    await own.close()
  })

  it('does not take what a failed transaction answers to "prepare transaction" for a success', async () => {
    const first = await station.run('begin; insert into t values (97)')
    await station.run('select 1 / 0')
    const { outcome } = await station.run("prepare transaction 'p'")
    expect(outcome).toMatchObject({ status: 'ROLLED_BACK', transaction: 'idle' })
    expect(await statusOf(first.outcome.operation)).toBe('ROLLED_BACK')
  })

  it('commits by a statement that is too long for the parser', async () => {
    const { outcome } = await station.run(`begin; insert into t values (98); commit /* ${'x'.repeat(150_000)} */;`)
    expect(outcome.status).toBe('COMPLETED')
    expect(await count('t where id = 98')).toBe(1)
  })

  it('stays read-only where the connection is, whatever the script says', async () => {
    const reader = await openStation({ server, database, settings: { readOnly: true } })
    for (const lift of [
      'set default_transaction_read_only = off',
      'set session characteristics as transaction read write',
      'begin read write',
      'start transaction isolation level serializable, read write',
      "select set_config('transaction_read_only', 'off', false)",
      'do $$ begin set transaction_read_only = off; insert into t values (90); end $$',
    ]) {
      const { outcome } = await reader.run(`${lift}; insert into t values (90)`)
      expect(outcome).toMatchObject({ status: 'FAILED', completed: 0, failure: { fault: { code: 'refused' } } })
    }
    for (const sql of [
      'insert into t values (90)',
      "select set_config('default_transaction_' || 'read_only', 'off', false); insert into t values (90)",
      "do $$ begin execute 'set default_transaction_read' || '_only = off'; end $$; insert into t values (90)",
      'reset all; insert into t values (90)',
      'discard all; insert into t values (90)',
    ]) {
      expect((await reader.run(sql)).outcome.failure?.fault.sqlstate).toBe('25006')
    }
    for (const sql of ["alter system set work_mem = '5MB'", "commit prepared 'x'", "rollback /* */ prepared 'x'"]) {
      expect((await reader.run(sql)).outcome.failure?.fault, sql).toMatchObject({ code: 'refused' })
    }
    const spelled = await reader.run(
      String.raw`begin; set U&"transaction_read\005fonly" = off; insert into t values (90)`,
    )
    expect(spelled.outcome).toMatchObject({ completed: 1, failure: { fault: { code: 'refused' } } })
    await reader.run('rollback')
    expect((await reader.run("begin read only; select 'read write'; rollback")).outcome.failure).toBeNull()
    await reader.close()
    expect(await count('t where id = 90')).toBe(0)
  })

  it('sends nothing that a session with escapes in its texts would read otherwise than the guard', async () => {
    await rowsOf(`alter role postgres in database ${quoteName(database)} set standard_conforming_strings = off`)
    const guarded = await openStation({ server, database, settings: { kind: 'production' } })
    await rowsOf(`alter role postgres in database ${quoteName(database)} reset standard_conforming_strings`)
    // A text up to its end to this program; to the server, two texts with a deletion between them.
    const sql = String.raw`with a as (select '\''), b as (delete from t returning 1) select count(*) from b --'`
    const before = await count('t')
    const asItBegan = await guarded.run(sql)
    expect(asItBegan.outcome.failure?.fault).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('standard_conforming_strings'),
    })
    expect((await guarded.run(String.raw`select 'a'; select E'\'', '1'`)).results[1]?.rows).toEqual([["'", '1']])
    const block = String.raw`do $x$ begin perform '\''; delete from t; --'; end $x$`
    expect((await guarded.run(block, { confirmed: ['t', database] })).outcome.failure?.fault.code).toBe('refused')
    expect(
      (await guarded.run(String.raw`set standard_conforming_strings = on; select 'C:\'`)).results[1]?.rows,
    ).toEqual([['C:\\']])
    const changed = await guarded.run(`select set_config('standard_conforming_strings', 'off', false); ${sql}`)
    expect(changed.outcome).toMatchObject({ completed: 1, failure: { fault: { code: 'refused' } } })
    await guarded.close()
    expect(await count('t')).toBe(before)
  })

  it('keeps UTF-8 whatever the script says', async () => {
    const { outcome, results, events } = await station.run("set client_encoding = 'latin1'; select 'é😀'")
    expect(outcome.failure).toBeNull()
    expect(results[1]?.rows).toEqual([['é😀']])
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'notice', notice: expect.objectContaining({ severity: 'WARNING' }) }),
    )
  })
})

it('ends the session, and not the program, where a value is longer than any text can be', async () => {
  const server = sharedServer()
  const database = await server.createDatabase()
  const station = await openStation({ server, database })
  const { outcome } = await station.run("select repeat('x', 540000000)")
  expect(outcome).toMatchObject({
    status: 'INTERRUPTED',
    failure: { fault: { code: 'connection_lost', message: expect.stringContaining('too long to be read') } },
  })
  const { session } = await station.api.editor.open({ connection: station.connection })
  expect((await station.run('select 1', { session })).outcome.status).toBe('COMPLETED')
  await station.close()
  await server.dropDatabase(database)
})

describe('a server that dies', () => {
  it('interrupts what ran, and what was open', async () => {
    const server = await startServer()
    const database = await server.createDatabase()
    const station = await openStation({ server, database })
    try {
      const cut = station.run('select pg_sleep(600)')
      for (;;) {
        const [backend] = await look<{ query: string }>(
          server,
          database,
          "select query from pg_stat_activity where pid = $1 and state = 'active'",
          [station.backendPid],
        )
        if (backend?.query.includes('pg_sleep')) break
      }
      await server.kill()
      const { outcome } = await cut
      expect(outcome.status).toBe('INTERRUPTED')
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'INTERRUPTED' })
    } finally {
      await station.close()
      await server.stop()
    }
  })
})
