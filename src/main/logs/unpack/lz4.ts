import { type Bytes, Damaged, uint32At } from './bytes.ts'
import { XxHash32 } from './xxhash.ts'

const frameMagic = 0x184d2204
const endMark = 0
/** How far back a copy may reach. */
const windowBytes = 65_536
const chunkBytes = 131_072

/**
 * All frames of an LZ4 file: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Written here, because the libraries without native
 * code (lz4js 0.2.0, lz4-wasm 0.9.2) take the whole file at once, and a log does not fit in memory.
 */
export async function* unlz4(bytes: Bytes): AsyncGenerator<Uint8Array> {
  while ((await bytes.peek(4)).length > 0) {
    const magic = uint32At(await bytes.take(4), 0)
    if (magic === frameMagic) yield* frame(bytes)
    else if (magic >>> 4 === 0x184d2a5) await passOver(bytes, uint32At(await bytes.take(4), 0))
    else throw new Damaged('something else follows it')
  }
}

async function passOver(bytes: Bytes, length: number): Promise<void> {
  for (let left = length; left > 0; ) left -= (await bytes.take(Math.min(left, windowBytes))).length
}

async function* frame(bytes: Bytes): AsyncGenerator<Uint8Array> {
  const [flags = 0, sizes = 0] = await bytes.peek(2)
  const largest = 1 << (8 + 2 * ((sizes >>> 4) & 7))
  if (flags >>> 6 !== 1 || largest < 65_536) throw new Damaged('its header is none of LZ4')
  const descriptor = await bytes.take(2 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0))
  const headerHash = new XxHash32()
  headerHash.update(descriptor)
  const [check] = await bytes.take(1)
  if (check !== ((headerHash.digest() >>> 8) & 255)) throw new Damaged('its header is none of LZ4')
  if (flags & 1) throw new Damaged('it was packed with a dictionary')
  const content = flags & 4 ? new XxHash32() : null
  // What was unpacked last stands before the block.
  const out = new Uint8Array(windowBytes + largest)
  let history = 0
  for (;;) {
    const header = uint32At(await bytes.take(4), 0)
    if (header === endMark) break
    const length = header & 0x7fffffff
    if (length > largest) throw new Damaged('a block is longer than its header allows')
    const block = await bytes.take(length)
    let end: number
    if (header >>> 31 === 1) {
      out.set(block, windowBytes)
      end = windowBytes + length
    } else end = unpackBlock(block, out, windowBytes - history)
    if (flags & 16) await bytes.take(4)
    const unpacked = out.slice(windowBytes, end)
    content?.update(unpacked)
    for (let at = 0; at < unpacked.length; at += chunkBytes) yield unpacked.subarray(at, at + chunkBytes)
    if (flags & 32) continue
    history = Math.min(windowBytes, history + unpacked.length)
    out.copyWithin(windowBytes - history, end - history, end)
  }
  if (content !== null && uint32At(await bytes.take(4), 0) !== content.digest())
    throw new Damaged('its checksum differs')
}

/**
 * Unpacks one block behind the window of `out`, and says where it ends.
 *
 * @param oldest the first byte of the window that may be copied from
 */
function unpackBlock(block: Uint8Array, out: Uint8Array, oldest: number): number {
  let at = 0
  let end = windowBytes
  while (at < block.length) {
    const token = block[at++] ?? 0
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        more = block[at++] ?? 0
        literals += more
      }
    }
    if (at + literals > block.length || end + literals > out.length) throw new Damaged('a block is no block of LZ4')
    out.set(block.subarray(at, at + literals), end)
    at += literals
    end += literals
    if (at >= block.length) break
    const from = end - ((block[at] ?? 0) | ((block[at + 1] ?? 0) << 8))
    at += 2
    let length = (token & 15) + 4
    if (length === 19) {
      let more = 255
      while (more === 255) {
        more = block[at++] ?? 0
        length += more
      }
    }
    if (from < oldest || from >= end || end + length > out.length) throw new Damaged('a block is no block of LZ4')
    // A copy may overlap what it writes.
    if (from + length <= end) out.copyWithin(end, from, from + length)
    else if (from + 1 === end) out.fill(out[from] ?? 0, end, end + length)
    else for (let index = 0; index < length; index += 1) out[end + index] = out[from + index] ?? 0
    end += length
  }
  return end
}
