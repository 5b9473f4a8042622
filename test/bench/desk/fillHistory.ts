import { createHash } from 'node:crypto'
import type { Cache } from '../../../src/main/cache/open.ts'

const day = 86_400_000

const people = ['ada', 'ben', 'clara', 'dmitri', 'etl', 'portal', 'reporting', 'migrations'].concat(
  Array.from({ length: 40 }, (_, index) => `role_${index}`),
)
const schemas = ['care', 'people', 'shop', 'billing', 'auth', 'lab', 'archive']
const nouns = [
  'visit',
  'person',
  'tenant',
  'order',
  'invoice',
  'prescription',
  'sample',
  'address',
  'consent',
  'device',
]
const parts = ['id', 'started_at', 'note', 'status', 'amount', 'ward', 'valid_until', 'created_by', 'payload', 'email']
const words =
  'follow up call back results pending second opinion discharge transfer sterile allergy none reported late'.split(' ')

/** A sequence of numbers that looks like chance and is the same each time. */
export function sequence(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Next = (below: number) => number

const pick = <T>(next: Next, from: readonly T[]): T => from[next(from.length)] ?? (from[0] as T)

function relation(next: Next): string {
  const suffix = next(4) === 0 ? `_${2015 + next(12)}_${1 + next(12)}` : next(3) === 0 ? `_${pick(next, nouns)}` : ''
  return `${pick(next, schemas)}.${pick(next, nouns)}${suffix}`
}

function sentence(next: Next): string {
  return Array.from({ length: 3 + next(6) }, () => pick(next, words)).join(' ')
}

/** The kinds of statement that a year of work holds, each as often as its weight says. */
const kinds: readonly { weight: number; type: string; category: string; sql: (next: Next) => string }[] = [
  {
    weight: 40,
    type: 'MANUAL',
    category: 'SELECT',
    sql: (next) => `select ${pick(next, parts)}, ${pick(next, parts)}, count(*)
from ${relation(next)} a
join ${relation(next)} b on b.${pick(next, nouns)}_id = a.id
where a.${pick(next, parts)} > '${2020 + next(7)}-0${1 + next(9)}-${10 + next(18)}' and b.id = ${next(10_000_000)}
group by 1, 2 order by 3 desc limit ${10 * (1 + next(50))}`,
  },
  {
    weight: 18,
    type: 'MANUAL',
    category: 'DML',
    sql: (next) =>
      `update ${relation(next)} set ${pick(next, parts)} = '${sentence(next)}' where id in (${Array.from({ length: 1 + next(8) }, () => next(10_000_000)).join(', ')})`,
  },
  {
    weight: 14,
    type: 'FUNCTION_CALL',
    category: 'FUNCTION',
    sql: (next) =>
      `select ${pick(next, schemas)}.refresh_${pick(next, nouns)}(${next(1_000_000)}, '${next(2 ** 31).toString(16)}${next(2 ** 31).toString(16)}')`,
  },
  {
    weight: 12,
    type: 'AUTO_DDL',
    category: 'DDL',
    sql: (next) =>
      `create index concurrently if not exists ${pick(next, nouns)}_${pick(next, parts)}_${next(9999)} on ${relation(next)} (${pick(next, parts)}, ${pick(next, parts)}) where ${pick(next, parts)} is not null`,
  },
  {
    weight: 6,
    type: 'MIGRATION',
    category: 'DDL',
    sql: (next) =>
      Array.from(
        { length: 2 + next(10) },
        () =>
          `alter table ${relation(next)} add column ${pick(next, parts)}_${next(99)} ${pick(next, ['text', 'bigint', 'timestamptz', 'numeric(12,2)', 'jsonb'])} -- ${sentence(next)}`,
      ).join(';\n'),
  },
  {
    weight: 10,
    type: 'MAINTENANCE',
    category: 'UTILITY',
    sql: (next) => `vacuum (analyze, verbose) ${relation(next)}`,
  },
]
const byWeight = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind))

