import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contract } from '../../../src/core/contract.ts'
import { builtInSnippets } from '../../../src/core/queries/snippets.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { secretsIn } from '../../../src/main/editor/index.ts'
import { createQueries, type SavedQueries } from '../../../src/main/queries/index.ts'

const part = { queries: contract.queries }

describe('saved queries', () => {
  let folder: string
  let cache: Cache
  let saved: SavedQueries
  let api: Client<typeof part>['queries']

  function start(): void {
    cache = openCache(folder)
    saved = createQueries({ cache, secretsIn })
    const [near, far] = memoryWires()
    serve(near, part, { queries: saved.service })
    api = connect(far, part).queries
  }

  function stop(): void {
    saved.close()
    cache.close()
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
    start()
  })
  afterEach(async () => {
    stop()
    await rm(folder, { recursive: true, force: true })
  })

  const paths = async (search = '') => {
    const { queries } = await api.list({ search })
    return queries.map(({ folder, name }) => (folder === '' ? name : `${folder}/${name}`))
  }

  it('are kept with their folders, through a restart', async () => {
    const sql = '-- of the month\n\nselect sum(total) from orders'
    const first = await api.save({ folder: ' reports / monthly ', name: 'Turnover', sql })
    expect(first).toMatchObject({
      folder: 'reports/monthly',
      name: 'Turnover',
      version: 1,
      begins: 'select sum(total) from orders',
    })
    await api.save({ folder: '', name: 'Ähnliches "quoted"', sql: 'select 1' })
    await api.addFolder({ path: 'empty' })
    stop()
    start()
    expect(await paths()).toEqual(['Ähnliches "quoted"', 'reports/monthly/Turnover'])
    expect((await api.list({})).folders).toEqual(['empty', 'reports', 'reports/monthly'])
    expect(await api.get({ id: first.id })).toEqual({ ...first, sql })
  })

  it('are found by words in their name, folder and text, whatever signs the words hold', async () => {
    await api.save({ folder: 'reports', name: 'Turnover', sql: 'select sum(total) from orders' })
    await api.save({ folder: '', name: '100% sure', sql: 'select a_b' })
    await api.save({ folder: '', name: 'other', sql: 'select acb' })
    expect(await paths('ORDERS turn')).toEqual(['reports/Turnover'])
    expect(await paths('report')).toEqual(['reports/Turnover'])
    expect(await paths('%')).toEqual(['100% sure'])
    expect(await paths('a_b')).toEqual(['100% sure'])
    expect(await paths("' or 1=1 --")).toEqual([])
  })

  it('refuse a name that is taken, and a text that was changed by somebody else', async () => {
    const one = await api.save({ folder: '', name: 'one', sql: 'select 1' })
    await expect(api.save({ folder: '', name: 'one', sql: 'select 2' })).rejects.toMatchObject({
      fault: { code: 'refused' },
    })
    const two = await api.save({ id: one.id, version: 1, folder: '', name: 'one', sql: 'select 2' })
    expect(two.version).toBe(2)
    await expect(api.save({ id: one.id, version: 1, folder: '', name: 'one', sql: 'select 3' })).rejects.toThrow(
      /saved by another tab/,
    )
    expect(await api.get({ id: one.id })).toMatchObject({ sql: 'select 2', version: 2 })
  })

  it('hold no secret', async () => {
    const sql = "select 1;\ncreate role x password 'hunter2'"
    await expect(api.save({ folder: '', name: 'role', sql })).rejects.toThrow(/secret in line 2/)
    expect(await paths()).toEqual([])
    expect(JSON.stringify(cache.db.prepare('select * from saved_query').all())).not.toContain('hunter2')
  })

  it('are moved, removed and brought back, beside one that has taken the name meanwhile', async () => {
    const one = await api.save({ folder: 'a', name: 'one', sql: 'select 1' })
    expect(await api.move({ id: one.id, folder: 'b/c', name: 'eins' })).toMatchObject({
      folder: 'b/c',
      name: 'eins',
      version: 1,
    })
    await api.remove({ ids: [one.id] })
    expect(await paths()).toEqual([])
    await expect(api.get({ id: one.id })).rejects.toMatchObject({ fault: { code: 'not_found' } })
    await api.save({ folder: 'b/c', name: 'eins', sql: 'select 2' })
    await api.restore({ ids: [one.id] })
    expect(await paths()).toEqual(['b/c/eins', 'b/c/eins (2)'])
    expect((await api.get({ id: one.id })).sql).toBe('select 1')
  })

  it('go with their folder, and come back', async () => {
    const one = await api.save({ folder: 'a', name: 'one', sql: 'select 1' })
    const two = await api.save({ folder: 'a/b', name: 'two', sql: 'select 2' })
    await api.save({ folder: 'ab', name: 'three', sql: 'select 3' })
    await api.moveFolder({ from: 'a', to: 'x/y' })
    expect(await paths()).toEqual(['ab/three', 'x/y/one', 'x/y/b/two'])
    expect((await api.list({})).folders).toEqual(['ab', 'x', 'x/y', 'x/y/b'])
    const { ids } = await api.removeFolder({ path: 'x/y' })
    expect(new Set(ids)).toEqual(new Set([one.id, two.id]))
    expect(await paths()).toEqual(['ab/three'])
    await api.restore({ ids })
    expect(await paths()).toEqual(['ab/three', 'x/y/one', 'x/y/b/two'])
  })

  it('refuse to put a folder into itself, or over a query of the same name', async () => {
    await api.save({ folder: 'a', name: 'one', sql: 'select 1' })
    await api.save({ folder: 'b', name: 'one', sql: 'select 2' })
    await expect(api.moveFolder({ from: 'a', to: 'a/b' })).rejects.toThrow(/into itself/)
    await expect(api.moveFolder({ from: 'a', to: 'b' })).rejects.toThrow(/of this name/)
    expect(await paths()).toEqual(['a/one', 'b/one'])
  })

  it.each([
    ['nothing', ''],
    ['spaces', '   '],
    ['a line break', 'a\nb'],
    ['a mark of direction', 'a\u202eb'],
  ])('refuse %s as a name', async (_, name) => {
    await expect(api.save({ folder: '', name, sql: 'select 1' })).rejects.toMatchObject({
      fault: { code: 'invalid_input' },
    })
  })

  it('tell of each change', async () => {
    const events: string[] = []
    const watching = new AbortController()
    const watch = api
      .watch({}, { signal: watching.signal, onEvent: ({ kind }) => events.push(kind) })
      .catch(() => undefined)
    await api.save({ folder: '', name: 'one', sql: 'select 1' })
    await api.saveSnippet({ name: 'mine', title: 'Mine', body: 'select 1' })
    expect(events).toEqual(['queries', 'snippets'])
    watching.abort()
    await watch
  })

  it('come back with their empty folders; a snippet with a secret in it is refused', async () => {
    const { id } = await api.save({ folder: 'a/b', name: 'q', sql: 'select 1' })
    await api.addFolder({ path: 'a/empty/deep' })
    const before = await api.list({})
    const { ids, folders } = await api.removeFolder({ path: 'a' })
    expect(ids).toEqual([id])
    expect(await api.list({})).toEqual({ queries: [], folders: [] })
    await api.restore({ ids, folders })
    expect(await api.list({})).toEqual(before)
    await expect(
      api.saveSnippet({ name: 'role', title: 'A role', body: "create role a password 'Sesam4711'" }),
    ).rejects.toMatchObject({ fault: { code: 'refused' } })
    expect((await api.snippets({})).own).toEqual([])
  })

  it('come with snippets, of which one is one’s own', async () => {
    await api.saveSnippet({ name: 'sizes', title: 'My sizes', body: 'select 1' })
    expect((await api.snippets({})).own).toEqual([{ name: 'sizes', title: 'My sizes', body: 'select 1' }])
    expect(saved.snippets().filter(({ name }) => name === 'sizes')).toEqual([
      { name: 'sizes', title: 'My sizes', body: 'select 1' },
    ])
    await api.removeSnippet({ name: 'sizes' })
    expect(saved.snippets()).toEqual(builtInSnippets)
    await expect(api.removeSnippet({ name: 'sizes' })).rejects.toMatchObject({ fault: { code: 'not_found' } })
  })
})
