import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildDoor } from './built.ts'
import { enter } from './door/transports.ts'
import { openWindow } from './door/window.ts'

const root = join(import.meta.dirname, '../..')
let door: Awaited<ReturnType<typeof buildDoor>>
let dataFolder: string
const running: ChildProcessWithoutNullStreams[] = []

beforeAll(async () => {
  door = await buildDoor('web')
  const built = door.folder
  await mkdir(join(built, 'renderer'))
  await cp(join(root, 'src/renderer/index.html'), join(built, 'renderer/index.html'))
  dataFolder = await mkdtemp(join(tmpdir(), 'pgsteward-web-'))
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
afterAll(async () => {
  await door.remove()
  await rm(dataFolder, { recursive: true })
})

interface Serving {
  child: ChildProcessWithoutNullStreams
  link: string
  /** All that was printed so far. */
  printed(): { out: string; err: string }
}

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [door.entry, '--data-folder', dataFolder, ...args], {
    env: { ...process.env, CI: '', ...env },
  })
  running.push(child)
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text
  })
  return { child, printed: () => printed }
}

async function serve(args: string[] = ['--no-open'], env: Record<string, string> = {}): Promise<Serving> {
  const { child, printed } = start(args, env)
  while (child.exitCode === null) {
    const link = /http:\/\/\S+\n/.exec(printed().out)?.[0].trim()
    if (link !== undefined) return { child, link, printed }
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  }
  throw new Error(`The door did not open: ${printed().err}`)
}

async function codeOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

