import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Hasher } from '../../core/logs/lines.ts'
import { type OnLoss, unpack } from './unpack/unpack.ts'

/** Larger pieces were slower. */
const chunkBytes = 131_072

/** The bytes of a log, unpacked, in pieces. */
export function readLog(file: string, signal?: AbortSignal, onLoss?: OnLoss): AsyncGenerator<Uint8Array> {
  const options = { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) }
  return unpack(createReadStream(file, options), onLoss)
}

/** Of a beginning that is looked at: who reads the whole log is told what is missing. */
export const forgotten: OnLoss = () => undefined

/** The beginning of a log, unpacked, up to `bytes`, cut at the end of a line where there is one. */
export async function beginningOf(file: string, bytes: number, signal?: AbortSignal): Promise<string> {
  return wholeLines(await firstBytes(readLog(file, signal, forgotten), bytes), bytes)
}

/** The first bytes of an unpacked log; fewer where it has no more. */
export async function firstBytes(unpacked: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of unpacked) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= bytes) break
  }
  return Buffer.concat(chunks).subarray(0, bytes)
}

/** As text, without a last line that was cut where `bytes` were asked for. */
export function wholeLines(beginning: Uint8Array, bytes: number): string {
  const text = Buffer.from(beginning).toString('utf8')
  const end = beginning.length >= bytes ? text.lastIndexOf('\n') : -1
  return end < 0 ? text : text.slice(0, end)
}

export function newHasher(): Hasher {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
}
