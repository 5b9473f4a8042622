import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { LogFacets, LogLine, LogSeries } from '../../../src/core/logs/contract.ts'
import { logExportFormat } from '../../../src/core/logs/export.ts'
import type { Services } from '../../../src/core/wire.ts'
import { partNames } from '../../../src/renderer/logs/sections.ts'
import { createLogsStore } from '../../../src/renderer/logs/store.ts'
import { noReasons } from '../../../src/renderer/ui/reasons.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

type LogServices = Services<Api>['logs']

const facets: LogFacets = {
  users: [{ value: 'dba', count: 2 }],
  databases: [],
  applications: [],
  kinds: [],
  first: '2026-03-01T10:00:00.000Z',
  last: '2026-03-01T11:00:00.000Z',
  total: 2,
}
const series: LogSeries = { step: 60, buckets: [], total: 2, withoutTime: 0 }

function line(offset: number): LogLine {
  return {
    file: 1,
    offset,
    line: offset,
    at: null,
    kind: 'statement',
    severity: 'LOG',
    sqlstate: null,
    session: null,
    pid: null,
    user: null,
    database: null,
    application: null,
    client: null,
    durationMs: null,
    measured: null,
    rows: null,
    tag: null,
    class: null,
    fingerprint: null,
    statement: `select ${offset}`,
    message: null,
    detail: null,
  }
}

const csv = logExportFormat.parse({ kind: 'csv' })
const json = logExportFormat.parse({ kind: 'json' })

let opened: Window | undefined
afterEach(() => opened?.close())

function setUp(logs: Partial<LogServices>) {
  const window = openWindow({
    logs: {
      facets: () => facets,
      files: () => [],
      series: () => series,
      timeline: () => ({ entries: [], next: null }),
      ...logs,
    },
  })
  opened = window
  window.session.getState().connected(openConnection())
  return createLogsStore(window.session.scopes.connection('clinic'))
}

describe('a section', () => {
  it('asks for its own kinds, within the filters', async () => {
    const asked: unknown[] = []
    const store = setUp({
      series: ({ kinds, user, by }) => {
        asked.push({ kinds, user, by })
        return series
      },
      lines: ({ kinds, user }) => {
        asked.push({ kinds, user })
        return { lines: [line(1)], next: null }
      },
    })
    await store.getState().filter({ user: 'dba' })
    asked.length = 0
    await store.getState().show('locks')
    expect(asked).toContainEqual({ kinds: ['lock_wait', 'deadlock'], user: 'dba', by: 'kind' })
    expect(asked).toContainEqual({ kinds: ['lock_wait', 'deadlock'], user: 'dba' })
    expect(store.getState().lines?.list).toEqual([line(1)])
  })

  it('reads the timeline of the time that the logs tell of, its last moment with it', async () => {
    const asked: unknown[] = []
    const store = setUp({
      timeline: ({ from, to }) => {
        asked.push([from, to])
        return { entries: [], next: null }
      },
    })
    await store.getState().refresh()
    expect(asked).toEqual([['2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.001Z']])
  })

  it('opens the lines behind a stretch of its chart, and all of them again', async () => {
    const asked: unknown[] = []
    const store = setUp({
      lines: ({ from, to, kinds }) => {
        asked.push({ from, to, kinds })
        return { lines: [], next: null }
      },
    })
    await store.getState().show('checkpoints')
    const start = Date.parse('2026-03-01T10:05:00Z')
    await store.getState().openStretch('10:05', start, start + 60_000)
    expect(asked.at(-1)).toEqual({
      from: '2026-03-01T10:05:00.000Z',
      to: '2026-03-01T10:06:00.000Z',
      kinds: ['checkpoint'],
    })
    store.getState().showAllLines()
    await vi.waitFor(() => expect(asked.at(-1)).toEqual({ from: undefined, to: undefined, kinds: ['checkpoint'] }))
  })

  it('shows the answer of the section that was chosen last', async () => {
    const late: (() => void)[] = []
    const store = setUp({
      statements: () => new Promise((resolve) => late.push(() => resolve([]))),
      errors: () => [],
    })
    const first = store.getState().show('statements')
    await vi.waitFor(() => expect(late).toHaveLength(1))
    await store.getState().show('errors')
    late[0]?.()
    await first
    expect(store.getState().statements).toBeNull()
    expect(store.getState().errors).toEqual([])
    expect(store.getState().loading).toBe(false)
  })

  it('says why it cannot be read, and forgets it when it can', async () => {
    let broken = true
    const store = setUp({
      facets: () => {
        if (broken) throw new Failure({ code: 'postgres', message: 'permission denied for schema script_tracking' })
        return facets
      },
    })
    await store.getState().refresh()
    expect(store.getState().fault?.message).toContain('permission denied')
    broken = false
    await store.getState().refresh()
    expect(store.getState().fault).toBeNull()
  })
})

