import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { call } from '../../../src/core/call.ts'
import { connect } from '../../../src/core/wire.ts'
import { startDesktop } from '../../../src/main/door/desktop.ts'
import type { Host } from '../../../src/main/host.ts'
import { openWire } from '../../../src/renderer/wire.ts'
import { FakeElectron } from './fakeElectron.ts'

const contract = { trial: { hold: call(z.strictObject({})).emits<'held'>().returns<string>() } }
const start = 'app://pgsteward/'

let electron: FakeElectron
let folder: string
let hosts: Host[]
let log: string[]
let warnings: string[]
const onWarning = (warning: Error) => warnings.push(warning.message)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-door-'))
  await mkdir(join(folder, 'renderer'))
  await writeFile(join(folder, 'renderer/index.html'), '<!doctype html>')
  await writeFile(join(folder, 'secret.json'), 'secret')
  electron = new FakeElectron()
  hosts = []
  log = []
  warnings = []
  process.on('warning', onWarning)
})
afterEach(async () => {
  process.off('warning', onWarning)
  await rm(folder, { recursive: true })
})

interface Changes {
  createServices?: (host: Host) => never
  developmentUrl?: string
  notice?: string
  close?: () => Promise<void>
}

async function open({ createServices, developmentUrl, notice, close }: Changes = {}): Promise<void> {
  await startDesktop({
    electron,
    contract,
    createServices: (host) => {
      createServices?.(host)
      hosts.push(host)
      return {
        services: {
          trial: {
            hold: (_input, { signal, emit }) =>
              new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => {
                  log.push('aborted')
                  reject(new Error('aborted'))
                })
                emit('held')
              }),
          },
        },
        notice: notice ?? null,
        close:
          close ??
          (async () => {
            log.push('services closed')
          }),
      }
    },
    dataFolder: join(folder, 'data'),
    rendererFolder: join(folder, 'renderer'),
    preload: '/built/preload/index.cjs',
    developmentUrl,
    platform: 'linux',
  })
}

async function page() {
  return connect(openWire({ location: new URL(start), pgSteward: await electron.runPreload() }), contract)
}

/** A call that is under way at the other end. */
async function hold() {
  const api = await page()
  const held = Promise.withResolvers<void>()
  const outcome = api.trial.hold({}, { onEvent: () => held.resolve() })
  outcome.catch(() => undefined) // Its end is looked at where it matters.
  await held.promise
  return { outcome }
}

