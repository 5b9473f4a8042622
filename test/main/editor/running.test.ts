import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionEvent } from '../../../src/core/editor/contract.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { look, openStation, type Station } from './station.ts'

describe.each(majors())('how a run is made on PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let station: Station

  const count = async (what: string): Promise<number> =>
    Number((await look<{ n: string }>(server, database, `select count(*) as n from ${what}`))[0]?.n)

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database })
    await station.run('create table visit (id int primary key, note text, api_key text)')
    await station.run("insert into visit select g, 'note ' || g from generate_series(1, 100) g")
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  describe('parameters', () => {
    it('are bound as values, whatever stands in them', async () => {
      const hostile = "'); drop table visit; --"
      const { results, outcome } = await station.run(
        'select :a as a, :b::text as b, :c::text as c, $2::int + 1 as d, :a as again',
        {
          params: [
            { name: 'a', value: hostile },
            { name: 'b', value: null },
            { name: 'c', value: '' },
            { name: '$2', value: '41' },
            { name: '$1', value: 'not used' },
          ],
        },
      )
      // A number that is left out has no type: the server says so, and nothing else is put in its place.
      expect(outcome.failure?.fault.sqlstate ?? results[0]?.rows).toBe('42P18')
      const filled = await station.run('select :a as a, :b::text as b, :c::text as c, $1::int + 1 as d', {
        params: [
          { name: 'a', value: hostile },
          { name: 'b', value: null },
          { name: 'c', value: '' },
          { name: '$1', value: '41' },
        ],
      })
      expect(filled.results[0]?.rows).toEqual([[hostile, null, '', '42']])
      expect(await count('visit')).toBe(100)
    })

    it('are told with their types, and with what was given the last time; secrets are not kept', async () => {
      const sql = 'select * from visit where id = :id and note <> :note and api_key = :k'
      await station.run(sql, {
        params: [
          { name: 'id', value: '5' },
          { name: 'note', value: null },
          { name: 'k', value: 'sesame-open' },
        ],
      })
      const { parameters } = await station.api.editor.parameters({ session: station.session, sql })
      expect(parameters).toEqual([
        { name: 'id', type: 'integer', secret: false, remembered: { value: '5' } },
        { name: 'note', type: 'text', secret: false, remembered: { value: null } },
        { name: 'k', type: 'text', secret: true },
      ])
      const rows = station.cache.db.prepare('select * from remembered_parameter').all()
      expect(JSON.stringify(rows)).not.toContain('sesame')
      const states = station.cache.db.prepare('select outcome from operation_state').all()
      expect(JSON.stringify(states)).not.toContain('sesame')
    })

    it('are secrets by their column, wherever the two meet', async () => {
      for (const sql of [
        'merge into visit using (values (9)) s(i) on id = s.i when not matched then insert (note, api_key) values (:n, :p)',
        'select 1 from visit where (note, api_key) = (:n, :p)',
        'select 1 from visit where (note, api_key) in ((:n, :p))',
        'select case api_key when :p then 1 end from visit where note = :n',
        'select coalesce(api_key, :p) from visit where note = :n',
        'insert into visit (note, api_key) values (:n, :p)',
      ]) {
        const { parameters } = await station.api.editor.parameters({ session: station.session, sql })
        const secret = Object.fromEntries(parameters.map((each) => [each.name, each.secret]))
        expect(secret, sql).toEqual({ n: false, p: true })
      }
    })

    it('do not end an open transaction while they are asked about', async () => {
      await station.run("begin; update visit set note = 'x' where id = 1")
      const sql = 'select :fresh from no_such_table'
      const { parameters } = await station.api.editor.parameters({ session: station.session, sql })
      expect(parameters).toEqual([{ name: 'fresh', type: null, secret: false }])
      expect((await station.run('select 1')).outcome).toMatchObject({ transaction: 'open', failure: null })
      await station.run('rollback')
    })

    it.each([
      ['create table t (a int default :x)', 'refused'],
      ['select :x', 'invalid_input'],
    ])('%s is refused before anything is sent', async (sql, code) => {
      await expect(station.run(`insert into visit values (900); ${sql}`)).rejects.toMatchObject({ fault: { code } })
      expect(await count('visit where id = 900')).toBe(0)
    })

    it('of a prepared statement are its own', async () => {
      const { results, outcome } = await station.run('prepare p(int) as select $1 + 1; execute p(1); deallocate p')
      expect(outcome.failure).toBeNull()
      expect(results[1]?.rows).toEqual([['2']])
    })
  })

  describe('transactions by hand', () => {
    it('begin with the first statement, and stay open until they are ended', async () => {
      const first = await station.run('insert into visit values (201)', { transaction: 'manual' })
      expect(first.outcome).toMatchObject({ status: 'STARTED', transaction: 'open' })
      expect(await count('visit where id = 201')).toBe(0)
      const end = await station.run('commit', { transaction: 'manual' })
      expect(end.outcome.transaction).toBe('idle')
      expect(await count('visit where id = 201')).toBe(1)
      expect((await station.detail(first.outcome.operation)).status).toBe('COMPLETED')
    })

    it('leave out what PostgreSQL runs outside of transactions alone', async () => {
      const { outcome } = await station.run('vacuum visit', { transaction: 'manual' })
      expect(outcome).toMatchObject({ status: 'COMPLETED', transaction: 'idle', failure: null })
    })
  })

  it('rolls back a transaction that nobody uses, says why, and leaves one that is to be kept open', async () => {
    const own = await openStation({ server, database, idleTransactionMs: 200 })
    const events: TransactionEvent[] = []
    const told = Promise.withResolvers<void>()
    void own.api.editor
      .follow(
        { session: own.session },
        {
          onEvent: (event) => {
            events.push(event)
            if (event.ended !== null) told.resolve()
          },
        },
      )
      .catch(() => undefined)
    const { outcome } = await own.run('begin; insert into visit values (301)')
    await told.promise
    expect(events.some(({ warn, transaction }) => warn && transaction === 'open')).toBe(true)
    expect(events.at(-1)).toMatchObject({ transaction: 'idle', ended: expect.stringContaining('nobody used it') })
    expect(await own.detail(outcome.operation)).toMatchObject({
      status: 'ROLLED_BACK',
      errorMessage: expect.stringContaining('Rolled back by pgSteward'),
    })
    expect(await count('visit where id = 301')).toBe(0)
    await own.close()
  })

  describe('in production', () => {
    it('runs nothing of a script that is not confirmed, and all of it when it is', async () => {
      const own = await openStation({ server, database, settings: { kind: 'production' } })
      const sql = 'create table gone (id int); insert into gone values (1); drop table gone'
      await expect(own.run(sql)).rejects.toMatchObject({
        fault: {
          code: 'confirmation_required',
          data: { typed: [{ name: 'gone', kind: 'table' }], dangers: [{ action: 'drop', statement: 2 }] },
        },
      })
      await expect(own.run('select * from gone')).resolves.toMatchObject({
        outcome: { failure: { fault: { sqlstate: '42P01' } } },
      })
      expect((await own.run(sql, { confirmed: ['gone'] })).outcome).toMatchObject({ completed: 3, failure: null })
      await expect(
        own.run('update visit set note = :n', { params: [{ name: 'n', value: 'x' }] }),
      ).rejects.toMatchObject({ fault: { code: 'confirmation_required' } })
      await expect(own.run("update visit set note = '' where id = 1", { explain: 'analyze' })).rejects.toMatchObject({
        fault: { code: 'confirmation_required' },
      })
      expect((await own.run('delete from visit', { explain: 'plan' })).outcome.failure).toBeNull()
      await own.close()
    })

    it('runs nothing without a ticket and a justification where the connection requires them, but ends', async () => {
      const own = await openStation({ server, database, settings: { askReasons: 'require' } })
      await expect(own.run('select 1')).rejects.toMatchObject({ fault: { code: 'reasons_required' } })
      await expect(own.run('select 1', { ticket: 'OPS-1' })).rejects.toMatchObject({
        fault: { code: 'reasons_required' },
      })
      expect((await own.run('begin', { ticket: 'OPS-1', justification: 'why' })).outcome.failure).toBeNull()
      expect((await own.run('rollback')).outcome.failure).toBeNull()
      await own.close()
    })
  })

  it('stays read-only, whatever stands before or in the statement that would lift it', async () => {
    const reader = await openStation({ server, database, settings: { readOnly: true } })
    const comment = 'x'.repeat(150_000)
    for (const sql of [
      `/*+ ${comment} */ begin read write; insert into visit values (401)`,
      `/*+ /* ${comment} */ */ set transaction_read_only = off; insert into visit values (401)`,
      `begin /* ${comment} */ read write; insert into visit values (401)`,
      `do /* ${comment} */ $$ begin set transaction_read_only = off; insert into visit values (401); end $$`,
      "do $$ begin execute 'set transaction_read' || '_only = off'; insert into visit values (401); end $$",
    ]) {
      const { outcome } = await reader.run(sql)
      expect(outcome.failure, sql.slice(-80)).not.toBeNull()
      await reader.run('rollback')
    }
    await reader.close()
    expect(await count('visit where id = 401')).toBe(0)
  })
})
