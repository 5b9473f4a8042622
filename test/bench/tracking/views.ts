import type pg from 'pg'
import { quoteName } from '../../../src/core/quote.ts'
import type { TestDatabase } from '../../sql/tracked.ts'
import { spread } from '../harness.ts'
import type { Figure, Ground } from './ground.ts'
import { fill } from './million.ts'

const runs = 15
const warmUp = 3

const reports = [
  'get_enterprise_dashboard()',
  'get_execution_history()',
  'get_recent_errors()',
  'get_system_health()',
  'get_execution_statistics()',
  'get_performance_metrics()',
]

/**
 * The reports over a million operations of a year, and over one whose last day holds 50,000, for who sees everything
 * and for the member of a tenant who sees no more than that. A duration is from asking to the last row at the client,
 * as text.
 */
export async function views(ground: Ground): Promise<Figure[]> {
  const database = await ground.million()
  const figures = await figuresOf(database, 'a year', { most: 100, reach: 50 })
  const busy = await ground.copyOfMillion()
  await fill(await busy.session(), { operations: 50_000, days: 1 })
  await (await busy.session()).query('vacuum analyze script_tracking.ledger')
  return [...figures, ...(await figuresOf(busy, 'a year, and 50,000 in a day', {}))]
}

async function figuresOf(database: TestDatabase, over: string, budget: { most?: number; reach?: number }) {
  const auditor = await database.session(await database.role('auditor', 'in role steward_auditor'))
  const member = await database.session(await tenantMember(database))
  const figures: Figure[] = []
  for (const [who, session] of [
    ['who sees everything', auditor],
    ['the member of a tenant', member],
  ] as const) {
    for (const report of reports) {
      figures.push({
        what: `${report} over ${over}, for ${who}`,
        unit: 'ms',
        ...budget,
        ...(await time(session, report)),
      })
    }
  }
  return figures
}

/** Everybody's rows are looked at for this role, and none is shown: what seeing costs, without what is seen. */
async function tenantMember(database: TestDatabase): Promise<string> {
  const name = await database.role('member')
  const admin = await database.session()
  await admin.query(`select script_tracking.create_tenant($1)`, [name])
  await admin.query(`select script_tracking.add_tenant_member(script_tracking.calculate_hash_key($1), $1)`, [name])
  await admin.query(`grant connect on database ${quoteName(database.name)} to ${quoteName(name)}`)
  return name
}

/** As pgSteward's own sessions read: a client that makes dates and buffers of values takes as long for that as the server for the report. */
const asText = { getTypeParser: () => (value: string) => value }

async function time(session: pg.Client, report: string): Promise<{ value: number; detail: unknown }> {
  const durations: number[] = []
  let rows = 0
  for (let i = 0; i < warmUp + runs; i++) {
    const began = performance.now()
    const answer = await session.query({
      text: `select * from script_tracking.${report}`,
      rowMode: 'array',
      types: asText,
    })
    if (i >= warmUp) durations.push(performance.now() - began)
    rows = answer.rows.length
  }
  const { median, min, max } = spread(durations)
  return { value: median, detail: { min, max, rows, runs } }
}
