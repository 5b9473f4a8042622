import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeRow } from '../../../src/main/editor/rowBytes.ts'
import { Spool } from '../../../src/main/editor/spool.ts'
import { SpoolFolder } from '../../../src/main/editor/spoolFile.ts'
import { startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { openStation } from './station.ts'

describe('rows in a spool', () => {
  const instance = randomUUID()
  let folder: string
  const files = () => readdir(join(folder, instance)).catch(() => [])
  const open = () => new SpoolFolder(folder, { instance, isAlive: (id) => id === instance })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('come back as they were, wherever one looks', async () => {
    const spool = new Spool(open().file())
    for (let n = 0; n < 30_000; n += 1) spool.push(encodeRow([String(n), n % 3 === 0 ? null : '', `é😀 "${n}"\n`]))
    expect(spool).toMatchObject({ known: 30_000, seen: 30_000, fault: null })
    for (const at of [0, 1_023, 1_024, 17_777, 29_999]) {
      expect(spool.window(at, 1).rows).toEqual([[String(at), at % 3 === 0 ? null : '', `é😀 "${at}"\n`]])
    }
    expect(spool.window(1_000, 100).rows.map(([n]) => n)).toEqual(Array.from({ length: 100 }, (_, n) => `${1_000 + n}`))
    expect(spool.window(30_000, 10).rows).toEqual([])
    expect([...spool.whole(0)].flat()).toHaveLength(30_000)
    spool.release()
    expect(await files()).toEqual([])
  })

  it('make no file while they are few', async () => {
    const spool = new Spool(open().file())
    spool.push(encodeRow(['1']))
    expect(await files()).toEqual([])
    spool.release()
  })

  it('cannot be read by anybody else, and go with the last result in them', async () => {
    const file = open().file()
    const [one, other] = [new Spool(file), new Spool(file)]
    for (let n = 0; n < 10_000; n += 1) {
      one.push(encodeRow([`a secret ${n}`]))
      other.push(encodeRow([`another ${n}`]))
    }
    const [name = ''] = await files()
    const path = join(folder, instance, name)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readFile(path)).includes('secret')).toBe(false)
    one.release()
    expect(other.window(10, 1).rows).toEqual([['another 10']])
    other.release()
    expect(await files()).toEqual([])
  })

  it('cut long values, and give a part of them without the rest', () => {
    const spool = new Spool(open().file())
    // Two units a letter, at an odd offset, so that pieces would cut one in half.
    const long = `x${'😀'.repeat(1_500_000)}end`
    spool.push(encodeRow(['1', long, null, 'short']))
    const { rows, cut } = spool.window(0, 1, 10)
    expect(rows[0]).toEqual(['1', long.slice(0, 10), null, 'short'])
    expect(cut).toEqual([{ row: 0, column: 1, length: long.length }])
    expect(spool.value(0, 1, long.length - 5, 100)).toEqual({ text: long.slice(-5), length: long.length })
    expect(spool.value(0, 1, 999_990, 20).text).toBe(long.slice(999_990, 1_000_010))
    expect(spool.window(0, 1).rows[0]?.[1] === long).toBe(true)
    spool.release()
  })

  it('of a process that died are taken away by the next one, and no others', async () => {
    const [dead, alive] = [randomUUID(), randomUUID()]
    for (const name of [dead, alive, 'not ours']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'x.rows'), 'left')
    }
    new SpoolFolder(folder, { instance, isAlive: (id) => id === alive })
    expect((await readdir(folder)).sort()).toEqual([alive, 'not ours'].sort())
  })

  it('stay as far as they came where the disk takes no more, and say so', () => {
    const file = open().file()
    const spool = new Spool(file)
    let writes = 0
    const append = file.append.bind(file)
    file.append = (bytes) => {
      writes += 1
      if (writes > 3) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      return append(bytes)
    }
    for (let n = 0; n < 60_000; n += 1) spool.push(encodeRow([String(n)]))
    expect(spool.seen).toBe(60_000)
    expect(spool.known).toBeLessThan(60_000)
    expect(spool.fault?.fault).toMatchObject({ code: 'unavailable', message: expect.stringContaining('disk') })
    expect(spool.window(spool.known - 1, 5).rows).toEqual([[String(spool.known - 1)]])
    spool.release()
  })
})

describe('results of a session', () => {
  const server = sharedServer()

  it('are read in windows, side by side, and take their file with them', async () => {
    const database = await server.createDatabase()
    const station = await openStation({ server, database })
    const spooled = async (): Promise<string[]> =>
      (await readdir(join(station.folder, 'results'), { recursive: true })).filter((name) => name.endsWith('.rows'))
    try {
      const { results } = await station.run(
        `select n, 'first' from generate_series(1, 20000) n; select n, 'second' from generate_series(1, 30000) n`,
      )
      const [first = '', second = ''] = results.map(({ result }) => result ?? '')
      const [one, other] = await Promise.all([
        station.api.editor.rows({ result: first, from: 19_999, count: 5 }),
        station.api.editor.rows({ result: second, from: 29_999, count: 5 }),
      ])
      expect([one.rows, one.done]).toEqual([[['20000', 'first']], true])
      // That nothing follows the last row, the server says when it is asked for more.
      expect(other.rows).toEqual([['30000', 'second']])
      expect(await station.api.editor.readOn({ result: second })).toMatchObject({ known: 30_000, done: true })
      expect(await spooled()).toHaveLength(1)
      await station.api.editor.release({ result: first })
      await station.api.editor.release({ result: second })
      expect(await spooled()).toEqual([])
    } finally {
      await station.close()
      await server.dropDatabase(database)
    }
  })

  it('stay as far as they were read when the server dies', async () => {
    const own = await startServer()
    const database = await own.createDatabase()
    const station = await openStation({ server: own, database })
    try {
      const { results } = await station.run('select n from generate_series(1, 1000000) n')
      const result = results[0]?.result ?? ''
      await station.api.editor.rows({ result, from: 4_000, count: 1_000 })
      await own.kill()
      const rest = await station.api.editor.readOn({ result })
      expect(rest).toMatchObject({ done: false, fault: { message: expect.any(String) } })
      expect(rest.known).toBeGreaterThanOrEqual(5_000)
      expect((await station.api.editor.rows({ result, from: 4_998, count: 2 })).rows).toEqual([['4999'], ['5000']])
    } finally {
      await station.close()
      await own.stop()
    }
  })
})
