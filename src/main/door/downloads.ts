import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Failure } from '../../core/fault.ts'
import type { SaveRequest, SaveTarget, Sink } from '../host.ts'

/** Files that the browser fetches while they are made, each once, by a link that nobody can guess. */
export interface Downloads {
  saveFile(request: SaveRequest): Promise<SaveTarget>
  /** Answers with the file behind this link; false where there is none, or it was fetched already. */
  answer(path: string, response: ServerResponse): boolean
}

export const downloadPrefix = '/download/'

/** How long the browser may take to ask for a file that it was told of, in milliseconds. */
const patienceMs = 60_000

export function createDownloads(waitMs = patienceMs): Downloads {
  const waiting = new Map<string, (response: ServerResponse) => void>()

  function openBy(token: string, request: SaveRequest, signal: AbortSignal): Promise<Sink> {
    return new Promise((resolve, reject) => {
      const stop = (failure: Failure): void => {
        waiting.delete(token)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        reject(failure)
      }
      const cancel = (): void => stop(new Failure({ code: 'cancelled', message: 'Cancelled.' }))
      const timer = setTimeout(() => stop(notFetched(waitMs)), waitMs)
      waiting.set(token, (response) => {
        waiting.delete(token)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
        resolve(new ResponseSink(response, request))
      })
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
    })
  }

  return {
    saveFile: async (request) => {
      if (request.path !== undefined) throw noPath()
      const token = randomBytes(32).toString('base64url')
      return {
        file: request.fileName,
        url: downloadPrefix + token,
        open: (signal) => openBy(token, request, signal),
      }
    },
    answer: (path, response) => {
      const begin = waiting.get(path.slice(downloadPrefix.length))
      begin?.(response)
      return begin !== undefined
    },
  }
}

/** Writes as fast as the browser takes it. A file that is not finished ends the connection, so that none is kept. */
class ResponseSink implements Sink {
  readonly #response: ServerResponse

  constructor(response: ServerResponse, { fileName, mediaType }: SaveRequest) {
    this.#response = response
    // It ends with the file, or by a cut, which the writing sees.
    response.on('error', () => {})
    response.setHeader('Content-Type', mediaType)
    response.setHeader('Content-Disposition', dispositionOf(fileName))
    response.flushHeaders()
  }

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve()
    return this.#untilTaken((taken) => this.#response.write(bytes, taken))
  }

  commit(): Promise<void> {
    return this.#untilTaken((taken) => this.#response.end(() => taken()))
  }

  #untilTaken(give: (taken: (error?: Error | null) => void) => void): Promise<void> {
    const response = this.#response
    return new Promise((resolve, reject) => {
      if (response.destroyed) {
        reject(stopped())
        return
      }
      const close = (): void => reject(stopped())
      response.once('close', close)
      give((error) => {
        response.off('close', close)
        if (error) reject(stopped())
        else resolve()
      })
    })
  }

  async abort(): Promise<void> {
    this.#response.destroy()
  }
}

/** @example dispositionOf('Übersicht.csv') // attachment; filename="_bersicht.csv"; filename*=UTF-8''%C3%9Cbersicht.csv */
function dispositionOf(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function noPath(): Failure {
  return new Failure({ code: 'refused', message: 'The browser chooses where its downloads go: no path can be named.' })
}

function notFetched(waitMs: number): Failure {
  return new Failure({
    code: 'unavailable',
    message: `The browser has not begun to fetch the file within ${waitMs / 1000} s.`,
    hint: 'Does it block downloads of this page, or wait for an answer? Then allow it, and export again.',
  })
}

function stopped(): Failure {
  return new Failure({
    code: 'cancelled',
    message: 'The browser has stopped the download before its end.',
    hint: 'Was it cancelled there, or is its disk full? Export again.',
  })
}
