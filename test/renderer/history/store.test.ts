import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { HistoryDetail, HistoryEntry, Timeline } from '../../../src/core/history/contract.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createHistoryStore } from '../../../src/renderer/history/store.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

type HistoryServices = Services<Api>['history']

function entry(number: number): HistoryEntry {
  return {
    id: `operation-${number}`,
    connection: 'Clinic',
    database: 'clinic',
    name: 'run',
    type: 'MANUAL',
    category: 'SELECT',
    status: 'COMPLETED',
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString(),
    durationMs: 1,
    rows: 1,
    user: 'dba',
    application: 'pgSteward',
    excerpt: `select ${number}`,
    ticket: null,
    waiting: false,
    kept: false,
    tags: [],
    match: null,
  }
}

function detail(id: string): HistoryDetail {
  return {
    ...entry(0),
    id,
    sql: 'select 0',
    justification: null,
    errorMessage: null,
    errorCode: null,
    filePath: null,
    objects: { created: [], modified: [], dropped: [] },
    note: '',
    own: true,
    states: [],
    caused: [],
    plan: null,
  }
}

/** 250 operations, newest first. */
const all = Array.from({ length: 250 }, (_, index) => entry(250 - index))

/** Their positions are their numbers. */
const search: HistoryServices['search'] = ({ text, before = 1_000, limit }) => {
  const found = all.filter(({ id, excerpt }) => Number(id.slice(10)) < before && excerpt.includes(text))
  const entries = found.slice(0, limit)
  const last = entries.at(-1)
  const next = found.length > limit && last !== undefined ? Number(last.id.slice(10)) : null
  return { entries, next, reached: null, unindexed: 0 }
}

const noTimeline: Timeline = { step: 'day', buckets: [], total: 0, approximate: false, unindexed: 0 }

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(history: Partial<HistoryServices>) {
  const window = openWindow({
    history: { search, timeline: () => noTimeline, waiting: () => ({ count: 0, unwritten: null }), ...history },
  })
  opened = window
  const { session } = window
  return { session, store: createHistoryStore(session.scopes.window()) }
}

