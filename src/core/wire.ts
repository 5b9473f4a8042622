import { z } from 'zod'
import type { Call, Contract, EventOf, InputOf, OutputOf, ParsedInputOf } from './call.ts'
import { Failure, toFault } from './fault.ts'
import { faultShape } from './faultShape.ts'

/** A two-way line of text messages, in order: Electron IPC, a WebSocket, or a pair in memory. */
export interface Wire {
  /** Never throws; what is sent on a closed wire goes nowhere. */
  send(message: string): void
  /** Sets the one listener, which must stand before the first message comes. */
  onMessage(listener: (message: string) => void): void
  /** Every listener is told once, whichever end closed; at once, if the wire is closed already. */
  onClose(listener: () => void): void
  close(): void
}

/** What the desktop's preload script gives its page: a wire that ends with the page. */
export type Bridge = Omit<Wire, 'close'>

/** Whoever is at the other end of one wire. What is opened for it ends with it. */
export interface Peer {
  readonly id: number
  /** Runs when the wire closes; at once, if it is closed already. */
  onClose(release: () => void): void
}

/** What a service is given beside its input. */
export interface Context<Event = never> {
  /** Aborts when the caller cancels and when the wire closes. */
  readonly signal: AbortSignal
  readonly peer: Peer
  emit(event: Event): void
}

export type Service<C> = (input: ParsedInputOf<C>, context: Context<EventOf<C>>) => OutputOf<C> | Promise<OutputOf<C>>

/** What the main process must supply for a contract: a call without its service does not compile. */
export type Services<C extends Contract> = {
  readonly [Slice in keyof C]: { readonly [Name in keyof C[Slice]]: Service<C[Slice][Name]> }
}

export interface CallOptions<Event> {
  signal?: AbortSignal
  onEvent?: (event: Event) => void
}

/** What a store or a command calls. */
export type Client<C extends Contract> = {
  readonly [Slice in keyof C]: {
    readonly [Name in keyof C[Slice]]: (
      input: InputOf<C[Slice][Name]>,
      options?: CallOptions<EventOf<C[Slice][Name]>>,
    ) => Promise<OutputOf<C[Slice][Name]>>
  }
}

/** JSON leaves out what is undefined. */
const anything = z.unknown().optional()

const fromCaller = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('call'), id: z.int(), name: z.string(), input: anything }),
  z.strictObject({ kind: z.literal('cancel'), id: z.int() }),
])

const fromServer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ok'), id: z.int(), output: anything }),
  z.object({
    kind: z.literal('fault'),
    id: z.int(),
    fault: faultShape,
  }),
  z.object({ kind: z.literal('event'), id: z.int(), event: anything }),
])

/** Finds `slice.name` by own properties alone, so that `__proto__` and `constructor` name nothing. */
function lookUp<T>(table: Readonly<Record<string, Readonly<Record<string, T>>>>, name: string): T | undefined {
  const [slice, method, ...rest] = name.split('.')
  if (slice === undefined || method === undefined || rest.length > 0) return undefined
  if (!Object.hasOwn(table, slice)) return undefined
  const methods = table[slice]
  if (methods === undefined || !Object.hasOwn(methods, method)) return undefined
  return methods[method]
}

function parseJson(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined // Not JSON: the schema refuses it like any other stranger.
  }
}

