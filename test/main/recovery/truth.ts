import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { ExecutionStatus } from '../../../src/core/execution.ts'
import type { HistoryDetail, HistoryEntry } from '../../../src/core/history/contract.ts'
import type { SharedServer } from '../../ground/server.ts'
import { look } from '../editor/station.ts'
import type { App } from './app.ts'
import type { Deed, Work } from './work.ts'

/** The whole history, newest first. */
export async function wholeHistory({ api }: App): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  for (let before: number | undefined; ; ) {
    const page = await api.history.search({ limit: 1_000, ...(before === undefined ? {} : { before }) })
    entries.push(...page.entries)
    if (page.next === null) return entries
    before = page.next
  }
}

/** Resolves when the server has noticed that whoever used the database is gone. */
export async function untilDeserted(server: SharedServer, database: string): Promise<void> {
  for (;;) {
    const others = await look(
      server,
      database,
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    if (others.length === 0) return
    await sleep(20)
  }
}

/** How many rows of each deed are committed. */
export async function committedRows(server: SharedServer, database: string): Promise<Map<number, number>> {
  const rows = await look<{ number: string; rows: string }>(
    server,
    database,
    'select number, count(*) as rows from deed where number > 0 group by number',
  )
  return new Map(rows.map(({ number, rows }) => [Number(number), Number(rows)]))
}

/** What the history may say of a deed of which so many rows are committed. */
export function allowedStatuses({ kind, rows }: Deed, committed: number): ExecutionStatus[] {
  const isWhole = committed === rows
  const isNothing = committed === 0
  switch (kind) {
    case 'failing':
      return isWhole ? ['FAILED', 'INTERRUPTED'] : ['INTERRUPTED']
    case 'statements':
      return isWhole ? ['COMPLETED', 'INTERRUPTED'] : ['INTERRUPTED']
    case 'manual':
      return isWhole ? ['COMPLETED', 'INTERRUPTED'] : isNothing ? ['ROLLED_BACK', 'INTERRUPTED'] : []
    default:
      return isWhole ? ['COMPLETED', 'INTERRUPTED'] : isNothing ? ['INTERRUPTED'] : []
  }
}

/** What was done at the window, what this machine remembers of it, and what the server holds. */
export interface Compared {
  work: Work
  /** The operations of that time, those of other programs of this machine among them. */
  details: HistoryDetail[]
  committed: Map<number, number>
}

/** Compares the history with what the window was told, and with the rows that the server has. */
export function expectTruth({ work, details, committed }: Compared): void {
  const byId = new Map(details.map((detail) => [detail.id, detail]))
  for (const { id, status, errorMessage } of details) {
    expect(status, id).not.toBe('STARTED')
    if (status === 'INTERRUPTED') expect(errorMessage).toContain('pgSteward ended while this ran')
  }
  const told = new Set([...work.deeds, ...work.fetched].map(({ operation }) => operation))
  const unknown = details.filter(({ id }) => !told.has(id))
  for (const deed of work.deeds) {
    const rows = committed.get(deed.number) ?? 0
    const found = deed.operation === null ? unrecognised(deed, unknown) : byId.get(deed.operation)
    const what = JSON.stringify({ deed, rows, found: found?.status })
    if (found === undefined) {
      // Before it is recorded, nothing of it is sent.
      expect(deed.operation, what).toBeNull()
      expect(rows, what).toBe(0)
      continue
    }
    expect(allowedStatuses(deed, rows), what).toContain(found.status)
    if (deed.told !== null && deed.told !== 'STARTED') expect(found.status, what).toBe(deed.told)
  }
}

/** The operation of a deed whose window was killed before it was told of one. */
function unrecognised({ number, kind }: Deed, unknown: readonly HistoryDetail[]): HistoryDetail | undefined {
  if (kind === 'edit') return unknown.find(({ type }) => type === 'EDIT')
  return unknown.find(({ sql }) => sql.includes(`insert into deed select ${number},`))
}

/** The states of each operation, as the server has them. */
export async function statesAtServer(
  server: SharedServer,
  database: string,
  operations: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await look<{ id: string; statuses: string }>(
    server,
    database,
    `with known as (select id, script_tracking.calculate_hash_key(id) as key from unnest($1::text[]) id)
     select known.id, coalesce(json_agg(s.execution_status order by s.version_number), '[]') as statuses
     from known left join script_tracking.script_execution_s s on s.script_execution_hk = known.key
     group by known.id`,
    [operations],
  )
  return new Map(rows.map(({ id, statuses }) => [id, JSON.parse(statuses)]))
}
