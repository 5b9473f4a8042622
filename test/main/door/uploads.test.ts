import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
    expect((await post(url)).status).toBe(404)
  })

  it('is taken from our own page with the cookie alone', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    expect((await post(url, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(url, { cookie: '' })).status).toBe(401)
    // Nobody has used up the link.
    const [response, length] = await Promise.all([post(url), lengthOf(body)])
    expect([response.status, length]).toEqual([200, content.length])
  })

  it('may be left in the middle, which ends the request', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const sent = post(url).then(
      ({ status }) => status,
      () => 'cut',
    )
    for await (const piece of await body) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    expect([200, 'cut']).toContain(await sent)
  })

  it('is not waited for when nobody wants it any more', async () => {
    const stop = new AbortController()
    const { url, body } = uploads.receiveFile(stop.signal)
    stop.abort()
    await expect(body).rejects.toThrow('Cancelled.')
    expect((await post(url)).status).toBe(404)
  })

  it('arrives over the window’s own protocol too', async () => {
    const { url, body } = uploads.receiveFile(new AbortController().signal)
    const request = new Request(new URL(url, appUrl), { method: 'POST', body: content })
    const [response, length] = await Promise.all([answerApp(folder, request, uploads), lengthOf(body)])
    expect([response.status, length]).toEqual([200, content.length])
    const other = new Request(new URL('/index.html', appUrl), { method: 'POST', body: 'x' })
    expect((await answerApp(folder, other, uploads)).status).toBe(404)
  })
})
