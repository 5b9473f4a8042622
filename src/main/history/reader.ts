import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Failure } from '../../core/fault.ts'
import {
  type Answer,
  cancelledSlot,
  cancelledSlots,
  type Question,
  type QuestionName,
  type Questions,
  type WorkerData,
} from './protocol.ts'

/** Asks the thread that searches the cache. */
export interface Reader {
  /** @throws Failure `cancelled` when the signal aborts, which also stops the search in the thread */
  ask<Name extends QuestionName>(
    name: Name,
    input: Questions[Name]['input'],
    signal?: AbortSignal,
  ): Promise<Questions[Name]['output']>
  /** Something was written: it is worked into the index a moment later, if the thread runs by then. */
  changed(): void
  close(): Promise<void>
}

/** In the tests the worker is its source; in the program a file beside what calls it, or above its chunk. */
const places = ['./worker.ts', './historyWorker.js', '../historyWorker.js']

/** What was written is worked in after so long a rest, in milliseconds. */
const restMs = 1_500

interface Waiting {
  resolve(output: unknown): void
  reject(failure: Failure): void
}

/** @param path the cache's file */
export function createReader(path: string): Reader {
  const cancelled = new SharedArrayBuffer(cancelledSlots * Int32Array.BYTES_PER_ELEMENT)
  const stops = new Int32Array(cancelled)
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let questions = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function start(): Worker {
    const workerData: WorkerData = { path, cancelled }
    const started = new Worker(fileOfWorker(), { workerData })
    // It keeps no program running; what waits for an answer of it does.
    started.unref()
    started.on('message', (answer: Answer) => settle(answer))
    started.on('error', (cause) => ended(started, cause))
    started.on('exit', () => ended(started, null))
    return started
  }

  function settle(answer: Answer): void {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker?.unref()
    if ('fault' in answer) asked?.reject(new Failure(answer.fault))
    else asked?.resolve(answer.output)
  }

  /** The next question starts another one. */
  function ended(which: Worker, cause: Error | null): void {
    if (worker !== which) return
    worker = null
    for (const asked of waiting.values()) asked.reject(gone(cause))
    waiting.clear()
  }

  return {
    ask: (name, input, signal) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Failure({ code: 'unavailable', message: 'pgSteward is ending.' })
        if (signal?.aborted) throw stoppedAsking()
        questions += 1
        const id = questions
        const stop = (): void => {
          Atomics.store(stops, cancelledSlot(id), id)
          if (waiting.delete(id)) reject(stoppedAsking())
        }
        const done =
          <T>(then: (value: T) => void) =>
          (value: T): void => {
            signal?.removeEventListener('abort', stop)
            then(value)
          }
        // The worker answers each question with what `Questions` says of its name.
        waiting.set(id, { resolve: done(resolve as (output: unknown) => void), reject: done(reject) })
        signal?.addEventListener('abort', stop, { once: true })
        worker ??= start()
        worker.ref()
        worker.postMessage({ id, name, input } as Question)
      }),
    changed: () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (worker === null || closed) return
        questions += 1
        worker.postMessage({ id: questions, name: 'index', input: {} } satisfies Question)
      }, restMs)
      timer.unref()
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      await worker?.terminate()
    },
  }
}

function fileOfWorker(): URL {
  const urls = places.map((place) => new URL(place, import.meta.url))
  const found = urls.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Failure({ code: 'internal', message: 'The program that searches is missing.' })
  return found
}

function stoppedAsking(): Failure {
  return new Failure({ code: 'cancelled', message: 'Cancelled.' })
}

function gone(cause: Error | null): Failure {
  const detail = cause === null ? {} : { detail: cause.message }
  return new Failure(
    { code: 'internal', message: 'The search has ended unexpectedly. Try again.', ...detail },
    { cause },
  )
}
