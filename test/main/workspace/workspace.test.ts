import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contract } from '../../../src/core/contract.ts'
import { connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type KeptTab, type Layout, longestKept } from '../../../src/core/workspace/contract.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { secretsInDraft } from '../../../src/main/editor/index.ts'
import { createWorkspaces } from '../../../src/main/workspace/index.ts'

const part = { workspace: contract.workspace }

let folder: string
let started: { close(): Promise<void> }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
})
afterEach(async () => {
  for (const each of started) await each.close()
  started = []
  await rm(folder, { recursive: true, force: true })
})

/** A process with the cache open. Its instance is known as alive until it is closed, as that of another process is. */
function start() {
  const cache = openCache(folder)
  const workspaces = createWorkspaces({ cache, secretsIn: secretsInDraft })
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
    close: async () => {
      for (const close of closeWires) close()
      await workspaces.close()
      if (cache.db.open) cache.close()
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
  await first.close()

  const again = start().window()
  expect(await again.open({ previous: null })).toEqual({ workspace, layout: left })
  // Half a surrogate pair is no text that a file can hold; all else is.
  expect(await again.text({ tab: 'tab-1' })).toEqual({ text: "select '\u202e\u0000\ufffd' -- ⅷ", masked: false })
  expect(await again.text({ tab: 'tab-3' })).toEqual({ text: 'closed', masked: false })
  expect(await again.text({ tab: 'tab-2' })).toEqual({ text: null, masked: false })
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
    expect(await other.text({ tab: 'tab-1' })).toEqual({ text: null, masked: false })
    await other.save(layout([tab('tab-1')]))
    await other.write({ tab: 'tab-1', text: 'theirs' })
  }
  expect(await one.text({ tab: 'tab-1' })).toEqual({ text: 'mine', masked: false })
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
  await first.close()
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
  const texts = () => db.prepare('select content from workspace_piece order by tab').pluck().all()
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

/** Everything that the cache has on disk, its write-ahead log too. */
async function bytesOnDisk(): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('cache.db'))
  expect(files).toContain('cache.db-wal')
  return (await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))).join('\n')
}

test('no secret of a text, of a closed tab or of a title comes to the disk, in whatever form it is written', async () => {
  const main = start()
  const window = main.window()
  await window.open({ previous: null })
  const secret = 'Sesam4711'
  const forms = [
    `alter role dba password '${secret}'`,
    `create /* a */ role dba login password E'${secret}\\n'`,
    `create user dba pasword '${secret}'`,
    `select crypt('${secret}', gen_salt('bf'))`,
    `select register_user('ann', '${secret}')`,
    `do $$ begin execute 'alter role a password ''${secret}'''; end $$`,
    `create server s foreign data wrapper w; create user mapping for a server s options (user 'b', password '${secret}')`,
    `select dblink_connect('host=a password=${secret}')`,
    `-- postgres://dba:${secret}@db.example/clinic`,
    `set app.api_key = '${secret}'`,
    // Still being written: an end, or a beginning, is missing.
    `alter role dba password '${secret}`,
    `/* begun\nalter role dba password '${secret}';\nselect 'it''s';`,
    `select 'it\nfrom a;\nalter role dba password '${secret}';`,
    `$body$ alter role dba password '${secret}`,
    `select '{"token": "${secret}`,
    `select 1a, 2b; alter role dba password '${secret}'`,
    `select \0; alter role dba password '${secret}'`,
    // Behind what is long: read in pieces, or not by the tokenizer.
    `${'insert into a values (1);\n'.repeat(20_000)}alter role dba password '${secret}'`,
    `select '${'x'.repeat(300_000)}'; alter role dba password '${secret}'`,
    `/*${'x'.repeat(300_000)}\nalter role dba password '${secret}'`,
    `${'1a '.repeat(2_500)}password '${secret}'`,
  ]
  const tabs = forms.map((form, index) => tab(`tab-${index + 1}`, { title: form.slice(0, 500) }))
  await window.save(layout(tabs.slice(0, -2), { closed: tabs.slice(-2) }))
  for (const [index, text] of forms.entries()) {
    expect([text.slice(-60), await window.write({ tab: `tab-${index + 1}`, text })]).toEqual([
      text.slice(-60),
      { masked: true },
    ])
  }
  expect(await bytesOnDisk()).not.toContain(secret)

  const read = async (index: number) => (await window.text({ tab: `tab-${index + 1}` })).text
  expect(await read(0)).toBe('alter role dba password ***')
  // What is not secret is all there, also where a quote or a comment has no end yet.
  expect(await read(11)).toBe("/* begun\nalter role dba password ***;\nselect 'it''s';")
  expect(await read(18)).toBe(`select '${'x'.repeat(300_000)}'; alter role dba password ***`)
})

