import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/core/fault.ts'
import { unpack } from '../../../src/main/logs/unpack/unpack.ts'

const folder = join(import.meta.dirname, 'packed')

/** What was packed by the packers' own programs, and lies beside this file. */
const log = Array.from(
  { length: 5000 },
  (_, i) =>
    `2026-11-21 10:00:00 UTC [${(i % 7) + 1}]: [${i}-1] user=ann,db=shop,app=psql,client=127.0.0.1 LOG:  statement: select ${(i * i) % 9973}\n`,
).join('')
const firstLines = log.split('\n').slice(0, 20).join('\n').concat('\n')

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

async function unpacked(bytes: Uint8Array, length = 5000): Promise<{ text: string; losses: string[] }> {
  const losses: string[] = []
  const chunks = await collected(unpack(pieces(bytes, length), (loss) => losses.push(loss)))
  return { text: Buffer.concat(chunks).toString(), losses }
}

const packed = (name: string): Promise<Buffer> => readFile(join(folder, name))

const whole: [string, () => Promise<Uint8Array>][] = [
  ['gzip', async () => gzipSync(log)],
  ['zstd', async () => zstdCompressSync(log)],
  ['bzip2', () => packed('lines.log.bz2')],
  ['xz', () => packed('lines.log.xz')],
  ['lz4', () => packed('lines.log.lz4')],
  ['zip', () => packed('one.zip')],
]

describe.each(whole)('an archive of %s', (name, read) => {
  it('is unpacked, whatever the pieces in which it comes', async () => {
    for (const length of [13, 777, 65_536])
      expect(await unpacked(await read(), length)).toEqual({ text: log, losses: [] })
  })

  it('is read to its end, where another may follow; behind the directory of a zip nothing does', async () => {
    const bytes = Buffer.concat([await read(), await read()])
    expect(await unpacked(bytes)).toEqual({ text: name === 'zip' ? log : log + log, losses: [] })
  })

  it('that is cut is read as far as it goes, and what is lost is said', async () => {
    const bytes = await read()
    const { text, losses } = await unpacked(bytes.subarray(0, Math.floor(bytes.length * 0.9)))
    expect(log.startsWith(text)).toBe(true)
    expect(text.length).toBeGreaterThan(log.length / 2)
    expect(losses).toEqual([
      `The ${name} archive is cut: it ends too early. What could be read before that, ${text.length} bytes unpacked, is all there is.`,
    ])
  })

  it('that is damaged gives no hang and no crash, and never more than it says', async () => {
    const bytes = await read()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ change
        const result = await unpacked(damaged).catch((thrown: unknown) => thrown)
        if (result instanceof Error) expect(result).toBeInstanceOf(Failure)
      }),
      { numRuns: 40 },
    )
  })

  it('without anybody to tell of a loss is an error', async () => {
    const bytes = await read()
    await expect(collected(unpack(pieces(bytes.subarray(0, bytes.length * 0.9), 5000)))).rejects.toThrow(
      `The ${name} archive is cut`,
    )
  })
})

describe('a zip', () => {
  it('with several files gives those of one kind, each from the beginning of a line, and names the others', async () => {
    const { text, losses } = await unpacked(await packed('several.zip'))
    expect(text).toBe(firstLines + log.slice(0, 1000))
    expect(losses).toEqual(['The zip archive holds other files, which were not read: postgresql.csv.'])
  })

  it('that was written as a stream has its lengths behind its files', async () => {
    expect(await unpacked(await packed('stream.zip'))).toEqual({ text: firstLines, losses: [] })
  })

  it('may hold packed logs', async () => {
    expect(await unpacked(await packed('gzInside.zip'))).toEqual({ text: firstLines, losses: [] })
  })

  it('that is encrypted is refused', async () => {
    await expect(unpacked(await packed('encrypted.zip'))).rejects.toThrow(
      'The zip archive holds no log that can be read: postgresql-1.log (it is encrypted).',
    )
  })

  it('writes nothing, wherever its names lead', async () => {
    const before = await readdir(folder)
    expect(await unpacked(await packed('hostile.zip'))).toEqual({ text: firstLines, losses: [] })
    expect(await readdir(folder)).toEqual(before)
    await expect(access('/tmp/pgsteward-evil.log')).rejects.toThrow('ENOENT')
  })
})

it.each([
  ['gzip', () => gzipSync(Buffer.alloc(300_000_000))],
  ['zstd', () => zstdCompressSync(Buffer.alloc(300_000_000))],
])('a %s that unpacks to a thousand times its size takes no more memory than another', async (_, pack) => {
  const bytes = pack()
  const before = process.memoryUsage().rss
  let length = 0
  let most = before
  for await (const chunk of unpack(pieces(bytes, 65_536))) {
    length += chunk.length
    most = Math.max(most, process.memoryUsage().rss)
  }
  expect(length).toBe(300_000_000)
  expect(most - before).toBeLessThan(150_000_000)
})

it.each([
  ['a tar archive', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\u000000')])],
  ['a 7z archive', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4])],
  ['a rar archive', Buffer.from('Rar!\u001a\u0007\u0001\u0000')],
  ['a zip archive without a file in it', Buffer.from('PK\u0005\u0006')],
])('%s is refused in one sentence', async (name, bytes) => {
  await expect(unpacked(bytes)).rejects.toThrow(`The file is ${name}, which cannot be read.`)
})

it('UTF-16 is read by its mark, whatever the pieces in which it comes', async () => {
  const text = 'ä€😀 LOG:  x\r\n'
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    for (const length of [1, 3, 100]) expect((await unpacked(bytes, length)).text.replace('\ufeff', '')).toBe(text)
  }
})

it('a failure of what is read is told as it is', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(log).subarray(0, 1000)
    throw new Error('The network is gone.')
  }
  await expect(collected(unpack(failing(), () => undefined))).rejects.toThrow('The network is gone.')
})
