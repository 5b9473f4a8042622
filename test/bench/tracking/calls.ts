import { type ChildProcessByStdio, spawn } from 'node:child_process'
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

const nothing = ['public.start_nothing', 'public.end_nothing'] as const
const framework = ['script_tracking.track_operation', 'script_tracking.complete_operation'] as const
const doors = ['public.track_operation', 'public.complete_operation'] as const
type Calls = typeof nothing | typeof framework | typeof doors

/** Executions of a run, those of one that waits for the disk, and how many pairs of runs count. */
const executions = 250
const durableExecutions = 25
const pairs = 15

/** `track_operation` and `complete_operation`, against the same round trips to functions that do nothing. */
export async function calls(ground: Ground): Promise<Figure[]> {
  const { tracked, untracked } = await ground.pair()
  const admin = await untracked.session()
  await admin.query(idle)
  const started: Client[] = []
  const client = async (of: Calls, settings = 'set synchronous_commit = off', frame = '') => {
    const name = of === nothing ? untracked.name : tracked.name
    const one = await Client.start([ground.server.url(name), settings, ...of, frame])
    started.push(one)
    return one
  }
  const against = async (of: Calls, settings?: string, frame?: string, count = executions): Promise<Comparison> => {
    const a = await client(nothing, settings, frame)
    const b = await client(of, settings, frame)
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
      { what: 'executions of two clients, of those of one', value: two.median, unit: 'ratio', least: 1.7, detail: two },
      ...(await piecesOf(tracked, idle)),
    ]
  } finally {
    await Promise.all(started.map((each) => each.stop()))
  }
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
