import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect as connectTo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { call } from '../../../src/core/call.ts'
import { startWeb, type Web } from '../../../src/main/door/loopback.ts'
import { enter } from './transports.ts'

const contract = { trial: { hold: call(z.strictObject({})).returns<null>() } }
const services = { trial: { hold: () => new Promise<null>(() => undefined) } }

let folder: string
let web: Web
let cookie: string
let host: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-door-'))
  await mkdir(join(folder, 'renderer/assets'), { recursive: true })
  await writeFile(join(folder, 'renderer/index.html'), '<!doctype html><title>pgSteward</title>')
  await writeFile(join(folder, 'renderer/assets/main.js'), 'main()')
  await writeFile(join(folder, 'secret.json'), 'secret')
  web = await startWeb({ contract, services, rendererFolder: join(folder, 'renderer') })
  cookie = await enter(web.link)
  host = new URL(web.url).host
})
afterAll(async () => {
  await web.close()
  await rm(folder, { recursive: true })
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A request as it is written here: no client library normalises the path or the headers. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(web.url)
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { host, ...headers } },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end()
  })
}

/** 101 for an upgrade that is taken, else the status of the refusal. */
function upgrade(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${web.url.replace('http', 'ws')}${path}`, { headers })
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('unexpected-response', (_request, response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    // After a refusal that was reported above, ws also emits an error for the socket that never opened.
    socket.on('error', () => undefined)
  })
}

describe('who is let in', () => {
  it('gives a cookie for the token that no script reads and no other site sends, and sends the token away', async () => {
    const { status, headers, body } = await ask(new URL(web.link).pathname + new URL(web.link).search)
    expect(status).toBe(303)
    expect(headers.location).toBe('/')
    expect(headers['set-cookie']).toHaveLength(1)
    const [pair, ...flags] = (headers['set-cookie']?.[0] ?? '').split('; ')
    expect(flags.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict'])
    expect(pair).toMatch(/^pgsteward-\d+=[\w-]{43}$/)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('no-referrer')
    const token = new URL(web.link).searchParams.get('token') ?? ''
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(pair).not.toContain(token)
    expect(JSON.stringify(headers) + body).not.toContain(token)
  })

  it('hands out the window to the cookie', async () => {
    const { status, headers, body } = await ask('/', { cookie })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toContain('<title>pgSteward</title>')
    expect((await ask('/assets/main.js', { cookie })).headers['cache-control']).toContain('immutable')
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  it('finds the cookie among others', async () => {
    expect((await ask('/', { cookie: `a=b; ${cookie}; pgsteward-1=x` })).status).toBe(200)
  })

  it.each(['/', '/index.html', '/assets/main.js', '/missing.js', '/wire'])('keeps %s from a stranger', async (path) => {
    const { status, body } = await ask(path)
    expect(status).toBe(401)
    expect(body).toContain('Open the link')
  })

  it.each([
    ['a wrong token', () => '/?token=wrong'],
    ['no token', () => '/?token='],
    ['a token of the right length', () => `/?token=${'A'.repeat(43)}`],
    ['the token at another path', () => `/index.html${new URL(web.link).search}`],
    ['the value of the cookie as the token', () => `/?token=${cookie.split('=')[1]}`],
  ])('refuses %s', async (_what, path) => {
    const { status, headers } = await ask(path())
    expect(status).toBe(401)
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('refuses the token as the cookie, and a cookie of another door', async () => {
    const [name = ''] = cookie.split('=')
    const token = new URL(web.link).searchParams.get('token') ?? ''
    expect((await ask('/', { cookie: `${name}=${token}` })).status).toBe(401)
    const other = await startWeb({ contract, services, rendererFolder: folder })
    onTestFinished(() => other.close())
    expect((await ask('/', { cookie: await enter(other.link) })).status).toBe(401)
    expect((await ask('/', { cookie: cookie.toUpperCase() })).status).toBe(401)
    expect((await ask('/', { cookie: name })).status).toBe(401)
  })

  it('takes a link that may be read by others once', async () => {
    const link = web.mintLink()
    expect(await enter(link)).toBe(cookie)
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401)
    expect(await enter(web.link)).toBe(cookie)
  })
})

describe('who is turned away', () => {
  const foreignHosts = () => ['rebound.example', `rebound.example:${web.url.split(':')[2]}`, '127.0.0.1', 'localhost:1']

  it('answers to its own names alone, with or without the cookie', async () => {
    for (const foreign of foreignHosts()) {
      const { status, body } = await ask('/', { cookie, host: foreign })
      expect(status, foreign).toBeGreaterThanOrEqual(400)
      expect(body).not.toContain('<title>')
    }
    expect((await ask('/', { cookie, host: 'rebound.example' })).status).toBe(421)
    const { search } = new URL(web.link)
    const rebound = await ask(`/${search}`, { host: 'rebound.example' })
    expect(rebound).toMatchObject({ status: 421 })
    expect(rebound.headers['set-cookie']).toBeUndefined()
    expect((await ask('/', { cookie, host: host.replace('127.0.0.1', 'localhost') })).status).toBe(200)
  })

  it('answers no request that would change something, from another site or its own', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect((await ask('/', { cookie }, method)).status).toBe(403)
      expect((await ask('/', { cookie, origin: 'https://evil.example' }, method)).status).toBe(403)
      expect((await ask('/', { cookie, origin: 'null' }, method)).status).toBe(403)
      expect((await ask('/', { cookie, origin: web.url }, method)).status).toBe(405)
    }
  })

  it('opens the wire to its own page with the cookie, and to nobody else', async () => {
    const origin = web.url
    expect(await upgrade('/wire', { cookie, origin })).toBe(101)
    expect(await upgrade('/wire', { origin })).toBe(401)
    expect(await upgrade('/wire', { cookie: `${cookie}x`, origin })).toBe(401)
    expect(await upgrade('/wire', { cookie })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: 'null' })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: `${origin}0` })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: origin.replace('http', 'https') })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: origin.replace('127.0.0.1', 'localhost') })).toBe(403)
    expect(await upgrade('/wire', { cookie, origin: 'http://rebound.example', host: 'rebound.example' })).toBe(421)
    expect(await upgrade('/', { cookie, origin })).toBe(404)
    expect(await upgrade(`/wire${new URL(web.link).search}`, { origin })).toBe(401)
  })

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/..%2f..%2f..%2fsecret.json',
    '/..%5csecret.json',
    '//secret.json',
    'http://127.0.0.1/../secret.json',
  ])('keeps to its folder at %s', async (path) => {
    const { status, body } = await ask(path, { cookie })
    expect(status).toBe(404)
    expect(body).not.toContain('secret')
  })
})

describe('what every answer says', () => {
  it.each([
    ['the window', '/', true],
    ['a file', '/assets/main.js', true],
    ['a refusal', '/', false],
    ['what is missing', '/missing.js', true],
  ])('%s', async (_what, path, inside) => {
    const { headers } = await ask(path, inside ? { cookie } : {})
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/script-src 'self';/)
    expect(policy).toMatch(/frame-ancestors 'none'/)
    expect(policy).not.toContain('unsafe-eval')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('where it answers', () => {
  it('is on no address that another machine could reach', async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    const elsewhere = ['::1', ...addresses.map(({ address }) => address)]
    for (const address of elsewhere) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connectTo({ host: address, port: Number(new URL(web.url).port) })
        socket.on('connect', () => {
          socket.destroy()
          resolve(true)
        })
        socket.on('error', () => resolve(false))
      })
      expect(reached, address).toBe(false)
    }
  })

  it('says so when the port is taken', async () => {
    const port = Number(new URL(web.url).port)
    await expect(startWeb({ contract, services, rendererFolder: folder, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('frees its port and cuts its wires when it closes', async () => {
    const other = await startWeb({ contract, services, rendererFolder: folder })
    const otherCookie = await enter(other.link)
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/wire`, {
      headers: { cookie: otherCookie, origin: other.url },
    })
    await new Promise((resolve) => socket.on('open', resolve))
    socket.send(JSON.stringify({ kind: 'call', id: 1, name: 'trial.hold', input: {} }))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await other.close()
    await closed
    await expect(fetch(other.url)).rejects.toThrow()
  })

  it('hangs up on a binary message, and on one that is too long, before it is read', async () => {
    const headers = { cookie, origin: web.url }
    const url = `${web.url.replace('http', 'ws')}/wire`
    const binary = new WebSocket(url, { headers })
    binary.on('open', () => binary.send(Buffer.from('{}')))
    await new Promise((resolve) => binary.on('close', resolve))

    const { port } = new URL(web.url)
    const raw = connectTo({ host: '127.0.0.1', port: Number(port) })
    onTestFinished(() => void raw.destroy())
    raw.write(
      `GET /wire HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${web.url}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    let received = Buffer.alloc(0)
    raw.on('data', (part: Buffer) => {
      received = Buffer.concat([received, part])
      const accepted = received.includes('\r\n\r\n') && received.indexOf('\r\n\r\n') + 4 === received.length
      if (!accepted) return
      const header = Buffer.alloc(14) // A masked text frame that announces one gigabyte.
      header[0] = 0x81
      header[1] = 0xff
      header.writeBigUInt64BE(1024n ** 3n, 2)
      raw.write(header)
    })
    await new Promise((resolve) => raw.on('close', resolve))
    const close = received.subarray(received.indexOf('\r\n\r\n') + 4)
    expect(close.readUInt16BE(2)).toBe(1009)
  })
})
