import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDownloads, type Downloads } from '../../../src/main/door/downloads.ts'
import { startWeb, type Web } from '../../../src/main/door/loopback.ts'

let folder: string
let downloads: Downloads
let web: Web
let cookie: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-downloads-'))
  await writeFile(join(folder, 'index.html'), '')
  downloads = createDownloads(300)
  web = await startWeb({ contract: {}, services: {}, rendererFolder: folder, downloads })
  const entered = await fetch(web.link, { redirect: 'manual' })
  cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
})
afterEach(async () => {
  await web.close()
  await rm(folder, { recursive: true })
})

const request = {
  fileName: 'Über "all".csv',
  mediaType: 'text/csv; charset=utf-8',
  kind: { name: 'CSV', extension: 'csv' },
  path: undefined,
}
const never = new AbortController().signal
const get = (path: string, headers: Record<string, string> = { cookie }) => fetch(web.url + path, { headers })

async function begin(signal = never) {
  const target = await downloads.saveFile(request)
  return { url: target.url ?? '', opening: target.open(signal) }
}

describe('a download', () => {
  it('comes while it is made, under its name, once, and to nobody without the cookie', async () => {
    const { url, opening } = await begin()
    expect((await get(url, {})).status).toBe(401)
    expect((await fetch(web.url + url, { method: 'HEAD', headers: { cookie } })).status).toBe(404)
    const answered = get(url)
    const sink = await opening
    await sink.write(Buffer.from('one\n'))
    const response = await answered
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="_ber _all_.csv"; filename*=UTF-8''%C3%9Cber%20%22all%22.csv`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    await sink.write(Buffer.from('two\n'))
    await sink.commit()
    expect(await response.text()).toBe('one\ntwo\n')
    expect((await get(url)).status).toBe(404)
  })

  it('that is given up is no whole file to the browser', async () => {
    const { url, opening } = await begin()
    const answered = get(url)
    const sink = await opening
    await sink.write(Buffer.from('half'))
    const response = await answered
    await sink.abort()
    await expect(response.text()).rejects.toThrow()
  })

  it('that the browser stops stops the writing', async () => {
    const { url, opening } = await begin()
    const stop = new AbortController()
    const answered = fetch(web.url + url, { headers: { cookie }, signal: stop.signal })
    const sink = await opening
    await sink.write(Buffer.from('half'))
    await answered
    stop.abort()
    const writing = (async () => {
      for (;;) await sink.write(Buffer.alloc(1_000_000))
    })()
    await expect(writing).rejects.toMatchObject({
      fault: { code: 'cancelled', message: expect.stringContaining('stopped') },
    })
  })

  it('that nobody fetches, or that is cancelled before, fails in words', async () => {
    const late = await begin()
    await expect(late.opening).rejects.toMatchObject({
      fault: { code: 'unavailable', hint: expect.stringContaining('allow') },
    })
    expect((await get(late.url)).status).toBe(404)
    const cancel = new AbortController()
    const { url, opening } = await begin(cancel.signal)
    cancel.abort()
    await expect(opening).rejects.toMatchObject({ fault: { code: 'cancelled' } })
    expect((await get(url)).status).toBe(404)
  })

  it('cannot be given a path', async () => {
    await expect(downloads.saveFile({ ...request, path: '/etc/passwd' })).rejects.toMatchObject({
      fault: { code: 'refused' },
    })
  })
})
