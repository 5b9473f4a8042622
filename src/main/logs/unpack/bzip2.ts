import { type Bytes, Cut, Damaged } from './bytes.ts'

/** More than a packed block of 900,000 bytes can take. */
const longestBlock = 1_300_000
const chunkBytes = 131_072

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

/**
 * All streams of a bzip2 file. Written here, because the libraries that read it as a stream in JavaScript (unbzip2-stream 1.4.3) are no
 * longer worked upon, and what a damaged file gave before its damage has to be told apart from the end.
 */
export async function* unbzip2(bytes: Bytes): AsyncGenerator<Uint8Array> {
  while ((await bytes.peek(4)).length > 0) {
    const [b, z, h, level = 0] = await bytes.take(4)
    if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 0x31 || level > 0x39)
      throw new Damaged('something else follows it')
    yield* stream(bytes, 100_000 * (level - 0x30))
  }
}

async function* stream(bytes: Bytes, blockSize: number): AsyncGenerator<Uint8Array> {
  const column = new Uint32Array(blockSize)
  // A block begins at any bit: its first byte may hold the last bits of the one before.
  let shift = 0
  let combined = 0
  for (;;) {
    const bits = new Bits(await bytes.peek(longestBlock), shift)
    const high = bits.read(24)
    const low = bits.read(24)
    const crc = bits.read(16) * 65_536 + bits.read(16)
    if (high === 0x177245 && low === 0x385090) {
      if (crc !== combined >>> 0) throw new Damaged('its checksum differs')
      bytes.skip(Math.ceil(bits.position / 8))
      return
    }
    if (high !== 0x314159 || low !== 0x265359) throw new Damaged('a block does not begin as one')
    const block = readBlock(bits, column)
    let found = 0xffffffff
    for (const chunk of unrolled(column, block)) {
      for (const byte of chunk) found = (found << 8) ^ (crcTable[(found >>> 24) ^ byte] ?? 0)
      yield chunk
    }
    if (~found >>> 0 !== crc) throw new Damaged('its checksum differs')
    combined = ((combined << 1) | (combined >>> 31)) ^ crc
    bytes.skip(bits.position >>> 3)
    shift = bits.position & 7
  }
}

class Bits {
  readonly #bytes: Uint8Array
  /** In bits. */
  position: number

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes
    this.position = position
  }

  /** @param count up to 24 */
  read(count: number): number {
    if (this.position + count > this.#bytes.length * 8) throw new Cut()
    const at = this.position >>> 3
    const bytes = this.#bytes
    const word =
      (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>>
      0
    const value = ((word << (this.position & 7)) >>> 0) >>> (32 - count)
    this.position += count
    return value
  }
}

interface Block {
  length: number
  /** Where in the column the text begins. */
  origin: number
}

/** One code of Huffman’s: by length, the codes' limits and where their symbols stand. */
interface Code {
  limits: Int32Array
  bases: Int32Array
  symbols: Uint16Array
  shortest: number
}

const mostLength = 20

/** Reads a block into its sorted column, whose upper bits lead from a character to the one that follows it. */
function readBlock(bits: Bits, column: Uint32Array): Block {
  if (bits.read(1) === 1) throw new Damaged('it was packed by a version of bzip2 that is too old')
  const origin = bits.read(24)
  const used = usedBytes(bits)
  const codes = readCodes(bits, used.length + 2)
  const { selectors } = codes
  const end = used.length + 1
  const front = Uint8Array.from(used)
  const counts = new Uint32Array(256)
  let length = 0
  let run = 0
  let weight = 1
  let group = -1
  let left = 0
  let code: Code | undefined
  for (;;) {
    if (left === 0) {
      group += 1
      left = 50
      code = codes.tables[selectors[group] ?? -1]
    }
    if (code === undefined) throw new Damaged('a block has too few selectors')
    left -= 1
    const symbol = decode(bits, code)
    if (symbol <= 1) {
      // A run of the first character, its length in digits of 1 and 2.
      run += weight << symbol
      weight <<= 1
      if (run > column.length) throw new Damaged('a block is too long')
      continue
    }
    if (run > 0) {
      const byte = front[0] ?? 0
      if (length + run > column.length) throw new Damaged('a block is too long')
      column.fill(byte, length, length + run)
      counts[byte] = (counts[byte] ?? 0) + run
      length += run
      run = 0
      weight = 1
    }
    if (symbol === end) break
    const at = symbol - 1
    const byte = front[at] ?? 0
    front.copyWithin(1, 0, at)
    front[0] = byte
    if (length >= column.length) throw new Damaged('a block is too long')
    column[length] = byte
    counts[byte] = (counts[byte] ?? 0) + 1
    length += 1
  }
  if (origin >= length) throw new Damaged('a block is no block of bzip2')
  let sum = 0
  for (let byte = 0; byte < 256; byte += 1) {
    const count = counts[byte] ?? 0
    counts[byte] = sum
    sum += count
  }
  for (let index = 0; index < length; index += 1) {
    const byte = (column[index] ?? 0) & 255
    const place = counts[byte] ?? 0
    counts[byte] = place + 1
    column[place] = ((column[place] ?? 0) | (index << 8)) >>> 0
  }
  return { length, origin }
}

function usedBytes(bits: Bits): number[] {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let range = 0; range < 16; range += 1) {
    if ((ranges & (0x8000 >>> range)) === 0) continue
    const members = bits.read(16)
    for (let each = 0; each < 16; each += 1) if (members & (0x8000 >>> each)) used.push(range * 16 + each)
  }
  if (used.length === 0) throw new Damaged('a block is empty')
  return used
}