const failures = [
  ['42P01', (next: Next) => `relation "${relation(next)}" does not exist`],
  ['23505', (next: Next) => `duplicate key value violates unique constraint "${pick(next, nouns)}_pkey"`],
  ['57014', () => 'canceling statement due to user request'],
  ['40P01', () => 'deadlock detected'],
] as const

/**
 * Fills the cache as a year of recording and synchronising would have: more by day than by night, hardly two texts
 * alike, four databases, one operation in eight of this machine. The triggers stand aside meanwhile; what they log of
 * changes is logged at the end, and nothing is indexed yet.
 *
 * @param now the moment of the newest one, in milliseconds since 1970
 */
export function fillHistory(cache: Cache, operations: number, now = Date.UTC(2026, 10, 1)): void {
  const { db } = cache
  const triggers = db
    .prepare<[], { name: string; sql: string }>("select name, sql from sqlite_schema where type = 'trigger'")
    .all()
  const insert = db.prepare(`
    insert into operation (position, id, identity, connection, database, name, type, category, status, started_at,
      duration_ms, rows, user, application, sql, sql_length, sql_hash, ticket, error_message, error_code, objects, own)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const state = db.prepare(
    "insert into operation_state (operation, ordinal, status, at, recorded, outcome) values (?, ?, ?, ?, 'server', '{}')",
  )
  const know = db.prepare('insert or ignore into known_database (identity, connection) values (?, ?)')
  const next = sequence(20_26)
  cache.transaction(() => {
    for (const { name } of triggers) db.exec(`drop trigger "${name}"`)
    for (let database = 0; database < 4; database += 1) know.run(`database-${database}`, `connection-${database}`)
    let position = Number.NEGATIVE_INFINITY
    for (let number = 0; number < operations; number += 1) {
      const share = number / operations
      // More at noon than at midnight.
      const hour = (next(24) + next(24) + next(24)) / 3
      const at = now - 365 * day + Math.floor(share * 365) * day + Math.floor(hour * 3_600_000) + next(3_600_000)
      position = at * 1000 + next(1000)
      const kind = pick(next, byWeight)
      const sql = kind.sql(next)
      const failed = next(25) === 0
      const failure = failed ? pick(next, failures) : null
      const status = failed ? 'FAILED' : next(40) === 0 ? 'ROLLED_BACK' : next(300) === 0 ? 'INTERRUPTED' : 'COMPLETED'
      const database = next(10) < 6 ? 0 : 1 + next(3)
      const hash = createHash('md5').update(`${number}`).digest('hex')
      const id = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20)}`
      const target = relation(next)
      const objects =
        kind.category === 'DDL'
          ? JSON.stringify({ created: [], modified: [target], dropped: [] })
          : '{"created":[],"modified":[],"dropped":[]}'
      const taken = insertFree(insert, position, [
        id,
        `database-${database}`,
        `Server ${database}`,
        `clinic_${database}`,
        kind.type === 'MANUAL' ? 'query' : `${kind.type.toLowerCase()} ${target}`,
        kind.type,
        kind.category,
        status,
        new Date(at).toISOString(),
        Math.exp(next(1200) / 100),
        next(5000),
        pick(next, people),
        'psql',
        sql,
        sql.length,
        hash,
        next(5) === 0 ? `OPS-${next(20_000)}` : null,
        failure?.[1](next) ?? null,
        failure?.[0] ?? null,
        objects,
        next(8) === 0 ? 1 : 0,
      ])
      if (taken) {
        state.run(id, 0, 'STARTED', new Date(at).toISOString())
        state.run(id, 1, status, new Date(at).toISOString())
      }
    }
    for (const { sql } of triggers) db.exec(sql)
    db.exec('insert into operation_change (position, text) select position, 1 from operation order by position desc')
  })
  db.pragma('wal_checkpoint(truncate)')
}

/** Two that began in the same microsecond: the later one moves on, as in the product. */
function insertFree(insert: { run(...values: unknown[]): unknown }, wanted: number, values: unknown[]): boolean {
  for (let position = wanted; position < wanted + 10; position += 1) {
    try {
      insert.run(position, ...values)
      return true
    } catch (thrown) {
      if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'SQLITE_CONSTRAINT_PRIMARYKEY')
        throw thrown
    }
  }
  return false
}
