import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Failure } from '../../../src/core/fault.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'

let folder: string
const opened: Cache[] = []

function open(): Cache {
  const cache = openCache(folder)
  opened.push(cache)
  return cache
}

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'pgsteward-cache-')), 'data')
})

afterEach(() => {
  for (const cache of opened.splice(0)) cache.close()
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

function addConnection(cache: Cache, id: string): void {
  cache.db
    .prepare(`insert into connection (
        id, name, kind, host, port, database, user, ssl_mode, ssl_root_cert, ssl_cert, ssl_key, read_only
      ) values (?, 'n', 'development', 'h', 1, 'd', 'u', 'prefer', '', '', '', 0)`)
    .run(id)
}

const idRow = z.strictObject({ id: z.string() })
const ids = (cache: Cache): string[] =>
  cache
    .query('select id from connection order by id', idRow)
    .all()
    .map((row) => row.id)

describe('a new cache', () => {
  it('is made with its folder, for its owner alone', () => {
    const cache = open()
    addConnection(cache, 'a')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'instances')).mode & 0o777).toBe(0o700)
    const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
    expect(files.map((file) => file.name)).toEqual(expect.arrayContaining(['cache.db', 'cache.db-wal']))
    for (const file of files) expect(statSync(join(file.parentPath, file.name)).mode & 0o777, file.name).toBe(0o600)
  })

  it('keeps what is committed through a crash, and waits for others', () => {
    const { db, notice } = open()
    expect(notice).toBeNull()
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(db.pragma('busy_timeout', { simple: true })).toBe(10_000)
  })

  it('shows the same rows when it is opened again, and to a second one at the same time', () => {
    const first = open()
    addConnection(first, 'a')
    expect(ids(open())).toEqual(['a'])
    first.close()
    expect(ids(open())).toEqual(['a'])
  })

  it('closes twice without harm', () => {
    const cache = open()
    cache.close()
    cache.close()
    expect(cache.isAlive(cache.instance)).toBe(false)
  })
})

describe('transaction', () => {
  it('keeps all or nothing', () => {
    const cache = open()
    expect(() =>
      cache.transaction(() => {
        addConnection(cache, 'a')
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(ids(cache)).toEqual([])
    const answer = cache.transaction(() => {
      addConnection(cache, 'b')
      return 7
    })
    expect(answer).toBe(7)
    expect(ids(cache)).toEqual(['b'])
  })
})

describe('query', () => {
  it('refuses a row that is not what it should be', () => {
    const cache = open()
    const query = cache.query('select ? as id', z.object({ id: z.string() }))
    expect(query.get('a')).toEqual({ id: 'a' })
    expect(() => query.get(1)).toThrow(z.ZodError)
    expect(() => query.all(1)).toThrow(z.ZodError)
    expect(cache.query('select 1 as id where false', z.object({ id: z.int() })).get()).toBeUndefined()
  })
})

describe('a cache of a newer program', () => {
  it('is refused in one sentence, and left as it is', () => {
    open().close()
    const path = join(folder, 'cache.db')
    const newer = new SQLite(path)
    newer.pragma('user_version = 9999')
    newer.close()
    expect(() => open()).toThrow(/^A newer pgSteward has written this cache \(version 9999; .*[^.]\.$/)
    expect(() => open()).toThrow(Failure)
    expect(readdirSync(join(folder, 'instances'))).toEqual([])
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toEqual([])
  })
})

describe('a folder that cannot be used', () => {
  it.each([
    ['is a file', () => writeFileSync(folder, ''), /EEXIST|ENOTDIR/],
    [
      'holds a folder where the cache would be',
      () => mkdirSync(join(folder, 'cache.db'), { recursive: true }),
      /EISDIR/,
    ],
    [
      'holds something else where the lock would be',
      () => {
        mkdirSync(folder)
        writeFileSync(join(folder, 'opening.db'), 'not a database '.repeat(100))
      },
      /not a database/,
    ],
  ])('because it %s is named, with what the system says and what to do', (_, spoil, detail) => {
    spoil()
    expect(() => open()).toThrow(
      expect.objectContaining({
        fault: {
          code: 'unavailable',
          message: `pgSteward cannot keep its data in ${folder}.`,
          detail: expect.stringMatching(detail),
          hint: expect.stringContaining('--data-folder'),
        },
      }),
    )
  })

  it('is not one that holds the spoilt mark of a process', () => {
    open().close()
    const mark = join(folder, 'instances', '11111111-1111-4111-8111-111111111111.db')
    writeFileSync(mark, 'not a database '.repeat(100))
    expect(open().isAlive('11111111-1111-4111-8111-111111111111')).toBe(false)
    expect(existsSync(mark)).toBe(false)
  })
})
