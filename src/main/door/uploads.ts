import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../../core/fault.ts'
import type { Receiving } from '../host.ts'

/** Files that the window sends while they are read, each once, to a link that nobody can guess. */
export interface Uploads {
  receiveFile(signal: AbortSignal): Receiving
  /**
   * Takes the body of a request to this link. Comes back when it was read, or when whoever reads it has enough: what is left
   * of the body is not read then. False where nobody waits for it.
   */
  take(path: string, body: AsyncIterable<Uint8Array>): Promise<boolean>
}

export const uploadPrefix = '/upload/'

/** How long the window may take to send a file that it was asked for, in milliseconds. */
const patienceMs = 60_000

/** What is read ahead of whoever uses it. */
const aheadBytes = 1_048_576

export function createUploads(waitMs = patienceMs): Uploads {
  const waiting = new Map<string, (body: AsyncIterable<Uint8Array>) => Promise<void>>()

  return {
    receiveFile: (signal) => {
      const token = randomBytes(32).toString('base64url')
      const begun = Promise.withResolvers<Readable>()
      // Whoever stops waiting for it is told by its own signal.
      begun.promise.catch(() => {})
      const stop = (failure: Failure): void => {
        waiting.delete(token)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        begun.reject(failure)
      }
      const cancel = (): void => stop(new Failure({ code: 'cancelled', message: 'Cancelled.' }))
      const timer = setTimeout(() => stop(notSent(waitMs)), waitMs)
      waiting.set(token, async (body) => {
        waiting.delete(token)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        const taken = new PassThrough({ highWaterMark: aheadBytes })
        begun.resolve(taken)
        // Cut by either end: who reads is told by the stream.
        await pipeline(Readable.from(body, { objectMode: false }), taken, { signal }).catch(() => {})
      })
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
      return { url: uploadPrefix + token, body: begun.promise }
    },
    take: async (path, body) => {
      const begin = waiting.get(path.slice(uploadPrefix.length))
      if (begin === undefined) return false
      await begin(body)
      return true
    },
  }
}

function notSent(waitMs: number): Failure {
  return new Failure({
    code: 'unavailable',
    message: `The window has not begun to send the file within ${waitMs / 1000} s.`,
    hint: 'Was the file moved or deleted after it was chosen? Choose it again.',
  })
}
