import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { executionStatuses } from '../../../src/core/execution.ts'
import { type HistoryFilter, historyFilter } from '../../../src/core/history/filter.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { createReader, type Reader } from '../../../src/main/history/reader.ts'
import { fillHistory } from '../../bench/desk/fillHistory.ts'

let folder: string
let cache: Cache
let reader: Reader

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-test-'))
  cache = openCache(folder)
  reader = createReader(cache.path)
})
afterEach(async () => {
  await reader.close()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

const idRow = z.object({ id: z.string() })
const stateRow = z.object({ id: z.string(), status: z.string() })
/** All that is searched, in small letters: the filler writes ASCII alone. With it the JSON of the objects: do not look for its keys. */
const anywhere = 'lower(concat_ws(char(10), name, sql, error_message, ticket, objects))'

/** As SQLite finds them without any index. */
function byReading(text: string): string[] {
  return cache
    .query(`select id from operation where instr(${anywhere}, ?) > 0 order by position desc`, idRow)
    .all(text)
    .map(({ id }) => id)
}

async function found(asked: string | Partial<HistoryFilter>): Promise<string[]> {
  const filter = historyFilter.parse(typeof asked === 'string' ? { text: asked } : asked)
  const ids: string[] = []
  let before: number | undefined
  for (;;) {
    const { entries, next } = await reader.ask('search', { ...filter, before, limit: 1000 })
    ids.push(...entries.map(({ id }) => id))
    if (next === null) return ids
    before = next
  }
}

async function counted(text: string): Promise<number> {
  return (await reader.ask('timeline', { ...historyFilter.parse({ text }), most: 60 })).total
}

const number = (sql: string): number => cache.query(sql, z.object({ number: z.int() })).get()?.number ?? 0
const storedTexts = (): number => number('select stored_texts as number from history_index')

const texts = ['prescription', 'ops-1', 'zz', 'vi', 'q', 'deadlock', 'care.visit', 'no such thing']

describe('an index of thousands', { timeout: 120_000 }, () => {
  it('finds what reading every text finds, worked in at once or bit by bit, in memory or stored, by a new thread too', async () => {
    fillHistory(cache, 3_000)
    await reader.ask('index', {})
    expect(storedTexts()).toBe(0)
    for (const text of texts) expect(await found(text), text).toEqual(byReading(text))

    fillMore(3_000)
    await reader.ask('index', {})
    expect(storedTexts()).toBeGreaterThanOrEqual(6_000)
    for (const text of texts) expect(await found(text), text).toEqual(byReading(text))
    expect(await counted('vi')).toBe(byReading('vi').length)

    await reader.close()
    reader = createReader(cache.path)
    for (const text of texts) expect(await found(text), text).toEqual(byReading(text))
  })

  it('finds and counts what reading every operation does, with filters, tags and times too, over more than one block', async () => {
    // Texts from here on stand in two blocks of the index.
    cache.db.exec('update history_index set next_text = 63000')
    fillHistory(cache, 5_000)
    cache.db.exec("insert into operation_tag select position, 'odd' from operation where position % 3 = 1")
    await reader.ask('index', {})
    expect(storedTexts()).toBeGreaterThan(65_536)
    const middle = '2026-05-05T05:05:05.000Z'
    const asked: [Partial<HistoryFilter>, string][] = [
      [{ text: 'walrus' }, `${anywhere} like '%walrus%'`],
      [{ text: 'vi' }, `${anywhere} like '%vi%'`],
      [
        { text: 'care', statuses: ['FAILED', 'ROLLED_BACK'] },
        `${anywhere} like '%care%' and status in ('FAILED', 'ROLLED_BACK')`,
      ],
      [
        { text: 'x', users: ['ada', 'etl'], tag: 'odd' },
        `${anywhere} like '%x%' and user in ('ada', 'etl') and position % 3 = 1`,
      ],
      [{ text: 'deadlock', from: middle }, `${anywhere} like '%deadlock%' and started_at >= '${middle}'`],
      [
        { to: middle, types: ['MIGRATION'], minDurationMs: 900 },
        `started_at < '${middle}' and type = 'MIGRATION' and duration_ms >= 900`,
      ],
      [{ text: 'ops-1', identity: 'database-2' }, `${anywhere} like '%ops-1%' and identity = 'database-2'`],
      [{ text: 'zqj' }, 'false'],
    ]
    await foundAndCounted(asked)
    cache.db.exec("update operation set sql = 'select ''a walrus of care''' where position % 50 = 0")
    await reader.ask('index', {})
    await foundAndCounted(asked)
  })

  /** Asks for filters, and reads all that is meant, by a condition of SQL. */
  async function foundAndCounted(asked: readonly [Partial<HistoryFilter>, string][]): Promise<void> {
    for (const [filter, condition] of asked) {
      const about = JSON.stringify(filter)
      const expected = cache
        .query(`select id, status from operation where ${condition} order by position desc`, stateRow)
        .all()
      expect(await found(filter), about).toEqual(expected.map(({ id }) => id))
      const timeline = await reader.ask('timeline', { ...historyFilter.parse(filter), most: 60 })
      const counts = executionStatuses.map((_, place) =>
        timeline.buckets.reduce((sum, bucket) => sum + (bucket.counts[place] ?? 0), 0),
      )
      expect(timeline.total, about).toBe(counts.reduce((sum, count) => sum + count, 0))
      if (timeline.approximate) expect(timeline.total, about).toBeGreaterThanOrEqual(expected.length)
      else {
        const those = executionStatuses.map((status) => expected.filter((each) => each.status === status).length)
        expect(counts, about).toEqual(those)
      }
    }
  }

  it('shows what was changed since the key before, by whomever', async () => {
    fillHistory(cache, 300)
    await reader.ask('index', {})
    const asked = { ...historyFilter.parse({ text: 'e' }), limit: 1000 }
    const [first, second] = (await reader.ask('search', asked)).entries
    expect(first).toMatchObject({ kept: false, tags: [], waiting: false })
    const position = cache.db.prepare('select position from operation where id = ?').pluck()
    cache.db.prepare("insert into operation_tag values (?, 'seen')").run(position.get(first?.id))
    cache.db.prepare('insert into operation_mark (position, kept) values (?, 1)').run(position.get(first?.id))
    cache.db.prepare("update operation_state set recorded = 'waiting' where operation = ?").run(first?.id)
    cache.db.prepare('delete from operation where id = ?').run(second?.id)
    const after = (await reader.ask('search', asked)).entries
    expect(after[0]).toMatchObject({ id: first?.id, kept: true, tags: ['seen'], waiting: true })
    expect(after.map(({ id }) => id)).not.toContain(second?.id)
  })

  it('forgets what is deleted and finds what is changed, also after it was stored', async () => {
    fillHistory(cache, 5_000)
    await reader.ask('index', {})
    expect(storedTexts()).toBeGreaterThanOrEqual(5_000)
    cache.db.exec("update operation set sql = 'select ''a walrus''' where position % 100 = 0")
    cache.db.exec('delete from operation where position % 100 = 1')
    await reader.ask('index', {})
    expect(await found('walrus')).toEqual(byReading('walrus'))
    expect((await found('walrus')).length).toBeGreaterThan(10)
    for (const text of texts) expect(await found(text), text).toEqual(byReading(text))
    expect(await counted('')).toBe(number('select count(*) as number from operation'))
  })

  it('is right in two programs that work on one cache', async () => {
    const other = createReader(cache.path)
    try {
      fillHistory(cache, 4_500)
      await Promise.all([reader.ask('index', {}), other.ask('index', {})])
      cache.db.exec("update operation set sql = 'select ''a walrus''' where position % 50 = 0")
      await other.ask('index', {})
      for (const text of [...texts, 'walrus']) expect(await found(text), text).toEqual(byReading(text))
    } finally {
      await other.close()
    }
  })

  it('says how much it does not know yet, and shows the newest meanwhile', async () => {
    fillHistory(cache, 5_000)
    const { entries, unindexed } = await reader.ask('search', { ...historyFilter.parse({ text: 'select' }), limit: 10 })
    expect(unindexed).toBeGreaterThan(0)
    expect(unindexed).toBeLessThan(5_000)
    expect(entries.length).toBeGreaterThan(0)
    const plain = await reader.ask('search', { ...historyFilter.parse({}), limit: 10 })
    expect(plain.entries).toHaveLength(10)
  })
})

/** The same once more, a year later, as recording would bring it: by the triggers. */
function fillMore(operations: number): void {
  cache.db
    .prepare(
      `insert into operation (position, id, identity, connection, database, name, type, category, status, started_at,
         duration_ms, rows, user, application, sql, sql_length, sql_hash, ticket, error_message, error_code, objects, own)
       select position + 40000000000000, id || '-again', identity, connection, database, name, type, category, status,
         started_at, duration_ms, rows, user, application, sql, sql_length, sql_hash, ticket, error_message, error_code,
         objects, own
       from operation limit ?`,
    )
    .run(operations)
}

describe('the thread that searches', () => {
  it('tells what waits for it when it ends', async () => {
    fillHistory(cache, 2_000)
    await reader.ask('index', {})
    const asked = Array.from({ length: 20 }, () => reader.ask('timeline', { ...historyFilter.parse({}), most: 60 }))
    const told = Promise.allSettled(asked)
    await reader.close()
    const outcomes = await told
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ fault: { code: 'internal' } })
    }
    await expect(reader.ask('facets', {})).rejects.toMatchObject({ fault: { code: 'unavailable' } })
    reader = createReader(cache.path)
    expect(await counted('')).toBe(number('select count(*) as number from operation'))
  })

  it('stops for the next key: an abandoned question is told so at once, the next is answered', async () => {
    fillHistory(cache, 2_000)
    const typed = 'prescription'
    const answers: Promise<unknown>[] = []
    for (let length = 1; length < typed.length; length += 1) {
      const stop = new AbortController()
      answers.push(
        reader.ask('search', { ...historyFilter.parse({ text: typed.slice(0, length) }), limit: 100 }, stop.signal),
      )
      stop.abort()
    }
    for (const outcome of await Promise.allSettled(answers)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { fault: { code: 'cancelled' } } })
    }
    await reader.ask('index', {})
    expect(await found(typed)).toEqual(byReading(typed))
  })

  it('that dies tells so whoever waits for it; the next question starts another one, and nothing is missed', async () => {
    const threads: Worker[] = []
    const seen = (thread: Worker): void => void threads.push(thread)
    process.on('worker', seen)
    try {
      fillHistory(cache, 3_000)
      // In the middle of the index, and again in the middle of a question.
      const indexing = reader.ask('index', {})
      const died = expect(indexing).rejects.toMatchObject({
        fault: { code: 'internal', message: expect.stringContaining('ended unexpectedly') },
      })
      while (number('select sequence as number from history_index') === 0) await sleep(5)
      await threads.at(-1)?.terminate()
      await died
      const asked = Promise.allSettled(
        texts.map((text) => reader.ask('search', { ...historyFilter.parse({ text }), limit: 10 })),
      )
      while (threads.length < 2) await sleep(5)
      await threads[1]?.terminate()
      for (const outcome of await asked) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ fault: { code: 'internal' } })
      }
      await reader.ask('index', {})
      expect(threads.length).toBeGreaterThanOrEqual(3)
      for (const text of texts) expect(await found(text), text).toEqual(byReading(text))
      expect(await counted('')).toBe(3_000)
    } finally {
      process.off('worker', seen)
    }
  })
})
