import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { createErase } from '../../../src/main/history/erase.ts'
import { createKeeper, type Keeper } from '../../../src/main/history/keeper.ts'
import { createReader, type Reader } from '../../../src/main/history/reader.ts'
import { createStore, outcomeShape, unknownOutcome } from '../../../src/main/history/store.ts'

let folder: string
let cache: Cache
let reader: Reader
let keeper: Keeper
let erase: ReturnType<typeof createErase>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-test-'))
  cache = openCache(folder)
  reader = createReader(cache.path)
  keeper = createKeeper({ cache, store: createStore(cache), onWritten: () => {} })
  erase = createErase(cache, reader, keeper)
})
afterEach(async () => {
  keeper.close()
  await reader.close()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

const secret = 'hunter2-"deep"'

function begin(id: string, sql: string): void {
  keeper.begin(
    {
      id,
      identity: 'here',
      connection: 'Clinic',
      database: 'clinic',
      user: 'ada',
      name: `${sql.slice(0, 20)}… (+ 1)`,
      type: 'MANUAL',
      category: 'SELECT',
      sql,
      ticket: null,
      justification: null,
      filePath: null,
    },
    'local',
  )
}

/** All that the file holds of an operation. */
function kept(id: string): string {
  const rows = (table: string, key: string) =>
    cache.query(`select * from ${table} where ${key} = ?`, z.record(z.string(), z.unknown())).all(id)
  return JSON.stringify([rows('operation', 'id'), rows('operation_state', 'operation'), rows('plan', 'operation')])
}

function fillUp(): void {
  const pages = cache.db.pragma('page_count', { simple: true })
  cache.db.pragma(`max_page_count = ${Number(pages)}`)
}

it('reaches operations that the cache had no room for: what is written of them later is without it', async () => {
  const text = `${secret} ${'x'.repeat(400_000)}`
  begin('before', 'select 1')
  fillUp()
  begin('full', `select '${text}'`)
  keeper.end('before', 'FAILED', { ...unknownOutcome, errorMessage: text })
  keeper.end('full', 'FAILED', { ...unknownOutcome, errorMessage: `no ${secret}` })
  expect(keeper.unwritten()).toMatchObject({ operations: 2 })
  expect(keeper.erase(secret)).toBe(2)

  cache.db.pragma('max_page_count = 1000000')
  expect(keeper.writeAll()).toBe(true)
  expect(keeper.unwritten()).toBeNull()
  expect(kept('full')).toContain("select '*** xxx")
  expect(kept('full')).toContain('no ***')
  expect(kept('before')).toContain('*** xxx')
  for (const id of ['before', 'full']) expect(kept(id)).not.toContain('hunter')
})

it('reaches what is still to come of operations that run', async () => {
  begin('running', `select f('${secret}')`)
  begin('another', 'select 2')
  expect(await erase(secret, false, new AbortController().signal)).toMatchObject({ operations: 1 })
  keeper.keepPlan('running', {
    text: `Filter: (f = '${secret}')`,
    json: JSON.stringify([{ Filter: `(f = '${secret}')` }]),
  })
  keeper.end('running', 'FAILED', { ...unknownOutcome, errorMessage: `no such login: ${secret}` })
  keeper.end('another', 'COMPLETED', { ...unknownOutcome, rows: 1 })
  expect(kept('running')).toContain('no such login: ***')
  expect(kept('running')).toContain("Filter: (f = '***')")
  expect(kept('running')).toContain("select f('***… (+ 1)")
  expect(kept('running')).not.toContain('hunter')
  expect(kept('another')).toContain('COMPLETED')
  // Whoever writes it once more means it.
  begin('later', `select '${secret}'`)
  expect(kept('later')).toContain('hunter2')
})

it('masks texts, and leaves numbers and what the history reads by: nothing that was recorded is lost', async () => {
  const outcome = { durationMs: 1_471.5, rows: 471, errorMessage: 'rows: 471\nnot 471', errorCode: '23514' }
  begin('kept', 'select 471')
  keeper.end('kept', 'FAILED', { ...outcome, metadata: { parameters: { n471: '471' } } })
  begin('running', 'select 2')
  for (const told of ['471', 'rows', 'not']) await erase(told, false, new AbortController().signal)
  keeper.end('running', 'FAILED', { ...outcome, metadata: { parameters: { n471: '471' } } })
  const states = cache.query(
    "select outcome from operation_state where status = 'FAILED' order by operation",
    z.object({ outcome: z.string().transform((json) => outcomeShape.parse(JSON.parse(json))) }),
  )
  const masked = {
    ...outcome,
    errorMessage: '***: ***\n*** ***',
    metadata: { parameters: { 'n***': '***' } },
  }
  expect(states.all().map((state) => state.outcome)).toEqual([masked, masked])
})

it('masks what was said of a database whose history could not be read, and what is said stays readable', async () => {
  const fault = { code: 'postgres', message: 'no message but geheim', detail: 'a "geheim" code' }
  cache.db
    .prepare(
      "insert into history_source (identity, connection, database, asked_at, fault, limits) values ('here', 'Clinic', 'clinic', '2026-01-01', ?, ?)",
    )
    .run(JSON.stringify(fault), JSON.stringify(['Role geheim sees its own.', 'All else.']))
  const abort = new AbortController().signal
  // Also where the text stands in the names that it is kept by, or in what JSON is made of.
  for (const text of ['geheim', 'message', '","', 'code']) await erase(text, false, abort)
  const [row] = cache
    .query('select fault, limits from history_source', z.object({ fault: z.string(), limits: z.string() }))
    .all()
  expect(JSON.parse(row?.fault ?? '')).toEqual({ code: 'postgres', message: 'no *** but ***', detail: 'a "***" ***' })
  expect(JSON.parse(row?.limits ?? '')).toEqual(['Role *** sees its own.', 'All else.'])
})
