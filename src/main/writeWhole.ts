import { createHash } from 'node:crypto'
import type { SaveTarget } from './host.ts'

/** Takes bytes, and comes back when there is room for more. They may be used again afterwards. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>

export interface Written<T> {
  value: T
  /** Of the file, in hex. */
  sha256: string
}

/**
 * Writes a file whole or not at all: it stands under its name when `work` is done, and nothing of it stays where that
 * throws or the signal aborts.
 */
export async function writeWhole<T>(
  target: SaveTarget,
  signal: AbortSignal,
  work: (write: WriteBytes) => Promise<T>,
): Promise<Written<T>> {
  const hash = createHash('sha256')
  const sink = await target.open(signal)
  try {
    const value = await work(async (bytes) => {
      hash.update(bytes)
      await sink.write(bytes)
    })
    signal.throwIfAborted()
    await sink.commit()
    return { value, sha256: hash.digest('hex') }
  } catch (thrown) {
    await sink.abort()
    throw thrown
  }
}
