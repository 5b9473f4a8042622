import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from '../../core/contract.ts'
import type { RunOutcome } from '../../core/editor/contract.ts'
import type { HistoryEntry } from '../../core/history/contract.ts'
import type { Client } from '../../core/wire.ts'
import { type AddCommands, type OutputOptions, table, withOutput } from '../terminal.ts'
import { removeOrphans } from './server.ts'

/** What the demo runs: DDL for the trigger to catch, data, and at the end a statement that must fail. */
const script = `create table care.demo_ward (
  ward_id integer primary key,
  name text not null unique
);
comment on table care.demo_ward is 'A ward of the demonstration';
insert into care.demo_ward values (1, 'North'), (2, 'South');
select ward_id, name from care.demo_ward order by ward_id;
insert into care.demo_ward values (3, 'North');
`

const failingStatement = 4
const searchedFor = 'demo_ward'

/** `pgsteward demo`: the main job from end to end, on a server of its own, in a folder that goes afterwards. */
export const addDemoCommands: AddCommands = (program, terminal) => {
  withOutput(program.command('demo'))
    .description('do the main job on an embedded server: install, run a tracked script, search its history offline')
    .action(async (options: OutputOptions) => {
      const folder = await mkdtemp(join(tmpdir(), 'pgsteward-demo-'))
      try {
        const online = await terminal.within(folder, (api) => runOnline(api, terminal.signal, terminal.say))
        // A main process of its own, whose server has stopped: what it finds is in the cache.
        const offline = await terminal.within(folder, (api) => searchOffline(api))
        const problems = problemsOf(online, offline)
        terminal.print(options, { ...online, offline, problems }, lines(online, offline, problems))
        if (problems.length > 0) terminal.fail()
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 5 })
        await removeOrphans()
      }
    })
}

interface Online {
  server: string
  framework: { state: string; version: number | null; missing: string[] }
  run: Pick<RunOutcome, 'operation' | 'status' | 'statements' | 'completed' | 'recorded'> & {
    failure: { statement: number; sqlstate: string | null; message: string } | null
  }
  /** What the server itself recorded, read back over SQL's own door. */
  recorded: { states: string[]; ddl: { type: string; sql: string }[] }
  synchronised: { sent: number; received: number; waiting: number }
}

async function runOnline(api: Client<Api>, signal: AbortSignal, say: (line: string) => void): Promise<Online> {
  let last = ''
  const { connection, server } = await api.demo.start(
    {},
    {
      signal,
      onEvent: ({ step }) => {
        if (step !== last) say(step)
        last = step
      },
    },
  )
  const status = await api.framework.status({ connection: connection.id })
  const { session } = await api.editor.open({ connection: connection.id })
  const run = { session, sql: script, ticket: 'DEMO-1', justification: 'The demonstration of pgSteward' }
  const outcome = await api.editor.run(run, { signal })
  await api.editor.close({ session })
  const synchronised = await api.history.sync({ connection: connection.id })
  const detail = await api.history.get({ id: outcome.operation })
  return {
    server: server.version,
    framework: {
      state: status.state,
      version: status.installedVersion,
      missing: status.capabilities.filter(({ available }) => !available).map(({ name }) => name),
    },
    run: {
      operation: outcome.operation,
      status: outcome.status,
      statements: outcome.statements,
      completed: outcome.completed,
      recorded: outcome.recorded,
      failure:
        outcome.failure === null
          ? null
          : {
              statement: outcome.failure.statement,
              sqlstate: outcome.failure.fault.sqlstate ?? null,
              message: outcome.failure.fault.message,
            },
    },
    recorded: {
      states: detail.states.filter(({ recorded }) => recorded === 'server').map(({ status: state }) => state),
      ddl: detail.caused.map(({ type, excerpt }) => ({ type, sql: excerpt })),
    },
    synchronised,
  }
}

interface Offline {
  searchedFor: string
  found: Pick<HistoryEntry, 'id' | 'type' | 'status' | 'excerpt'>[]
}

async function searchOffline(api: Client<Api>): Promise<Offline> {
  const { entries } = await api.history.search({ text: searchedFor })
  return { searchedFor, found: entries.map(({ id, type, status, excerpt }) => ({ id, type, status, excerpt })) }
}

/** The demo is a check, too: what it shows must be what the product promises. */
function problemsOf(online: Online, offline: Offline): string[] {
  const expected: [boolean, string][] = [
    [online.framework.state === 'current', `the framework is ${online.framework.state}`],
    [online.run.status === 'FAILED', `the run ended as ${online.run.status}, not FAILED`],
    [online.run.completed === failingStatement, `${online.run.completed} statements ran, not ${failingStatement}`],
    [online.run.failure?.sqlstate === '23505', 'the last statement did not fail by its unique key'],
    [online.run.recorded === 'server', `the run was recorded at: ${online.run.recorded}`],
    [online.recorded.states.join() === 'STARTED,FAILED', `the server holds the states ${online.recorded.states}`],
    [online.recorded.ddl.length === 2, `the trigger saw ${online.recorded.ddl.length} commands, not 2`],
    [offline.found.some(({ id }) => id === online.run.operation), 'the run is not found offline'],
  ]
  return expected.filter(([holds]) => !holds).map(([, problem]) => problem)
}

function* lines(online: Online, offline: Offline, problems: string[]): Generator<string> {
  const { run, recorded } = online
  yield online.server
  yield `framework: ${online.framework.state}, version ${online.framework.version}`
  yield `run: ${run.status}, ${run.completed} of ${run.statements} statements, recorded at the ${run.recorded}`
  if (run.failure !== null) yield `  statement ${run.failure.statement + 1}: ${run.failure.message}`
  yield `states at the server: ${recorded.states.join(', ')}`
  yield `DDL that the event trigger saw: ${recorded.ddl.length}`
  yield `offline, for "${offline.searchedFor}":`
  yield* table(
    ['status', 'type', 'sql'],
    offline.found.map(({ status, type, excerpt }) => [status, type, excerpt.slice(0, 80)]),
  )
  for (const problem of problems) yield `problem: ${problem}`
}