function readCodes(bits: Bits, symbols: number): { tables: Code[]; selectors: Uint8Array } {
  const groups = bits.read(3)
  const count = bits.read(15)
  if (groups < 2 || groups > 6 || count === 0) throw new Damaged('a block has no codes')
  const order = Array.from({ length: groups }, (_, index) => index)
  const selectors = new Uint8Array(count)
  for (let index = 0; index < count; index += 1) {
    let place = 0
    while (bits.read(1) === 1) {
      place += 1
      if (place >= groups) throw new Damaged('a block has no such code')
    }
    const [chosen = 0] = order.splice(place, 1)
    order.unshift(chosen)
    selectors[index] = chosen
  }
  const tables = Array.from({ length: groups }, () => {
    const lengths = new Uint8Array(symbols)
    let length = bits.read(5)
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1
      if (length < 1 || length > mostLength) throw new Damaged('a code is too long')
      lengths[symbol] = length
    }
    return codeOf(lengths)
  })
  return { tables, selectors }
}

function codeOf(lengths: Uint8Array): Code {
  const limits = new Int32Array(mostLength + 2).fill(-1)
  const bases = new Int32Array(mostLength + 2)
  const symbols = new Uint16Array(lengths.length)
  let place = 0
  let code = 0
  let shortest = mostLength
  for (let length = 1; length <= mostLength; length += 1) {
    bases[length] = place - code
    const before = place
    for (let symbol = 0; symbol < lengths.length; symbol += 1) if (lengths[symbol] === length) symbols[place++] = symbol
    code += place - before
    if (place > before) {
      limits[length] = code - 1
      shortest = Math.min(shortest, length)
    }
    code <<= 1
  }
  return { limits, bases, symbols, shortest }
}

function decode(bits: Bits, { limits, bases, symbols, shortest }: Code): number {
  let value = bits.read(shortest)
  for (let length = shortest; length <= mostLength; length += 1) {
    if (value <= (limits[length] ?? -1)) return symbols[value + (bases[length] ?? 0)] ?? 0
    value = (value << 1) | bits.read(1)
  }
  throw new Damaged('a code is none of its block’s')
}

/** The text of a block: four equal characters are followed by how many more there are. */
function* unrolled(column: Uint32Array, { length, origin }: Block): Generator<Uint8Array> {
  let chunk = new Uint8Array(chunkBytes)
  let at = 0
  let place = (column[origin] ?? 0) >>> 8
  let same = 0
  let last = -1
  for (let index = 0; index < length; index += 1) {
    const entry = column[place] ?? 0
    const byte = entry & 255
    place = entry >>> 8
    if (at + 256 > chunkBytes) {
      yield chunk.subarray(0, at)
      chunk = new Uint8Array(chunkBytes)
      at = 0
    }
    if (same === 4) {
      chunk.fill(last, at, at + byte)
      at += byte
      same = 0
      last = -1
      continue
    }
    same = byte === last ? same + 1 : 1
    last = byte
    chunk[at++] = byte
  }
  if (at > 0) yield chunk.subarray(0, at)
}
