import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
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
  const packing = packingOf(await headOf(file, 16))
  const packed = createReadStream(file, { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) })
  yield* unpacked(packed, packing)
}

function unpacked(packed: Readable, packing: Packing): AsyncIterable<Uint8Array> {
  if (packing === 'plain') return packed
  const unpacker =
    packing === 'gzip' ? createGunzip({ chunkSize: chunkBytes }) : createZstdDecompress({ chunkSize: chunkBytes })
  packed.on('error', (error) => unpacker.destroy(error))
  return packed.pipe(unpacker)
}

/** The beginning of a log, unpacked, up to `bytes`, cut at the end of a line where there is one. */
export async function beginningOf(file: string, bytes: number, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of readLog(file, signal)) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= bytes) break
  }
  const text = Buffer.concat(chunks).subarray(0, bytes).toString('utf8')
  const end = length >= bytes ? text.lastIndexOf('\n') : -1
  return end < 0 ? text : text.slice(0, end)
}

async function headOf(file: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

export function newHasher(): Hasher {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') }
}
