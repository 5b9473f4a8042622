import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerApp, appUrl } from '../../../src/main/door/appProtocol.ts'
import { startWeb, type Web } from '../../../src/main/door/loopback.ts'
import { createUploads } from '../../../src/main/door/uploads.ts'

const uploads = createUploads(5_000)
const content = Buffer.alloc(3_000_000, 'log line\n')
let folder: string
let web: Web
let cookie: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-uploads-'))
  await writeFile(join(folder, 'index.html'), '<p>')
  web = await startWeb({ contract: {}, services: {}, rendererFolder: folder, uploads })
  const { headers } = await fetch(web.link, { redirect: 'manual' })
  cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
})
afterAll(async () => {
  await web.close()
  await rm(folder, { recursive: true })
})

const post = (path: string, headers: Record<string, string> = {}) =>
  fetch(web.url + path, { method: 'POST', body: content, headers: { origin: web.url, cookie, ...headers } })

/** By a connection that was used before, where the agent has one. */
function sendBy(agent: Agent, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { origin: web.url, cookie, 'content-length': content.length }
    const sending = request(web.url + path, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    sending.on('error', reject).end(content)
  })
}

async function lengthOf(body: Promise<AsyncIterable<Uint8Array>>): Promise<number> {
  let length = 0
  for await (const piece of await body) length += piece.length
  return length
}

describe('a file that the window sends', () => {
  it('arrives whole over the loopback, and its link is good once', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const [response, length] = await Promise.all([post(url), lengthOf(body)])
    expect({ status: response.status, length }).toEqual({ status: 200, length: content.length })
    expect((await post(url)).status).toBe(204)
  })

  it('is taken from our own page with the cookie alone', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    expect((await post(url, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(url, { cookie: '' })).status).toBe(401)
    // Nobody has used up the link.
    const [response, length] = await Promise.all([post(url), lengthOf(body)])
    expect([response.status, length]).toEqual([200, content.length])
  })

  it('may be left in the middle: the request goes well all the same, because browsers send one that is cut once more', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let turn = 0; turn < 3; turn += 1) {
      const { url, body } = uploads.receiveFile(new AbortController().signal)
      const status = sendBy(agent, url)
      for await (const piece of await body) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      expect(await status).toBe(200)
    }
    agent.destroy()
  })

  it('is no fault when nobody wants it any more, before it comes or while it comes', async () => {
    const stop = new AbortController()
    const early = uploads.receiveFile(stop.signal)
    const late = uploads.receiveFile(stop.signal)
    const sent = post(late.url)
    const reader = (await late.body)[Symbol.asyncIterator]()
    await reader.next()
    stop.abort()
    await expect(early.body).rejects.toThrow('Cancelled.')
    expect((await post(early.url)).status).toBe(204)
    await expect(
      (async () => {
        while ((await reader.next()).done !== true);
      })(),
    ).rejects.toThrow('aborted')
    expect((await sent).status).toBe(200)
  })

  it('is told not to be whole when the window stops sending it', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const headers = { origin: web.url, cookie, 'content-length': 2 * content.length }
    const sending = request(web.url + url, { method: 'POST', headers })
    const cut = once(sending, 'error')
    sending.write(content)
    const read = async () => {
      for await (const _ of await body) sending.destroy(new Error('The window has closed.'))
    }
    await expect(read()).rejects.toMatchObject({ fault: { message: 'The window has not sent the whole file.' } })
    await cut
  })

  it('arrives over the window’s own protocol too', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const sent = new Request(new URL(url, appUrl), { method: 'POST', body: content })
    const [response, length] = await Promise.all([answerApp(folder, sent, uploads), lengthOf(body)])
    expect([response.status, length]).toEqual([200, content.length])
    expect((await answerApp(folder, new Request(sent.url, { method: 'POST' }), uploads)).status).toBe(204)
    const other = new Request(new URL('/index.html', appUrl), { method: 'POST', body: 'x' })
    expect((await answerApp(folder, other, uploads)).status).toBe(403)
  })

  it('arrives when it is empty, over both', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const empty = new Request(new URL(url, appUrl), { method: 'POST' })
    const [response, length] = await Promise.all([answerApp(folder, empty, uploads), lengthOf(body)])
    expect([response.status, length]).toEqual([200, 0])
    const loopback = uploads.receiveFile(new AbortController().signal)
    const sent = fetch(web.url + loopback.url, { method: 'POST', headers: { origin: web.url, cookie } })
    expect([(await sent).status, await lengthOf(loopback.body)]).toEqual([200, 0])
  })
})
