import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { savedFiles } from '../../src/main/savedFile.ts'

const run = promisify(execFile)
const module = join(import.meta.dirname, '../../src/main/savedFile.ts')

/** A file system of a megabyte, in a namespace of its own: not every machine lets one make it. */
const mayMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

let folder: string
let data: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-saved-'))
  data = join(folder, 'data')
  await mkdir(join(folder, 'out'))
})
afterEach(() => rm(folder, { recursive: true }))

const out = (name: string) => join(folder, 'out', name)
const signal = new AbortController().signal

describe('a file that is saved', () => {
  it('stands under its name when it is whole, readable by its owner alone, and not before', async () => {
    const sink = await savedFiles(data).at(out('a.csv')).open(signal)
    await sink.write(Buffer.from('one\n'))
    expect(await readdir(join(folder, 'out'))).toEqual([
      expect.stringMatching(/^\.a\.csv\.[0-9a-f-]{36}\.pgsteward-part$/),
    ])
    await sink.write(Buffer.from('two\n'))
    await sink.commit()
    expect(await readFile(out('a.csv'), 'utf8')).toBe('one\ntwo\n')
    expect((await stat(out('a.csv'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'out'))).toEqual(['a.csv'])
    expect(await readdir(join(data, 'saving'))).toEqual([])
  })

  it('replaces what stood there, behind a link too, with its mode; an end before the end leaves that as it was', async () => {
    await writeFile(out('old.csv'), 'old')
    await chmod(out('old.csv'), 0o640)
    await symlink(out('old.csv'), out('link.csv'))
    const files = savedFiles(data)
    const given = await files.at(out('link.csv')).open(signal)
    await given.write(Buffer.from('half'))
    await given.abort()
    expect(await readFile(out('old.csv'), 'utf8')).toBe('old')
    const kept = await files.at(out('link.csv')).open(signal)
    await kept.write(Buffer.from('new'))
    await kept.commit()
    expect(await readFile(out('old.csv'), 'utf8')).toBe('new')
    expect((await stat(out('old.csv'))).mode & 0o777).toBe(0o640)
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['link.csv', 'old.csv'])
  })

  it('may have any name that the file system allows, also the longest', async () => {
    for (const name of ['日'.repeat(85), 'é'.repeat(127), `${'x'.repeat(59)}${'😀'.repeat(49)}`, 'x'.repeat(255)]) {
      const sink = await savedFiles(data).at(out(name)).open(signal)
      await sink.write(Buffer.from('whole'))
      await sink.commit()
      expect(await readFile(out(name), 'utf8')).toBe('whole')
      await rm(out(name))
      expect(await readdir(join(folder, 'out'))).toEqual([])
    }
  })

  it('is refused where it cannot be, in words', async () => {
    const files = savedFiles(data)
    await expect(files.at(out('none/a.csv')).open(signal)).rejects.toMatchObject({
      fault: { code: 'ENOENT', message: expect.stringContaining('does not exist') },
    })
    await expect(files.at(join(folder, 'out')).open(signal)).rejects.toMatchObject({ fault: { code: 'refused' } })
    await expect(files.at('/dev/null').open(signal)).rejects.toMatchObject({ fault: { code: 'refused' } })
    expect(await readdir(join(data, 'saving'))).toEqual([])
  })

  /** Writes 4 MB in a process of its own, and tells what came of it. */
  async function writeMuch(shell: string): Promise<unknown> {
    const script = `
      import { readdir, readFile, writeFile } from 'node:fs/promises'
      import { savedFiles } from ${JSON.stringify(module)}
      const file = ${JSON.stringify(out('full.csv'))}
      await writeFile(file, 'before')
      const sink = await savedFiles(${JSON.stringify(data)}).at(file).open()
      try {
        for (let i = 0; i < 64; i += 1) await sink.write(Buffer.alloc(65_536, 120))
        await sink.commit()
      } catch ({ fault }) {
        await sink.abort()
        const names = await readdir(${JSON.stringify(join(folder, 'out'))})
        console.log(JSON.stringify({ fault, names, text: await readFile(file, 'utf8') }))
      }`
    await writeFile(join(folder, 'full.mjs'), script)
    const { stdout } = await run('bash', ['-c', shell, process.execPath, join(folder, 'full.mjs')])
    return JSON.parse(stdout)
  }

  it('is not left in half when the system lets it grow no further', async () => {
    expect(await writeMuch('ulimit -f 1024; exec "$0" "$1"')).toMatchObject({
      fault: {
        code: 'EFBIG',
        message: expect.stringContaining('larger than files may be'),
        hint: expect.stringContaining('is as it was'),
      },
      names: ['full.csv'],
      text: 'before',
    })
  })

  it.skipIf(!mayMount)('is not left in half when the disk is full', async () => {
    const mounted = `exec unshare -rm bash -c 'mount -t tmpfs -o size=1m none "$2" && exec "$0" "$1"' "$0" "$1" "${join(folder, 'out')}"`
    expect(await writeMuch(mounted)).toMatchObject({
      fault: { code: 'ENOSPC', message: expect.stringContaining('no room left on the disk') },
      names: ['full.csv'],
      text: 'before',
    })
  })

  it('leaves nothing behind when its program is killed: the next start removes it', async () => {
    const script = `
      import { savedFiles } from ${JSON.stringify(module)}
      const sink = await savedFiles(${JSON.stringify(data)}).at(${JSON.stringify(out('killed\n.csv'))}).open()
      await sink.write(Buffer.from('half'))
      console.log('written')
      setInterval(() => {}, 1000)`
    await writeFile(join(folder, 'killed.mjs'), script)
    const child = spawn(process.execPath, [join(folder, 'killed.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    // While it lives, its file is its own.
    savedFiles(data)
    expect(await readdir(join(folder, 'out'))).toHaveLength(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await sleep(0)
    savedFiles(data)
    expect(await readdir(join(folder, 'out'))).toEqual([])
    expect(await readdir(join(data, 'saving'))).toEqual([])
  })

  it('is removed where an earlier process had the number of this one, and stays while this one writes it', async () => {
    const sink = await savedFiles(data).at(out('own.csv')).open(signal)
    const temporary = out('.old.csv.0b0c0d0e-0000-4000-8000-000000000000.pgsteward-part')
    await writeFile(temporary, 'half')
    await writeFile(
      join(data, 'saving', 'earlier.json'),
      JSON.stringify({ temporary, host: hostname(), pid: process.pid }),
    )
    savedFiles(data)
    expect(await readdir(join(folder, 'out'))).toEqual([expect.stringMatching(/^\.own\.csv\./)])
    await sink.commit()
    expect(await readdir(join(folder, 'out'))).toEqual(['own.csv'])
    expect(await readdir(join(data, 'saving'))).toEqual([])
  })

  it('heeds no note that names another file', async () => {
    await mkdir(join(data, 'saving'), { recursive: true })
    await writeFile(out('precious.csv'), 'precious')
    const note = { temporary: out('precious.csv'), host: hostname(), pid: 2 ** 22 + 1 }
    await writeFile(join(data, 'saving', 'forged.json'), JSON.stringify(note))
    await writeFile(join(data, 'saving', 'broken.json'), '{')
    savedFiles(data)
    expect(await readFile(out('precious.csv'), 'utf8')).toBe('precious')
  })
})
