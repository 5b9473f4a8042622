import { createRequire } from 'node:module'
import { type Bytes, Cut, Damaged } from './bytes.ts'

// Its exports cannot be seen from outside, so that Node imports none of them by name.
const { XzReadableStream }: typeof import('xz-decompress') = createRequire(import.meta.url)('xz-decompress')

const pieceBytes = 65_536

/** All streams of an xz file. */
export async function* unxz(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let isOver = false
  const packed = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const piece = await bytes.some(pieceBytes)
      if (piece !== null) {
        controller.enqueue(piece)
        return
      }
      isOver = true
      controller.close()
    },
  })
  const reader = new XzReadableStream(packed).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (value.length > 0) yield value
    }
  } catch (thrown) {
    if (bytes.failure !== null) throw bytes.failure
    throw isOver ? new Cut() : new Damaged(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    // The library unpacks one stream at a time, and waits for one that nobody reads on.
    await reader.cancel().catch(() => undefined)
  }
}
