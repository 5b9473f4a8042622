import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundled } from '../../src/main/framework/bundle.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { commandOf, kindsOfDdl, type Step } from './randomDdl.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

/** Each object's definition, by type and name. */
type Schema = Map<string, string>

const steps = (length: { minLength: number; maxLength: number }): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      kind: fc.nat(kindsOfDdl - 1),
      numbers: fc.array(fc.nat(999), { minLength: 8, maxLength: 8 }),
      wrapping: fc.nat(3).map((number) => (number === 3 ? 1 : 0)),
    }),
    length,
  )

/** What the framework itself is made of differs between the two databases. */
const theirs = `not (coalesce(schema_name, '') in ('script_tracking', 'project_schema')
  or object_type = 'event trigger' or identity ~ '[.](track|complete)_operation[(]')`

// A database is installed, filled and asked at each of its moments: that takes its time.
describe.each(majors())('the history of random DDL on PostgreSQL %i', { timeout: 300_000 }, (major) => {
  let roles: [string, string]
  /** Databases a test; more of them find more. */
  const runs = Number(process.env['PGSTEWARD_RANDOM_RUNS'] ?? 2)
  let home: TestDatabase

  beforeAll(async () => {
    home = await TestDatabase.create(sharedServer(major))
    roles = [await home.role('reader'), await home.role('writer')]
  })
  afterAll(async () => {
    await home.close()
  })

  /** A tracked database and one that nobody tracks, in which the same commands run and which says what stands. */
  async function within(work: (tracked: pg.Client, twin: pg.Client) => Promise<void>): Promise<void> {
    const databases = [await TestDatabase.tracked(home.server), await TestDatabase.create(home.server)] as const
    try {
      const tracked = await databases[0].session()
      const twin = await databases[1].session()
      await makeObserver(twin)
      await work(tracked, twin)
    } finally {
      await Promise.all(databases.map((database) => database.close()))
    }
  }

  /** The functions that write definitions out, and nothing else of the framework. */
  async function makeObserver(twin: pg.Client): Promise<void> {
    await twin.query('create schema script_tracking; set check_function_bodies = off')
    const files = ['redaction', 'digest', 'versions_catalog', 'versions_catalog_other']
    for (const file of files) {
      const sql = bundled.find(({ name }) => name === `routines/${file}.sql`)?.sql ?? ''
      // Of the digest the one function that needs no table.
      await twin.query(
        file === 'digest'
          ? (/create or replace function script_tracking\.utf8[\s\S]*?\$\$;/.exec(sql)?.[0] ?? '')
          : sql,
      )
    }
    await twin.query('reset check_function_bodies')
  }

  const observed = async (twin: pg.Client): Promise<Schema> =>
    schemaOf(
      await rowsOf(
        twin,
        `select object_type, identity, definition::text from script_tracking.catalog_now() where ${theirs}`,
      ),
    )
  const schemaOf = (rows: Record<string, unknown>[]): Schema =>
    new Map(rows.map((row) => [`${row['object_type']} ${row['identity']}`, String(row['definition'])]))

  const recalled = async (tracked: pg.Client, at: string): Promise<Schema> =>
    schemaOf(
      await rowsOf(
        tracked,
        `select object_type, identity, definition::text from script_tracking.schema_at($1) where ${theirs} and exact`,
        [at],
      ),
    )

  /** Runs a step in both, which have to agree, and says whether it took effect. */
  async function run(tracked: pg.Client, twin: pg.Client, step: Step): Promise<string | null> {
    const command = await commandOf(twin, step, roles)
    if (command === null) return null
    const attempt = async (client: pg.Client) => {
      try {
        await client.query(command)
        return 'done'
      } catch (thrown) {
        if (thrown instanceof pg.DatabaseError) return thrown.code
        throw thrown
      }
    }
    const outcome = await attempt(tracked)
    expect(await attempt(twin), command).toBe(outcome)
    return outcome === 'done' ? command : null
  }

  const withoutGrants = (definition: string | undefined) => {
    const { grants, ...rest } = JSON.parse(definition ?? '{}') as Record<string, unknown>
    return rest
  }

  /** Of the rows of schema_diff or drift those that are not about the framework's own functions. */
  const aboutTheirs = (rows: Record<string, unknown>[]) =>
    rows.filter(
      (row) => !/script_tracking[.]|[.](track|complete)_operation[(]/.test(`${row['identity']}${row['former']}`),
    )

  /** What stands in one and differs in the other, by name. */
  const difference = (before: Schema, after: Schema): string[] =>
    [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).toSorted()

  it('is what the catalog said at each moment, and its differences are what differs', async () => {
    await fc.assert(
      fc.asyncProperty(steps({ minLength: 20, maxLength: 40 }), async (drawn) => {
        await within(async (tracked, twin) => {
          const moments: { at: string; schema: Schema; command: string }[] = []
          for (const step of drawn) {
            const command = await run(tracked, twin, step)
            if (command === null) continue
            await tracked.query('select script_tracking.record_object_versions()')
            moments.push({
              at: String(await onlyValue(tracked, 'select clock_timestamp()::text')),
              schema: await observed(twin),
              command,
            })
          }
          const told = () => moments.map(({ command }) => command).join(';\n')
          for (const { at, schema, command } of moments) {
            expect(Object.fromEntries(await recalled(tracked, at)), `after ${command}\n\n${told()}`).toEqual(
              Object.fromEntries(schema),
            )
          }
          const [first, middle, last] = [moments[0], moments[Math.floor(moments.length / 2)], moments.at(-1)]
          if (first === undefined || middle === undefined || last === undefined) return
          for (const [from, to] of [
            [first, middle],
            [middle, last],
            [first, last],
          ] as const) {
            const rows = aboutTheirs(
              await rowsOf(
                tracked,
                `select object_type, change, identity, coalesce(former_identity, identity) as former, before::text, after::text, exact
               from script_tracking.schema_diff($1, $2)`,
                [from.at, to.at],
              ),
            )
            // What was before goes, what is after comes: that has to make the one out of the other.
            const made = new Map(from.schema)
            for (const row of rows) {
              if (row['change'] === 'created') continue
              expect(made.get(`${row['object_type']} ${row['former']}`), told()).toBe(row['before'])
              made.delete(`${row['object_type']} ${row['former']}`)
            }
            for (const row of rows) {
              if (row['change'] !== 'dropped')
                made.set(`${row['object_type']} ${row['identity']}`, String(row['after']))
              expect([row['former'], row['before']]).not.toEqual([row['identity'], row['after']])
            }
            expect(difference(made, to.schema), told()).toEqual([])
          }
          expect(
            await rowsOf(tracked, 'select object_type, identity, kind, clue from script_tracking.drift()'),
            told(),
          ).toEqual([])
        })
      }),
      { numRuns: runs, endOnFailure: true },
    )
  })

  it('claims nothing that was not so where it is recorded late', async () => {
    await fc.assert(
      fc.asyncProperty(steps({ minLength: 20, maxLength: 40 }), async (drawn) => {
        await within(async (tracked, twin) => {
          const moments: { at: string; schema: Schema; command: string }[] = []
          for (const [index, step] of drawn.entries()) {
            const command = await run(tracked, twin, step)
            if (command === null) continue
            if (index % 7 === 0) await tracked.query('select script_tracking.record_object_versions()')
            moments.push({
              at: String(await onlyValue(tracked, 'select clock_timestamp()::text')),
              schema: await observed(twin),
              command,
            })
          }
          const told = () => moments.map(({ command }) => command).join(';\n')
          for (const { at, schema, command } of moments) {
            // A privilege that came and went in between leaves nothing.
            const known = [...(await recalled(tracked, at))].filter(([key]) => !key.startsWith('default acl'))
            for (const [key, definition] of known) {
              expect([key, withoutGrants(definition)], `after ${command}\n\n${told()}`).toEqual([
                key,
                withoutGrants(schema.get(key)),
              ])
            }
          }
          const end = moments.at(-1)
          if (end !== undefined) expect(difference(await recalled(tracked, end.at), end.schema), told()).toEqual([])
        })
      }),
      { numRuns: runs, endOnFailure: true },
    )
  })

  it('names exactly what was done while nobody tracked', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps({ minLength: 15, maxLength: 25 }),
        steps({ minLength: 3, maxLength: 10 }),
        async (tracked_, untracked) => {
          await within(async (tracked, twin) => {
            for (const step of tracked_) await run(tracked, twin, step)
            const before = await observed(twin)
            expect(await rowsOf(tracked, 'select object_type, identity from script_tracking.drift()')).toEqual([])
            await tracked.query('set session_replication_role = replica')
            const commands: (string | null)[] = []
            for (const step of untracked) commands.push(await run(tracked, twin, step))
            await tracked.query('reset session_replication_role')
            const after = await observed(twin)

            const rows = aboutTheirs(
              await rowsOf(
                tracked,
                `select object_type, kind, identity, coalesce(former_identity, identity) as former, expected::text, found::text from script_tracking.drift()`,
              ),
            )
            const made = new Map(before)
            for (const row of rows) {
              if (row['kind'] === 'created') continue
              expect(made.get(`${row['object_type']} ${row['former']}`)).toBe(row['expected'])
              made.delete(`${row['object_type']} ${row['former']}`)
            }
            for (const row of rows) {
              if (row['kind'] !== 'dropped') made.set(`${row['object_type']} ${row['identity']}`, String(row['found']))
              expect([row['former'], row['expected']]).not.toEqual([row['identity'], row['found']])
            }
            expect(difference(made, after), commands.join(';\n')).toEqual([])
            if (rows.length > 0) await tracked.query(`select script_tracking.accept_drift('tried')`)
            expect(await rowsOf(tracked, 'select object_type, identity from script_tracking.drift()')).toEqual([])
          })
        },
      ),
      { numRuns: runs, endOnFailure: true },
    )
  })
})