describe('the window', () => {
  it('is shut in, whatever Electron’s defaults become', async () => {
    await open()
    expect(electron.windows).toHaveLength(1)
    expect(electron.app.sandboxed).toBe(true)
    expect(electron.window.options.webPreferences).toEqual({
      preload: '/built/preload/index.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: false,
    })
    expect(electron.window.webContents.url).toBe(start)
    expect(electron.window.shown).toBe(true)
  })

  it('has the tools of developers, and their server, only where it is not packaged', async () => {
    electron.app.isPackaged = false
    await open({ developmentUrl: 'http://localhost:5173' })
    expect(electron.window.options.webPreferences.devTools).toBe(true)
    expect(electron.window.webContents.url).toBe('http://localhost:5173')
    expect(JSON.stringify(electron.menu)).toContain('toggleDevTools')
    expect(electron.window.webContents.attempt('will-frame-navigate', 'http://localhost:5173/x')).toBe(false)
    expect(electron.window.webContents.attempt('will-frame-navigate', start)).toBe(true)

    const packaged = new FakeElectron()
    electron = packaged
    await open({ developmentUrl: 'http://localhost:5173' })
    expect(packaged.window.webContents.url).toBe(start)
    expect(JSON.stringify(packaged.menu)).not.toContain('toggleDevTools')
  })

  it.each([
    'https://example.org/',
    'http://example.org/',
    'file:///etc/passwd',
    'app://other/',
    'app://pgsteward:8080/',
    'data:text/html,x',
    'javascript:alert(1)',
    'about:blank',
    'blob:app://pgsteward/1',
    'nonsense',
  ])('is not led to %s', async (url) => {
    await open()
    electron.press = 1
    const contents = electron.window.webContents
    expect(contents.attempt('will-frame-navigate', url)).toBe(true)
    expect(contents.attempt('will-redirect', url)).toBe(true)
    expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' })
    expect(electron.opened).toEqual([])
  })

  it('may load its own page again, but holds no other content', async () => {
    await open()
    const contents = electron.window.webContents
    expect(contents.attempt('will-frame-navigate', start)).toBe(false)
    expect(contents.attempt('will-attach-webview', start)).toBe(true)
    expect(contents.openHandler?.({ url: start })).toEqual({ action: 'deny' })
  })

  it('is refused every permission but to copy', async () => {
    await open()
    const answers = new Map<string, boolean>()
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'clipboard-sanitized-write',
      'fullscreen',
      'openExternal',
      'fileSystem',
      'hid',
      'unknown',
    ]) {
      electron.permissionRequest?.({}, permission, (granted) => answers.set(permission, granted))
      expect(electron.permissionCheck?.({}, permission)).toBe(answers.get(permission))
    }
    expect([...answers].filter(([, granted]) => granted)).toEqual([['clipboard-sanitized-write', true]])
    expect(answers.size).toBe(10)
    expect(electron.devicePermission?.()).toBe(false)
  })

  it('comes back where it was, unless no screen is there', async () => {
    await open()
    electron.window.bounds = { x: 100, y: 50, width: 1000, height: 700 }
    electron.window.maximized = true
    electron.window.emit('close')

    electron = new FakeElectron()
    await open()
    expect(electron.window.options).toMatchObject({ x: 100, y: 50, width: 1000, height: 700 })
    expect(electron.window.maximized).toBe(true)

    electron = new FakeElectron()
    electron.screens[0] = { x: 0, y: 0, width: 150, height: 1080 }
    await open()
    expect(electron.window.options).toMatchObject({ width: 1280, height: 800 })
    expect(electron.window.options).not.toHaveProperty('x')

    await writeFile(join(folder, 'data/window.json'), '{"x":"left"')
    electron = new FakeElectron()
    await open()
    expect(electron.window.options).toMatchObject({ width: 1280, height: 800 })
  })

  it('has a menu with the system’s own words, and none that takes Ctrl+W from the tabs', async () => {
    await open()
    const roles = electron.menu.flatMap(({ submenu }) => submenu ?? []).map(({ role }) => role)
    for (const role of ['quit', 'undo', 'copy', 'paste', 'selectAll', 'zoomIn', 'togglefullscreen', 'minimize']) {
      expect(roles).toContain(role)
    }
    expect(roles).not.toContain('close')
  })
})

describe('a page that holds something unfinished', () => {
  it('goes only when the person says that it may be lost; Enter and Escape stay', async () => {
    await open()
    expect(electron.window.webContents.unload()).toBe(false)
    electron.press = 1
    expect(electron.window.webContents.unload()).toBe(true)
    const asked = {
      type: 'warning',
      message: 'Something in this window is not finished.',
      detail: expect.stringContaining('rolls the transaction back'),
      buttons: ['Stay', 'Leave, and lose it'],
      defaultId: 0,
      cancelId: 0,
    }
    expect(electron.questions).toEqual([asked, asked])
    expect(log).toEqual([])
  })
})

describe('files', () => {
  it('asks where a file is to be saved, and takes no path from the window', async () => {
    await open()
    const [host] = hosts
    const request = {
      fileName: 'visits.csv',
      mediaType: 'text/csv',
      kind: { name: 'CSV', extension: 'csv' },
      path: undefined,
    }
    expect(await host?.saveFile(request)).toBeNull()
    electron.saveTo = join(folder, 'chosen.csv')
    const target = await host?.saveFile(request)
    expect(electron.saves).toEqual(
      Array.from({ length: 2 }, () => ({ defaultPath: 'visits.csv', filters: [{ name: 'CSV', extensions: ['csv'] }] })),
    )
    const sink = await target?.open(new AbortController().signal)
    await sink?.write(Buffer.from('rows'))
    await sink?.commit()
    expect(await readFile(join(folder, 'chosen.csv'), 'utf8')).toBe('rows')
    await expect(host?.saveFile({ ...request, path: '/etc/passwd' })).rejects.toMatchObject({
      fault: { code: 'refused' },
    })
  })
})

