import { open } from 'node:fs/promises'
import { toFault } from '../../core/fault.ts'
import type { Erased } from '../../core/history/contract.ts'
import type { Cache } from '../cache/open.ts'
import type { Reader } from './reader.ts'

/** Of a file, in memory at once. */
const chunkBytes = 4 * 1024 * 1024

/**
 * Takes a text that no row holds any more out of the bytes of the cache's file. What is deleted is overwritten there, so
 * that mostly nothing is left to do. Where another program has changed the file without that, rows have left behind
 * what they were, in room that waits to be used again: then the file is written anew, and who records waits meanwhile.
 */
export async function eraseFromFile(cache: Cache, reader: Reader, secret: string): Promise<Pick<Erased, 'inFile'>> {
  await reader.ask('index', {})
  cache.db.pragma('wal_checkpoint(truncate)')
  if (!(await holds(cache.path, secret))) return { inFile: null }
  try {
    await reader.ask('rebuild', {})
  } catch (thrown) {
    // Such as a disk without room for a second file.
    return { inFile: toFault(thrown).message }
  }
  cache.db.pragma('wal_checkpoint(truncate)')
  const isLeft = await holds(cache.path, secret)
  return { inFile: isLeft ? 'It stands in what was left, or another pgSteward has the file open.' : null }
}

/** Does the text stand in the file, or in the log of writes beside it, also as JSON writes it? */
async function holds(path: string, secret: string): Promise<boolean> {
  const texts = [secret, JSON.stringify(secret).slice(1, -1)].map((text) => Buffer.from(text))
  return (await fileHolds(path, texts)) || (await fileHolds(`${path}-wal`, texts))
}

async function fileHolds(path: string, texts: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...texts.map((text) => text.length)) - 1
  const chunk = Buffer.alloc(overlap + chunkBytes)
  const file = await open(path).catch((thrown: unknown) => {
    // There is no log of writes where nothing was written.
    if (toFault(thrown).code === 'ENOENT') return null
    throw thrown
  })
  if (file === null) return false
  try {
    for (let kept = 0; ; ) {
      const { bytesRead } = await file.read(chunk, kept, chunkBytes)
      if (bytesRead === 0) return false
      const looked = chunk.subarray(0, kept + bytesRead)
      if (texts.some((text) => looked.includes(text))) return true
      kept = Math.min(overlap, looked.length)
      looked.copy(chunk, 0, looked.length - kept)
    }
  } finally {
    await file.close()
  }
}
