import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contract } from '../../../src/core/contract.ts'
import { connect, memoryWires, serve } from '../../../src/core/wire.ts'
import type { KeptTab, Layout } from '../../../src/core/workspace/contract.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { createWorkspaces } from '../../../src/main/workspace/index.ts'

const part = { workspace: contract.workspace }

let folder: string
let started: { close(): void }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  for (const each of started) each.close()
  started = []
  await rm(folder, { recursive: true, force: true })
})

/** A process with the cache open. Its instance is known as alive until it is closed, as that of another process is. */
function start() {
  const cache = openCache(folder)
  const workspaces = createWorkspaces({ cache })
  const closeWires: (() => void)[] = []
  const main = {
    cache,
    /** A window of it. */
    window: () => {
      const [near, far] = memoryWires()
      serve(near, part, { workspace: workspaces.service })
      closeWires.push(() => far.close())
      return { ...connect(far, part).workspace, leave: () => far.close() }
    },
    close: () => {
      for (const close of closeWires) close()
      workspaces.close()
      cache.close()
    },
  }
  started.push(main)
  return main
}

const tab = (id: string, change: Partial<KeptTab> = {}): KeptTab => ({
  id,
  connection: 'clinic',
  view: 'editor',
  target: '{"view":"editor"}',
  title: null,
  ...change,
})
const layout = (tabs: KeptTab[], change: Partial<Layout> = {}): Layout => ({
  tabs,
  closed: [],
  active: tabs[0]?.id ?? null,
  current: 'clinic',
  ...change,
})

test('tabs, their order, the one in front and their texts are there at the next start', async () => {
  const first = start()
  const window = first.window()
  const { workspace } = await window.open({ previous: null })
  const left = layout(
    [tab('tab-2', { title: 'b' }), tab('tab-1'), tab('tab-7', { connection: null, view: 'history' })],
    {
      closed: [tab('tab-4'), tab('tab-3')],
      active: 'tab-1',
    },
  )
  await window.save(left)
  await window.write({ tab: 'tab-1', text: "select '\u202e\u0000\ud83d' -- ⅷ" })
  await window.write({ tab: 'tab-3', text: 'closed' })
  first.close()

  const again = start().window()
  expect(await again.open({ previous: null })).toEqual({ workspace, layout: left })
  // Half a surrogate pair is no text that a file can hold; all else is.
  expect(await again.text({ tab: 'tab-1' })).toEqual({ text: "select '\u202e\u0000\ufffd' -- ⅷ" })
  expect(await again.text({ tab: 'tab-3' })).toEqual({ text: 'closed' })
  expect(await again.text({ tab: 'tab-2' })).toEqual({ text: null })
})

test('a second window, and a second program, have tabs of their own', async () => {
  const first = start()
  const one = first.window()
  const mine = await one.open({ previous: null })
  await one.save(layout([tab('tab-1')]))
  await one.write({ tab: 'tab-1', text: 'mine' })

  for (const other of [first.window(), start().window()]) {
    for (const previous of [null, mine.workspace]) {
      const opened = await other.open({ previous })
      expect(opened.workspace).not.toBe(mine.workspace)
      expect(opened.layout.tabs).toEqual([])
    }
    expect(await other.text({ tab: 'tab-1' })).toEqual({ text: null })
    await other.save(layout([tab('tab-1')]))
    await other.write({ tab: 'tab-1', text: 'theirs' })
  }
  expect(await one.text({ tab: 'tab-1' })).toEqual({ text: 'mine' })
})

test('a window that is loaded again has its own tabs again, whatever was used later', async () => {
  const main = start()
  const one = main.window()
  const mine = await one.open({ previous: null })
  await one.save(layout([tab('tab-1', { title: 'mine' })]))
  const two = main.window()
  await two.open({ previous: null })
  await two.save(layout([tab('tab-1', { title: 'theirs' })]))
  two.leave()

  // The new page asks before the wire of the old one has closed.
  const asking = main.window().open({ previous: mine.workspace })
  one.leave()
  expect((await asking).layout.tabs[0]?.title).toBe('mine')
  expect((await main.window().open({ previous: null })).layout.tabs[0]?.title).toBe('theirs')
})

test('a window without tabs leaves nothing behind, and hides nothing', async () => {
  const first = start()
  const [one, two] = [first.window(), first.window()]
  await one.open({ previous: null })
  await one.save(layout([tab('tab-1')]))
  await two.open({ previous: null })
  await two.save(layout([]))
  first.close()
  const second = start()
  expect(second.cache.db.prepare('select count(*) from workspace').pluck().get()).toBe(1)
  expect((await second.window().open({ previous: null })).layout.tabs).toHaveLength(1)
})

test('texts of tabs that are gone are forgotten, and all of a connection that is removed', async () => {
  const main = start()
  const { db } = main.cache
  const window = main.window()
  await window.open({ previous: null })
  await window.save(layout([tab('tab-1'), tab('tab-2', { connection: 'saved' })], { closed: [tab('tab-3')] }))
  for (const id of ['tab-1', 'tab-2', 'tab-3']) await window.write({ tab: id, text: id })
  await window.save(layout([tab('tab-1'), tab('tab-2', { connection: 'saved' })]))
  const texts = () => db.prepare('select content from workspace_text order by tab').pluck().all()
  expect(texts()).toEqual(['tab-1', 'tab-2'])
  db.exec(`
    insert into connection (id, name, kind, host, port, database, user, ssl_mode, ssl_root_cert, ssl_cert, ssl_key, read_only)
    values ('saved', 'a', 'staging', 'h', 5432, 'd', 'u', 'prefer', '', '', '', 0);
    delete from connection where id = 'saved'`)
  expect(texts()).toEqual(['tab-1'])
  await window.write({ tab: 'tab-1', text: '' })
  expect(texts()).toEqual([])
})

test('a tab that another version has written keeps no other away; a window without a workspace is refused', async () => {
  const main = start()
  const window = main.window()
  await expect(window.write({ tab: 'tab-1', text: 'x' })).rejects.toMatchObject({ fault: { code: 'refused' } })
  await window.open({ previous: null })
  await window.save(layout([tab('tab-1'), tab('tab-2')]))
  main.cache.db.prepare("update workspace_tab set id = 'other' where id = 'tab-1'").run()
  window.leave()
  expect((await main.window().open({ previous: null })).layout.tabs.map(({ id }) => id)).toEqual(['tab-2'])
  await expect(window.save(layout([tab('__proto__')]))).rejects.toThrow()
})

test('a text of 20 million characters is kept', async () => {
  const main = start()
  const window = main.window()
  await window.open({ previous: null })
  await window.save(layout([tab('tab-1')]))
  const text = 'select 1;\n'.repeat(2_000_000)
  await window.write({ tab: 'tab-1', text })
  expect((await window.text({ tab: 'tab-1' })).text === text).toBe(true)
})