test('a text without secrets is kept as it is, also where it is about them', async () => {
  const main = start()
  const window = main.window()
  await window.open({ previous: null })
  const texts = [
    'select token, t.password from token t where t.token = u.token and key = 5',
    "create table login (id int primary key, password text not null, note text default 'none')",
    "/* unfinished\nselect 'a' from key_token",
    'name,token\n1a2b,3c4d\n'.repeat(2_000),
    "alter table a add primary key (id); select * from pass where user = 'ann'",
  ]
  for (const text of texts) {
    expect(await window.write({ tab: 'tab-1', text })).toEqual({ masked: false })
    expect(await window.text({ tab: 'tab-1' })).toEqual({ text, masked: false })
  }
})

test('that secrets are missing is remembered for as long as the mask stands in their place', async () => {
  const first = start()
  const window = first.window()
  await window.open({ previous: null })
  await window.save(layout([tab('tab-1')]))
  await window.write({ tab: 'tab-1', text: "select crypt('Sesam4711', 'x')" })
  await first.close()
  const again = start().window()
  await again.open({ previous: null })
  expect(await again.text({ tab: 'tab-1' })).toEqual({ text: 'select crypt(***, ***)', masked: true })
  expect(await again.write({ tab: 'tab-1', text: 'select crypt(***, ***) -- later' })).toEqual({ masked: true })
  expect(await again.write({ tab: 'tab-1', text: 'select 1' })).toEqual({ masked: false })
})

test('while the longest text is searched and written, other calls are answered', async () => {
  const main = start()
  const window = main.window()
  await window.open({ previous: null })
  await window.save(layout([tab('tab-1'), tab('tab-2')]))
  await window.write({ tab: 'tab-2', text: 'select 2' })
  // A password at the end, and dull lines before it, some of them in need of being read.
  const line = "insert into clinic.token (id, note) values (1, 'nothing');\n"
  const end = "alter role dba password 'Sesam4711';"
  const text = 'select 1;\n'.repeat(1_900_000) + line.repeat(3_000) + end
  expect(text.length).toBeLessThanOrEqual(longestKept)
  let answered = 0
  let written = false
  const writing = window.write({ tab: 'tab-1', text }).then((kept) => {
    written = true
    return kept
  })
  while (!written) {
    expect((await window.text({ tab: 'tab-2' })).text).toBe('select 2')
    answered += 1
    await nextTurn()
  }
  expect(await writing).toEqual({ masked: true })
  expect(answered).toBeGreaterThan(100)
  const kept = (await window.text({ tab: 'tab-1' })).text
  expect(kept === text.replace("'Sesam4711'", '***')).toBe(true)
  await expect(window.write({ tab: 'tab-1', text: 'x'.repeat(longestKept + 1) })).rejects.toThrow()
}, 120_000)

test('a write that was broken off leaves the text before it, and the next one leaves nothing of it', async () => {
  const main = start()
  const { db } = main.cache
  const window = main.window()
  const { workspace } = await window.open({ previous: null })
  await window.save(layout([tab('tab-1')]))
  await window.write({ tab: 'tab-1', text: 'before' })
  db.prepare(
    `insert into workspace_piece (workspace, tab, generation, position, content) values (?, 'tab-1', 2, 0, 'half')`,
  ).run(workspace)
  expect(await window.text({ tab: 'tab-1' })).toEqual({ text: 'before', masked: false })
  const emoji = '😀'.repeat(200_000)
  await window.write({ tab: 'tab-1', text: emoji })
  expect((await window.text({ tab: 'tab-1' })).text === emoji).toBe(true)
  await window.write({ tab: 'tab-1', text: 'after' })
  expect(db.prepare('select content from workspace_piece').pluck().all()).toEqual(['after'])
})
