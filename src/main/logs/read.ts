import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Failure } from '../../core/fault.ts'
import type { Hasher } from '../../core/logs/lines.ts'

/** Larger pieces were slower. */
const chunkBytes = 131_072

/** How a file is packed, by its first bytes. */
export type Packing = 'plain' | 'gzip' | 'zstd'

const refusedPackings: readonly { name: string; magic: readonly number[] }[] = [
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
]

/** @throws Failure `refused` for a packing that cannot be read */
export function packingOf(head: Uint8Array): Packing {
  const begins = (magic: readonly number[]): boolean => magic.every((byte, index) => head[index] === byte)
  if (begins([0x1f, 0x8b])) return 'gzip'
  if (begins([0x28, 0xb5, 0x2f, 0xfd])) return 'zstd'
  const refused = refusedPackings.find(({ magic }) => begins(magic))
  if (refused === undefined) return 'plain'
  throw new Failure({
    code: 'refused',
    message: `The file is packed with ${refused.name}, which cannot be read here.`,
    hint: 'Unpack it, or pack it with gzip or zstd.',
  })
}

/** The bytes of a log, unpacked, in pieces. */
export async function* readLog(file: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* unpack(createReadStream(file, { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) }))
}

/** The same of bytes from anywhere; how they are packed is told by the first of them. */
export async function* unpack(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, all } = await beginOf(packed, 16)
  const packing = packingOf(head)
  if (packing === 'plain') {
    yield* all
    return
  }
  const unpacker =
    packing === 'gzip' ? createGunzip({ chunkSize: chunkBytes }) : createZstdDecompress({ chunkSize: chunkBytes })
  const source = Readable.from(all, { objectMode: false })
  source.on('error', (error) => unpacker.destroy(error))
  try {
    yield* source.pipe(unpacker)
  } finally {
    source.destroy()
    unpacker.destroy()
  }
}

/** The first bytes of a stream, fewer where it has no more, and the whole of it. */
async function beginOf(
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const iterator = stream[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let length = 0
  while (length < bytes) {
    const { done, value } = await iterator.next()
    if (done === true) break
    first.push(value)
    length += value.length
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* first
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { head: Buffer.concat(first).subarray(0, bytes), all: all() }
}

/** The beginning of a log, unpacked, up to `bytes`, cut at the end of a line where there is one. */
export async function beginningOf(file: string, bytes: number, signal?: AbortSignal): Promise<string> {
  return wholeLines(await firstBytes(readLog(file, signal), bytes), bytes)
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
