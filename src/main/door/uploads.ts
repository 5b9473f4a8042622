import { randomBytes } from 'node:crypto'
import { addAbortSignal, PassThrough, type Readable } from 'node:stream'
import { Failure } from '../../core/fault.ts'
import type { Receiving } from '../host.ts'

/** Files that the window sends while they are read, each once, to a link that nobody can guess. */
export interface Uploads {
  receiveFile(signal: AbortSignal): Receiving
  /**
   * Takes the body of a request to this link, and comes back when the window has sent all of it, or has stopped sending. What
   * nobody wants, or wants any more, is read too, and dropped: a request that is cut is sent once more by some browsers, and
   * told to the console as an error by all of them.
   *
   * @returns whether somebody waited for it
   */
  take(path: string, body: AsyncIterable<Uint8Array>): Promise<boolean>
}

export const uploadPrefix = '/upload/'

/** How long the window may take to send a file that it was asked for, in milliseconds. */
const patienceMs = 60_000

/** What is read ahead of whoever uses it. */
const aheadBytes = 1_048_576

export function createUploads(waitMs = patienceMs): Uploads {
  const waiting = new Map<string, (taken: Readable) => void>()

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
      waiting.set(token, (taken) => {
        waiting.delete(token)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        begun.resolve(addAbortSignal(signal, taken))
      })
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
      return { url: uploadPrefix + token, body: begun.promise }
    },
    take: async (path, body) => {
      const begin = waiting.get(path.slice(uploadPrefix.length))
      const taken = new PassThrough({ highWaterMark: aheadBytes })
      // Whoever reads it is told by reading. The others want nothing of it.
      taken.on('error', () => {})
      if (begin === undefined) taken.destroy()
      else begin(taken)
      await pour(body, taken)
      return begin !== undefined
    },
  }
}

/** As fast as it is read; as fast as it comes once nobody reads it any more. */
async function pour(body: AsyncIterable<Uint8Array>, taken: PassThrough): Promise<void> {
  try {
    for await (const piece of body) {
      if (taken.destroyed || taken.write(piece)) continue
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          taken.off('drain', goOn).off('close', goOn)
          resolve()
        }
        taken.on('drain', goOn).on('close', goOn)
      })
    }
    taken.end()
  } catch (cause) {
    taken.destroy(notSentWhole(cause))
  }
}

function notSent(waitMs: number): Failure {
  return new Failure({
    code: 'unavailable',
    message: `The window has not begun to send the file within ${waitMs / 1000} s.`,
    hint: 'Was the file moved or deleted after it was chosen? Choose it again.',
  })
}

function notSentWhole(cause: unknown): Failure {
  return new Failure(
    {
      code: 'unavailable',
      message: 'The window has not sent the whole file.',
      hint: 'Was the file changed, moved or deleted after it was chosen? Choose it again: what was imported of it stays.',
    },
    { cause },
  )
}
