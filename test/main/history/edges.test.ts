import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { historyFilter } from '../../../src/core/history/filter.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { Columns } from '../../../src/main/history/columns.ts'
import { createKeys } from '../../../src/main/history/keys.ts'
import { createReader } from '../../../src/main/history/reader.ts'

// Far more values than usual, and times far from now.

let folder: string
let cache: Cache

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-test-'))
  cache = openCache(folder)
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

it('filters by one of 300,000 users, and learns of those that come', async () => {
  const addUsers = cache.db.prepare(
    `insert into facet_value (kind, value)
     with recursive numbers (n) as (select :from union all select n + 1 from numbers where n < :to)
     select 'user', 'user ' || cast(n as integer) from numbers`,
  )
  addUsers.run({ from: 1, to: 300_000 })
  const columns = new Columns(cache.db)
  await columns.load(async () => {})
  const [code = -1] = columns.codesOf('user', ['user 300000'])
  expect(columns.valueOf(code)).toBe('user 300000')
  expect(columns.isOneOf('user', ['user 300000'])[code]).toBe(1)
  addUsers.run({ from: 300_001, to: 300_001 })
  columns.refresh(new Set())
  const [added = -1] = columns.codesOf('user', ['user 300001'])
  expect(added).toBe(code + 1)
  expect(columns.codes).toBe(added + 1)
})

it.each(['9999-12-31T23:59:59Z', '2300-01-01T00:00:00Z', '0000-01-01T00:00:00Z', 'infinity', '0044-03-15 BC'])(
  'knows an operation at %s, which no moment here can be, by the key of the server alone',
  (at) => {
    const key = '0123456789abcdef'.repeat(4)
    expect(createKeys(cache)(key, at)).toBe(key)
  },
)

it('is filtered from and until years that no operation can be of', async () => {
  const reader = createReader(cache.path)
  try {
    for (const filter of [
      { from: '9999-01-01T00:00:00Z' },
      { from: '0001-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' },
    ]) {
      const { entries } = await reader.ask('search', { ...historyFilter.parse(filter), limit: 10 })
      expect(entries).toEqual([])
    }
  } finally {
    await reader.close()
  }
})
