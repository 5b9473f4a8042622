import type { Identity } from './identity.ts'
import { type Mark, markAt } from './labels.ts'
import { own, ownOrNull } from './own.ts'
import { type Field, fieldsOf, noFields, type PrefixFields, type Step, stepsOf, withoutPort } from './steps.ts'

export interface PrefixMatch {
  fields: PrefixFields
  /** The word that stands behind the prefix. */
  mark: Mark
  /** Where that word ends, and the message begins. */
  end: number
  /** More than one way to read it would do. */
  ambiguous: boolean
}

/** Reads the beginning of a line by one `log_line_prefix`. */
export interface Prefix {
  readonly source: string
  /**
   * @param identityOf what is known of a session, by `%c` or the process id; null where nothing is
   * @param session whose line it is, where that is known beside the prefix
   */
  match(line: string, identityOf: (session: string) => Identity | null, session: string | null): PrefixMatch | null
}

/** Ways to read one line that are looked at, and steps taken for them: a hostile line costs no more. */
const mostWays = 8
const mostSteps = 4000

/** @throws RangeError where the prefix has an escape that PostgreSQL does not know */
export function compilePrefix(source: string): Prefix {
  const steps = stepsOf(source)
  const straight = new Straight(steps)
  return {
    source,
    match: (line, identityOf, session) =>
      straight.match(line, identityOf, session) ?? new Matching(steps, line, identityOf, session).run(),
  }
}

/** Sessions that are remembered. */
const mostKeys = 10_000

/** What the lines of one session begin with, behind what is another text in each of them. */
interface Habit {
  /** The process id, or `%c`, as a text of its own: to look a session up by the same text each time is quicker. */
  readonly key: string
  /** What was known of the session when its line was read; an identity is never changed, but replaced. */
  identity: Identity | null
  text: string
  /** What that says. */
  fields: PrefixFields
}

/**
 * Reads a line whose session is known and called what it was called before: one way, without a choice. It is the way
 * that `Matching` tries first and stays with. Null says that there may be another.
 */
class Straight {
  readonly #steps: readonly Step[]
  readonly #isPossible: boolean
  readonly #values: string[]
  /** Where each field stands among the values; -1 where the prefix has none. */
  readonly #places: Readonly<Record<Field, number>>
  /** The steps from here on read the same text in each line of a session. */
  readonly #habitual: number
  readonly #habits = new Map<string, Habit>()
  readonly #times = new Times()