describe('pgsteward serve', () => {
  it('prints its link once, and serves the window and the wire behind it', async () => {
    const { child, link, printed } = await serve()
    expect(printed().out.split('token=')).toHaveLength(2)
    expect(new URL(link).hostname).toBe('127.0.0.1')

    const cookie = await enter(link)
    const { origin } = new URL(link)
    const page = await fetch(origin, { headers: { cookie } })
    expect(await page.text()).toBe(await readFile(join(root, 'src/renderer/index.html'), 'utf8'))

    const { api } = await openWindow(link, cookie)
    expect(await api.connections.list({})).toEqual({ connections: [], passwordsKept: 'memory', notice: null })
    await expect(api.history.get({ id: 'nothing of that id' })).rejects.toMatchObject({ fault: { code: 'not_found' } })

    const watching = api.connections.watch({})
    child.kill('SIGTERM')
    await expect(watching).rejects.toMatchObject({ fault: { code: 'wire_closed' } })
    expect(await codeOf(child)).toBe(0)
    await expect(fetch(origin)).rejects.toThrow()
    expect(printed().err).toBe('')
  })

  it('offers the database of --url once, its password in memory alone', async () => {
    const url = 'postgres://dba:not%20written@db.example.org:6432/clinic?sslmode=verify-full'
    for (const _ of ['first', 'second']) {
      const { child, link } = await serve(['--no-open', '--url', url])
      const { api, socket } = await openWindow(link)
      const { connections } = await api.connections.list({})
      expect(connections).toMatchObject([
        { host: 'db.example.org', port: 6432, sslMode: 'verify-full', hasPassword: true },
      ])
      socket.close()
      child.kill('SIGTERM')
      await codeOf(child)
    }
    for (const file of (await readdir(dataFolder, { recursive: true, withFileTypes: true })).filter((e) =>
      e.isFile(),
    )) {
      expect((await readFile(join(file.parentPath, file.name))).includes('not written'), file.name).toBe(false)
    }
  })

  it('takes the database of --url for no other one that bears its address behind a host of ssh', async () => {
    const far = { name: 'Far', host: 'localhost', port: 6432, database: 'clinic', user: 'dba', ssh: 'bastion' }
    const before = await serve()
    const first = await openWindow(before.link)
    await first.api.connections.save({ settings: far })
    first.socket.close()
    before.child.kill('SIGTERM')
    await codeOf(before.child)
    const { child, link } = await serve(['--no-open', '--url', 'postgres://dba:pw@localhost:6432/clinic'])
    const { api, socket } = await openWindow(link)
    const { connections } = await api.connections.list({})
    const there = connections.filter(({ host }) => host === far.host)
    expect(there.map(({ ssh, hasPassword }) => [ssh, hasPassword]).sort()).toEqual([
      ['', true],
      ['bastion', false],
    ])
    socket.close()
    child.kill('SIGTERM')
    await codeOf(child)
  })

  it('keeps its token out of every file it writes', async () => {
    const { child, link } = await serve()
    const cookie = await enter(link)
    child.kill('SIGTERM')
    await codeOf(child)
    const token = new URL(link).searchParams.get('token') ?? ''
    const secrets = [token, cookie.split('=')[1] ?? '']
    const files = await readdir(dataFolder, { recursive: true, withFileTypes: true })
    expect(files.length).toBeGreaterThan(0)
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = await readFile(join(file.parentPath, file.name))
      for (const secret of secrets) expect(content.includes(secret), file.name).toBe(false)
    }
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly with its terminal: %s', async (signal) => {
    const { child, printed } = await serve()
    child.kill(signal)
    expect(await codeOf(child)).toBe(0)
    expect(printed().err).toBe('')
  })

  it('ends with whoever started it, where it is told to', async () => {
    const { child } = await serve(['--no-open', '--until-input-ends'])
    child.stdin.end()
    expect(await codeOf(child)).toBe(0)
  })

  it('ends at a signal while its input is open', async () => {
    const { child } = await serve(['--no-open', '--until-input-ends'])
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
  })

  it('ends with whoever started it and was killed', async () => {
    const child = spawn(process.execPath, [door.entry, '--no-open', '--data-folder', dataFolder], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const ended = once(child, 'exit')
    child.stdout?.once('data', () => child.disconnect())
    expect(await ended).toEqual([0, null])
  })

  it('stays when its input ends otherwise', async () => {
    const { child, link } = await serve()
    child.stdin.end()
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(303)
    expect(child.exitCode).toBeNull()
  })

  it('says so when its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { child, printed } = start(['--no-open', '--port', String(port)])
    expect(await codeOf(child)).toBe(1)
    expect(printed().err).toContain(`Port ${port} is taken by another program.`)
    expect(printed().err).not.toContain('    at ')
    server.close()
  })

  it('prints one JSON document where that is asked for, of its success and of its failures', async () => {
    const { link, printed } = await serve(['--no-open', '--json', '--data-folder', join(dataFolder, 'json')])
    expect(JSON.parse(printed().out)).toEqual({ link: expect.stringContaining('?token=') })
    const { port } = new URL(JSON.parse(printed().out).link)
    expect(link).toContain(port)
    for (const [args, code] of [
      [['--json', '--port', port], 1],
      [['--json', '--port', 'x'], 2],
    ] as const) {
      const failed = start([...args])
      expect(await codeOf(failed.child)).toBe(code)
      expect(JSON.parse(failed.printed().out)).toMatchObject({ fault: { message: expect.stringMatching(/port/i) } })
      expect(failed.printed().err).not.toBe('')
    }
  })

  it('says that a broken cache was put aside', async () => {
    const folder = join(dataFolder, 'broken')
    await mkdir(folder)
    await writeFile(join(folder, 'cache.db'), 'no database, but long enough to be taken for one at first'.repeat(100))
    const { printed } = await serve(['--no-open', '--data-folder', folder])
    expect(printed().err).toContain('cache.db')
  })

  it('says why it cannot keep its data where it is told to', async () => {
    const file = join(door.folder, 'renderer/index.html')
    const { child, printed } = start(['--no-open', '--data-folder', file])
    expect(await codeOf(child)).toBe(1)
    expect(printed().err).toContain(file)
    expect(printed().err).not.toContain('    at ')
  })

  it.each([['--port', '70000'], ['--port', 'x'], ['--nothing-of-that-name'], ['argument']])(
    'explains itself where it is used wrongly: %s %s',
    async (...args) => {
      const { child, printed } = start(args)
      expect(await codeOf(child)).toBe(2)
      expect(printed().err).toContain('Usage: pgsteward serve')
      expect(printed().out).toBe('')
    },
  )

  it('explains itself when asked', async () => {
    const { child, printed } = start(['--help'])
    expect(await codeOf(child)).toBe(0)
    expect(printed().out).toContain('Usage: pgsteward serve')
  })

  // The system's opener is looked up in PATH on Linux alone.
  it.skipIf(process.platform !== 'linux')('opens the browser by a link of its own, which works once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-browser-'))
    await writeFile(
      join(folder, 'xdg-open'),
      `#!/bin/sh\necho "$1" > ${folder}/part\nmv ${folder}/part ${folder}/link\n`,
      {
        mode: 0o755,
      },
    )
    try {
      const { link } = await serve([], { PATH: `${folder}:${process.env['PATH']}` })
      const opened = await waitForFile(join(folder, 'link'))
      expect(new URL(opened).origin).toBe(new URL(link).origin)
      expect(opened).not.toBe(link)
      await enter(opened)
      await expect(enter(opened)).rejects.toThrow('401')
      await enter(link)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.skipIf(process.platform !== 'linux')('says so where there is no browser, and stays open', async () => {
    const { link, child, printed } = await serve([], { PATH: '/nonexistent' })
    while (!printed().err.includes('Open the link yourself.')) await once(child.stderr, 'data')
    await enter(link)
  })
})

async function waitForFile(path: string): Promise<string> {
  for (;;) {
    try {
      return (await readFile(path, 'utf8')).trim()
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ENOENT') throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