describe('the list', () => {
  it('reads page after page to the end, without a gap or a double', async () => {
    const { store } = setUp({})
    await store.getState().refresh()
    await store.getState().loadMore()
    await store.getState().loadMore()
    await store.getState().loadMore()
    expect(store.getState().entries).toEqual(all)
    expect(store.getState().next).toBeNull()
  })

  it('reads as many again when it is refreshed', async () => {
    const { store } = setUp({})
    await store.getState().refresh()
    await store.getState().loadMore()
    await store.getState().refresh()
    expect(store.getState().entries).toHaveLength(160)
  })

  it('shows the answer to the last question, however late the others come', async () => {
    const late: (() => void)[] = []
    const aborted: string[] = []
    const { store } = setUp({
      search: (input, context) =>
        new Promise((resolve) => {
          context.signal.addEventListener('abort', () => aborted.push(input.text))
          late.push(() => resolve(search(input, context)))
        }),
    })
    const first = store.getState().filter({ text: '24' })
    const second = store.getState().filter({ text: '249' })
    await vi.waitFor(() => expect(late).toHaveLength(2))
    late[1]?.()
    await second
    late[0]?.()
    await first
    expect(store.getState().entries.map(({ id }) => id)).toEqual(['operation-249'])
    expect(aborted).toEqual(['24'])
  })

  it('drops a page that continues an older question', async () => {
    const late: (() => void)[] = []
    const { store } = setUp({
      search: (input, context) =>
        input.before === undefined
          ? search(input, context)
          : new Promise((resolve) => late.push(() => resolve(search(input, context)))),
    })
    await store.getState().refresh()
    const page = store.getState().loadMore()
    await vi.waitFor(() => expect(late).toHaveLength(1))
    await store.getState().filter({ text: '249' })
    late[0]?.()
    await page
    expect(store.getState().entries.map(({ id }) => id)).toEqual(['operation-249'])
    expect(store.getState().loading).toBe(false)
  })

  it('looks further back by itself until a page is full', async () => {
    const { store } = setUp({
      // Each answer looks at twenty and finds every second of them.
      search: ({ before = 251, limit }) => {
        const looked = all.filter(({ id }) => Number(id.slice(10)) < before).slice(0, 20)
        const oldest = Number(looked.at(-1)?.id.slice(10) ?? 1)
        const entries = looked.filter(({ id }) => Number(id.slice(10)) % 2 === 0).slice(0, limit)
        return { entries, next: oldest > 1 ? oldest : null, reached: '2026-01-01T00:00:00.000Z', unindexed: 0 }
      },
    })
    await store.getState().filter({ text: 'se' })
    expect(store.getState().entries).toHaveLength(60)
    expect(new Set(store.getState().entries.map(({ id }) => id)).size).toBe(60)
    await store.getState().loadMore()
    expect(store.getState().entries).toHaveLength(125)
    expect(store.getState().next).toBeNull()
  })

  it('compares two, the older one first, and lets go of them', async () => {
    const { store } = setUp({
      get: ({ id }) => ({ ...detail(id), startedAt: all.find((each) => each.id === id)?.startedAt ?? '' }),
    })
    store.getState().pin(entry(7))
    await store.getState().compare('operation-3')
    const { comparison } = store.getState()
    expect([comparison?.older.id, comparison?.newer.id]).toEqual(['operation-3', 'operation-7'])
    store.getState().endComparison()
    expect(store.getState()).toMatchObject({ comparison: null, pinned: null })
  })

  it('shows at once what was said of an operation', async () => {
    const said: unknown[] = []
    const { store } = setUp({
      mark: (input) => {
        said.push(input)
        return null
      },
      facets: () => ({ users: [], types: [], databases: [], tags: [], total: 0, kept: 1 }),
      sources: () => [],
    })
    await store.getState().refresh()
    await store.getState().mark('operation-250', { kept: true, tags: ['release'] })
    expect(said).toEqual([{ id: 'operation-250', kept: true, tags: ['release'] }])
    expect(store.getState().entries[0]).toMatchObject({ kept: true, tags: ['release'] })
    expect(store.getState().facets?.kept).toBe(1)
  })

  it('asks for one connection when told to', async () => {
    const searches = vi.fn<HistoryServices['search']>(search)
    const { store, session } = setUp({ search: searches })
    await store.getState().filter({ currentOnly: true })
    session.getState().connected(openConnection())
    await store.getState().filter({ statuses: ['FAILED'] })
    // Each is read in two pages.
    expect(searches.mock.calls.map(([{ connection, statuses }]) => ({ connection, statuses }))).toEqual([
      { connection: undefined, statuses: [] },
      { connection: undefined, statuses: [] },
      { connection: 'clinic', statuses: ['FAILED'] },
      { connection: 'clinic', statuses: ['FAILED'] },
    ])
  })

  it('shows a first page as soon as it is there, and fills the screen behind it', async () => {
    const shown: number[] = []
    const { store } = setUp({})
    store.subscribe(({ entries }) => {
      if (shown.at(-1) !== entries.length) shown.push(entries.length)
    })
    await store.getState().filter({ text: '' })
    expect(shown).toEqual([0, 30, 60])
    expect(store.getState().entries).toEqual(all.slice(0, 60))
  })

  it('keeps a failure, and forgets it when a search succeeds', async () => {
    let fails = true
    const { store } = setUp({
      search: (input, context) => {
        if (fails) throw new Failure({ code: 'internal', message: 'database disk image is malformed' })
        return search(input, context)
      },
    })
    await store.getState().refresh()
    expect(store.getState().fault?.message).toBe('database disk image is malformed')
    fails = false
    await store.getState().refresh()
    expect(store.getState()).toMatchObject({ fault: null, loaded: true })
  })
})

describe('the detail', () => {
  it('is that of the last choice', async () => {
    const late = new Map<string, () => void>()
    const { store } = setUp({
      get: ({ id }) => new Promise((resolve) => late.set(id, () => resolve(detail(id)))),
    })
    const first = store.getState().select('a')
    const second = store.getState().select('b')
    await vi.waitFor(() => expect(late.size).toBe(2))
    late.get('b')?.()
    await second
    late.get('a')?.()
    await first
    expect(store.getState().detail?.id).toBe('b')
  })

  it('says why it could not be read', async () => {
    const { store } = setUp({
      get: () => {
        throw new Failure({ code: 'not_found', message: 'There is no such operation.' })
      },
    })
    await store.getState().select('a')
    expect(store.getState()).toMatchObject({ detail: null, detailFault: { code: 'not_found' } })
  })
})

describe('synchronising', () => {
  it('goes over every open connection, tells which failed, and reads again when something came', async () => {
    const searches = vi.fn<HistoryServices['search']>(search)
    const { store, session } = setUp({
      search: searches,
      waiting: () => ({ count: 2, unwritten: null }),
      sync: ({ connection }) => {
        if (connection === 'shop') throw new Failure({ code: 'postgres', message: 'permission denied' })
        return { sent: 1, received: 3, waiting: 0 }
      },
    })
    session.getState().connected(openConnection({ id: 'shop', name: 'Shop' }))
    session.getState().connected(openConnection())
    await store.getState().sync()
    expect(store.getState().synced).toMatchObject({
      sent: 1,
      received: 3,
      waiting: 2,
      failed: [{ connection: 'Shop', fault: { message: 'permission denied' } }],
    })
    expect(searches).toHaveBeenCalledTimes(1)
    expect(store.getState().syncing).toBe(false)
  })

  it('works without any connection: it counts what waits', async () => {
    const { store } = setUp({ waiting: () => ({ count: 4, unwritten: null }) })
    await store.getState().sync()
    expect(store.getState().waiting).toBe(4)
    expect(store.getState().fault).toBeNull()
  })
})
