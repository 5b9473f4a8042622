import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { call } from '../../../src/core/call.ts'
import { Failure, type Fault } from '../../../src/core/fault.ts'
import { type Client, connect, connectByName, memoryWires } from '../../../src/core/wire.ts'
import { sharedServer } from '../../ground/shared.ts'
import { contract, createFixture, type Fixture } from './fixture.ts'
import { type Line, transports } from './transports.ts'

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const failure = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(failure instanceof Failure)) throw new Error('The call did not fail as calls do.', { cause: failure })
  return failure.fault
}

/** What the server itself says of a session: `active` while it runs something, null when it is gone. */
async function stateOf(backendPid: number): Promise<string | null> {
  const client = new pg.Client({ connectionString: sharedServer().url() })
  await client.connect()
  try {
    const { rows } = await client.query<{ state: string }>('select state from pg_stat_activity where pid = $1', [
      backendPid,
    ])
    return rows[0]?.state ?? null
  } finally {
    await client.end()
  }
}

describe.each(transports)('the wire over $name', (transport) => {
  let fixture: Fixture
  let line: Line
  let api: Client<typeof contract>

  beforeEach(async () => {
    fixture = createFixture(sharedServer().url())
    line = await transport.open(contract, fixture.services)
    api = connect(line.wire, contract)
  })
  afterEach(() => line.close())

  /** Begins a `hold` and waits until the other end has it. */
  async function hold(signal?: AbortSignal): Promise<{ outcome: Promise<Fault> }> {
    const held = Promise.withResolvers<void>()
    const outcome = faultOf(
      api.trial.hold({}, { onEvent: () => held.resolve(), ...(signal === undefined ? {} : { signal }) }),
    )
    await held.promise
    return { outcome }
  }

  it('answers', async () => {
    const text = 'ž \u{1F418} "quoted"\n\0\u2028 \uD800'
    expect(await api.trial.echo({ text })).toEqual({ text })
    expect(await api.trial.nothing({})).toBeUndefined()
  })

  it('carries what is large', async () => {
    const text = 'select 1; -- ž\n'.repeat(1_000_000)
    const echoed = await api.trial.echo({ text })
    expect(echoed.text.length).toBe(text.length)
    expect(echoed.text === text).toBe(true)
  })

  it("gives PostgreSQL's error in full", async () => {
    const sql = `do $$ begin
      raise exception 'The visit is closed.' using errcode = 'P0042', detail = 'It ended.', hint = 'Open it.',
        schema = 'care', table = 'visit', column = 'state', constraint = 'visit_open';
    end $$`
    expect(await faultOf(api.trial.run({ sql }))).toEqual({
      code: 'postgres',
      message: 'The visit is closed.',
      sqlstate: 'P0042',
      severity: 'ERROR',
      detail: 'It ended.',
      hint: 'Open it.',
      context: 'PL/pgSQL function inline_code_block line 2 at RAISE',
      schema: 'care',
      table: 'visit',
      column: 'state',
      constraint: 'visit_open',
    })
    expect(await faultOf(api.trial.run({ sql: 'select 1,\n  nothing_of_that_name' }))).toMatchObject({
      code: 'postgres',
      sqlstate: '42703',
      position: 13,
    })
    expect(await faultOf(api.trial.run({ sql: "do $$ begin execute 'selec 1'; end $$" }))).toMatchObject({
      sqlstate: '42601',
      internalQuery: 'selec 1',
      internalPosition: 1,
    })
  })

  it('cancels at the server', async () => {
    const controller = new AbortController()
    const pid = Promise.withResolvers<number>()
    const outcome = faultOf(
      api.trial.run(
        { sql: 'select pg_sleep(600)' },
        { signal: controller.signal, onEvent: ({ backendPid }) => pid.resolve(backendPid) },
      ),
    )
    const backendPid = await pid.promise
    await vi.waitFor(async () => expect(await stateOf(backendPid)).toBe('active'), 10_000)
    controller.abort()
    expect(await outcome).toMatchObject({ code: 'postgres', sqlstate: '57014' })
    await vi.waitFor(async () => expect(await stateOf(backendPid)).toBeNull(), 10_000)
  })

  it('makes no call that was cancelled before it began', async () => {
    const signal = AbortSignal.abort()
    expect(await faultOf(api.trial.hold({}, { signal }))).toMatchObject({ code: 'cancelled' })
    await api.trial.echo({ text: 'a round trip' })
    expect(fixture.log).toEqual([])
  })

  it('cancels the one call that is meant', async () => {
    const controller = new AbortController()
    const meant = await hold(controller.signal)
    const other = await hold()
    controller.abort()
    expect(await meant.outcome).toEqual({ code: 'cancelled', message: 'Cancelled.' })
    expect(fixture.log).toEqual(['aborted'])
    line.wire.close()
    expect(await other.outcome).toMatchObject({ code: 'wire_closed' })
  })

  it('brings events in order, before the answer', async () => {
    const seen: number[] = []
    const last = await api.trial.count({ to: 500 }, { onEvent: ({ n }) => seen.push(n) })
    expect(last).toBe(500)
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index + 1))
  })

  it('answers a thousand calls at once, whichever is ready first', async () => {
    const finished: number[] = []
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, value) => {
        const answer = await api.trial.delayed({ value, afterMs: (999 - value) % 50 })
        finished.push(answer)
        return answer
      }),
    )
    expect(answers).toEqual(Array.from({ length: 1000 }, (_, value) => value))
    expect(finished).toHaveLength(1000)
    expect(finished).not.toEqual(answers)
  })

  it.each([
    '__proto__.x',
    'constructor.name',
    'trial.__proto__',
    'trial.constructor',
    'trial.toString',
    'trial.hasOwnProperty',
    'toString.call',
    'trial',
    'trial.',
    '.echo',
    'trial.echo.call',
    'connections.list',
    '',
  ])('knows no call named %j', async (name) => {
    const callByName = connectByName(line.wire)
    expect(await faultOf(callByName(name, { text: 'x' }))).toEqual({
      code: 'unknown_call',
      message: `There is no call named "${name}".`,
    })
    expect(await callByName('trial.echo', { text: 'still there' })).toEqual({ text: 'still there' })
  })

  it('refuses a wrong input, saying where it is wrong', async () => {
    const callByName = connectByName(line.wire)
    for (const [input, where] of [
      [{ text: 1 }, 'input.text: '],
      [{}, 'input.text: '],
      [{ text: 'x', more: 1 }, 'more'],
      [null, 'input: '],
      [undefined, 'input: '],
      [['x'], 'input: '],
    ] as const) {
      const fault = await faultOf(callByName('trial.echo', input))
      expect(fault).toMatchObject({ code: 'invalid_input', message: 'The input of trial.echo is not valid.' })
      expect(fault.detail).toContain(where)
    }
  })

  it('turns whatever a service throws into a fault', async () => {
    expect(await faultOf(api.trial.throwText({}))).toEqual({ code: 'internal', message: 'only a text' })
    expect(await faultOf(api.trial.unsendable({}))).toMatchObject({ code: 'internal' })
    expect(await api.trial.echo({ text: 'still there' })).toEqual({ text: 'still there' })
  })

  it('refuses an input that no message can hold, and forgets the call', async () => {
    const callByName = connectByName(line.wire)
    const ring: { self?: unknown } = {}
    ring.self = ring
    expect(await faultOf(callByName('trial.echo', ring))).toMatchObject({ code: 'invalid_input' })
  })

  it.each([
    'junk',
    '',
    'null',
    '[]',
    '{}',
    '{"kind":"call"}',
    '{"kind":"call","id":1.5,"name":"trial.echo","input":{"text":"x"}}',
    '{"kind":"call","id":"1","name":"trial.echo","input":{"text":"x"}}',
    '{"kind":"call","id":1,"name":["trial","echo"],"input":{"text":"x"}}',
    '{"kind":"call","id":1,"name":"trial.echo","input":{"text":"x"},"more":true}',
    '{"kind":"ok","id":1,"output":null}',
    '{"__proto__":{"kind":"cancel","id":1}}',
  ])('hangs up on whoever sends %j, and ends what runs for them', async (junk) => {
    const held = await hold()
    const closed = new Promise<void>((resolve) => line.wire.onClose(resolve))
    line.wire.send(junk)
    await closed
    expect(await held.outcome).toMatchObject({ code: 'wire_closed' })
    await vi.waitFor(() => expect(fixture.log).toEqual(['aborted', 'peer closed']))
  })

  it('takes a number twice only after the first call has ended', async () => {
    const replies: unknown[] = []
    line.wire.onMessage((message) => replies.push(JSON.parse(message)))
    const say = (message: object): void => line.wire.send(JSON.stringify(message))
    say({ kind: 'call', id: 7, name: 'trial.hold', input: {} })
    say({ kind: 'call', id: 7, name: 'trial.echo', input: { text: 'x' } })
    await vi.waitFor(() => expect(replies).toHaveLength(2))
    expect(replies).toEqual([
      { kind: 'event', id: 7, event: 'held' },
      { kind: 'fault', id: 7, fault: { code: 'invalid_input', message: 'Call 7 is under way already.' } },
    ])
    expect(fixture.log).toEqual([])
    say({ kind: 'cancel', id: 7 })
    await vi.waitFor(() => expect(replies).toHaveLength(3))
    expect(fixture.log).toEqual(['aborted'])
    say({ kind: 'call', id: 7, name: 'trial.echo', input: { text: 'x' } })
    say({ kind: 'cancel', id: 99 })
    await vi.waitFor(() => expect(replies).toHaveLength(4))
    expect(replies[3]).toEqual({ kind: 'ok', id: 7, output: { text: 'x' } })
  })

  it('ends what runs, here and at the server, when the caller goes', async () => {
    const held = await hold()
    const pid = Promise.withResolvers<number>()
    const running = faultOf(
      api.trial.run({ sql: 'select pg_sleep(600)' }, { onEvent: ({ backendPid }) => pid.resolve(backendPid) }),
    )
    const backendPid = await pid.promise
    await vi.waitFor(async () => expect(await stateOf(backendPid)).toBe('active'), 10_000)
    line.cutByPeer()
    expect(await held.outcome).toMatchObject({ code: 'wire_closed' })
    expect(await running).toMatchObject({ code: 'wire_closed' })
    await vi.waitFor(async () => expect(await stateOf(backendPid)).toBeNull(), 10_000)
    expect(fixture.log).toEqual(['aborted', 'peer closed'])
  })

  it('makes no call over a closed wire', async () => {
    await api.trial.echo({ text: 'x' })
    line.wire.close()
    expect(await faultOf(api.trial.echo({ text: 'x' }))).toMatchObject({ code: 'wire_closed' })
    let told = 0
    line.wire.onClose(() => {
      told += 1
    })
    expect(told).toBe(1)
    line.wire.send('goes nowhere')
    line.wire.close()
  })

  it('serves a call that was added to the contract', async () => {
    const added = { ...contract, greeting: { say: call(z.strictObject({ to: z.string() })).returns<string>() } }
    const second = await transport.open(added, {
      ...fixture.services,
      greeting: { say: ({ to }) => `Hello, ${to}.` },
    })
    onTestFinished(() => second.close())
    expect(await connect(second.wire, added).greeting.say({ to: 'Elephant' })).toBe('Hello, Elephant.')
  })
})

describe('the caller', () => {
  it.each(['junk', '{}', '{"kind":"ok"}', '{"kind":"fault","id":1,"fault":{"message":"no code"}}'])(
    'hangs up on an other end that answers %j',
    async (junk) => {
      const [near, far] = memoryWires()
      far.onMessage(() => far.send(junk))
      expect(await faultOf(connect(near, contract).trial.echo({ text: 'x' }))).toMatchObject({ code: 'wire_closed' })
    },
  )

  it('has no use for an answer that comes twice or late', async () => {
    const [near, far] = memoryWires()
    far.onMessage((message) => {
      const { id } = z.object({ id: z.int() }).parse(JSON.parse(message))
      for (const text of ['first', 'second']) far.send(JSON.stringify({ kind: 'ok', id, output: { text } }))
      far.send(JSON.stringify({ kind: 'event', id, event: null }))
    })
    const api = connect(near, contract)
    expect(await api.trial.echo({ text: 'x' })).toEqual({ text: 'first' })
    expect(await api.trial.echo({ text: 'x' })).toEqual({ text: 'first' })
  })
})
