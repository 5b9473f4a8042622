// The thread that reads a log: unpacking, parsing and masking keep nobody else waiting. What leaves it is rows, in parts.
import { parentPort } from 'node:worker_threads'
import { Failure, toFault } from '../../core/fault.ts'
import { type FromReader, memoryOf, type ReadingTask, type ToReader } from './protocol.ts'
import { newHasher } from './read.ts'
import { Reading } from './reading.ts'
import { loadRedaction, redactSql, redactText } from './redaction.ts'
import { RowMemory } from './rowMemory.ts'
import { beginningWith, LongRead } from './sameLog.ts'
import { unpack } from './unpack/unpack.ts'

if (parentPort === null) throw new Error('This is the program of a worker.')
const port = parentPort
/** Larger pieces were slower. */
const chunkBytes = 131_072
/** Parts that are made before the first of them is committed. */
let allowed = 2
/** How often it is told how far it is, in bytes. */
const toldBytes = 2_097_152

/** Of rows that were committed, for those that follow. */
const memory = new RowMemory()
let paused = false
let wake = Promise.withResolvers<void>()
const sent: ToReader[] = []
const asked = Promise.withResolvers<ReadingTask>()

// Nobody but reader.ts, in the same program, sends anything.
port.on('message', (message: ToReader) => {
  if (message.kind === 'task') asked.resolve(message.task)
  else if (message.kind === 'next') {
    allowed += 1
    memory.give(message.memory)
  } else if (message.kind === 'pause') paused = message.paused
  else sent.push(message)
  wake.resolve()
})

function say(message: FromReader, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

/** Waits for a message. */
async function change(): Promise<void> {
  wake = Promise.withResolvers()
  await wake.promise
}

let packedRead = 0
/** Null where the bytes are sent. */
let file: LongRead | null = null

/** The bytes as they are packed. */
async function* packed(): AsyncGenerator<Uint8Array> {
  if (file !== null) {
    for await (const bytes of file.chunks(chunkBytes)) {
      packedRead += bytes.length
      yield bytes
    }
    return
  }
  for (;;) {
    const message = sent.shift()
    if (message === undefined) await change()
    else if (message.kind === 'end') return
    else if (message.kind === 'failed') throw new Failure(message.fault)
    else if (message.kind === 'chunk') {
      say({ kind: 'wanted' })
      packedRead += message.bytes.length
      yield message.bytes
    }
  }
}

async function commit(reading: Reading, isEnd: boolean): Promise<void> {
  await file?.requireSame()
  const batch = reading.batch(isEnd)
  allowed -= 1
  say(batch, memoryOf(batch))
  while (!isEnd && allowed <= 0) await change()
}

async function read(): Promise<void> {
  await loadRedaction()
  const task = await asked.promise
  if (task.path !== null) file = await LongRead.open(task.path)
  const { format, prefix, timeZone, writtenBy } = task
  const reading = new Reading(task, memory, {
    format,
    prefix,
    timeZone,
    writtenBy,
    redact: redactSql,
    redactText,
    newHasher,
    inOrder: false,
  })
  let told = 0
  const unpacked = unpack(packed(), (loss) => void reading.losses.push(loss))
  for await (const chunk of beginningWith(unpacked, task.beginning)) {
    const step = reading.push(chunk)
    if (step === 'differs') return say({ kind: 'differs' })
    if (step === 'verified') say({ kind: 'verified' })
    if (reading.read - told >= toldBytes) {
      told = reading.read
      say({ kind: 'progress', phase: reading.isShorter ? 'verifying' : 'importing', read: reading.read, packedRead })
    }
    if (reading.isFull) await commit(reading, false)
    while (paused) await change()
  }
  const isKnown = task.known !== null && (reading.isShorter || (reading.read === task.known.to && task.known.isEnd))
  if (isKnown) say({ kind: 'nothing new', read: reading.read })
  else await commit(reading, true)
}

read()
  .catch((thrown: unknown) => say({ kind: 'fault', fault: toFault(thrown) }))
  // It ends with its last message; what it waits for would keep it.
  .finally(async () => {
    await file?.close()
    port.close()
  })
