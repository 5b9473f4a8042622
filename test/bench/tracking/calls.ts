import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Comparison, compare, spread } from '../harness.ts'
import type { Figure, Ground } from './ground.ts'
import { piecesOf } from './pieces.ts'

/** The same signatures, and nothing done. */
const idle = `
  create function public.start_nothing(name text, type text default 'MANUAL') returns bytea language plpgsql as
    $$ begin return '\\x00'::bytea; end $$;
  create function public.end_nothing(hk bytea, success boolean default true, error_message text default null)
  returns boolean language plpgsql as $$ begin return true; end $$`

/** What any recorder in PL/pgSQL does at least: its owner's rights, and one row into a table of three columns without an index. */
const least = `
  create table public.noted (a bigint, b timestamptz, c text);
  create function public.start_noted(name text, type text default 'MANUAL') returns bytea
  language plpgsql security definer set search_path = pg_catalog, pg_temp as
    $$ begin insert into public.noted values (1, clock_timestamp(), name); return '\\x00'::bytea; end $$;
  create function public.end_noted(hk bytea, success boolean default true, error_message text default null) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp as
    $$ begin insert into public.noted values (1, clock_timestamp(), 'ended'); return true; end $$`

const nothing = ['public.start_nothing', 'public.end_nothing'] as const
const framework = ['script_tracking.track_operation', 'script_tracking.complete_operation'] as const
const doors = ['public.track_operation', 'public.complete_operation'] as const
const noted = ['public.start_noted', 'public.end_noted'] as const
type Calls = typeof nothing | typeof framework | typeof doors | typeof noted

/** The CPUs of a client and of its server process. */
type Place = readonly [client: string, server: string]

/** Executions of a run, those of one that waits for the disk, and how many pairs of runs count. */
const executions = 250
const durableExecutions = 25
const pairs = 15

/** `track_operation` and `complete_operation`, against the same round trips to functions that do nothing. */
export async function calls(ground: Ground): Promise<Figure[]> {
  const { tracked, untracked } = await ground.pair()
  const admin = await untracked.session()
  await admin.query(idle)
  await admin.query(least)
  const started: Client[] = []
  const client = async (of: Calls, settings = 'set synchronous_commit = off', frame = '', place?: Place) => {
    const name = of === nothing || of === noted ? untracked.name : tracked.name
    const one = await Client.start([ground.server.url(name), settings, ...of, frame, ...(place ?? [])])
    started.push(one)
    return one
  }
  const against = async (
    of: Calls,
    settings?: string,
    frame?: string,
    count = executions,
    place?: Place,
  ): Promise<Comparison> => {
    const a = await client(nothing, settings, frame, place)
    const b = await client(of, settings, frame, place)
    return await compare({
      a: { name: nothing.join(' + '), run: async () => void (await a.run(count)) },
      b: { name: of.join(' + '), run: async () => void (await b.run(count)) },
      pairs,
      warmUp: 3,
    })
  }
  try {
    const plain = await against(framework)
    const inOne = await against(framework, undefined, 'transaction')
    const byDoor = await against(doors)
    const durable = await against(framework, 'set synchronous_commit = on', '', durableExecutions)
    const placed: Figure[] = []
    for (const [where, place] of places()) {
      for (const [what, of] of [
        ['the same', framework],
        ['one row of three columns, without an index, in place of each call', noted],
      ] as const) {
        const comparison = await against(of, undefined, undefined, executions, place)
        placed.push({ what: `${what}, client and server ${where}`, ...rateOf(comparison) })
      }
    }
    const two = await scaling(await client(framework), await client(framework))
    return [
      {
        what: 'rate of track_operation + complete_operation, of that of round trips that do nothing',
        ...rateOf(plain),
        least: 0.6,
        reach: 0.65,
      },
      { what: 'the same within begin and commit, four round trips', ...rateOf(inOne) },
      { what: 'the same by the doors in public', ...rateOf(byDoor) },
      { what: 'the same, each on disk before it is answered', ...rateOf(durable) },
      ...placed,
      { what: 'executions of two clients, of those of one', value: two.median, unit: 'ratio', least: 1.7, detail: two },
      ...(await piecesOf(tracked, idle)),
    ]
  } finally {
    await Promise.all(started.map((each) => each.stop()))
  }
}

/**
 * Where the system puts client and server decides much: on one CPU they take turns; on two, each may have gone to sleep
 * before it is woken, which takes a virtual machine longer than a call that does nothing. Left to the system, calls that do
 * nothing may take as long as in the first place and others as long as in the second. So each is measured on its own as well.
 */
function places(): [where: string, Place][] {
  // pid 1234's current affinity list: 0,2-3
  const { stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  const [one, other] = (stdout ?? '').split(':').pop()?.match(/\d+/g) ?? []
  if (one === undefined) {
    console.error('calls    not measured on chosen CPUs: there is no taskset here.')
    return []
  }
  const onOneCpu: [string, Place] = ['on one CPU', [one, one]]
  return other === undefined ? [onOneCpu] : [onOneCpu, ['each on a CPU of its own', [one, other]]]
}

function rateOf(comparison: Comparison): { value: number; unit: 'ratio'; detail: Comparison } {
  return { value: 1 / comparison.ratio.median, unit: 'ratio', detail: comparison }
}

/** How many executions two clients make in the time in which one makes one. */
async function scaling(one: Client, other: Client) {
  const ratios: number[] = []
  for (let i = 0; i < pairs + 3; i++) {
    const alone = await one.run(executions)
    const together = Math.max(...(await Promise.all([one.run(executions), other.run(executions)])))
    if (i >= 3) ratios.push((2 * alone) / together)
  }
  return spread(ratios)
}

class Client {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(args: readonly string[]) {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'client.ts'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]()
  }

  static async start(args: readonly string[]): Promise<Client> {
    const client = new Client(args)
    await client.#line()
    return client
  }

  /** @returns how long so many executions took, in ms */
  async run(count: number): Promise<number> {
    this.#process.stdin.write(`${count}\n`)
    return Number(await this.#line())
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.stdin.end()
    await ended
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('A client of the benchmark ended before its time.')
    return value
  }
}
