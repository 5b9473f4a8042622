import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Failure, toFault } from '../../core/fault.ts'
import { type Batch, type FromReader, memoryOf, type ReadingTask, type ToReader } from './protocol.ts'

/** A thread of its own that reads one log. */
export interface LogReader {
  /** @param bytes the log as it is packed, where the thread cannot open it by its path */
  read(task: ReadingTask, bytes: AsyncIterable<Uint8Array> | null): void
  /** What it says, in order. Ends with `nothing new`, `differs`, a `fault`, or the batch that is the end. */
  messages(): AsyncGenerator<FromReader>
  /** A part is committed; nobody reads its rows any more. */
  next(committed: Batch): void
  pause(paused: boolean): void
  /** Ends it, wherever it is. */
  close(): Promise<void>
}

/** In the tests the worker is its source; in the program a file beside what calls it, or above its chunk. */
const places = ['./worker.ts', './logsWorker.js', '../logsWorker.js']

/**
 * What is read is soon forgotten: with little room for it, it is swept away the sooner. V8 lets the old generation grow to
 * four times what lives in it before it sweeps there, but to less where its limit is lower; what lives is some 30 MB.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1_024 }

/** Pieces that are sent to the thread before it has asked for them. */
const ahead = 8

/** The thread gets ready at once, before it is known what it is to read: its program takes a while to load. */
export function startReader(): LogReader {
  const worker = new Worker(fileOfWorker(), { resourceLimits })
  const said: FromReader[] = []
  let wake = Promise.withResolvers<void>()
  let gone: Failure | null = null
  let closed = false
  let credit = ahead
  let credited = Promise.withResolvers<void>()

  const tell = (message: ToReader): void => worker.postMessage(message)
  const lost = (failure: Failure): void => {
    gone ??= failure
    wake.resolve()
    credited.resolve()
  }
  worker.on('message', (message: FromReader) => {
    if (message.kind === 'wanted') {
      credit += 1
      credited.resolve()
      return
    }
    said.push(message)
    wake.resolve()
  })
  worker.on('error', (cause) => lost(ended(cause)))
  worker.on('exit', () => lost(ended(null)))
  async function feed(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        while (credit <= 0 && gone === null && !closed) {
          credited = Promise.withResolvers()
          await credited.promise
        }
        if (gone !== null || closed) return
        credit -= 1
        tell({ kind: 'chunk', bytes: chunk })
      }
      tell({ kind: 'end' })
    } catch (thrown) {
      tell({ kind: 'failed', fault: toFault(thrown) })
    }
  }

  return {
    read: (task, bytes) => {
      tell({ kind: 'task', task })
      if (bytes !== null) void feed(bytes)
    },
    messages: async function* () {
      for (;;) {
        const message = said.shift()
        if (message !== undefined) {
          yield message
          if (isLast(message)) return
        } else if (gone !== null) throw gone
        else {
          wake = Promise.withResolvers()
          await wake.promise
        }
      }
    },
    next: (committed) => {
      // Given back: of memory that is only dropped, a thread that is idle otherwise gathers 64 MB before it sweeps up.
      const memory = memoryOf(committed)
      worker.postMessage({ kind: 'next', memory } satisfies ToReader, memory)
    },
    pause: (paused) => tell({ kind: 'pause', paused }),
    close: async () => {
      closed = true
      credited.resolve()
      await worker.terminate()
    },
  }
}

function isLast(message: FromReader): boolean {
  return (message.kind === 'batch' && message.isEnd) || ['nothing new', 'differs', 'fault'].includes(message.kind)
}

function fileOfWorker(): URL {
  const urls = places.map((place) => new URL(place, import.meta.url))
  const found = urls.find((url) => existsSync(fileURLToPath(url)))
  if (found === undefined) throw new Failure({ code: 'internal', message: 'The program that reads logs is missing.' })
  return found
}

function ended(cause: Error | null): Failure {
  const detail = cause === null ? {} : { detail: cause.message }
  const hint = 'What was committed stays. Import the log again: it goes on there.'
  return new Failure(
    { code: 'internal', message: 'The thread that reads the log has ended unexpectedly.', hint, ...detail },
    { cause },
  )
}
