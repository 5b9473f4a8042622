import type pg from 'pg'
import { type Comparison, compare } from '../harness.ts'
import { type Figure, type Ground, sizeOf } from './ground.ts'

const table = `create table sale (
  id bigint primary key, customer int not null, product text not null, quantity int not null, price numeric(10, 2) not null,
  note text, sold_at timestamptz not null default now(), paid boolean not null default false, channel text, tags text[])`

const sales = (from: number, to: number) => `
  insert into sale (id, customer, product, quantity, price, note, channel, tags)
  select i, i % 5000, 'product ' || i % 300, 1 + i % 7, (i % 9000) / 100.0, 'left at the door', 'web', '{new}'
  from generate_series(${from}, ${to}) i`

const statements = 200

/** What row auditing costs a table that is under it, and that a table which is not pays nothing. */
export async function rows(ground: Ground): Promise<Figure[]> {
  const { tracked, untracked } = await ground.pair()
  const plain = await untracked.session()
  const unaudited = await tracked.session()
  for (const client of [plain, unaudited]) await client.query(`${table}; ${sales(1, 20_000)}`)
  const none = await compareUpdates(
    { name: 'untracked', client: plain },
    { name: 'tracked, not audited', client: unaudited },
  )

  const auditing = await ground.tracked()
  const audited = await auditing.session()
  await audited.query(`${table}; ${sales(1, 20_000)}`)
  await audited.query(`select script_tracking.enable_row_audit('sale')`)
  const single = await compareUpdates({ name: 'untracked', client: plain }, { name: 'audited', client: audited })

  const bulk = await compare({
    a: { name: 'untracked', run: () => insertMillion(plain) },
    b: { name: 'audited', run: () => insertMillion(audited) },
    pairs: 1,
    warmUp: 0,
  })
  const changes = await sizeOf(audited, 'row_change')
  return [
    { what: '200 updates of one row each, table not audited', value: none.ratio.median, unit: 'ratio', detail: none },
    {
      what: 'added to an update of one row, audited',
      value: (single.b.median - single.a.median) / statements,
      unit: 'ms',
      detail: single,
    },
    {
      what: 'one insert of a million rows, audited, against itself',
      value: bulk.ratio.median,
      unit: 'ratio',
      detail: bulk,
    },
    { what: 'the changes of these million rows', value: changes.heap + changes.indexes, unit: 'MB', detail: changes },
  ]
}

interface Side {
  name: string
  client: pg.Client
}

async function compareUpdates(a: Side, b: Side): Promise<Comparison> {
  let turn = 0
  // One transaction, so that what is compared is not the disk.
  const run = async (client: pg.Client) => {
    turn += 1
    await client.query('begin')
    for (let id = 1; id <= statements; id += 1) {
      await client.query({
        name: 'pay',
        text: 'update sale set quantity = $2, paid = not paid where id = $1',
        values: [id, turn],
      })
    }
    await client.query('commit')
  }
  return await compare({
    a: { name: a.name, run: () => run(a.client) },
    b: { name: b.name, run: () => run(b.client) },
    pairs: 15,
    warmUp: 3,
  })
}

async function insertMillion(client: pg.Client): Promise<void> {
  await client.query(sales(1_000_001, 2_000_000))
}
