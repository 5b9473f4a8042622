import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '../../core/fault.ts'

/** Of what a log begins with, so much is compared, in bytes. */
export const comparedBytes = 65_536

/** What a log begins with. */
export interface Beginning {
  bytes: number
  /** SHA-256 of these bytes, in hexadecimal. */
  hash: string
}

/** A log is not what it was. What was committed of it is true; of what was read since, nobody knows. */
export function replaced(): Failure {
  return new Failure({
    code: 'unavailable',
    message: 'While it was being imported, the file became another log: it was truncated, or replaced.',
    hint: 'Import the copy that the rotation made, and this file again: each goes on where it was.',
  })
}

/**
 * A log that is recognised by its beginning may be another one when it is opened to be read: in between, its import may have
 * waited for hours.
 *
 * @throws Failure before the first piece, where it does not begin so
 */
export async function* beginningWith(
  log: AsyncIterable<Uint8Array>,
  { bytes, hash }: Beginning,
): AsyncGenerator<Uint8Array> {
  const first: Uint8Array[] = []
  let length = 0
  const compare = (): void => {
    const found = createHash('sha256').update(Buffer.concat(first).subarray(0, bytes)).digest('hex')
    if (length < bytes || found !== hash) throw replaced()
  }
  let isCompared = false
  for await (const chunk of log) {
    if (isCompared) {
      yield chunk
      continue
    }
    first.push(chunk)
    length += chunk.length
    if (length < bytes) continue
    compare()
    isCompared = true
    yield* first.splice(0)
  }
  if (!isCompared) {
    compare()
    yield* first
  }
}

/**
 * A file that is read for long. Rotated by its name it stays the same; truncated, as by `copytruncate`, and grown again, it
 * would go on with the bytes of another log.
 */
export class LongRead {
  readonly #file: FileHandle
  #beginning: Buffer | null = null

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(path: string): Promise<LongRead> {
    return new LongRead(await open(path))
  }

  /** Its bytes, in pieces of at most `chunkBytes`. */
  async *chunks(chunkBytes: number): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#file.createReadStream({ autoClose: false, highWaterMark: chunkBytes })) {
      const bytes: Uint8Array = chunk
      this.#beginning ??= Buffer.from(bytes.subarray(0, comparedBytes))
      yield bytes
    }
  }

  /** @throws Failure where what has been read of it may belong to another log */
  async requireSame(): Promise<void> {
    if (this.#beginning === null) return
    const { length } = this.#beginning
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, 0)
    if (bytesRead < length || !buffer.equals(this.#beginning)) throw replaced()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
