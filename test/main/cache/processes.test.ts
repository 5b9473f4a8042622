import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'

let folder: string
let cache: Cache | undefined
const children: Other[] = []

/** The cache as another process has it open. */
interface Other {
  process: ChildProcessWithoutNullStreams
  /** The next line that it says. */
  line(): Promise<string>
  tell(command: 'open' | 'commit' | 'close'): void
  /** Ends it as a power failure does. */
  kill(): Promise<void>
}

async function startOther(): Promise<Other> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'otherProcess.js'), folder])
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  const other: Other = {
    process: child,
    line: async () => {
      const { value, done } = await lines.next()
      if (done) throw new Error('The other process has ended.')
      return value
    },
    tell: (command) => void child.stdin.write(`${command}\n`),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
  children.push(other)
  expect(await other.line()).toBe('ready')
  return other
}

/** Opens the cache there, and gives its mark and what became of the file. */
async function openIn(other: Other): Promise<{ instance: string; outcome: string }> {
  other.tell('open')
  const [instance = '', ...outcome] = (await other.line()).split(' ')
  return { instance, outcome: outcome.join(' ') }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-cache-'))
})

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()))
  cache?.close()
  cache = undefined
  rmSync(folder, { recursive: true, force: true })
})

describe('a process that has the cache open', () => {
  it('is known to be alive until it is killed', async () => {
    const other = await startOther()
    const { instance } = await openIn(other)
    cache = openCache(folder)
    expect(cache.isAlive(instance)).toBe(true)
    expect(cache.isAlive(cache.instance)).toBe(true)
    expect(cache.isAlive(instance)).toBe(true)
    await other.kill()
    expect(cache.isAlive(instance)).toBe(false)
    expect(cache.isAlive(cache.instance)).toBe(true)
  })

  it('is known to be gone when it has closed the cache', async () => {
    const other = await startOther()
    const { instance } = await openIn(other)
    cache = openCache(folder)
    other.tell('close')
    expect(await other.line()).toBe('closed')
    expect(cache.isAlive(instance)).toBe(false)
    expect(existsSync(join(folder, 'instances', `${instance}.db`))).toBe(false)
  })

  it('leaves a mark that the next one clears', async () => {
    const other = await startOther()
    const { instance } = await openIn(other)
    await other.kill()
    expect(existsSync(join(folder, 'instances', `${instance}.db`))).toBe(true)
    cache = openCache(folder)
    expect(readdirSync(join(folder, 'instances')).filter((name) => name.endsWith('.db'))).toEqual([
      `${cache.instance}.db`,
    ])
    expect(cache.isAlive(instance)).toBe(false)
  })

  it('is asked for by its mark alone', () => {
    cache = openCache(folder)
    for (const other of ['', '../cache', '../opening', crypto.randomUUID()]) expect(cache.isAlive(other)).toBe(false)
  })
})

describe('several processes', () => {
  it('may begin a cache at once, and put a broken one aside once', async () => {
    writeFileSync(join(folder, 'cache.db'), 'no database at all '.repeat(1000))
    const others = await Promise.all([startOther(), startOther(), startOther()])
    const opened = await Promise.all(others.map(openIn))
    expect(opened.map(({ outcome }) => outcome).sort()).toEqual(['as it was', 'as it was', 'begun anew'])
    expect(readdirSync(folder).filter((name) => /corrupt-[-\dTZ]+$/.test(name))).toHaveLength(1)
    cache = openCache(folder)
    for (const { instance } of opened) expect(cache.isAlive(instance)).toBe(true)
  })

  it('lose nothing that was committed when they are killed', async () => {
    const others = await Promise.all([startOther(), startOther()])
    await Promise.all(others.map(openIn))
    for (const other of others) other.tell('commit')
    const committed: string[] = []
    for (let i = 0; i < 50; i += 1) for (const other of others) committed.push(await other.line())
    await Promise.all(others.map((other) => other.kill()))
    cache = openCache(folder)
    expect(cache.notice).toBeNull()
    const ids = cache.query('select id from connection', z.object({ id: z.string() })).all()
    expect(ids.map(({ id }) => id)).toEqual(expect.arrayContaining(committed))
  })
})