describe('the lines', () => {
  it('are read page after page to the end, without a gap or a double', async () => {
    const all = [line(5), line(4), line(3), line(2), line(1)]
    const store = setUp({
      lines: ({ before }) => {
        const from = before === undefined ? 0 : all.findIndex(({ offset }) => offset === before.offset) + 1
        const page = all.slice(from, from + 2)
        const last = page.at(-1)
        return {
          lines: page,
          next: from + 2 < all.length && last !== undefined ? { at: '', file: 1, offset: last.offset } : null,
        }
      },
    })
    await store.getState().openLines('all', {})
    await store.getState().loadMoreLines()
    await store.getState().loadMoreLines()
    await store.getState().loadMoreLines()
    expect(store.getState().lines?.list).toEqual(all)
  })

  it('that were searched for last are shown', async () => {
    const late = new Map<string, () => void>()
    const store = setUp({
      lines: ({ text }) =>
        text === ''
          ? { lines: [line(9)], next: null }
          : new Promise((resolve) => late.set(text, () => resolve({ lines: [line(text.length)], next: null }))),
    })
    await store.getState().openLines('all', {})
    const first = store.getState().searchLines('a')
    const second = store.getState().searchLines('ab')
    await vi.waitFor(() => expect(late.size).toBe(2))
    late.get('ab')?.()
    await second
    late.get('a')?.()
    await first
    expect(store.getState().lines?.list).toEqual([line(2)])
  })
})

describe('an export', () => {
  it('writes the lines that are open, as they are narrowed', async () => {
    const exported: unknown[] = []
    const store = setUp({
      lines: () => ({ lines: [], next: null }),
      export: ({ list, fingerprint, user, text, format }) => {
        exported.push({ list, fingerprint, user, text, format: format.kind })
        return null
      },
    })
    await store.getState().filter({ user: 'dba' })
    await store.getState().openLines('select ?', { fingerprint: '-12' })
    await store.getState().startExport(csv, noReasons)
    expect(exported).toEqual([{ list: 'lines', fingerprint: '-12', user: 'dba', text: '', format: 'csv' }])
    // Nobody chose a place for the file.
    expect(store.getState().exporting).toBeNull()
  })

  it('writes the list of the section where no lines are open, and keeps why it could not', async () => {
    const lists: unknown[] = []
    const store = setUp({
      export: ({ list, from, to, ticket, justification }) => {
        lists.push([list, from, to, ticket, justification])
        throw new Failure({ code: 'ENOSPC', message: 'no space left on device' })
      },
    })
    await store.getState().refresh()
    await store.getState().startExport(json, { ticket: ' OPS-1 ', justification: '' })
    expect(lists).toEqual([['timeline', facets.first, '2026-03-01T11:00:00.001Z', 'OPS-1', undefined]])
    expect(store.getState().exporting).toMatchObject({ state: 'failed', fault: { code: 'ENOSPC' } })
  })
})

describe('the parts of a chart', () => {
  it('are the largest, and what is too small for a colour of its own is one', () => {
    const counts = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`user ${index}`, index + 1]))
    const { names, hasOthers } = partNames({ ...series, buckets: [{ start: 0, counts, value: 0 }] })
    expect(names).toEqual(['user 11', 'user 10', 'user 9', 'user 8', 'user 7', 'user 6', 'user 5'])
    expect(hasOthers).toBe(true)
  })

  it('may be called as a property of every object', () => {
    const counts = JSON.parse('{"__proto__": 2, "constructor": 1}')
    expect(partNames({ ...series, buckets: [{ start: 0, counts, value: 0 }] }).names).toEqual([
      '__proto__',
      'constructor',
    ])
  })
})
