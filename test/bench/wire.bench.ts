/** What the wire costs: calls through it, with their JSON and their checks, against calls of the service itself. */
import { z } from 'zod'
import { call } from '../../src/core/call.ts'
import { connect, memoryWires, type Services, serve } from '../../src/core/wire.ts'
import { type Comparison, compare } from './harness.ts'

const contract = {
  table: {
    page: call(z.strictObject({ rows: z.int().min(0) })).returns<string[][]>(),
  },
}

const row = ['4711', 'Ada Lovelace', '1815-12-10 00:00:00+00', null, '99.90'].map(String)

export default async function measure(): Promise<Comparison[]> {
  const page = ({ rows }: { rows: number }): string[][] => Array.from({ length: rows }, () => row)
  const services: Services<typeof contract> = { table: { page } }
  const [near, far] = memoryWires()
  serve(near, contract, services)
  const client = connect(far, contract)

  const times = async (count: number, ask: () => unknown) => {
    for (let i = 0; i < count; i++) await ask()
  }
  const comparisons: Comparison[] = []
  for (const [rows, calls] of [
    [1, 2000],
    [1000, 100],
  ] as const) {
    comparisons.push(
      await compare({
        a: { name: `${calls} calls of the service, ${rows} rows each`, run: () => times(calls, () => page({ rows })) },
        b: {
          name: `${calls} calls over a wire, ${rows} rows each`,
          run: () => times(calls, () => client.table.page({ rows })),
        },
        pairs: 15,
        warmUp: 3,
      }),
    )
  }
  far.close()
  return comparisons
}