describe('links that lead out', () => {
  it('are opened in the browser when the person agrees, and it is shown where they lead', async () => {
    await open()
    electron.press = 1
    electron.window.webContents.openHandler?.({ url: 'https://www.postgresql.org/docs/' })
    await vi.waitFor(() => expect(electron.questions).toHaveLength(1))
    expect(electron.questions[0]?.detail).toBe('https://www.postgresql.org/docs/')
    expect(electron.opened).toEqual([])
    electron.press = 0
    electron.window.webContents.attempt('will-frame-navigate', 'https://www.postgresql.org/docs/')
    await vi.waitFor(() => expect(electron.opened).toEqual(['https://www.postgresql.org/docs/']))
  })

  it.each([
    'http://example.org/',
    'file:///etc/passwd',
    'mailto:a@example.org',
    'https://user:word@example.org/',
    'smb://x/y',
  ])('are not even offered for %s', async (url) => {
    await open()
    electron.window.webContents.openHandler?.({ url })
    await vi.waitFor(() => expect(warnings).toHaveLength(1))
    expect(warnings[0]).not.toContain(url)
    expect(electron.questions).toEqual([])
    expect(electron.opened).toEqual([])
  })
})

describe('its protocol', () => {
  const ask = async (url: string, method = 'GET') => electron.handlers.get('app')?.({ url, method })

  it('is registered as a secure one that a page can be at home in', async () => {
    await open()
    expect(electron.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ])
  })

  it('hands out the window, with a policy that allows no inline script', async () => {
    await open()
    const response = await ask(start)
    expect(response?.status).toBe(200)
    expect(await response?.text()).toBe('<!doctype html>')
    expect(response?.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response?.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response?.headers.get('content-security-policy')).toContain("script-src 'self';")
  })

  it.each([
    ['app://pgsteward/../secret.json', 404],
    ['app://pgsteward/%2e%2e/secret.json', 404],
    ['app://pgsteward/..%2fsecret.json', 404],
    ['app://pgsteward/..%5csecret.json', 404],
    ['app://pgsteward/missing.js', 404],
    ['app://other/index.html', 403],
    ['file:///etc/passwd', 403],
  ])('finds nothing at %s', async (url, status) => {
    await open()
    const response = await ask(url)
    expect(response?.status).toBe(status)
    expect(await response?.text()).toBe('')
  })

  it('only reads', async () => {
    await open()
    expect((await ask(start, 'POST'))?.status).toBe(403)
  })
})

describe('its IPC', () => {
  const message = JSON.stringify({ kind: 'call', id: 1, name: 'trial.hold', input: {} })

  it.each([
    ['a frame inside the page', { url: start, parent: {} }],
    ['another page', { url: 'https://example.org/', parent: null }],
    ['a page with our name at another port', { url: 'app://pgsteward:1/', parent: null }],
    ['a frame that has gone', null],
  ])('does not listen to %s', async (_who, frame) => {
    await open()
    electron.sendAs(frame, message)
    await vi.waitFor(() => expect(warnings).toHaveLength(1))
    expect(warnings[0]).toContain('was refused')
    const answers: unknown[] = []
    electron.window.webContents.renderer.on('wire', (_event, answer) => answers.push(answer))
    electron.sendAs({ url: start, parent: null }, message)
    await vi.waitFor(() => expect(answers).toEqual([JSON.stringify({ kind: 'event', id: 1, event: 'held' })]))
  })

  it('does not listen to another window, nor to what is no text', async () => {
    await open()
    const other = new electron.BrowserWindow(electron.window.options)
    const [, otherWindow] = electron.windows
    expect(otherWindow).toBe(other)
    electron.sendAs({ url: start, parent: null }, message, otherWindow?.webContents)
    electron.sendAs({ url: start, parent: null }, { kind: 'call' })
    await vi.waitFor(() => expect(warnings).toHaveLength(2))
  })

  it('ends the calls of a page that is loaded again, and serves the next one', async () => {
    await open()
    await hold()
    electron.window.webContents.navigate(start)
    expect(log).toEqual(['aborted'])
    await hold()
    expect(log).toEqual(['aborted'])
  })

  it('offers to open a crashed page again', async () => {
    await open()
    await hold()
    electron.window.webContents.emit('render-process-gone', {}, { reason: 'oom' })
    expect(log).toEqual(['aborted'])
    await vi.waitFor(() => expect(electron.window.webContents.reloads).toBe(1))
    expect(electron.questions[0]?.detail).toContain('oom')

    electron.press = 1
    electron.window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    await vi.waitFor(() => expect(electron.app.quits).toBe(1))
  })
})

