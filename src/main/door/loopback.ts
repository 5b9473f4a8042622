import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Contract } from '../../core/call.ts'
import { type Services, serve } from '../../core/wire.ts'
import { type Admission, createAdmission } from './admission.ts'
import { type Downloads, downloadPrefix } from './downloads.ts'
import { contentSecurityPolicy, readPage } from './pages.ts'
import { socketWire } from './socketWire.ts'
import { type Uploads, uploadPrefix } from './uploads.ts'

export interface WebOptions<C extends Contract> {
  contract: C
  services: Services<C>
  /** The built window: `index.html` and what it loads. */
  rendererFolder: string
  /** Files that the services hand out; none without it. */
  downloads?: Downloads
  /** Files that the services wait for; none without it. */
  uploads?: Uploads
  /** Any free one when absent or 0. */
  port?: number
}

export interface Web {
  /** Where it answers, without a token: `http://127.0.0.1:40123`. */
  readonly url: string
  /** The link that lets a browser in, for as long as the door is open. */
  readonly link: string
  /** A link that lets a browser in once, for an argument that other users of the machine may read. */
  mintLink(): string
  /** Cuts every wire, which ends the calls on it, and frees the port. */
  close(): Promise<void>
}

/** The longest script that the contract takes, as UTF-8 with its quotes and line ends escaped, and some. */
const maxMessageBytes = 400 * 1024 * 1024

/**
 * Opens the browser door: the window's files and the wire, on 127.0.0.1 alone.
 *
 * @throws Error for a port that is taken (`EADDRINUSE`) or not allowed (`EACCES`)
 */
export async function startWeb<C extends Contract>(options: WebOptions<C>): Promise<Web> {
  // A log is sent as fast as it is imported, which may take longer than any limit.
  const server = createServer({ requestTimeout: 0 })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port ?? 0, exclusive: true }, () => {
      server.off('error', reject)
      resolve(portOf(server.address()))
    })
  })

  const url = `http://127.0.0.1:${port}`
  const admission = createAdmission(port)
  server.on('request', (request, response) => {
    answer(request, response, admission, options).catch((error: unknown) => {
      // The file system failed under us. What it says may name folders of this machine, so the terminal alone gets it.
      process.emitWarning(error instanceof Error ? error : String(error))
      if (response.headersSent) response.destroy()
      else say(response, 500, 'The file could not be read. The terminal of pgSteward says why.')
    })
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOfUpgrade(request, admission)
    if (refusal !== null) refuseUpgrade(socket, refusal)
    else {
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        serve(socketWire(accepted), options.contract, options.services)
      })
    }
  })

  return {
    url,
    link: `${url}/?token=${admission.token}`,
    mintLink: () => `${url}/?token=${admission.mintPass()}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await closed
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.')
  return address.port
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
  { rendererFolder, downloads, uploads }: Pick<WebOptions<Contract>, 'rendererFolder' | 'downloads' | 'uploads'>,
) {
  for (const [name, value] of Object.entries(headersFor(request))) response.setHeader(name, value)
  if (!admission.isForUs(request)) return say(response, 421, 'pgSteward does not answer to this name.')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (!admission.isFromUs(request)) return say(response, 403, 'pgSteward does not answer to another site.')
    if (request.method === 'POST' && request.url?.startsWith(uploadPrefix) === true) {
      if (!admission.holdsCookie(request)) return say(response, 401, 'This browser was not let in.')
      if (uploads === undefined) return say(response, 404, 'No file is taken here.')
      // That nobody waits for it any more is no fault of the window's.
      if (await uploads.take(request.url, request)) return say(response, 200, 'Read.')
      response.statusCode = 204
      response.end()
      return
    }
    response.setHeader('Allow', 'GET, HEAD')
    return say(response, 405, 'pgSteward hands out files here and takes none.')
  }

  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const parameters = new URLSearchParams(query)
  if (path === '/' && parameters.has('token') && admission.admits(parameters)) {
    response.setHeader('Set-Cookie', admission.cookie)
    response.setHeader('Location', '/') // So that the token is in no history and no bookmark.
    return say(response, 303, 'Come in.')
  }
  if (!admission.holdsCookie(request)) {
    return say(response, 401, 'Open the link that pgSteward has printed in its terminal: it lets this browser in.')
  }

  if (path.startsWith(downloadPrefix)) {
    // HEAD would use up the link and get nothing for it.
    if (request.method === 'GET' && downloads?.answer(path, response) === true) return
    return say(response, 404, 'This file was fetched already, or is not waited for any more. Export it again.')
  }

  const page = await readPage(rendererFolder, path)
  if (page === null) return say(response, 404, 'There is no such file.')
  response.setHeader('Content-Type', page.type)
  response.setHeader('Content-Length', page.body.length)
  if (page.immutable) response.setHeader('Cache-Control', 'private, max-age=31536000, immutable')
  response.end(request.method === 'HEAD' ? undefined : page.body)
}

function headersFor(request: IncomingMessage): Record<string, string> {
  return {
    // Some browsers do not count the WebSocket of the same host as 'self'.
    'Content-Security-Policy': contentSecurityPolicy(`ws://${request.headers.host ?? ''}`),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'Cache-Control': 'no-store',
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}

function refusalOfUpgrade(request: IncomingMessage, admission: Admission): string | null {
  if (!admission.isForUs(request)) return '421 Misdirected Request'
  if (!admission.isFromUs(request)) return '403 Forbidden'
  if (!admission.holdsCookie(request)) return '401 Unauthorized'
  return request.url === '/wire' ? null : '404 Not Found'
}

function refuseUpgrade(socket: Duplex, status: string): void {
  // Whoever is refused may be gone already, and that is as well.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
