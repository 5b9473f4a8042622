import type { TestDatabase } from '../../sql/tracked.ts'
import { spread } from '../harness.ts'
import type { Figure } from './ground.ts'

const executions = 500
const runs = 9

/** What a server does for one execution, without a client: each statement is followed by a commit that waits for no disk. */
const pieces = {
  'two calls that do nothing': `hk := public.start_nothing('nightly load'); commit; done := public.end_nothing(hk); commit;`,
  'two rows into a table of three columns and no index': `
    insert into public.narrow values (1, clock_timestamp(), 'nightly load'); commit;
    insert into public.narrow values (1, clock_timestamp(), 'nightly load'); commit;`,
  'two rows of constants into the ledger': `
    insert into script_tracking.ledger (version_number, xid, recorded_at, operation, state_ordinal, backend_pid, source, status,
      row_hash, session_user_name, script_name, script_type)
    values (nextval('public.numbers') * 4 + 1, 1, clock_timestamp(), gen.operation, 0, 1, 'S', 'S', '\\x00', 'postgres', 'nightly load', 'MANUAL');
    commit;
    insert into script_tracking.ledger (version_number, xid, recorded_at, operation, state_ordinal, backend_pid, source, status,
      row_hash, session_user_name, script_name, script_type)
    values (nextval('public.numbers') * 4 + 1, 1, clock_timestamp(), gen.operation, 0, 1, 'S', 'S', '\\x00', 'postgres', 'nightly load', 'MANUAL');
    commit;`.replaceAll(
    'gen.operation',
    `encode(substr(sha256(int8send(currval('public.numbers'))), 1, 16), 'hex')::uuid`,
  ),
  'track_operation and complete_operation': `
    hk := script_tracking.track_operation('nightly load'); commit; done := script_tracking.complete_operation(hk); commit;`,
} as const

/** Where the time of an execution goes, in one session. `database` is spoilt by it: rows of its ledger are made up. */
export async function piecesOf(database: TestDatabase, idle: string): Promise<Figure[]> {
  const session = await database.session()
  await session.query(idle)
  await session.query(`create table public.narrow (a bigint, b timestamptz, c text)`)
  await session.query(`create sequence public.numbers start 1000000000`)
  await session.query('set synchronous_commit = off')
  const durations = new Map(Object.keys(pieces).map((name) => [name, [] as number[]]))
  for (let run = 0; run <= runs; run++) {
    for (const [name, body] of Object.entries(pieces)) {
      const began = performance.now()
      await session.query(
        `do $$ declare hk bytea; done boolean; begin for i in 1..${executions} loop ${body} end loop; end $$`,
      )
      if (run > 0) durations.get(name)?.push((performance.now() - began) / executions)
    }
  }
  return [...durations].map(([name, each]) => {
    const all = spread(each)
    return { what: `on the server alone, ${name}`, value: all.median, unit: 'ms', detail: all }
  })
}
