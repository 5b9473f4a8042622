import { setTimeout as later } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { call } from '../../../src/core/call.ts'
import type { Services } from '../../../src/core/wire.ts'

/** A contract for the tests of the wire: none of its calls is the product's. */
export const contract = {
  trial: {
    echo: call(z.strictObject({ text: z.string() })).returns<{ text: string }>(),
    nothing: call(z.strictObject({})).returns<undefined>(),
    /** Answers after a while that differs from call to call. */
    delayed: call(z.strictObject({ value: z.int(), afterMs: z.int() })).returns<number>(),
    count: call(z.strictObject({ to: z.int() }))
      .emits<{ n: number }>()
      .returns<number>(),
    /** Runs SQL on a session of its own, which is cancelled at the server when the call is. */
    run: call(z.strictObject({ sql: z.string() }))
      .emits<{ backendPid: number }>()
      .returns<string[]>(),
    hold: call(z.strictObject({})).emits<'held'>().returns<null>(),
    throwText: call(z.strictObject({})).returns<null>(),
    unsendable: call(z.strictObject({})).returns<unknown>(),
  },
}

export interface Fixture {
  services: Services<typeof contract>
  /** What happened to `hold` calls and to peers, in order. */
  readonly log: string[]
}

export function createFixture(url: string): Fixture {
  const log: string[] = []
  return {
    log,
    services: {
      trial: {
        echo: ({ text }) => ({ text }),
        nothing: () => undefined,
        delayed: async ({ value, afterMs }) => {
          await later(afterMs)
          return value
        },
        count: ({ to }, { emit }) => {
          for (let n = 1; n <= to; n += 1) emit({ n })
          return to
        },
        run: async ({ sql }, { signal, emit }) => {
          const client = new pg.Client({ connectionString: url })
          await client.connect()
          const pid = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
          const backendPid = pid.rows[0]?.pid ?? 0
          const cancelled: Promise<void>[] = []
          signal.addEventListener('abort', () => cancelled.push(cancelAtServer(url, backendPid)))
          emit({ backendPid })
          try {
            const result = await client.query<Record<string, unknown>>(sql)
            return result.rows.map((row) => String(Object.values(row)[0]))
          } finally {
            await Promise.all(cancelled)
            await client.end()
          }
        },
        hold: (_input, { signal, peer, emit }) =>
          new Promise((_resolve, reject) => {
            peer.onClose(() => log.push('peer closed'))
            signal.addEventListener('abort', () => {
              log.push('aborted')
              reject(new DOMException('The call was given up.', 'AbortError'))
            })
            emit('held')
          }),
        throwText: () => {
          throw 'only a text' // What a careless library may do.
        },
        unsendable: () => ({ big: 1n }),
      },
    },
  }
}

async function cancelAtServer(url: string, backendPid: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('select pg_cancel_backend($1)', [backendPid])
  await client.end()
}
