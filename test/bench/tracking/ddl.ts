import type pg from 'pg'
import type { TestDatabase } from '../../sql/tracked.ts'
import { compare, spread } from '../harness.ts'
import { pgAuditMissing, startAudited } from './audited.ts'
import type { Figure, Ground } from './ground.ts'

const warmUp = 30
const commands = 400
const sessions = 25

/** Small commands: they do next to nothing themselves, so that what is added shows. */
const small = {
  'comment on table': (round: number) => `comment on table small is 'comment ${round}'`,
  'alter table … set default': (round: number) => `alter table small alter column a set default ${round}`,
}

const mixed = [
  'create table mixed (id int primary key, name text)',
  'alter table mixed add column note text',
  'create index mixed_name on mixed (name)',
  `comment on table mixed is 'a table of a benchmark'`,
  'drop table mixed',
]

/** What automatic tracking adds to DDL. Each command runs in both databases in turns, a transaction of its own. */
export async function ddl(ground: Ground): Promise<Figure[]> {
  const { tracked, untracked } = await ground.pair()
  const figures: Figure[] = []
  const one = await prepared(untracked)
  const other = await prepared(tracked)
  const plain: number[] = []
  const whole: number[] = []
  for (const [name, command] of Object.entries(small)) {
    const { added, first, second } = await inTurns([one, other], command)
    plain.push(...first)
    whole.push(...second)
    figures.push({ what: `added to ${name}, median`, value: spread(added).median, unit: 'ms', most: 0.25, reach: 0.15 })
  }
  // Waiting for the disk has a tail of its own, which the untracked commands have too.
  figures.push({
    what: '99th percentile of small commands, above that of untracked ones',
    value: percentile(whole, 0.99) - percentile(plain, 0.99),
    unit: 'ms',
    most: 5,
    reach: 1,
    detail: { tracked: percentile(whole, 0.99), untracked: percentile(plain, 0.99) },
  })
  const script = await compare({
    a: { name: 'untracked', run: () => runAll(one) },
    b: { name: 'tracked', run: () => runAll(other) },
    pairs: 60,
    warmUp: 10,
  })
  figures.push({
    what: 'mixed script of five commands, of its time untracked',
    value: script.ratio.median,
    unit: 'ratio',
    most: 1.3,
    reach: 1.2,
    detail: script,
  })
  figures.push(await firstOfSession(untracked, tracked))
  if (ground.major === 15) figures.push(...(await againstPgAudit()))
  return figures
}

async function prepared(database: TestDatabase): Promise<pg.Client> {
  const client = await database.session()
  await client.query('create table small (a int)')
  return client
}

async function runAll(client: pg.Client): Promise<void> {
  for (const command of mixed) await client.query(command)
}

/** Durations by each client, and what each command took longer by the second one in the same round, in ms. */
async function inTurns(clients: [pg.Client, pg.Client], command: (round: number) => string) {
  const taken = { first: [] as number[], second: [] as number[], added: [] as number[] }
  for (let round = 0; round < warmUp + commands; round++) {
    const a = await timed(clients[0], command(round))
    const b = await timed(clients[1], command(round))
    if (round < warmUp) continue
    taken.first.push(a)
    taken.second.push(b)
    taken.added.push(b - a)
  }
  return taken
}

async function timed(client: pg.Client, sql: string): Promise<number> {
  const startedAt = performance.now()
  await client.query(sql)
  return performance.now() - startedAt
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** The first command of a session has to compile and plan what later ones find ready. */
async function firstOfSession(untracked: TestDatabase, tracked: TestDatabase): Promise<Figure> {
  const first = async (database: TestDatabase, round: number) => {
    const client = await database.session()
    const taken = await timed(client, small['comment on table'](round))
    await client.end()
    return taken
  }
  const added: number[] = []
  for (let round = 0; round < sessions; round++) {
    const plain = await first(untracked, round)
    added.push((await first(tracked, round)) - plain)
  }
  return {
    what: 'added to the first command of a session, median',
    value: spread(added).median,
    unit: 'ms',
    most: 5,
    reach: 3,
    detail: spread(added),
  }
}

/** Where Debian's pgAudit is installed: what tracking adds, of what pgAudit adds in the same run. */
async function againstPgAudit(): Promise<Figure[]> {
  const missing = pgAuditMissing()
  if (missing !== null) {
    console.error(`15  ddl      not compared with pgAudit: ${missing}`)
    return []
  }
  const server = await startAudited()
  try {
    const untracked = await prepared(server.untracked)
    const least = await prepared(server.least)
    const audited = await prepared(server.audited)
    const tracked = await prepared(server.tracked)
    const figures: Figure[] = []
    for (const [name, command] of Object.entries(small)) {
      const added = { least: [] as number[], audited: [] as number[], tracked: [] as number[] }
      for (let round = 0; round < warmUp + commands; round++) {
        const plain = await timed(untracked, command(round))
        const byLeast = await timed(least, command(round))
        const byAudit = await timed(audited, command(round))
        const byUs = await timed(tracked, command(round))
        if (round < warmUp) continue
        added.least.push(byLeast - plain)
        added.audited.push(byAudit - plain)
        added.tracked.push(byUs - plain)
      }
      const detail = { least: spread(added.least), audited: spread(added.audited), tracked: spread(added.tracked) }
      figures.push({
        what: `added to ${name}, of what pgAudit adds`,
        value: detail.tracked.median / detail.audited.median,
        unit: 'ratio',
        most: 1.5,
        detail,
      })
      figures.push({
        what: `added to ${name} by the least event trigger in PL/pgSQL, one row of three columns, of what pgAudit adds`,
        value: detail.least.median / detail.audited.median,
        unit: 'ratio',
        detail: detail.least,
      })
    }
    return figures
  } finally {
    await server.stop()
  }
}
