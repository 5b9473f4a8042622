import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { sqlOf } from '../../../src/core/erd/sql.ts'
import { loadSample } from '../../../src/main/demo/load.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { commandOf, kindsOfDdl, type Step } from '../../sql/randomDdl.ts'
import { again, modelOf, plain, within } from './ground.ts'

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    // The first kinds make tables: without some of them there is nothing to alter.
    kind: fc.oneof(fc.nat(12), fc.nat(kindsOfDdl - 1)),
    numbers: fc.array(fc.nat(999), { minLength: 8, maxLength: 8 }),
    wrapping: fc.constant(0),
  }),
  { minLength: 25, maxLength: 60 },
)

describe.each(majors())('PostgreSQL %i', { timeout: 300_000 }, (major) => {
  const server = sharedServer(major)
  /** The same databases in each run; as many others as are asked for find more. */
  const wanted = process.env['PGSTEWARD_RANDOM_RUNS']
  const drawing = wanted === undefined ? { numRuns: 4, seed: 20_261_122 } : { numRuns: Number(wanted) }

  test('the sample database is made again of the script', async () => {
    const database = await server.createDatabase()
    try {
      await within(server, database, (client) => loadSample(client))
      const model = await modelOf(server, database)
      expect(model.tables.length).toBeGreaterThan(20)
      const { model: found, sql } = await again(server, model)
      expect(plain(found), sql).toEqual(plain(model))
      expect(sql).not.toContain('is left out:')
    } finally {
      await server.dropDatabase(database)
    }
  })

  test('whatever DDL has made is made again of the script', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const database = await server.createDatabase()
        try {
          const done = await within(server, database, (client) => run(client, drawn))
          const model = await modelOf(server, database)
          const script = [...sqlOf(model)].join('')
          const { model: found } = await again(server, model).catch((cause: unknown) => {
            throw new Error(`${String(cause)}\n\n${done.join(';\n')};\n\n${script}`, { cause })
          })
          expect(plain(found), `${done.join(';\n')};\n\n${script}`).toEqual(plain(model))
        } finally {
          await server.dropDatabase(database)
        }
      }),
      { ...drawing, endOnFailure: true },
    )
  })
})

/** Runs those that the server takes, and says which. */
async function run(client: pg.Client, drawn: readonly Step[]): Promise<string[]> {
  const done: string[] = []
  for (const step of drawn) {
    const command = await commandOf(client, step, ['postgres', 'postgres'])
    if (command === null) continue
    try {
      await client.query(command)
      done.push(command)
    } catch (thrown) {
      if (!(thrown instanceof pg.DatabaseError)) throw thrown
    }
  }
  return done
}