  constructor(steps: readonly Step[]) {
    this.#steps = steps
    this.#isPossible = steps.every((step) => step.kind === 'literal' || step.kind === 'rest' || !step.padded)
    this.#values = steps.map(() => '')
    this.#habitual = habitualFrom(steps)
    const place = (field: Field): number =>
      steps.findLastIndex((step) => (step.kind === 'free' || step.kind === 'fixed') && step.field === field)
    this.#places = {
      time: place('time'),
      pid: place('pid'),
      session: place('session'),
      sessionStart: place('sessionStart'),
      user: place('user'),
      database: place('database'),
      application: place('application'),
      client: place('client'),
      sqlstate: place('sqlstate'),
      backendType: place('backendType'),
      queryId: place('queryId'),
      tag: -1,
      ignored: -1,
    }
  }

  match(line: string, identityOf: (session: string) => Identity | null, session: string | null): PrefixMatch | null {
    if (!this.#isPossible) return null
    let identity = session === null ? null : identityOf(session)
    let habit: Habit | null = null
    let at = 0
    let habitualAt = 0
    const values = this.#values
    const steps = this.#steps
    for (let index = 0; index < steps.length; index += 1) {
      if (index === this.#habitual) {
        habitualAt = at
        const end = at + (habit?.text.length ?? 0)
        // To cut and compare is faster than `startsWith`, which goes by characters.
        if (habit !== null && habit.identity === identity && end > at && line.slice(at, end) === habit.text) {
          const mark = markAt(line, end)
          return mark === null
            ? null
            : { fields: this.#again(habit.fields), mark, end: end + mark.text.length, ambiguous: false }
        }
      }
      const step = steps[index]
      if (step === undefined) return null
      if (step.kind === 'literal') {
        if (!line.startsWith(step.text, at)) return null
        at += step.text.length
        continue
      }
      if (step.kind === 'rest') {
        const mark = markAt(line, at)
        if (mark === null) continue
        return { fields: this.#fields(index), mark, end: at + mark.text.length, ambiguous: false }
      }
      if (step.kind === 'free') {
        if (identity === null) return null
        const known = identity[step.field] ?? ''
        if (!line.startsWith(known, at)) return null
        values[index] = known
        at += known.length
        continue
      }
      const { field } = step
      if (field === 'time') {
        const time = this.#times.read(line, at)
        if (time === null) return null
        if (time !== '') {
          values[index] = time
          at += time.length
          continue
        }
      }
      const client = field === 'client' ? identity?.client : null
      if (client != null && line.startsWith(client, at) && endsField(line, at + client.length)) {
        values[index] = client
        at += client.length
        continue
      }
      const end = step.isNumber ? endOfDigits(line, at) : step.end(line, at)
      if (end < 0) return null
      if (field !== 'ignored') {
        let value = line.slice(at, end)
        if (field === 'pid' || field === 'session') {
          habit = this.#habits.get(value) ?? this.#remember(value)
          value = habit.key
          identity ??= identityOf(value)
        } else if (field === 'time') {
          value = own(value)
          this.#times.last(value)
        }
        values[index] = value
      }
      at = end
    }
    const mark = markAt(line, at)
    if (mark === null) return null
    const fields = this.#fields(steps.length)
    if (habit !== null && this.#habitual < steps.length) {
      habit.identity = identity
      habit.text = own(line.slice(habitualAt, at))
      habit.fields = { ...fields, sessionStart: ownOrNull(fields.sessionStart), client: ownOrNull(fields.client) }
    }
    return { fields, mark, end: at + mark.text.length, ambiguous: false }
  }

  /** @param length of the steps that have been read; a background process has fewer */
  #fields(length: number): PrefixFields {
    const places = this.#places
    const pid = this.#value(places.pid, length)
    const client = this.#value(places.client, length)
    return {
      time: this.#value(places.time, length),
      pid: pid === null ? null : Number(pid),
      session: this.#value(places.session, length),
      sessionStart: this.#value(places.sessionStart, length),
      user: this.#value(places.user, length),
      database: this.#value(places.database, length),
      application: this.#value(places.application, length),
      client: client === null ? null : withoutPort(client),
      sqlstate: this.#value(places.sqlstate, length),
      backendType: this.#value(places.backendType, length),
      queryId: this.#value(places.queryId, length),
    }
  }

  /** The fields of a line that goes on as its session's line before did. */
  #again(fields: PrefixFields): PrefixFields {
    const places = this.#places
    const pid = this.#value(places.pid, this.#habitual)
    return {
      time: this.#value(places.time, this.#habitual),
      pid: pid === null ? null : Number(pid),
      session: this.#value(places.session, this.#habitual),
      sessionStart: fields.sessionStart,
      user: fields.user,
      database: fields.database,
      application: fields.application,
      client: fields.client,
      sqlstate: this.#value(places.sqlstate, this.#habitual),
      backendType: fields.backendType,
      queryId: this.#value(places.queryId, this.#habitual),
    }
  }

  #value(place: number, length: number): string | null {
    return place < 0 || place >= length ? null : this.#values[place] || null
  }

  #remember(key: string): Habit {
    if (this.#habits.size >= mostKeys) this.#habits.clear()
    const habit: Habit = { key: own(key), identity: null, text: '', fields: noFields }
    this.#habits.set(habit.key, habit)
    return habit
  }
}

/** These are others in each line, or say whose line it is; behind `%q` nothing may follow. */
const changing = new Set<Field>(['time', 'pid', 'session', 'sqlstate', 'queryId', 'ignored', 'tag'])

/**
 * From which step on the lines of a session say the same; the number of steps where they never do. What ends in a literal
 * ends there, whatever follows: to compare the text is enough.
 */
function habitualFrom(steps: readonly Step[]): number {
  const from =
    1 + steps.findLastIndex((step) => step.kind === 'rest' || (step.kind === 'fixed' && changing.has(step.field)))
  const isName = (step: Step): boolean => step.kind === 'free' || (step.kind === 'fixed' && !changing.has(step.field))
  return steps.slice(0, from).some(isName) || steps.at(-1)?.kind !== 'literal' ? steps.length : from
}

/** Reads times that differ from one that was read before in their seconds alone, or in nothing. */
class Times {
  #last = ''
  /** All of it up to its seconds. */
  #minute = ''
  /** Where its fraction ends, if it has one, and the zone begins, with the blank before it. */
  #zoneAt = 0
  #zone = ''

  /** @param time a text of its own */
  last(time: string): void {
    this.#last = time
    this.#zoneAt = time.indexOf(' ', 17)
    const isClock = time.charCodeAt(10) === 32 && this.#zoneAt >= 19
    this.#minute = isClock ? time.slice(0, 17) : ''
    this.#zone = isClock ? time.slice(this.#zoneAt) : ''
  }

