import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readScriptFile } from '../../../src/main/editor/scriptFile.ts'

describe('a script in a file', () => {
  let folder: string
  const readBack = async (bytes: Buffer | string) => {
    const file = join(folder, 'script.sql')
    await writeFile(file, bytes)
    return await readScriptFile(file, new AbortController().signal)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is read as UTF-8, with or without a byte order mark', async () => {
    expect(await readBack("select 'é😀'")).toBe("select 'é😀'")
    expect(await readBack("\ufeffselect 'é'")).toBe("select 'é'")
  })

  it.each([
    ['LATIN1', Buffer.from("select 'é'", 'latin1')],
    ['UTF-16', Buffer.from("\ufeffselect 'é'", 'utf16le')],
  ])('is refused in %s, for its letters would be wrong ones', async (_, bytes) => {
    await expect(readBack(bytes)).rejects.toMatchObject({
      fault: { code: 'invalid_input', message: expect.stringContaining('not in UTF-8') },
    })
  })
})
