import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openCache } from '../../../src/main/cache/open.ts'
import { startMain } from '../editor/station.ts'
import { remember } from './remembered.ts'

let folder: string
let main: ReturnType<typeof startMain>
let api: ReturnType<typeof main.join>['api']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  await main.close()
  rmSync(folder, { recursive: true, force: true })
})

function begin(): void {
  main = startMain(folder)
  api = main.join().api
}

const all = async () => (await api.history.search({ limit: 1000 })).entries.map(({ id }) => id)

describe('what the history lets go of', () => {
  it('is what is older than wanted, never what waits, is kept, is tagged or has a note; it is said before', async () => {
    const [recent, old, waiting, kept, tagged, noted] = remember(
      folder,
      { daysAgo: 1 },
      { daysAgo: 40 },
      { daysAgo: 41, recorded: 'waiting' },
      { daysAgo: 42 },
      { daysAgo: 43 },
      { daysAgo: 44 },
    )
    begin()
    await api.history.mark({ id: kept ?? '', kept: true })
    await api.history.mark({ id: tagged ?? '', tags: ['audit'] })
    await api.history.mark({ id: noted ?? '', note: 'why was this run?' })
    const wanted = { days: 30, megabytes: null }

    expect(await api.history.prunePlan(wanted)).toMatchObject({ operations: 1, kept: 3, waiting: 1 })
    expect(await all()).toHaveLength(6)

    expect(await api.history.retain(wanted)).toEqual({ deleted: 1 })
    expect(await all()).toEqual([recent, waiting, kept, tagged, noted])
    await expect(api.history.get({ id: old ?? '' })).rejects.toMatchObject({ fault: { code: 'not_found' } })
    expect((await api.history.retention({})).retention).toEqual(wanted)
    expect((await api.history.timeline({})).total).toBe(5)

    await api.history.mark({ id: kept ?? '', kept: false })
    expect(await api.history.retain(wanted)).toEqual({ deleted: 1 })
    expect(await all()).toEqual([recent, waiting, tagged, noted])
  })

  it('is the oldest above a size', async () => {
    const blob = 'x'.repeat(100_000)
    const ids = remember(folder, ...Array.from({ length: 200 }, (_, at) => ({ sql: blob, daysAgo: at })))
    begin()
    const wanted = { days: null, megabytes: 10 }
    const { operations } = await api.history.prunePlan(wanted)
    expect(operations).toBeGreaterThan(80)
    expect(operations).toBeLessThan(140)
    expect(await api.history.retain(wanted)).toEqual({ deleted: operations })
    expect(await all()).toEqual(ids.slice(0, ids.length - operations))
  })
})

describe('marks', () => {
  it('are shown, found and counted, and taken off again', async () => {
    const [first, second] = remember(folder, { sql: 'select 1' }, { sql: 'select 2' })
    begin()
    const hostile = `it's "quoted"\n__proto__ \u202e`
    await api.history.mark({ id: first ?? '', kept: true, tags: ['slow', hostile.trim()], note: 'ask Clara' })
    expect(await api.history.get({ id: first ?? '' })).toMatchObject({ kept: true, note: 'ask Clara' })
    expect((await api.history.search({ keptOnly: true })).entries.map(({ id }) => id)).toEqual([first])
    expect((await api.history.search({ tag: hostile.trim() })).entries.map(({ id }) => id)).toEqual([first])
    expect((await api.history.search({ text: 'clara' })).entries.map(({ id }) => id)).toEqual([first])
    const facets = await api.history.facets({})
    expect(facets.kept).toBe(1)
    expect(facets.tags).toEqual(expect.arrayContaining([{ value: 'slow', count: 1 }]))

    await api.history.mark({ id: first ?? '', kept: false, tags: [], note: '' })
    expect(await api.history.get({ id: first ?? '' })).toMatchObject({ kept: false, tags: [], note: '' })
    expect((await api.history.search({ text: 'clara' })).entries).toEqual([])
    expect(await all()).toEqual([second, first])
    await expect(api.history.mark({ id: 'nobody', kept: true })).rejects.toMatchObject({ fault: { code: 'not_found' } })
  })
})

describe('erasing a secret', () => {
  it('masks it wherever the history holds it, and leaves nothing of it in the file', async () => {
    const secret = 'hunter2-"deep"'
    const [leaked, clean] = remember(
      folder,
      {
        sql: `select login('ada', '${secret}')`,
        error: `no such login: ${secret}`,
        ticket: secret,
        recorded: 'waiting',
      },
      { sql: 'select 1' },
    )
    begin()
    await api.history.mark({ id: leaked ?? '', note: `it was ${secret}` })
    expect(await api.history.erase({ text: secret })).toEqual({ operations: 1 })
    const detail = await api.history.get({ id: leaked ?? '' })
    expect(detail).toMatchObject({ errorMessage: 'no such login: ***', ticket: '***', note: 'it was ***' })
    expect(detail.sql).toBe("select login('ada', '***')")
    expect((await api.history.search({ text: 'hunter2' })).entries).toEqual([])
    expect(await all()).toEqual([clean, leaked])

    await main.close()
    const cache = openCache(folder)
    const row = z.object({ outcome: z.string() })
    const outcomes = cache.query('select outcome from operation_state', row).all()
    expect(JSON.stringify(outcomes)).not.toContain('hunter2')
    cache.close()
    begin()
  })
})

describe('counts over time', () => {
  it('hold each operation once, by day and status, and stretches without any', async () => {
    remember(
      folder,
      { daysAgo: 0 },
      { daysAgo: 2, status: 'FAILED' },
      { daysAgo: 2 },
      { daysAgo: 20, status: 'ROLLED_BACK' },
    )
    begin()
    const { buckets, total, step, approximate } = await api.history.timeline({})
    expect({ total, step, approximate }).toEqual({ total: 4, step: 'day', approximate: false })
    const sums = buckets.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
    expect(sums.filter((count) => count > 0)).toEqual([1, 2, 1])
    expect(buckets.length).toBeGreaterThanOrEqual(20)
    buckets.forEach(({ start, end }, at) => {
      expect(end).toBeGreaterThan(start)
      if (at > 0) expect(start).toBe(buckets[at - 1]?.end)
    })
    expect((await api.history.timeline({ statuses: ['FAILED'] })).total).toBe(1)
    expect((await api.history.timeline({ text: 'no such text' })).buckets).toEqual([])
  })
})
