import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openCache } from '../../../src/main/cache/open.ts'
import { createReader } from '../../../src/main/history/reader.ts'
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
    expect(await api.history.erase({ text: secret })).toMatchObject({ operations: 1, left: [] })
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
    for (const name of readdirSync(folder).filter((each) => each.startsWith('cache.db'))) {
      expect(readFileSync(join(folder, name)).includes('hunter2'), name).toBe(false)
    }
    begin()
  })

  it('masks it in paths, tags, applications and names of objects; what rows have left behind goes from the file', async () => {
    const secret = 'hunter2'
    const objects = { created: [`public."of ${secret}"`], modified: [], dropped: [] }
    const short = Array.from({ length: 60 }, (_, at) => ({ sql: `select '${'x'.repeat(at * 13)}${secret}'` }))
    const [made, exported, other] = remember(folder, { objects }, {}, {}, ...short)
    const before = openCache(folder)
    // As another program would, which leaves in the file what was there.
    before.db.pragma('secure_delete = off')
    before.db.prepare('update operation set file_path = ? where id = ?').run(`/home/${secret}/a.csv`, exported)
    before.db.prepare('update operation set application = ? where id = ?').run(`job ${secret}`, other)
    // Rows that grow are moved, and leave what they were.
    before.db.prepare("update operation set error_message = 'it failed ' || printf('%.*c', position % 900, 'y')").run()
    // What was deleted before is not in the history any more, but in the file.
    before.db.prepare('delete from operation where length(sql) > 600').run()
    before.close()
    begin()
    await api.history.mark({ id: made ?? '', tags: [`of ${secret}`, 'of ***'] })
    const erased = await api.history.erase({ text: secret })
    expect(erased).toMatchObject({ operations: expect.any(Number), left: [], inFile: null })
    expect(erased.operations).toBeGreaterThan(40)
    expect((await api.history.get({ id: made ?? '' })).tags).toEqual(['of ***'])
    expect((await api.history.get({ id: made ?? '' })).objects.created).toEqual(['public."of ***"'])
    expect((await api.history.get({ id: exported ?? '' })).filePath).toBe('/home/***/a.csv')
    expect((await api.history.get({ id: other ?? '' })).application).toBe('job ***')
    expect((await api.history.search({ object: 'public."of ***"' })).entries.map(({ id }) => id)).toEqual([made])
    for (const name of readdirSync(folder).filter((each) => each.startsWith('cache.db'))) {
      expect(readFileSync(join(folder, name)).includes(secret), name).toBe(false)
    }
  })

  it('is not needed for what was deleted: that is not in the file any more', async () => {
    const short = Array.from({ length: 60 }, (_, at) => ({ sql: `select '${'x'.repeat(at * 130)}hunter2'` }))
    remember(folder, { objects: { created: ['public."of hunter2"'], modified: [], dropped: [] } }, ...short)
    begin()
    expect((await api.history.search({ text: 'hunter2' })).unindexed).toBe(0)
    await main.close()
    const cache = openCache(folder)
    cache.db.exec("update operation set error_message = 'it failed ' || printf('%.*c', position % 900, 'y')")
    cache.db.exec('delete from operation')
    const reader = createReader(cache.path)
    await reader.ask('index', {})
    await reader.close()
    cache.close()
    for (const name of readdirSync(folder).filter((each) => each.startsWith('cache.db'))) {
      expect(readFileSync(join(folder, name)).includes('hunter2'), name).toBe(false)
    }
    begin()
  })

  it('masks it in plans, parameters, kept tabs and, where that is asked for, saved queries; it says what it left', async () => {
    const secret = `hunter2 "it's"\n`
    const [planned, told] = remember(folder, { sql: 'select $1' }, { sql: 'select 2' })
    begin()
    const live = openCache(folder)
    const { db } = live
    const put = (table: string, ...values: unknown[]): void =>
      void db.prepare(`insert or ignore into ${table} values (${values.map(() => '?').join(', ')})`).run(...values)
    put('plan', planned, `Filter: ${secret}`, JSON.stringify({ Filter: secret }))
    const outcome = JSON.stringify({ errorMessage: `no: ${secret}` })
    db.prepare('update operation_state set outcome = ? where operation = ?').run(outcome, told)
    put('remembered_parameter', 'c', 'query', 'a', `x${secret}`, 1)
    put('remembered_parameter', 'c', 'query', 'b', 'kept', 2)
    put('saved_query', 'q1', 'monthly', 'logins', `select '${secret}'`, 1, '2026-01-01', null)
    put('saved_query', 'q2', '', 'other', 'select 1', 1, '2026-01-01', null)
    put('snippet', 'log', 'Login', secret)
    // One window is open, with a closed tab; one has ended, and the secret stands in two pieces of its text.
    const whole = `${'x'.repeat(249_990)}${secret}${'y'.repeat(300_000)}`
    const tabs = [
      ['open', live.instance, 0, `login ${secret}`],
      ['open', live.instance, 1, `closed ${secret}`],
      ['ended', null, 0, whole],
    ] as const
    for (const [workspace, instance, closed, text] of tabs) {
      put('workspace', workspace, instance, '2026-01-01', null, null)
      const target = JSON.stringify({ view: 'editor', about: secret })
      put('workspace_tab', workspace, `t${closed}`, null, 'editor', target, secret, 0, closed)
      put('workspace_text', workspace, `t${closed}`, 3, 0)
      put('workspace_piece', workspace, `t${closed}`, 3, 0, text.slice(0, 250_000))
      if (text.length > 250_000) put('workspace_piece', workspace, `t${closed}`, 3, 1, text.slice(250_000))
    }
    try {
      const rest = { savedQueries: 0, openTabs: 1 }
      expect(await api.history.erase({ text: secret })).toEqual({
        ...rest,
        operations: 2,
        parameters: 1,
        tabs: 2,
        left: ['monthly/logins', 'the snippet log'],
        inFile: expect.stringContaining('what was left'),
      })
      expect(await api.history.erase({ text: secret, savedQueries: true })).toEqual({
        ...rest,
        operations: 0,
        parameters: 0,
        savedQueries: 1,
        tabs: 0,
        left: ['the snippet log'],
        inFile: expect.stringContaining('what was left'),
      })
      const texts = (workspace: string, tab: string) =>
        db
          .prepare('select content from workspace_piece where workspace = ? and tab = ? order by position')
          .pluck()
          .all(workspace, tab)
          .join('')
      expect(texts('open', 't0')).toBe(`login ${secret}`)
      expect(texts('open', 't1')).toBe('closed ***')
      expect(texts('ended', 't0')).toBe(whole.replace(secret, '***'))
      expect(db.prepare("select title, target from workspace_tab where workspace = 'ended'").get()).toEqual({
        title: '***',
        target: JSON.stringify({ view: 'editor', about: '***' }),
      })
      expect(db.prepare("select sql, version from saved_query where id = 'q1'").get()).toEqual({
        sql: "select '***'",
        version: 2,
      })
      expect(db.prepare('select value from remembered_parameter').pluck().all()).toEqual(['kept'])
      const plan = (await api.history.get({ id: planned ?? '' })).plan
      expect(plan).toEqual({ text: 'Filter: ***', json: JSON.stringify({ Filter: '***' }) })
    } finally {
      live.close()
    }
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
