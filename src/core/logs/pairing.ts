import { longestEntry } from './entry.ts'
import type { LogEvent } from './event.ts'
import { type Protocol, type Reading, readMessage } from './message.ts'
import { failWith, isErrorOf, type Phase, type Session, weightOf } from './open.ts'
import type { Slot } from './order.ts'
import { own } from './own.ts'
import { parametersIn } from './parameters.ts'
import { isPlanOf } from './plans.ts'
import type { LogRecord, Part } from './record.ts'
import type { ParserState } from './state.ts'

/** Bytes of the log whose texts are held open, all sessions together. */
const mostOpen = 33_554_432

/** Sessions that are remembered; a log of years has more, and they end. */
const mostSessions = 20_000

/** Messages after which it is seen to what is open. */
const keptEvery = 16_384

/** Turns a record into an event, before its message has been read into it. */
export type NewEvent = (record: LogRecord, kind: LogEvent['kind'], statement: string | null) => LogEvent

/** What belongs to an operation of its session. */
type OfOperation = Extract<Reading, { kind: 'begins' | 'duration' | 'ran' | 'phase' | 'plan' }>

/**
 * Makes operations of messages: a statement and its duration, its phases, its parameters, its plan and its error are
 * one. They are paired by session, never because they stand next to each other.
 */
export class Pairing {
  readonly #newEvent: NewEvent
  readonly #sessions = new Map<string, Session>()
  /** What has long been open, and was made to keep nothing but itself. */
  #kept = new WeakSet<object>()
  #sinceKept = 0
  #weight = 0
  /** While a state is being restored: where those messages stand that ended what had ended, by session. */
  #endings: Map<string, number> | null = null
  /** Messages that became a part of an operation. */
  merged = 0

  constructor(newEvent: NewEvent) {
    this.#newEvent = newEvent
  }

  record(record: LogRecord, slot: Slot): void {
    this.#sinceKept += 1
    if (this.#sinceKept >= keptEvery) this.#keep()
    const key = record.session ?? (record.pid === null ? '' : String(record.pid))
    if (this.#endings !== null) this.#endAgain(this.#endings, key, record.offset)
    this.#read(key, record, slot)
    if (this.#weight > mostOpen) this.#relieve()
  }

  #read(key: string, record: LogRecord, slot: Slot): void {
    const reading = readingOf(record)
    if (record.severity === 'ERROR' || record.severity === 'FATAL' || record.severity === 'PANIC') {
      const session = this.#session(key)
      this.#failed(session, reading, record, slot)
      this.#weigh(session)
      return
    }
    switch (reading.kind) {
      case 'begins':
      case 'duration':
      case 'ran':
      case 'phase':
      case 'plan': {
        const session = this.#session(key)
        this.#goOn(session, reading, record, slot)
        this.#weigh(session)
        break
      }
      case 'connection':
      case 'disconnection':
        if (reading.kind === 'disconnection' || record.message.includes('host=')) this.#endSession(key)
        slot.fill(this.#newEvent(record, reading.kind, record.statement))
        break
      default:
        slot.fill(this.#newEvent(record, reading.kind, record.statement))
    }
  }

  #goOn(session: Session, reading: OfOperation, record: LogRecord, slot: Slot): void {
    switch (reading.kind) {
      case 'begins':
        this.#begins(session, reading, record, slot)
        break
      case 'duration':
        this.#duration(session, reading.ms, record, slot)
        break
      case 'ran':
        this.#ran(session, reading, record, slot)
        break
      case 'phase':
        this.#phase(session, reading, record, slot)
        break
      case 'plan':
        this.#planned(session, reading, record, slot)
    }
  }

  /** The sessions in the order in which they came, and where all stands that is still open in them. */
  state(): Pick<ParserState, 'sessions' | 'parts'> {
    const sessions = [...this.#sessions].map(([key, { hasDurations, ended }]): ParserState['sessions'][number] => [
      key,
      hasDurations,
      ended?.endedAt ?? null,
    ])
    const parts = [...this.#sessions.values()].flatMap(({ open, parse, bind, plan, ended }) => [
      ...(open?.parts ?? []),
      ...(parse?.record.parts ?? []),
      ...(bind?.record.parts ?? []),
      ...(plan?.parts ?? []),
      ...(ended?.parts ?? []),
    ])
    return { sessions, parts }
  }

  /** Before the parts of a state are read again, so that the sessions are in their order. */
  recall(sessions: ParserState['sessions']): void {
    this.#endings = new Map()
    for (const [key, hasDurations, endedAt] of sessions) {
      this.#session(key).hasDurations = hasDurations
      if (endedAt !== null) this.#endings.set(key, endedAt)
    }
  }

