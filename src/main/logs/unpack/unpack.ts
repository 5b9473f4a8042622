import { Failure } from '../../../core/fault.ts'
import { Bytes, Cut, Damaged } from './bytes.ts'
import { unbzip2 } from './bzip2.ts'
import { jsonByLine } from './jsonLines.ts'
import { unlz4 } from './lz4.ts'
import { transcoded } from './utf16.ts'
import { unxz } from './xz.ts'
import { membersOf } from './zip.ts'
import { gunzip, unzstd } from './zlib.ts'

const magics = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  bzip2: [0x42, 0x5a, 0x68],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  lz4: [0x04, 0x22, 0x4d, 0x18],
  zip: [0x50, 0x4b, 0x03, 0x04],
} as const

/** How a file is packed. */
export type Packing = keyof typeof magics | 'plain'

/** What is not read, though its first bytes say what it is. */
const refused: readonly { name: string; at: number; magic: readonly number[] }[] = [
  { name: 'a tar archive', at: 257, magic: [0x75, 0x73, 0x74, 0x61, 0x72] },
  { name: 'a 7z archive', at: 0, magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: 'a rar archive', at: 0, magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
  { name: 'a zip archive without a file in it', at: 0, magic: [0x50, 0x4b, 0x05, 0x06] },
]

const headBytes = 512

/**
 * How a file is packed, by its first bytes.
 *
 * @throws Failure `refused` for an archive that cannot be read
 */
export function packingOf(head: Uint8Array): Packing {
  const begins = (magic: readonly number[], at = 0): boolean => magic.every((byte, index) => head[at + index] === byte)
  const archive = refused.find(({ at, magic }) => begins(magic, at))
  if (archive !== undefined) {
    const message = `The file is ${archive.name}, which cannot be read.`
    throw new Failure({ code: 'refused', message, hint: 'Take the logs out of it, and choose these.' })
  }
  if (begins(magics.gzip)) return 'gzip'
  if (begins(magics.zstd)) return 'zstd'
  if (begins(magics.bzip2) && head[3] !== undefined && head[3] >= 0x31 && head[3] <= 0x39) return 'bzip2'
  if (begins(magics.xz)) return 'xz'
  if (begins(magics.lz4)) return 'lz4'
  return begins(magics.zip) ? 'zip' : 'plain'
}

/** Told of what is missing from what was unpacked, in one sentence. */
export type OnLoss = (loss: string) => void

/**
 * The bytes of a log, unpacked, as UTF-8 where it is UTF-16, its JSON one object a line.
 *
 * @param onLoss gets what a cut or damaged archive has lost, behind all that could be read of it; without it that is an error
 * @throws Failure `refused` where nothing could be read
 */
export async function* unpack(packed: AsyncIterable<Uint8Array>, onLoss?: OnLoss): AsyncGenerator<Uint8Array> {
  yield* jsonByLine(transcoded(unpacked(packed, onLoss ?? fail, 0)))
}

function fail(message: string): never {
  throw new Failure({ code: 'refused', message })
}

/** A zip in a zip in a zip is nobody's log. */
const deepest = 2

async function* unpacked(packed: AsyncIterable<Uint8Array>, onLoss: OnLoss, depth: number): AsyncGenerator<Uint8Array> {
  const bytes = new Bytes(packed)
  let given = 0
  let packing: Packing = 'plain'
  try {
    packing = packingOf(await bytes.peek(headBytes))
    if (depth > deepest && packing !== 'plain') fail('The archive holds archives that hold archives.')
    for await (const chunk of unpackers[packing](bytes, onLoss, depth)) {
      given += chunk.length
      yield chunk
    }
  } catch (thrown) {
    if (bytes.failure !== null || !(thrown instanceof Cut || thrown instanceof Damaged)) throw thrown
    const why = `The ${packing} archive is ${thrown instanceof Cut ? 'cut' : 'damaged'}: ${thrown.message}`
    if (given === 0) fail(`${why}. Nothing could be read of it.`)
    onLoss(`${why}. What could be read before that, ${given} bytes unpacked, is all there is.`)
  } finally {
    await bytes.close()
  }
}

type Unpacker = (bytes: Bytes, onLoss: OnLoss, depth: number) => AsyncGenerator<Uint8Array>

const unpackers: Readonly<Record<Packing, Unpacker>> = {
  plain: asTheyAre,
  gzip: gunzip,
  zstd: unzstd,
  bzip2: unbzip2,
  xz: unxz,
  lz4: unlz4,
  zip: unzip,
}

const chunkBytes = 131_072

async function* asTheyAre(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for (let chunk = await bytes.some(chunkBytes); chunk !== null; chunk = await bytes.some(chunkBytes)) yield chunk
}

const newline = 10

/** The logs in a zip, one after the other. Those with another ending than the first are other logs. */
async function* unzip(bytes: Bytes, onLoss: OnLoss, depth: number): AsyncGenerator<Uint8Array> {
  let ending: string | null = null
  let last = newline
  const others: string[] = []
  for await (const { name, refused: why, content } of membersOf(bytes)) {
    if (name.endsWith('/') || /(?:^|\/)(?:__MACOSX\/|\.[^./][^/]*$)/.test(name)) {
      await drain(content)
      continue
    }
    const isOther = ending !== null && endingOf(name) !== ending
    if (isOther || why !== null) {
      others.push(why === null ? name : `${name} (${why})`)
      await drain(content)
      continue
    }
    ending = endingOf(name)
    // A line ends with its file.
    if (last !== newline) yield Uint8Array.of(newline)
    for await (const chunk of unpacked(content, onLoss, depth + 1)) {
      last = chunk.at(-1) ?? last
      yield chunk
    }
    await drain(content)
  }
  const list = others.slice(0, 10).join(', ') + (others.length > 10 ? ` and ${others.length - 10} more` : '')
  if (ending === null) fail(`The zip archive holds no log that can be read${list === '' ? '' : `: ${list}`}.`)
  if (list !== '') onLoss(`The zip archive holds other files, which were not read: ${list}.`)
}

async function drain(content: AsyncGenerator<Uint8Array>): Promise<void> {
  for (let next = await content.next(); next.done !== true; ) next = await content.next()
}

/** `.log` of `postgresql-1.log`, and of `postgresql-1.log.gz`. */
function endingOf(name: string): string {
  return /\.([^./]*?)(?:\.(?:gz|bz2|xz|zst|lz4|\d+))*$/.exec(name)?.[1]?.toLowerCase() ?? ''
}