/** `input.port: expected a number; input.host: …` */
function reasonsOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${['input', ...issue.path].join('.')}: ${issue.message}`).join('; ')
}

let peers = 0

/** Answers the calls that arrive on `wire`. Ends, with all that still runs, when the wire closes. */
export function serve<C extends Contract>(wire: Wire, contract: C, services: Services<C>): void {
  // The same table, seen without its exact types: a name from outside is only a string.
  const answering: Readonly<Record<string, Readonly<Record<string, Service<Call>>>>> = services
  const running = new Map<number, AbortController>()
  const releases: (() => void)[] = []
  let closed = false

  peers += 1
  const peer: Peer = {
    id: peers,
    onClose: (release) => {
      if (closed) release()
      else releases.push(release)
    },
  }

  const reply = (message: object): void => {
    if (!closed) wire.send(JSON.stringify(message))
  }

  async function answer(id: number, name: string, input: unknown): Promise<void> {
    const controller = new AbortController()
    try {
      if (running.has(id)) throw new Failure({ code: 'invalid_input', message: `Call ${id} is under way already.` })
      running.set(id, controller)
      const definition = lookUp(contract, name)
      const service = lookUp(answering, name)
      if (definition === undefined || service === undefined) {
        throw new Failure({ code: 'unknown_call', message: `There is no call named "${name.slice(0, 100)}".` })
      }
      const parsed = definition.input.safeParse(input)
      if (!parsed.success) {
        throw new Failure({
          code: 'invalid_input',
          message: `The input of ${name} is not valid.`,
          detail: reasonsOf(parsed.error),
        })
      }
      const emit = (event: unknown): void => reply({ kind: 'event', id, event })
      const output = await service(parsed.data, { signal: controller.signal, peer, emit })
      reply({ kind: 'ok', id, output })
    } catch (thrown) {
      reply({ kind: 'fault', id, fault: toFault(thrown) })
    } finally {
      if (running.get(id) === controller) running.delete(id)
    }
  }

  wire.onMessage((message) => {
    const parsed = fromCaller.safeParse(parseJson(message))
    if (!parsed.success) wire.close()
    else if (parsed.data.kind === 'cancel') running.get(parsed.data.id)?.abort()
    else void answer(parsed.data.id, parsed.data.name, parsed.data.input)
  })
  wire.onClose(() => {
    closed = true
    for (const controller of running.values()) controller.abort()
    for (const release of releases) release()
  })
}

interface Pending {
  resolve(output: unknown): void
  reject(error: Failure): void
  onEvent?: ((event: unknown) => void) | undefined
}

/** A call by its name, whose input nobody has checked yet: what a client and the command line's `call` are made of. */
export type CallByName = (name: string, input: unknown, options?: CallOptions<unknown>) => Promise<unknown>

/** Makes the client of `contract` over `wire`. Every call rejects with a `Failure`. */
export function connect<C extends Contract>(wire: Wire, contract: C): Client<C> {
  return makeClient(contract, connectByName(wire))
}

/** The caller's end of `wire`. */
export function connectByName(wire: Wire): CallByName {
  const pending = new Map<number, Pending>()
  let calls = 0
  let closed = false

  const closedFailure = (): Failure =>
    new Failure({ code: 'wire_closed', message: 'The connection to pgSteward’s main process has closed.' })

  wire.onMessage((message) => {
    const parsed = fromServer.safeParse(parseJson(message))
    if (!parsed.success) {
      wire.close() // Not our main process: no later message could be trusted either.
      return
    }
    const reply = parsed.data
    const waiting = pending.get(reply.id)
    if (waiting === undefined) return // Its caller has gone: a late reply to a cancelled call.
    if (reply.kind === 'event') {
      waiting.onEvent?.(reply.event)
      return
    }
    pending.delete(reply.id)
    if (reply.kind === 'ok') waiting.resolve(reply.output)
    else waiting.reject(new Failure(reply.fault))
  })
  wire.onClose(() => {
    closed = true
    for (const waiting of pending.values()) waiting.reject(closedFailure())
    pending.clear()
  })

  return (name, input, options = {}) => {
    const { signal, onEvent } = options
    return new Promise((resolve, reject) => {
      if (closed) throw closedFailure()
      if (signal?.aborted) throw new Failure({ code: 'cancelled', message: 'Cancelled.' })
      calls += 1
      const id = calls
      const message = write({ kind: 'call', id, name, input })
      const cancel = (): void => wire.send(JSON.stringify({ kind: 'cancel', id }))
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', cancel)
          then(value)
        }
      pending.set(id, { resolve: settle(resolve), reject: settle(reject), onEvent })
      signal?.addEventListener('abort', cancel, { once: true })
      wire.send(message)
    })
  }
}

/** @throws Failure for an input that no message can hold: one that is too long, or that contains itself. */
function write(message: object): string {
  try {
    return JSON.stringify(message)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new Failure({ code: 'invalid_input', message: 'The input cannot be sent.', detail }, { cause })
  }
}

/** The calls of `contract` as methods: `client.editor.run(input)` is `callByName('editor.run', input)`. */
export function makeClient<C extends Contract>(contract: C, callByName: CallByName): Client<C> {
  const client = Object.fromEntries(
    Object.entries(contract).map(([slice, calls]) => [
      slice,
      Object.fromEntries(
        Object.keys(calls).map((name) => [
          name,
          (input: unknown, options?: CallOptions<unknown>) => callByName(`${slice}.${name}`, input, options),
        ]),
      ),
    ]),
  )
  // Built from the contract's own keys just above; TypeScript cannot follow `fromEntries`.
  return client as Client<C>
}

/** What a transport does to bring a message to the other end, and to close. */
interface Transport {
  send(message: string): void
  close(): void
}

/** One end of a wire over `transport`, which tells what it hears by `deliver` and `ended`. */
export interface WireEnd {
  readonly wire: Wire
  deliver(message: string): void
  ended(): void
}

/** Keeps the promises of `Wire` for every transport alike. */
export function wireEnd(transport: Transport): WireEnd {
  const closeListeners: (() => void)[] = []
  let listener: ((message: string) => void) | undefined
  let closed = false

  const ended = (): void => {
    if (closed) return
    closed = true
    for (const tell of closeListeners) tell()
  }
  const wire: Wire = {
    send: (message) => {
      if (!closed) transport.send(message)
    },
    onMessage: (given) => {
      listener = given
    },
    onClose: (tell) => {
      if (closed) tell()
      else closeListeners.push(tell)
    },
    close: () => {
      if (closed) return
      transport.close()
      ended()
    },
  }
  const deliver = (message: string): void => {
    if (!closed) listener?.(message)
  }
  return { wire, deliver, ended }
}

/** Two ends of one wire in memory, for the command line and the tests. Messages arrive later, in order. */
export function memoryWires(): [Wire, Wire] {
  const near = wireEnd({
    send: (message) => queueMicrotask(() => far.deliver(message)),
    close: () => queueMicrotask(far.ended),
  })
  const far = wireEnd({
    send: (message) => queueMicrotask(() => near.deliver(message)),
    close: () => queueMicrotask(near.ended),
  })
  return [near.wire, far.wire]
}
