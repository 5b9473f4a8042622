import { createHash } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

const sealed = async (client: pg.Client) =>
  (await rowsOf(client, 'select seal_number::int, epoch, row_count::int, head from script_tracking.seal()'))[0]
const verified = async (client: pg.Client) =>
  await rowsOf(
    client,
    'select seal_number::int, row_count::int, ok, wrong_version, problem from script_tracking.verify()',
  )
const unsealedRows = `
  select count(*)::int from script_tracking.ledger l where not exists (
    select from script_tracking.seal_block b where l.version_number = any (b.versions))`

const proved = z.object({ row_hash: z.instanceof(Buffer), path: z.array(z.instanceof(Buffer)) })

describe.each(majors())('sealing on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  it('says where it stands when there is nothing to seal', async () => {
    expect(await sealed(client)).toEqual({ seal_number: 0, epoch: 1, row_count: 0, head: null })
    expect(await verified(client)).toEqual([])
  })

  it('covers each row once, and verifies', async () => {
    await client.query('create table a (id int)')
    await client.query(`select track_operation(n::text) from generate_series(1, 2500) n`)
    expect(await sealed(client)).toMatchObject({ seal_number: 1, epoch: 1, row_count: 2501 })
    expect(await sealed(client)).toMatchObject({ seal_number: 1, row_count: 0 })
    await client.query(`comment on table a is '${'long '.repeat(100)}'`)
    expect(await sealed(client)).toMatchObject({ seal_number: 2, row_count: 1 })
    expect(await verified(client)).toEqual([
      { seal_number: 1, row_count: 2501, ok: true, wrong_version: null, problem: null },
      { seal_number: 2, row_count: 1, ok: true, wrong_version: null, problem: null },
    ])
    expect(await onlyValue(client, unsealedRows)).toBe(0)
  })

  it('leaves what its own transaction recorded to a later seal', async () => {
    await client.query('begin')
    await client.query(`select track_operation('before')`)
    const other = await database.session()
    await other.query(`select track_operation('beside')`)
    expect(await sealed(client)).toMatchObject({ seal_number: 3, row_count: 1 })
    await client.query(`select track_operation('after')`)
    await client.query('commit')
    expect(await sealed(client)).toMatchObject({ seal_number: 4, row_count: 2 })
    expect(await onlyValue(client, unsealedRows)).toBe(0)
    expect((await verified(client)).filter(({ ok }) => ok !== true)).toEqual([])
  })

  it('is refused under a snapshot that is older than the lock', async () => {
    await client.query('begin isolation level repeatable read')
    const refusal = await refusalOf(client, 'select script_tracking.seal()')
    await client.query('rollback')
    expect(refusal).toMatchObject({
      code: '55000',
      message: 'The trail cannot be sealed in a transaction that is repeatable read.',
    })
  })

  it('makes nobody wait, and waits for nobody', async () => {
    const sealer = await database.session()
    const open = await database.session()
    await open.query('begin')
    await open.query(`select track_operation('open')`)
    await sealer.query('begin')
    expect(await sealed(sealer)).toMatchObject({ epoch: 1 })
    // Neither has ended, and whoever had to wait for a lock now would be refused.
    for (const session of [client, open]) await session.query(`set lock_timeout = '1ms'`)
    await client.query(`select script_tracking.complete_operation(track_operation('meanwhile'))`)
    await client.query(`comment on table a is 'meanwhile'`)
    await open.query(`comment on table a is 'in the open one'`).catch(() => undefined)
    await open.query('commit')
    await sealer.query('commit')
    await client.query('reset lock_timeout')
    await client.query('select script_tracking.seal()')
    expect(await onlyValue(client, unsealedRows)).toBe(0)
  })

  it('seals each row once while eight sessions record and one transaction stays open across the seals', async () => {
    const long = await database.session()
    await long.query('begin')
    await long.query(`select track_operation('long ' || n) from generate_series(1, 10) n`)
    const recorders = await Promise.all(Array.from({ length: 8 }, () => database.session()))
    let recording = true
    const record = async (session: pg.Client, index: number) => {
      for (let n = 0; recording || n < 30; n += 1) {
        await session.query(n % 3 === 0 ? 'begin' : 'select 1')
        await session.query(`select track_operation('op ${index} ${n}')`)
        await session.query(`create or replace view v${index} as select ${n} as n`)
        if (n % 3 === 0) await session.query(n % 2 === 0 ? 'commit' : 'rollback')
      }
    }
    const all = Promise.all(recorders.map(record))
    const sealers = [await database.session(), await database.session()]
    const seals: number[] = []
    for (let round = 0; round < 10; round += 1) {
      // Two at a time: the second waits for the first, and takes what is left.
      for (const result of await Promise.all(sealers.map(sealed))) seals.push(Number(result?.['row_count']))
      if (round % 3 === 2) await long.query(`select track_operation('long again')`)
    }
    recording = false
    await all
    await long.query('commit')
    expect(seals.filter((rows) => rows > 0).length).toBeGreaterThan(2)
    expect(await sealed(client)).toMatchObject({ epoch: 1 })
    expect(await onlyValue(client, unsealedRows)).toBe(0)
    expect(
      await rowsOf(
        client,
        `select (select count(*) from script_tracking.ledger) = count(*) as all_sealed, count(*) = count(distinct v) as once,
           (select sum(row_count) from script_tracking.seal) = count(*) as counted
         from script_tracking.seal_block b, unnest(b.versions) v`,
      ),
    ).toEqual([{ all_sealed: true, once: true, counted: true }])
    const results = await verified(client)
    expect(results.filter(({ ok }) => ok !== true)).toEqual([])
    expect(results.at(-1)?.['row_count']).toBeGreaterThanOrEqual(13)
  })

  it('proves a row without showing another one', async () => {
    const version = await onlyValue(
      client,
      `select b.versions[700] from script_tracking.seal_block b where b.seal_number = 1 and b.block = 1`,
    )
    const [proof] = await rowsOf(client, 'select * from script_tracking.proof($1)', [version])
    expect(proof).toMatchObject({ seal_number: '1', place: String(1024 + 699), section_rows: '2501', sections: '1' })
    const step = (left: Buffer, right: Buffer) =>
      createHash('sha256')
        .update(Buffer.concat([Buffer.from([1]), left, right]))
        .digest()
    const { row_hash: rowHash, path } = proved.parse(proof)
    // RFC 9162, 2.1.3.2
    let [place, last] = [1024 + 699, 2500]
    let node = createHash('sha256')
      .update(Buffer.concat([Buffer.from([0]), rowHash]))
      .digest()
    for (const neighbour of path) {
      if (place % 2 === 1 || place === last) {
        node = step(neighbour, node)
        while (place % 2 === 0 && place !== 0) [place, last] = [place >> 1, last >> 1]
      } else node = step(node, neighbour)
      ;[place, last] = [place >> 1, last >> 1]
    }
    expect(node).toEqual(proof?.['section_root'])
    expect(await rowsOf(client, 'select * from script_tracking.proof(-1)')).toEqual([])
  })
})
