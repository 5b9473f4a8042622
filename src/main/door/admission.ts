import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * Decides who may enter the browser door. A page of another site can make the browser call on this machine's
 * ports, and any program of this machine can; only who holds the link gets in.
 */
export interface Admission {
  /** In the link that is printed; good for as long as the door is open. */
  readonly token: string
  /** In the link that is handed to a browser as an argument, where other users may read it: good once. */
  mintPass(): string
  /** Whether the token or an unused pass stands in the query; uses up the pass. */
  admits(query: URLSearchParams): boolean
  /** The header that lets the browser back in. */
  readonly cookie: string
  holdsCookie(request: IncomingMessage): boolean
  /** A name that was rebound to this address shows in Host. */
  isForUs(request: IncomingMessage): boolean
  /** A page of another site shows in Origin, which browsers send with every upgrade and every POST. */
  isFromUs(request: IncomingMessage): boolean
}

const secret = (): string => randomBytes(32).toString('base64url')

function same(given: string, expected: string): boolean {
  const left = Buffer.from(given)
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}

export function createAdmission(port: number): Admission {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  // Cookies do not tell ports apart; the name has to, so that two doors of one machine do not shut each other.
  const name = `pgsteward-${port}`
  const token = secret()
  const session = secret()
  const passes = new Set<string>()

  return {
    token,
    mintPass: () => {
      const pass = secret()
      passes.add(pass)
      return pass
    },
    admits: (query) => {
      const given = query.get('token') ?? ''
      if (same(given, token)) return true
      const pass = [...passes].find((known) => same(given, known))
      return pass !== undefined && passes.delete(pass)
    },
    cookie: `${name}=${session}; Path=/; HttpOnly; SameSite=Strict`,
    holdsCookie: (request) =>
      (request.headers.cookie ?? '')
        .split(';')
        .map((pair) => pair.trim().split('='))
        .some(([key, value = '']) => key === name && same(value, session)),
    isForUs: (request) => hosts.includes(request.headers.host ?? ''),
    isFromUs: (request) => request.headers.origin === `http://${request.headers.host}`,
  }
}
