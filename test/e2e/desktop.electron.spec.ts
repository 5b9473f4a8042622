import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, expect, type Page, test } from '@playwright/test'
import { findElectron, thisSession, whyNoWindow } from '../../scripts/electron.js'

const root = join(import.meta.dirname, '../..')
const binary = findElectron()
const reason = binary === null ? "Electron's binary is not there" : whyNoWindow(thisSession())

test.describe('the desktop’s window', () => {
  test.skip(reason !== null, reason ?? '')

  let app: ElectronApplication
  let page: Page
  let folder: string

  test.beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-desktop-'))
    app = await _electron.launch({
      executablePath: binary ?? '',
      args: [root],
      env: { ...process.env, PGSTEWARD_DATA: folder },
    })
    page = await app.firstWindow()
  })
  test.afterAll(async () => {
    await app?.close()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  test('opens on its own protocol and reaches its main process', async () => {
    expect(page.url()).toBe('app://pgsteward/')
    await expect(page).toHaveTitle(/pgSteward/)
    // The first screen is made of what the main process answered.
    await expect(page.getByText(/PostgreSQL/).first()).toBeVisible()
  })

  test('gives the page its wire, and nothing of Node or Electron', async () => {
    const seen = await page.evaluate(() => ({
      bridge: Object.keys(Reflect.get(globalThis, 'pgSteward')).sort(),
      node: ['require', 'process', 'module', 'Buffer', 'electron'].filter((name) => name in globalThis),
    }))
    expect(seen).toEqual({ bridge: ['onClose', 'onMessage', 'send'], node: [] })
  })

  test('runs no inline script and reads no file outside the window', async () => {
    const inline = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.wasRun = true'
      document.head.append(script)
      return 'wasRun' in globalThis
    })
    expect(inline).toBe(false)
    for (const path of ['/..%2f..%2fpackage.json', '/%2e%2e/package.json', '/missing.js']) {
      expect(await page.evaluate(async (url) => (await fetch(url)).status, path)).toBe(404)
    }
  })

  test('is led nowhere else', async () => {
    await app.evaluate(({ dialog }) => {
      Reflect.set(globalThis, 'asked', [])
      dialog.showMessageBox = (...args: unknown[]) => {
        Reflect.get(globalThis, 'asked').push(args.at(-1))
        return Promise.resolve({ response: 1, checkboxChecked: false })
      }
    })
    await page.evaluate(() => {
      window.open('https://example.org/opened')
      window.location.assign('https://example.org/assigned')
    })
    const asked = () => app.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'asked')))
    await expect.poll(asked).toContain('https://example.org/opened')
    await expect.poll(asked).toContain('https://example.org/assigned')
    expect(page.url()).toBe('app://pgsteward/')
    expect(app.windows()).toHaveLength(1)
  })
})
