import { crc32, createDeflateRaw } from 'node:zlib'
import type { WriteBytes } from '../../writeWhole.ts'

/** What one file of the archive came to. */
interface Entry {
  name: Buffer
  crc: number
  packed: number
  plain: number
  /** Where its header stands in the archive. */
  at: number
}

/** Bytes are handed to the compressor in pieces of about this many characters. */
const pieceCharacters = 128 * 1024

/**
 * Writes a ZIP archive as its contents come, one file after the other, with bounded memory. Files and archive may be
 * larger than 4 GB: all sizes are written in the 64-bit form, which readers know since 2001.
 */
export class Zip {
  readonly #write: WriteBytes
  readonly #entries: Entry[] = []
  #offset = 0

  constructor(write: WriteBytes) {
    this.#write = write
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length
    await this.#write(bytes)
  }

  /** Adds a file whose text is `pieces`, in UTF-8. */
  async add(name: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const entry: Entry = { name: Buffer.from(name), crc: 0, packed: 0, plain: 0, at: this.#offset }
    await this.#put(localHeader(entry.name))
    const deflate = createDeflateRaw({ level: 4 })
    const packing = this.#pack(deflate, entry)
    // It may fail while the next rows are waited for: whoever waits for it later has the error.
    packing.catch(() => {})
    try {
      let waiting = ''
      const flush = async (): Promise<void> => {
        const bytes = Buffer.from(waiting)
        waiting = ''
        entry.crc = crc32(bytes, entry.crc)
        entry.plain += bytes.length
        if (!deflate.write(bytes)) await Promise.race([drained(deflate), packing])
      }
      for await (const piece of pieces) {
        waiting += piece
        if (waiting.length >= pieceCharacters) await flush()
      }
      await flush()
      deflate.end()
      await packing
    } catch (thrown) {
      deflate.destroy()
      await packing.catch(() => {}) // Whatever stopped it first is what is thrown.
      throw thrown
    }
    await this.#put(sizesAfter(entry))
    this.#entries.push(entry)
  }

  async #pack(deflate: AsyncIterable<Buffer>, entry: Entry): Promise<void> {
    for await (const chunk of deflate) {
      entry.packed += chunk.length
      await this.#put(chunk)
    }
  }

  /** Writes the directory, without which nothing of it can be read. */
  async end(): Promise<void> {
    const start = this.#offset
    for (const entry of this.#entries) await this.#put(directoryEntry(entry))
    await this.#put(directoryEnd(this.#entries.length, start, this.#offset - start))
  }
}

function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.once('drain', resolve))
}

// 1980-01-01 00:00: the format has no word for "no date", and no time of ours belongs in the file.
const date = 0x0021
/** Text in UTF-8; sizes and checksum stand behind the contents. */
const flags = 0x0808
const version = 45
const inLong = 0xffffffff

function localHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(version, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(8, 8)
  header.writeUInt16LE(date, 12)
  header.writeUInt32LE(0, 14)
  header.writeUInt32LE(inLong, 18)
  header.writeUInt32LE(inLong, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(20, 28)
  const long = Buffer.alloc(20)
  long.writeUInt16LE(0x0001, 0)
  long.writeUInt16LE(16, 2)
  return Buffer.concat([header, name, long])
}

function sizesAfter({ crc, packed, plain }: Entry): Buffer {
  const sizes = Buffer.alloc(24)
  sizes.writeUInt32LE(0x08074b50, 0)
  sizes.writeUInt32LE(crc, 4)
  sizes.writeBigUInt64LE(BigInt(packed), 8)
  sizes.writeBigUInt64LE(BigInt(plain), 16)
  return sizes
}

function directoryEntry({ name, crc, packed, plain, at }: Entry): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(version, 4)
  header.writeUInt16LE(version, 6)
  header.writeUInt16LE(flags, 8)
  header.writeUInt16LE(8, 10)
  header.writeUInt16LE(date, 14)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(inLong, 20)
  header.writeUInt32LE(inLong, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(28, 30)
  header.writeUInt32LE(inLong, 42)
  const long = Buffer.alloc(28)
  long.writeUInt16LE(0x0001, 0)
  long.writeUInt16LE(24, 2)
  long.writeBigUInt64LE(BigInt(plain), 4)
  long.writeBigUInt64LE(BigInt(packed), 12)
  long.writeBigUInt64LE(BigInt(at), 20)
  return Buffer.concat([header, name, long])
}

function directoryEnd(entries: number, start: number, length: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(version, 12)
  end.writeUInt16LE(version, 14)
  end.writeBigUInt64LE(BigInt(entries), 24)
  end.writeBigUInt64LE(BigInt(entries), 32)
  end.writeBigUInt64LE(BigInt(length), 40)
  end.writeBigUInt64LE(BigInt(start), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(start + length), 64)
  end.writeUInt32LE(1, 72)
  end.writeUInt32LE(0x06054b50, 76)
  end.writeUInt16LE(entries, 84)
  end.writeUInt16LE(entries, 86)
  end.writeUInt32LE(inLong, 88)
  end.writeUInt32LE(inLong, 92)
  return end
}
