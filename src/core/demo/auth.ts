import type { Value } from './copy.ts'
import { ipAddress } from './identifiers.ts'
import type { Random } from './random.ts'
import { numbered, type Table } from './table.ts'
import { daySeconds, moment, present, timestamp } from './time.ts'
import { browsers } from './words/goods.ts'
import type { World } from './world.ts'

// So few only so that the sample is loaded quickly; auth.register_user takes many more.
const sampleRounds = 100

/**
 * The tables of the schema `auth`. Password hashes are the server's work: once the accounts are there, it
 * makes them of `samplePassword` and the salt.
 */
export function authTables(world: World): Table[] {
  return [
    {
      schema: 'auth',
      name: 'account',
      columns: [
        ...['id', 'person_id', 'email', 'password_salt', 'password_rounds', 'status', 'second_factor', 'created_at'],
        'last_login_at',
      ],
      expected: world.people * 0.68,
      rows: () => numbered(world.people, (row) => (world.hasAccount(row) ? account(world, row) : null)),
    },
    {
      schema: 'auth',
      name: 'session',
      columns: ['token_hash', 'account_id', 'created_at', 'last_seen_at', 'expires_at', 'ip', 'user_agent'],
      expected: world.sessions,
      rows: () => numbered(world.sessions, (row) => session(world, row)),
    },
    {
      schema: 'auth',
      name: 'login_attempt',
      columns: ['id', 'outcome', 'attempted_at', 'email', 'account_id', 'ip', 'user_agent'],
      expected: world.loginAttempts,
      rows: () => numbered(world.loginAttempts, (row) => loginAttempt(world, row)),
    },
  ]
}

/** The password of a person's account in the sample. */
export function samplePassword(person: number): string {
  return `sample-${person}`
}

function accountId(world: World, person: number): string {
  const hex = world.random('account', person).hex(32)
  // The two marks of a random UUID: version 4, variant 1.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

function account(world: World, row: number): Value[] {
  const random = world.random('account', row)
  const id = accountId(world, row)
  const created = world.registeredAt(row)
  random.hex(32)
  return [
    id,
    row,
    world.identity(row).email,
    `\\x${random.hex(32)}`,
    world.fate.account(row) === 'account.weak_hash' ? 1 : sampleRounds,
    random.percent(96) ? 'active' : random.pick(['locked', 'closed']),
    random.percent(30),
    timestamp(created),
    timestamp(created + random.int(Math.max(1, present - created))),
  ]
}

function holder(world: World, seconds: number, random: Random): number {
  const known = world.knownAt(seconds)
  return world.nearest(random.between(1, known), known, (other) => world.hasAccount(other))
}

function session(world: World, row: number): Value[] {
  const random = world.random('session', row)
  const isOld = world.fate.session(row) === 'session.not_purged'
  const created =
    present - (isOld ? random.between(120, 400) : random.between(1, 20)) * daySeconds - random.int(daySeconds)
  const seen = created + random.int(daySeconds)
  return [
    `\\x${random.hex(64)}`,
    accountId(world, holder(world, created, random)),
    timestamp(created),
    timestamp(seen),
    timestamp(created + 14 * daySeconds),
    ipAddress(random),
    random.pick(browsers),
  ]
}

function loginAttempt(world: World, row: number): Value[] {
  const random = world.random('loginAttempt', row)
  const attempted = moment(row, world.loginAttempts, (below) => random.int(below))
  const person = holder(world, attempted, random)
  const isSlip = world.fate.loginAttempt(row) === 'login_attempt.password_as_name'
  const outcome = !isSlip && random.percent(82) ? 'success' : 'failure'
  const isStranger = isSlip || (outcome === 'failure' && random.percent(40))
  const stranger = isSlip ? samplePassword(person) : `visitor.${random.between(1, 999)}@nowhere.example`
  return [
    row,
    outcome,
    timestamp(attempted),
    isStranger ? stranger : world.identity(person).email,
    isStranger ? null : accountId(world, person),
    ipAddress(random),
    random.pick(browsers),
  ]
}
