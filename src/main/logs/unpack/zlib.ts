import { createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { type Bytes, Cut, Damaged } from './bytes.ts'

const chunkSize = 131_072

/** Handed over at once: what a hostile archive makes of it, some thousand times as much, has to fit in memory. */
const pieceBytes = { gzip: 16_384, zstd: 1_024 }

const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd]

/** All members of a gzip file. */
export function gunzip(bytes: Bytes): AsyncGenerator<Uint8Array> {
  return through(createGunzip({ chunkSize }), bytes, pieceBytes.gzip)
}

/** One raw stream; what follows it stays in `bytes`. */
export function inflate(bytes: Bytes): AsyncGenerator<Uint8Array> {
  return through(createInflateRaw({ chunkSize }), bytes, pieceBytes.gzip)
}

/** All frames of a zstd file. */
export async function* unzstd(bytes: Bytes): AsyncGenerator<Uint8Array> {
  while ((await bytes.peek(4)).length > 0) {
    const head = await bytes.peek(4)
    // A frame that is to be passed over begins with 0x184D2A5?.
    const isFrame = zstdMagic.every((byte, index) => head[index] === byte) || (head[3] === 0x18 && head[2] === 0x4d)
    if (!isFrame) throw new Damaged('something else follows it')
    yield* through(createZstdDecompress({ chunkSize }), bytes, pieceBytes.zstd)
  }
}

type Unpacker = ReturnType<typeof createInflateRaw> | ReturnType<typeof createZstdDecompress>

/**
 * Unpacks piece by piece, and gives all that came of a piece before it says that the next one is damaged: a stream that
 * fails drops what it still holds.
 */
async function* through(unpacker: Unpacker, bytes: Bytes, most: number): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = []
  let failure: unknown = null
  unpacker.on('data', (chunk: Uint8Array) => void out.push(chunk))
  unpacker.on('error', (error) => {
    failure ??= error
  })
  let settle = (): void => {}
  unpacker.on('close', () => settle())
  const settled = (begin: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve
      begin(resolve)
    })
  let fed = 0
  try {
    for (;;) {
      const piece = await bytes.some(most)
      if (piece === null) break
      fed += piece.length
      await settled((done) => unpacker.write(piece, () => done()))
      yield* out.splice(0)
      if (failure !== null) throw damage(failure)
      if (unpacker.bytesWritten < fed) {
        bytes.giveBack(fed - unpacker.bytesWritten)
        return
      }
    }
    await settled((done) => unpacker.once('end', done).end())
    yield* out.splice(0)
    if (failure !== null) throw damage(failure)
  } finally {
    unpacker.destroy()
  }
}

function damage(failure: unknown): Error {
  const message = failure instanceof Error ? failure.message : String(failure)
  return message === 'unexpected end of file' ? new Cut() : new Damaged(message)
}
