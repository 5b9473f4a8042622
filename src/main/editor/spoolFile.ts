import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Which of the processes that use the data folder this one is. */
interface Own {
  instance: string
  isAlive(instance: string): boolean
}

/** Left free on the disk: a server on the same machine may need it more than a result does. */
const reservedBytes = 256 * 1024 * 1024
/** How much is written between two looks at the room that is left. */
const lookEveryBytes = 32 * 1024 * 1024

const uuid = z.uuid()

/**
 * The folder in which the rows of results wait to be looked at. Each process has one of its own in it; those of
 * processes that died are taken away when the next one starts.
 */
export class SpoolFolder {
  readonly #path: string

  constructor(path: string, { instance, isAlive }: Own) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(path)) {
      if (uuid.safeParse(name).success && !isAlive(name)) rmSync(join(path, name), { recursive: true, force: true })
    }
    this.#path = join(path, instance)
  }

  /** A file that does not exist before something is written to it. */
  file(): SpoolFile {
    return new SpoolFile(this.#path)
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}

/** Where a piece of a spool file stands. */
export interface Block {
  readonly offset: number
  /** In bytes, as written. */
  readonly length: number
}

const algorithm = 'aes-256-gcm'
/** What authenticates a block; it stands behind it. */
const tagBytes = 16

/**
 * A file of blocks, for the results of one run. They are encrypted with a key that is nowhere but in the memory of this
 * process: what a crash leaves behind can be read by nobody, and neither can the blocks of the disk that it stood on.
 */
export class SpoolFile {
  readonly #folder: string
  readonly #path: string
  readonly #key = randomBytes(32)
  #descriptor: number | null = null
  /** What is read from the disk goes through it. */
  #taken = Buffer.alloc(0)
  #size = 0
  #lookAt = 0
  #users = 0
  #gone = false

  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, `${randomUUID()}.rows`)
  }

  /** One more that needs the file. */
  use(): void {
    this.#users += 1
  }

  /** One less; with the last, the file goes. */
  leave(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#gone = true
    this.#taken = Buffer.alloc(0)
    if (this.#descriptor === null) return
    closeSync(this.#descriptor)
    this.#descriptor = null
    rmSync(this.#path, { force: true })
  }

  /** @throws the system's error, such as ENOSPC; what was written before stays readable */
  append(plain: Uint8Array): Block {
    const descriptor = this.#open()
    const offset = this.#size
    const length = plain.length + tagBytes
    const cipher = createCipheriv(algorithm, this.#key, nonceOf(offset))
    if (offset >= this.#lookAt) this.#look(offset)
    // Also where the write fails half way: a place, and with it a nonce, is used once.
    this.#size = offset + length
    writeAt(descriptor, cipher.update(plain), offset)
    writeAt(descriptor, Buffer.concat([cipher.final(), cipher.getAuthTag()]), offset + plain.length)
    return { offset, length }
  }

  read({ offset, length }: Block): Buffer {
    if (this.#taken.length < length) this.#taken = Buffer.allocUnsafeSlow(length)
    const bytes = this.#taken.subarray(0, length)
    const descriptor = this.#open()
    for (let read = 0; read < length; ) {
      const came = readSync(descriptor, bytes, read, length - read, offset + read)
      if (came === 0) throw new Error(`The file of results ends at ${fstatSync(descriptor).size} bytes.`)
      read += came
    }
    const decipher = createDecipheriv(algorithm, this.#key, nonceOf(offset))
    decipher.setAuthTag(bytes.subarray(length - tagBytes))
    const plain = decipher.update(bytes.subarray(0, length - tagBytes))
    // It throws where the bytes are not those that were written.
    decipher.final()
    return plain
  }

  #open(): number {
    if (this.#gone) throw new Error('The file of results is gone.')
    if (this.#descriptor === null) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      this.#descriptor = openSync(this.#path, 'wx+', 0o600)
    }
    return this.#descriptor
  }

  #look(offset: number): void {
    this.#lookAt = offset + lookEveryBytes
    const { bavail, bsize } = statfsSync(this.#folder)
    if (bavail * bsize >= reservedBytes) return
    this.#lookAt = offset
    const message = `ENOSPC: less than ${reservedBytes / 2 ** 20} MB are free, which are left to others`
    throw Object.assign(new Error(message), { code: 'ENOSPC' })
  }
}

function writeAt(descriptor: number, bytes: Buffer, offset: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written)
  }
}

/** Blocks never overlap and are written once, so that their place is a nonce that comes once. */
function nonceOf(offset: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(offset), 4)
  return nonce
}