describe('its start and end', () => {
  it('keeps to its own folder, which nobody else may read', async () => {
    await open()
    expect(electron.app.paths.get('userData')).toBe(join(folder, 'data/window'))
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700)
    expect(hosts[0]).toMatchObject({ door: 'desktop', dataFolder: join(folder, 'data') })
  })

  it('shows the first window when it is started twice', async () => {
    await open()
    electron.window.minimized = true
    electron.app.emit('second-instance')
    expect(electron.window).toMatchObject({ minimized: false, focused: 1 })

    electron = new FakeElectron()
    electron.app.isSecond = true
    await open()
    expect(electron.windows).toEqual([])
    expect(electron.app.quits).toBe(1)
    expect(hosts).toHaveLength(1)
  })

  it('says why where it cannot start', async () => {
    await open({
      createServices: () => {
        throw new Error('The cache is of a newer pgSteward.')
      },
    })
    expect(electron.errors).toEqual(['The cache is of a newer pgSteward.'])
    expect(electron.app.exitCodes).toEqual([1])
  })

  it('tells what the person has to know of the start', async () => {
    await open({ notice: 'The cache was broken; it was put aside.' })
    expect(electron.window.shown).toBe(true)
    expect(electron.questions.map(({ detail }) => detail)).toEqual(['The cache was broken; it was put aside.'])
  })

  it('closes the services before it ends, once', async () => {
    const closing = Promise.withResolvers<void>()
    await open({
      close: async () => {
        log.push('closing')
        await closing.promise
      },
    })
    electron.app.emit('window-all-closed')
    electron.app.quit()
    expect(log).toEqual(['closing'])
    expect(electron.app.quits).toBe(0)
    closing.resolve()
    await vi.waitFor(() => expect(electron.app.quits).toBe(1))
    expect(log).toEqual(['closing'])
  })

  it('says so where the services do not close', async () => {
    await open({ close: () => Promise.reject(new Error('The disk is full.')) })
    electron.app.quit()
    await vi.waitFor(() => expect(electron.app.exitCodes).toEqual([1]))
    expect(electron.errors).toEqual(['The disk is full.'])
  })
})

describe('its secrets', () => {
  const word = 'Geheim-9f3a'
  const file = () => join(folder, 'data/secrets.json')

  it('are encrypted with the keychain’s key, in a file that this user alone reads', async () => {
    await open()
    const secrets = hosts[0]?.secrets
    expect(secrets?.kind).toBe('keychain')
    secrets?.keep('one', word)
    secrets?.keep('two', 'other')
    secrets?.forget('two')
    secrets?.forget('never kept')
    const text = await readFile(file(), 'utf8')
    expect(text).not.toContain(word)
    expect(text).not.toContain(Buffer.from(word).toString('base64'))
    expect((await stat(file())).mode & 0o777).toBe(0o600)

    electron = new FakeElectron()
    await open()
    expect(hosts[1]?.secrets.read('one')).toBe(word)
    expect(hosts[1]?.secrets.read('two')).toBeNull()
  })

  it.each(['absent', 'basic_text'] as const)(
    'stay in memory where the keychain is %s, and say so',
    async (keychain) => {
      electron.keychain = keychain
      await open()
      const secrets = hosts[0]?.secrets
      expect(secrets?.kind).toBe('memory')
      secrets?.keep('one', word)
      expect(secrets?.read('one')).toBe(word)
      await expect(stat(file())).rejects.toThrow('ENOENT')
    },
  )

  it('are asked for again where the keychain has another key, or the file is spoilt', async () => {
    await open()
    hosts[0]?.secrets.keep('one', word)
    electron = new FakeElectron()
    electron.safeStorage.decryptString = () => {
      throw new Error('Error while decrypting the ciphertext.')
    }
    await open()
    expect(hosts[1]?.secrets.read('one')).toBeNull()

    await writeFile(file(), '{"one": 1')
    electron = new FakeElectron()
    await open()
    expect(hosts[2]?.secrets.read('one')).toBeNull()
    expect(await readFile(`${file()}.unreadable`, 'utf8')).toBe('{"one": 1')
    await vi.waitFor(() => expect(warnings.join()).toContain('secrets.json.unreadable'))
  })
})