  /** After the parts of a state have been read again. */
  restore(): void {
    if (this.#endings === null) return
    for (const key of this.#endings.keys()) this.#endAgain(this.#endings, key, Infinity)
    this.#endings = null
  }

  /** What ended an operation may be no part of it, as an error of something else: then it is not read again with it. */
  #endAgain(endings: Map<string, number>, key: string, offset: number): void {
    const endedAt = endings.get(key)
    if (endedAt === undefined || offset <= endedAt) return
    endings.delete(key)
    this.#close(this.#session(key), endedAt)
  }

  end(): void {
    for (const key of [...this.#sessions.keys()]) this.#endSession(key)
  }

  /** What stays open for long keeps its own texts in memory, and not the chunks of the log that they were cut from. */
  #keep(): void {
    this.#sinceKept = 0
    for (const { open, parse, bind, plan, ended } of this.#sessions.values()) {
      for (const texts of [open?.event, plan?.event, ended?.event, parse?.record, bind?.record, parse, bind]) {
        if (texts == null || this.#kept.has(texts)) continue
        this.#kept.add(texts)
        for (const [name, text] of Object.entries(texts)) {
          if (typeof text === 'string') Object.assign(texts, { [name]: own(text) })
        }
      }
    }
  }

  #session(key: string): Session {
    const known = this.#sessions.get(key)
    if (known !== undefined) return known
    const session: Session = {
      open: null,
      parse: null,
      bind: null,
      plan: null,
      ended: null,
      hasDurations: false,
      weight: 0,
    }
    this.#sessions.set(own(key), session)
    if (this.#sessions.size > mostSessions) this.#endSession(this.#sessions.keys().next().value ?? '')
    return session
  }

  #endSession(key: string): void {
    const session = this.#sessions.get(key)
    if (session === undefined) return
    this.#finish(session)
    this.#dropPhase(session, 'parse')
    this.#dropPhase(session, 'bind')
    this.#dropPlan(session)
    this.#weigh(session)
    this.#sessions.delete(key)
  }

  #weigh(session: Session): void {
    const { open, parse, bind, plan, ended } = session
    let weight = open === null ? 0 : weightOf(open.parts)
    if (ended !== null) weight += weightOf(ended.parts)
    if (parse !== null) weight += weightOf(parse.record.parts)
    if (bind !== null) weight += weightOf(bind.record.parts)
    if (plan !== null) weight += weightOf(plan.parts)
    this.#weight += weight - session.weight
    session.weight = weight
  }

  /** Nothing waits any longer that only might get a plan; where that is not enough, the oldest sessions end. */
  #relieve(): void {
    for (const session of this.#sessions.values()) {
      this.#leave(session)
      this.#weigh(session)
    }
    for (const [key, { weight }] of this.#sessions) {
      if (this.#weight <= mostOpen / 2) return
      if (weight > 0) this.#endSession(key)
    }
  }

  /**
   * What was open has ended; its plan may still come.
   * @param at the byte at which the message begins that says so
   */
  #close(session: Session, at: number): void {
    if (session.open === null) return
    this.#leave(session)
    session.ended = session.open
    session.ended.endedAt = at
    session.open = null
  }

  /** Neither what was open nor what had ended gets anything more. */
  #finish(session: Session): void {
    this.#leave(session)
    session.open?.slot.fill(session.open.event)
    session.open = null
  }

