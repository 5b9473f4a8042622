/** SHA-256, as whoever uses this has it: `node:crypto` in the main process. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/** `\x00ff` or `00ff`; null where it is no hexadecimal number of whole bytes. */
export function bytesOfHex(text: string): Uint8Array | null {
  const digits = text.startsWith('\\x') ? text.slice(2) : text
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return null
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

export function hexOf(bytes: Uint8Array): string {
  let digits = ''
  for (const byte of bytes) digits += (byte < 16 ? '0' : '') + byte.toString(16)
  return digits
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Big-endian, two's complement. */
export function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}

/** Big-endian, two's complement. */
export function int64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, value)
  return bytes
}

/** Text as the bytes that its database hashes. */
export type BytesOf = (text: string) => Uint8Array

/** Of a database without an encoding (SQL_ASCII) an export has each byte as the character of that number. */
export function singleBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const byte = character.codePointAt(0) ?? 0
    if (byte > 0xff) throw new RangeError(`${JSON.stringify(character)} is no byte.`)
    return byte
  })
}

/** UTF-8. The language's own library has no encoder, and a string of PostgreSQL has no lone surrogates. */
export function utf8(text: string): Uint8Array {
  // Of a code unit come three bytes at most: two of them, a surrogate pair, make four.
  const bytes = new Uint8Array(text.length * 3)
  let length = 0
  const add = (byte: number) => {
    bytes[length] = byte
    length += 1
  }
  for (let i = 0; i < text.length; i += 1) {
    const point = text.codePointAt(i) ?? 0
    if (point < 0x80) {
      add(point)
    } else if (point < 0x800) {
      add(0xc0 | (point >> 6))
      add(tail(point))
    } else if (point < 0x10000) {
      add(0xe0 | (point >> 12))
      add(tail(point >> 6))
      add(tail(point))
    } else {
      add(0xf0 | (point >> 18))
      add(tail(point >> 12))
      add(tail(point >> 6))
      add(tail(point))
      i += 1
    }
  }
  return bytes.subarray(0, length)
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f)
}