  /** Empty where it is another one; null where it may go on behind what looks like it. */
  read(line: string, at: number): string | null {
    if (this.#last !== '' && line.startsWith(this.#last, at)) {
      return endsField(line, at + this.#last.length) ? this.#last : null
    }
    if (this.#minute === '' || !line.startsWith(this.#minute, at)) return ''
    const end = at + this.#last.length
    if (!line.startsWith(this.#zone, at + this.#zoneAt) || !endsField(line, end)) return ''
    for (let place = 17; place < this.#zoneAt; place += 1) {
      const isSign = place !== 19 && !isDigit(line.charCodeAt(at + place))
      if (isSign || (place === 19 && line.charCodeAt(at + place) !== 46)) return ''
    }
    return line.slice(at, end)
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** A blank or a bracket can stand in neither a time nor a host. */
function endsField(line: string, at: number): boolean {
  const code = line.charCodeAt(at)
  return code === 32 || code === 93 || code === 91
}

/** Where the digits at `at` end; -1 where there are none. */
function endOfDigits(line: string, at: number): number {
  let end = at
  for (let code = line.charCodeAt(end); code >= 48 && code <= 57; code = line.charCodeAt(end)) end += 1
  return end === at ? -1 : end
}

class Matching {
  readonly #steps: readonly Step[]
  readonly #line: string
  readonly #identityOf: (session: string) => Identity | null
  readonly #values: (string | null)[]
  readonly #ways: PrefixMatch[] = []
  #identity: Identity | null = null
  #left = mostSteps

  constructor(
    steps: readonly Step[],
    line: string,
    identityOf: (session: string) => Identity | null,
    session: string | null,
  ) {
    this.#identity = session === null ? null : identityOf(session)
    this.#steps = steps
    this.#line = line
    this.#identityOf = identityOf
    this.#values = new Array<string | null>(steps.length).fill(null)
  }

  run(): PrefixMatch | null {
    this.#from(0, 0)
    const [first] = this.#ways
    if (first === undefined || this.#ways.length === 1) return first ?? null
    // Neither its host nor its user nor its database changes in a session.
    const known = this.#identity
    const fitting = known === null ? [] : this.#ways.filter(({ fields }) => agrees(fields, known))
    // Of what nobody knows, blanks are an application's rather than those of a user or a database.
    const plain = this.#ways.find(({ fields: { user, database } }) => !`${user}${database}`.includes(' '))
    return { ...(fitting[0] ?? plain ?? first), ambiguous: fitting.length !== 1 }
  }

  /** True when nothing more has to be looked at. */
  #from(step: number, at: number): boolean {
    let place = at
    for (let index = step; index < this.#steps.length; index += 1) {
      const each = this.#steps[index]
      this.#left -= 1
      if (each === undefined || this.#left < 0) return true
      if (each.kind === 'literal') {
        if (!this.#line.startsWith(each.text, place)) return false
        place += each.text.length
      } else if (each.kind === 'rest') {
        if (this.#finish(index, place)) return this.#ways.length >= mostWays
      } else if (each.kind === 'free') {
        return this.#free(index, each, place)
      } else {
        if (each.padded) while (this.#line.charCodeAt(place) === 32) place += 1
        const end = each.end(this.#line, place)
        if (end < 0) return false
        this.#values[index] = this.#line.slice(place, end)
        if (each.field === 'pid' || each.field === 'session')
          this.#identity ??= this.#identityOf(this.#line.slice(place, end))
        place = end
        if (each.padded) while (this.#line.charCodeAt(place) === 32 && !this.#literalFits(index + 1, place)) place += 1
      }
    }
    this.#finish(this.#steps.length, place)
    return this.#ways.length >= mostWays
  }

  #free(index: number, { field, padded, longest }: Extract<Step, { kind: 'free' }>, at: number): boolean {
    const known = this.#identity === null ? null : (this.#identity[field] ?? '')
    if (known !== null && !padded && this.#line.startsWith(known, at)) {
      const before = this.#ways.length
      this.#values[index] = known
      const stop = this.#from(index + 1, at + known.length)
      // What the session has been called all along it is called here.
      if (stop || this.#ways.length > before) return true
    }
    const next = this.#steps[index + 1]
    const literal = next?.kind === 'literal' ? next.text : ''
    // Background processes have no names.
    if (this.#line.startsWith(literal, at)) {
      this.#values[index] = ''
      if (this.#from(index + 1, at)) return true
    }
    // The longest first: what a name holds may look like what follows it.
    let end = Math.min(at + longest, this.#line.length)
    while (end > at) {
      if (literal !== '') {
        end = this.#line.lastIndexOf(literal, end)
        if (end <= at) break
      }
      this.#values[index] = padded ? this.#line.slice(at, end).trim() : this.#line.slice(at, end)
      if (this.#from(index + 1, end)) return true
      end -= 1
    }
    this.#values[index] = null
    return false
  }

  #literalFits(index: number, at: number): boolean {
    const next = this.#steps[index]
    return next?.kind !== 'literal' || this.#line.startsWith(next.text, at)
  }

  #finish(steps: number, at: number): boolean {
    const mark = markAt(this.#line, at)
    if (mark === null) return false
    this.#ways.push({
      fields: fieldsOf(this.#steps, this.#values, steps),
      mark,
      end: at + mark.text.length,
      ambiguous: false,
    })
    return true
  }
}

function agrees(fields: PrefixFields, known: Identity): boolean {
  return (['user', 'database', 'client'] as const).every(
    (field) => known[field] === null || fields[field] === known[field],
  )
}