  /** What had ended gets nothing more. */
  #leave(session: Session): void {
    session.ended?.slot.fill(session.ended.event)
    session.ended = null
  }

  #begins(session: Session, reading: Extract<Reading, { kind: 'begins' }>, record: LogRecord, slot: Slot): void {
    this.#finish(session)
    this.#dropPlan(session)
    const event = this.#statement(record, reading.protocol, reading.name, reading.statement)
    const phases = this.#takePhases(session, event)
    session.open = { event, slot, parts: phases === null ? record.parts : [...phases, ...record.parts], endedAt: null }
  }

  #duration(session: Session, ms: number, record: LogRecord, slot: Slot): void {
    session.hasDurations = true
    if (session.open === null) {
      const event = this.#newEvent(record, 'duration', record.statement)
      event.duration_ms = ms
      slot.fill(event)
      return
    }
    session.open.event.duration_ms = ms
    session.open.parts.push(...record.parts)
    this.#mergeSlot(slot)
    this.#close(session, record.offset)
  }

  #ran(session: Session, reading: Extract<Reading, { kind: 'ran' }>, record: LogRecord, slot: Slot): void {
    this.#finish(session)
    const event = this.#statement(record, reading.protocol, reading.name, reading.statement)
    event.duration_ms = reading.ms
    this.#takePhases(session, event)
    this.#takePlan(session, event)
    slot.fill(event)
  }

  #phase(session: Session, reading: Extract<Reading, { kind: 'phase' }>, record: LogRecord, slot: Slot): void {
    session.hasDurations = true
    this.#close(session, record.offset)
    this.#dropPhase(session, reading.phase)
    // Another statement is parsed: the one before was never executed.
    if (reading.phase === 'parse') this.#dropPhase(session, 'bind')
    const { ms, name, statement } = reading
    session[reading.phase] = { ms, name, statement, record, slot }
  }

  #planned(session: Session, reading: Extract<Reading, { kind: 'plan' }>, record: LogRecord, slot: Slot): void {
    // What ran inside of an operation is logged before the operation itself, with a context.
    if (session.plan !== null && session.plan.event.context === null) this.#dropPlan(session)
    const said = session.ended?.event.statement ?? null
    const ended = said !== null && isPlanOf(reading.plan, said) ? session.ended : null
    const open = session.open ?? ended ?? session.plan
    // What runs inside of one statement may be without end: the plans that are too many stand for themselves.
    const plans = open?.event.plan?.length ?? 0
    const isTooLong = plans > 0 && plans + reading.plan.length > longestEntry
    if (open !== null && !isTooLong) {
      if (record.context === null) open.event.context = null
      open.event.plan = open.event.plan === null ? reading.plan : `${open.event.plan}\n${reading.plan}`
      open.parts.push(...record.parts)
      this.#mergeSlot(slot)
      return
    }
    const event = this.#newEvent(record, 'plan', record.statement)
    event.plan = reading.plan
    event.duration_ms = reading.ms
    // What it says is the plan itself, which is kept once.
    event.message = record.message.slice(0, record.message.length - reading.plan.length).trimEnd()
    if (open === null) session.plan = { event, slot, parts: [...record.parts], endedAt: null }
    else slot.fill(event)
  }

  #failed(session: Session, reading: Reading, record: LogRecord, slot: Slot): void {
    const { open } = session
    const kind = record.sqlstate === '40P01' || reading.kind === 'deadlock' ? 'deadlock' : 'error'
    if (open !== null && isErrorOf(record, open.event, session)) {
      failWith(open.event, record, kind)
      open.parts.push(...record.parts)
      this.#mergeSlot(slot)
      this.#close(session, record.offset)
      return
    }
    this.#close(session, record.offset)
    const event = this.#newEvent(record, kind, record.statement)
    this.#takePhases(session, event)
    slot.fill(event)
  }

  /** Parse and bind are phases of the execution that follows. Says where they stand. */
  #takePhases(session: Session, event: LogEvent): Part[] | null {
    const { parse, bind } = session
    if (parse === null && bind === null) return null
    const parts: Part[] = []
    if (parse !== null && parse.statement === event.statement) {
      session.parse = null
      event.parse_ms = parse.ms
      this.#takePhase(parse, event, parts)
    }
    if (bind !== null && bind.statement === event.statement) {
      session.bind = null
      event.bind_ms = bind.ms
      event.parameters ??= bind.record.detail === null ? null : parametersIn(bind.record.detail)
      this.#takePhase(bind, event, parts)
    }
    return parts
  }

  #takePhase(phase: Phase, event: LogEvent, parts: Part[]): void {
    event.name ??= phase.name
    parts.push(...phase.record.parts)
    this.#mergeSlot(phase.slot)
  }

  #takePlan(session: Session, event: LogEvent): void {
    if (session.plan === null) return
    event.plan = session.plan.event.plan
    this.#mergeSlot(session.plan.slot)
    session.plan = null
  }

  /** A plan whose operation was not logged stands for itself. */
  #dropPlan(session: Session): void {
    session.plan?.slot.fill(session.plan.event)
    session.plan = null
  }

  /** A phase that no execution followed stands for itself. */
  #dropPhase(session: Session, phase: 'parse' | 'bind'): void {
    const pending = session[phase]
    if (pending === null) return
    session[phase] = null
    const event = this.#statement(pending.record, 'extended', pending.name, pending.statement)
    event.kind = 'duration'
    if (phase === 'parse') event.parse_ms = pending.ms
    else event.bind_ms = pending.ms
    pending.slot.fill(event)
  }

  #statement(record: LogRecord, protocol: Protocol, name: string | null, statement: string): LogEvent {
    const event = this.#newEvent(record, 'statement', statement)
    event.message = null
    event.protocol = protocol
    event.name = name
    const parameters = record.detail === null ? null : parametersIn(record.detail)
    if (parameters !== null) {
      event.parameters = parameters
      event.detail = null
    }
    return event
  }

  #mergeSlot(slot: Slot): void {
    this.merged += 1
    slot.drop()
  }
}

/** What a user's function said in the server's words is no operation: the server says them as LOG, and from nowhere. */
function readingOf(record: LogRecord): Reading {
  const reading = readMessage(record.message)
  switch (reading.kind) {
    case 'other':
    case 'plan':
    case 'deadlock':
      return reading
    case 'lock_wait':
    case 'temp_file':
      return record.severity === 'LOG' ? reading : { kind: 'other' }
    default: {
      const isServers = record.severity === 'LOG' && record.context === null && record.statement === null
      return isServers ? reading : { kind: 'other' }
    }
  }
}
