import { crc32 } from 'node:zlib'
import { type Bytes, Damaged, uint16At, uint32At } from './bytes.ts'
import { inflate } from './zlib.ts'

/** One file in a zip. Its name is told, and nothing is written under it. */
export interface Member {
  name: string
  /** Why it cannot be read; null where it can. */
  refused: string | null
  /** Its bytes, which have to be read to their end before the next member. */
  content: AsyncGenerator<Uint8Array>
}

const signatures = { file: 0x04034b50, directory: 0x02014b50, end: 0x06054b50, descriptor: 0x08074b50 }
const isEncrypted = 1
const hasDescriptor = 8
const stored = 0
const deflated = 8
const longest32 = 0xffffffff

/**
 * The files of a zip in their order, as they stand in the stream: its directory, which stands last, is not waited for.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function* membersOf(bytes: Bytes): AsyncGenerator<Member> {
  for (;;) {
    const signature = uint32At(await bytes.take(4), 0)
    if (signature === signatures.directory || signature === signatures.end) return
    if (signature !== signatures.file) throw new Damaged('a file in it does not begin as one')
    const header = await bytes.take(26)
    const flags = uint16At(header, 2)
    const method = uint16At(header, 4)
    const crc = uint32At(header, 10)
    const name = Buffer.from(await bytes.take(uint16At(header, 22))).toString('utf8')
    const extra = await bytes.take(uint16At(header, 24))
    const length = packedLength(uint32At(header, 14), extra)
    const isOpenEnded = (flags & hasDescriptor) !== 0
    const refused = refusalOf(flags, method)
    if (method === deflated && (flags & isEncrypted) === 0) {
      yield { name, refused, content: checked(inflate(bytes), crc, isOpenEnded ? bytes : null) }
    } else {
      if (isOpenEnded && length === 0) throw new Damaged(`the end of ${name} in it cannot be found`)
      yield { name, refused, content: checked(pieces(bytes, length), refused === null ? crc : null, null) }
      if (isOpenEnded) await descriptorCrc(bytes)
    }
  }
}

function refusalOf(flags: number, method: number): string | null {
  if ((flags & isEncrypted) !== 0) return 'it is encrypted'
  return method === stored || method === deflated ? null : `it is packed by the method ${method}`
}

/** Of more than 4 GB, it stands in the extra field 1. */
function packedLength(length: number, extra: Uint8Array): number {
  if (length !== longest32) return length
  for (let at = 0; at + 4 <= extra.length; at += 4 + uint16At(extra, at + 2)) {
    if (uint16At(extra, at) === 1) return uint32At(extra, at + 12) + uint32At(extra, at + 16) * 2 ** 32
  }
  return length
}

async function* pieces(bytes: Bytes, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const piece = (await bytes.some(left)) ?? (await bytes.take(1))
    left -= piece.length
    yield piece
  }
}

/** @param descriptor where the checksum follows the content */
async function* checked(
  content: AsyncGenerator<Uint8Array>,
  crc: number | null,
  descriptor: Bytes | null,
): AsyncGenerator<Uint8Array> {
  let found = 0
  for await (const chunk of content) {
    found = crc32(chunk, found)
    yield chunk
  }
  const expected = descriptor === null ? crc : await descriptorCrc(descriptor)
  if (expected !== null && expected !== found) throw new Damaged('its checksum differs')
}

/** Passes over what follows a file whose length was not known before; its lengths have four bytes, or eight. */
async function descriptorCrc(bytes: Bytes): Promise<number> {
  const next = await bytes.peek(28)
  const begin = uint32At(next, 0) === signatures.descriptor ? 4 : 0
  const isNext = (at: number): boolean => [signatures.file, signatures.directory].includes(uint32At(next, at))
  await bytes.take(begin + (!isNext(begin + 12) && isNext(begin + 20) ? 20 : 12))
  return uint32At(next, begin)
}
