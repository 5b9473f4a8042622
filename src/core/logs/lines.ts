/** SHA-256 of what is pushed, piece by piece; the core has no hash of its own that is fast enough. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Hexadecimal. */
  digest(): string
}

/** One line without its end. */
export interface Line {
  text: string
  /** Of its first byte, from the beginning of the file. */
  offset: number
  /** From 1. */
  number: number
  /** Its length in the log, with its end. */
  bytes: number
  /** Where each of its characters is one byte: these bytes, among others, until the next piece of the log has come. */
  ascii: Uint8Array | null
  /** Where it begins in them. */
  asciiAt: number
  /** Where the line is longer than `longestLine`: its length, its hash, and how it ends; `text` is its beginning. */
  long: { bytes: number; sha256: string; tail: string } | null
}

/** Longer lines are kept as a beginning and an end. */
export const longestLine = 1_048_576
const tailBytes = 65_536

const newline = 10

/**
 * So much becomes text at once. V8 keeps larger texts apart from others, and in memory until the whole heap is swept
 * where a line of theirs is still in use when the young ones are.
 */
const pieceBytes = 65_536

/**
 * Cuts bytes into lines, wherever the chunks end. Reads UTF-8, and a line that is not UTF-8 as Latin-1; drops a mark of
 * byte order, NUL, and CR at the end of a line.
 */
export class Lines {
  readonly #use: (line: Line) => void
  readonly #newHasher: () => Hasher
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** What of a line has come so far, and is not too long. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #long: { hasher: Hasher; bytes: number; tail: Uint8Array; head: Uint8Array } | null = null
  #offset = 0
  #number = 1

  constructor(use: (line: Line) => void, newHasher: () => Hasher) {
    this.#use = use
    this.#newHasher = newHasher
  }

  push(chunk: Uint8Array): void {
    let from = 0
    if (this.#heldBytes > 0 || this.#long !== null) {
      const end = chunk.indexOf(newline)
      if (end < 0) {
        this.#hold(chunk)
        return
      }
      this.#hold(chunk.subarray(0, end))
      this.#endHeld()
      from = end + 1
    }
    const last = chunk.lastIndexOf(newline)
    while (from <= last) {
      const before = from + pieceBytes > last ? last : chunk.lastIndexOf(newline, from + pieceBytes)
      const end = before >= from ? before : chunk.indexOf(newline, from)
      this.#whole(chunk.subarray(from, end + 1))
      from = end + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#heldBytes > 0 || this.#long !== null) this.#endHeld()
  }

  /** Where the line begins that is read next, or that has come in part. */
  get place(): { offset: number; line: number } {
    return { offset: this.#offset, line: this.#number }
  }

  /** Goes on with a line that begins elsewhere. What has come of another one is forgotten. */
  goTo(offset: number, line: number): void {
    this.#held = []
    this.#heldBytes = 0
    this.#long = null
    this.#offset = offset
    this.#number = line
  }

  /** Whole lines, all at once where that can be. */
  #whole(bytes: Uint8Array): void {
    const text = this.#utf8.decode(bytes)
    if (text.includes('\ufffd')) {
      this.#oneByOne(bytes)
      return
    }
    if (this.#number === 1 || text.includes('\0') || text.includes('\r')) {
      this.#oneByOne(bytes)
      return
    }
    const isAscii = text.length === bytes.length
    let byte = 0
    let at = 0
    while (at < text.length) {
      const end = text.indexOf('\n', at)
      const next = isAscii ? end : bytes.indexOf(newline, byte)
      if (next - byte > longestLine) this.#tooLong(bytes.subarray(byte, next))
      else this.#use(this.#next(text.slice(at, end), next - byte + 1, isAscii ? bytes : null, at))
      at = end + 1
      byte = next + 1
    }
  }

  #oneByOne(bytes: Uint8Array): void {
    let from = 0
    while (from < bytes.length) {
      const end = bytes.indexOf(newline, from)
      const line = bytes.subarray(from, end)
      if (line.length > longestLine) this.#tooLong(line)
      else this.#emit(this.#decode(line), line.length + 1)
      from = end + 1
    }
  }

  #tooLong(line: Uint8Array): void {
    this.#hold(line)
    this.#endHeld()
  }

  #hold(bytes: Uint8Array): void {
    if (this.#long === null && this.#heldBytes + bytes.length <= longestLine) {
      // A copy: the chunk's own memory is used again by whoever reads.
      this.#held.push(bytes.slice())
      this.#heldBytes += bytes.length
      return
    }
    if (this.#long === null) {
      const hasher = this.#newHasher()
      const begun = joined([...this.#held, bytes.subarray(0, longestLine - this.#heldBytes)])
      for (const part of this.#held) hasher.update(part)
      this.#long = { hasher, bytes: this.#heldBytes, tail: joined(this.#held).slice(-tailBytes), head: begun }
      this.#held = []
      this.#heldBytes = 0
    }
    const { hasher, tail } = this.#long
    hasher.update(bytes)
    this.#long.bytes += bytes.length
    this.#long.tail = joined([tail, bytes.subarray(-tailBytes)]).slice(-tailBytes)
  }

  #endHeld(): void {
    const long = this.#long
    if (long === null) {
      const line = joined(this.#held)
      this.#held = []
      this.#heldBytes = 0
      this.#emit(this.#decode(line), line.length + 1)
      return
    }
    this.#long = null
    this.#use({
      text: cleaned(this.#decode(untorn(long.head)), this.#number),
      offset: this.#offset,
      number: this.#number,
      bytes: long.bytes + 1,
      ascii: null,
      asciiAt: 0,
      long: { bytes: long.bytes, sha256: long.hasher.digest(), tail: cleaned(this.#decode(untornStart(long.tail)), 0) },
    })
    this.#offset += long.bytes + 1
    this.#number += 1
  }

  #emit(text: string, bytes: number): void {
    this.#use(this.#next(cleaned(text, this.#number), bytes, null, 0))
  }

  #next(text: string, bytes: number, ascii: Uint8Array | null, asciiAt: number): Line {
    const line = { text, offset: this.#offset, number: this.#number, bytes, ascii, asciiAt, long: null }
    this.#offset += bytes
    this.#number += 1
    return line
  }

  #decode(line: Uint8Array): string {
    try {
      return this.#strict.decode(line)
    } catch {
      return latin1(line) // Not UTF-8: each byte is a character, so that nothing is lost.
    }
  }
}

/** Without what no text of a table can hold, and what is no part of the line. */
function cleaned(text: string, number: number): string {
  let clean = text
  if (clean.charCodeAt(clean.length - 1) === 13) clean = clean.slice(0, -1)
  if (number === 1) clean = clean.replace(/^(?:\ufeff|ï»¿)/, '')
  return clean.includes('\0') ? clean.replaceAll('\0', '') : clean
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts[0]
  if (parts.length === 1 && only !== undefined) return only
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Without a character at the end that was cut in two. */
function untorn(bytes: Uint8Array): Uint8Array {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  return (bytes[start] ?? 0) >= 0xc0 ? bytes.subarray(0, start) : bytes
}

function untornStart(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start)
}
