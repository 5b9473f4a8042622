import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashOf, isAbandoned, isStale } from '../../scripts/build.js'

describe('whether a build is stale', () => {
  it.each([
    ['the sources are those it was built from', { stamp: 'a', hash: 'a', productsThere: true }, false],
    ['a source changed', { stamp: 'a', hash: 'b', productsThere: true }, true],
    ['nothing was built yet', { stamp: null, hash: 'a', productsThere: false }, true],
    ['a product was removed', { stamp: 'a', hash: 'a', productsThere: false }, true],
    ['the last build did not end', { stamp: null, hash: 'a', productsThere: true }, true],
  ])('when %s', (_, state, stale) => {
    expect(isStale(state)).toBe(stale)
  })
})

describe('the hash of the sources', () => {
  let folder: string
  const names = ['src', 'config.ts', 'absent']
  const hash = () => hashOf(folder, names)

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    await mkdir(join(folder, 'src', 'deep'), { recursive: true })
    await writeFile(join(folder, 'src', 'deep', 'a.ts'), 'one')
    await writeFile(join(folder, 'config.ts'), 'two')
    await writeFile(join(folder, 'elsewhere.md'), 'three')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('stays when only times or other files change', async () => {
    const before = await hash()
    await utimes(join(folder, 'config.ts'), 1, 1)
    await writeFile(join(folder, 'elsewhere.md'), 'four')
    expect(await hash()).toBe(before)
  })

  it('changes with a content, a name, a new and a removed file', async () => {
    const seen = new Set([await hash()])
    await writeFile(join(folder, 'src', 'deep', 'a.ts'), 'other')
    seen.add(await hash())
    await rename(join(folder, 'src', 'deep', 'a.ts'), join(folder, 'src', 'deep', 'b.ts'))
    seen.add(await hash())
    await writeFile(join(folder, 'src', 'new.ts'), '')
    seen.add(await hash())
    await rm(join(folder, 'config.ts'))
    seen.add(await hash())
    expect(seen.size).toBe(5)
  })

  it('tells where one file ends and the next begins', async () => {
    await writeFile(join(folder, 'src', 'a'), 'xy')
    await writeFile(join(folder, 'src', 'b'), '')
    const before = await hash()
    await writeFile(join(folder, 'src', 'a'), 'x')
    await writeFile(join(folder, 'src', 'b'), 'y')
    expect(await hash()).not.toBe(before)
  })
})

describe('the lock of a build', () => {
  const minute = 60_000
  // No process has this number: it is beyond the largest.
  const gone = '4194305'
  it.each([
    ['is of a process that lives', String(process.pid), 0, false],
    ['is of a process that is gone', gone, 0, true],
    ['is just being made', '', 0, false],
    ['was never finished', '', minute, true],
    ['is older than any build: its number has gone to another process', String(process.pid), 20 * minute, true],
  ])('that %s', async (_, content, age, abandoned) => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    try {
      const lock = join(folder, 'lock')
      expect(await isAbandoned(lock)).toBe(false)
      await writeFile(lock, content)
      const made = new Date(Date.now() - age)
      await utimes(lock, made, made)
      expect(await isAbandoned(lock)).toBe(abandoned)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
