import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
})
