import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contentSecurityPolicy, readPage } from '../../../src/main/door/pages.ts'

let parent: string
let folder: string

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'pgsteward-door-'))
  folder = join(parent, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await mkdir(join(folder, 'folder.js'))
  await mkdir(join(parent, 'renderer-other'))
  for (const [name, text] of [
    ['renderer/index.html', '<!doctype html>'],
    ['renderer/assets/main 1.js', 'main()'],
    ['renderer/.hidden.js', 'hidden'],
    ['renderer/notes.txt', 'a kind that no window needs'],
    ['secret.json', 'secret'],
    ['renderer-other/secret.json', 'secret'],
  ] as const) {
    await writeFile(join(parent, name), text)
  }
  await symlink(join(parent, 'secret.json'), join(folder, 'link.json'))
  await symlink(parent, join(folder, 'up'))
})
afterAll(() => rm(parent, { recursive: true }))

it('reads the window’s files, with their types', async () => {
  const start = await readPage(folder, '/')
  expect(start).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false })
  expect(start?.body.toString()).toBe('<!doctype html>')
  expect(await readPage(folder, '/index.html')).toEqual(start)
  expect(await readPage(folder, '/assets/main%201.js')).toMatchObject({
    type: 'text/javascript; charset=utf-8',
    immutable: true,
  })
})

it.each([
  '/../secret.json',
  '/%2e%2e/secret.json',
  '/%2e%2e%2fsecret.json',
  '/..%2fsecret.json',
  '/..%5csecret.json',
  '/..\\secret.json',
  '/assets/../../secret.json',
  '/assets/%2e%2e/%2e%2e/secret.json',
  '/assets/..%2f..%2fsecret.json',
  '/%252e%252e/secret.json',
  '/../renderer-other/secret.json',
  '//secret.json',
  '/./index.html',
  '/link.json',
  '/up/secret.json',
  '/.hidden.js',
  '/notes.txt',
  '/folder.js',
  '/assets/',
  '/assets',
  '/index.html/x.js',
  '/index.html%00.js',
  '/%00',
  '/%',
  '/%c0%ae%c0%ae/secret.json',
  '/C:/secret.json',
  '/index.html:stream.js',
  '/missing.js',
  `/${'x'.repeat(5000)}.js`,
  'index.html',
  'http://127.0.0.1/index.html',
  '',
])('finds nothing at %j', async (path) => {
  expect(await readPage(folder, path)).toBeNull()
})

it('says what broke where the folder itself is gone', async () => {
  await expect(readPage(join(parent, 'gone'), '/')).rejects.toThrow('ENOENT')
})

it('allows no script but the window’s own files, and no frame around it', () => {
  const policy = new Map(
    contentSecurityPolicy('ws://127.0.0.1:5')
      .split('; ')
      .map((directive) => {
        const [name = '', ...sources] = directive.split(' ')
        return [name, sources]
      }),
  )
  expect(policy.get('default-src')).toEqual(["'none'"])
  expect(policy.get('script-src')).toEqual(["'self'"])
  expect(policy.get('worker-src')).toEqual(["'self'"])
  expect(policy.get('connect-src')).toEqual(["'self'", 'ws://127.0.0.1:5'])
  for (const name of ['frame-ancestors', 'base-uri', 'form-action']) expect(policy.get(name)).toEqual(["'none'"])
})
