import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { z } from 'zod'
import { chromiumFlags, findChromium } from '../../scripts/chromium.js'
import { call } from '../../src/core/call.ts'
import { startWeb, type Web } from '../../src/main/door/loopback.ts'

// What a real browser lets other pages do to the door, once the browser has the door's cookie.

const rebound = 'rebound.example'
const executablePath = findChromium()
test.use({
  launchOptions: {
    args: [...chromiumFlags, `--host-resolver-rules=MAP ${rebound} 127.0.0.1`],
    ...(executablePath === null ? {} : { executablePath }),
  },
})

const contract = { trial: { echo: call(z.strictObject({ text: z.string() })).returns<string>() } }

let folder: string
let web: Web
let elsewhere: Server
/** Another program's page on this machine: the same site to cookies, another origin. */
let foreign: string

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-guard-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><title>inside</title><script>inlineRan = true</script><script src="assets/main.js"></script>',
  )
  await writeFile(
    join(folder, 'assets/main.js'),
    "ownRan = true; try { new Function('evalRan = true')() } catch (error) { refused = error.name }",
  )
  web = await startWeb({ contract, services: { trial: { echo: ({ text }) => text } }, rendererFolder: folder })
  elsewhere = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>elsewhere</title>')
  })
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  const address = elsewhere.address()
  foreign = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
test.afterAll(async () => {
  await web.close()
  elsewhere.closeAllConnections()
  elsewhere.close()
  await rm(folder, { recursive: true })
})

test.beforeEach(async ({ page }) => {
  await page.goto(web.link)
  await expect(page).toHaveTitle('inside')
})

/** Whether a page may open the wire, and gets an answer over it. */
function opensWire(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/wire`)
    socket.onopen = () =>
      socket.send(JSON.stringify({ kind: 'call', id: 1, name: 'trial.echo', input: { text: 'heard' } }))
    socket.onmessage = ({ data }) => resolve(String(data).includes('heard'))
    socket.onclose = () => resolve(false)
  })
}

test('the window itself is let in, and runs no script but its own files', async ({ page }) => {
  expect(page.url()).toBe(`${web.url}/`)
  expect(await page.evaluate(() => document.cookie)).toBe('')
  expect(await page.evaluate(opensWire, web.url)).toBe(true)
  const ran = await page.evaluate(() => ['ownRan', 'inlineRan', 'evalRan'].filter((name) => name in globalThis))
  expect(ran).toEqual(['ownRan'])
  expect(await page.evaluate(() => Reflect.get(globalThis, 'refused'))).toBe('EvalError')
})

test('the link works by the other name of the machine too', async ({ page }) => {
  const link = web.link.replace('127.0.0.1', 'localhost')
  await page.goto(link)
  const { origin } = new URL(link)
  expect(page.url()).toBe(`${origin}/`)
  expect(await page.evaluate(opensWire, origin)).toBe(true)
})

test('a page of another origin reaches nothing', async ({ page }) => {
  await page.goto(foreign)
  expect(await page.evaluate(opensWire, web.url)).toBe(false)
  const seen = await page.evaluate(async (door) => {
    const fetched = await fetch(door, { credentials: 'include' }).then(
      () => 'read',
      () => 'refused',
    )
    const script = document.createElement('script')
    script.src = `${door}/assets/main.js`
    const loaded = new Promise((resolve) => {
      script.onload = () => resolve('loaded')
      script.onerror = () => resolve('refused')
    })
    document.head.append(script)
    return { fetched, script: await loaded, ran: 'ownRan' in globalThis }
  }, web.url)
  expect(seen).toEqual({ fetched: 'refused', script: 'refused', ran: false })
})

test('a page of another origin cannot put the window into a frame', async ({ page }) => {
  await page.goto(foreign)
  await page.evaluate((door) => {
    const frame = document.createElement('iframe')
    frame.src = door
    document.body.append(frame)
  }, web.url)
  await expect.poll(() => page.frames().at(-1)?.url()).toContain('chrome-error:')
})

test('a name that was rebound to this machine is refused', async ({ page }) => {
  const { port, search } = new URL(web.link)
  const answer = await page.goto(`http://${rebound}:${port}/${search}`)
  expect(answer?.status()).toBe(421)
  expect(await page.evaluate(opensWire, `http://${rebound}:${port}`)).toBe(false)
})
