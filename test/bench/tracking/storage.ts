import { type Figure, type Ground, sizeOf } from './ground.ts'
import { fill } from './million.ts'

/** What a million DDL commands that event triggers recorded take, spread over a year: the ledger and its texts. */
export async function storage(ground: Ground): Promise<Figure[]> {
  const database = await ground.tracked()
  const client = await database.session()
  await fill(client, { operations: 1_000_000, ddlShare: 1 })
  const ledger = await sizeOf(client, 'ledger')
  const text = await sizeOf(client, 'text')
  return [
    {
      what: '1 million automatic DDL operations',
      value: ledger.heap + ledger.indexes + text.heap + text.indexes,
      unit: 'MB',
      most: 300,
      reach: 180,
      detail: { ledger, text },
    },
  ]
}
