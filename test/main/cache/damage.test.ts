import { randomUUID } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { explained } from '../../../src/main/explained.ts'

let folder: string
let opened: Cache[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-cache-'))
})
afterEach(() => {
  for (const cache of opened) cache.close()
  opened = []
  rmSync(folder, { recursive: true, force: true })
})

function open(): Cache {
  const cache = openCache(folder)
  opened.push(cache)
  return cache
}

const file = (): string => join(folder, 'cache.db')
const aside = (): string[] => readdirSync(folder).filter((name) => /^cache\.db\.corrupt-[-\dTZ]+$/.test(name))
const countRow = z.object({ count: z.int() })
const count = (cache: Cache, from: string): number =>
  cache.query(`select count(*) as count from ${from}`, countRow).get()?.count ?? 0

function addConnection({ db }: Cache, id: string): void {
  db.prepare(
    `insert into connection (
        id, name, kind, host, port, database, user, ssl_mode, ssl_root_cert, ssl_cert, ssl_key, read_only
      ) values (?, 'n', 'development', 'h', 1, 'd', 'u', 'prefer', '', '', '', 0)`,
  ).run(id)
}

function addOperation({ db }: Cache, position: number, { own, recorded }: { own: number; recorded: string }): void {
  const id = randomUUID()
  db.prepare(
    `insert into operation (position, id, identity, connection, database, name, type, category, status, started_at, user,
       sql, sql_length, sql_hash, own)
     values (?, ?, 'a', 'n', 'd', 'query', 'MANUAL', 'SELECT', 'COMPLETED', '2026-01-01T00:00:00Z', 'u', ?, 1000, '', ?)`,
  ).run(position, id, `select '${'x'.repeat(980)}'`, own)
  db.prepare(
    "insert into operation_state (operation, ordinal, status, at, recorded, outcome) values (?, 0, 'COMPLETED', '', ?, '{}')",
  ).run(id, recorded)
}

/** 3 connections, a saved query, 600 own operations of which each tenth waits to be sent, 600 of others, one of them marked. */
function fill(): void {
  const cache = open()
  cache.transaction(() => {
    for (let at = 0; at < 3; at += 1) addConnection(cache, `c${at}`)
    cache.db.exec("insert into saved_query values ('q', '', 'monthly', 'select 1', 1, '2026-01-01', null)")
    for (let at = 0; at < 600; at += 1) {
      addOperation(cache, at * 2, { own: 1, recorded: at % 10 === 0 ? 'waiting' : 'server' })
      addOperation(cache, at * 2 + 1, { own: 0, recorded: 'server' })
    }
    cache.db.exec("insert into operation_mark values (1, 1, '')")
  })
  cache.close()
}

function overwrite(path: string, from: number, to: number, byte: number): void {
  const bytes = readFileSync(path)
  bytes.fill(byte, from, to)
  writeFileSync(path, bytes)
}

/** Overwrites the page in which a table of the search's index begins. */
function spoilChanges(): void {
  const db = new SQLite(file())
  const { root } = z
    .object({ root: z.int() })
    .parse(db.prepare("select rootpage as root from sqlite_schema where name = 'operation_change'").get())
  db.close()
  overwrite(file(), (root - 1) * 4096, root * 4096, 0xa5)
}

describe('a cache that cannot be read', () => {
  it.each([
    ['is no database', () => writeFileSync(file(), Buffer.alloc(12_288, 'not a database '))],
    ['has its header overwritten', () => overwrite(file(), 0, 100, 0xa5)],
    ['has lost its list of tables', () => overwrite(file(), 100, 4096, 0)],
  ])('because it %s is kept aside whole, and a new one begun', (_, spoil) => {
    fill()
    spoil()
    const spoiled = readFileSync(file())
    const cache = open()
    expect(count(cache, 'connection')).toBe(0)
    addConnection(cache, 'new')
    expect(aside()).toHaveLength(1)
    expect(readFileSync(join(folder, aside()[0] ?? '')).equals(spoiled)).toBe(true)
    expect(cache.notice).toContain(aside()[0])
    expect(cache.notice).toContain('Nothing could be taken over')
    cache.close()
    expect(open().notice).toBeNull()
  })

  it('does not mistake an empty file for a corrupt one', () => {
    open().close()
    truncateSync(file(), 0)
    expect(open().notice).toBeNull()
    expect(aside()).toEqual([])
  })
})

describe('a cache of which a part cannot be read', () => {
  const size = (): number => statSync(file()).size
  const page = 4096

  it.each([
    [
      'a page in the middle is zeroed',
      () => overwrite(file(), page * Math.floor(size() / page / 2), page * (Math.floor(size() / page / 2) + 1), 0),
    ],
    ['some pages are overwritten', () => overwrite(file(), page * 200, page * 212, 0xa5)],
    ['its end is cut off', () => truncateSync(file(), page * Math.floor((size() / page) * 0.7))],
  ])('where %s: what can be read is taken over, and said', (_, spoil) => {
    fill()
    spoil()
    const cache = open()
    expect(aside()).toHaveLength(1)
    expect(count(cache, 'connection')).toBe(3)
    expect(count(cache, "saved_query where sql = 'select 1'")).toBe(1)
    const own = count(cache, 'operation where own = 1')
    expect(own).toBeGreaterThan(100)
    expect(own).toBeLessThanOrEqual(600)
    // What others did comes from their servers again, but for what somebody has marked.
    expect(count(cache, 'operation where own = 0')).toBeLessThanOrEqual(1)
    const waiting = count(cache, "operation_state where recorded = 'waiting'")
    expect(waiting).toBeGreaterThan(5)
    expect(count(cache, 'operation_state where operation not in (select id from operation)')).toBe(0)
    expect(cache.notice).toContain(`3 connections, 1 saved query or snippet, `)
    expect(cache.notice).toContain(`${waiting} records that wait to be sent`)
    expect(cache.db.pragma('quick_check(1)', { simple: true })).toBe('ok')
    expect(cache.db.pragma('foreign_key_check')).toEqual([])
    expect(cache.db.pragma('foreign_keys', { simple: true })).toBe(1)
    // The new operations are indexed like any.
    expect(count(cache, 'operation_change')).toBeGreaterThanOrEqual(own)
  })

  it('is taken over even where the index of the search alone is broken', () => {
    fill()
    spoilChanges()
    const cache = open()
    expect(cache.notice).toContain('601 operations of this machine')
    expect(count(cache, "operation_state where recorded = 'waiting'")).toBe(60)
  })
})

describe('the log of writes', () => {
  /** The files as a program leaves them that is killed: the last connection is in the log alone. */
  function killed(): void {
    const cache = open()
    addConnection(cache, 'a')
    cache.db.pragma('wal_checkpoint(truncate)')
    addConnection(cache, 'b')
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(file() + suffix, `${file()}${suffix}.copy`)
    cache.close()
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(`${file()}${suffix}.copy`, file() + suffix)
  }

  it('is read after a crash, also where its index is garbage', () => {
    killed()
    overwrite(`${file()}-shm`, 0, 32_768, 0xa5)
    const cache = open()
    expect(cache.notice).toBeNull()
    expect(count(cache, 'connection')).toBe(2)
  })

  it.each([
    ['is garbage', () => overwrite(`${file()}-wal`, 0, 32, 0xa5)],
    ['is garbage from its start to its end', () => overwrite(`${file()}-wal`, 0, statSync(`${file()}-wal`).size, 0x5a)],
    ['is cut within its header', () => truncateSync(`${file()}-wal`, 20)],
  ])('that %s is kept aside, and it is said that the last changes are missing', (_, spoil) => {
    killed()
    spoil()
    const cache = open()
    expect(count(cache, 'connection')).toBe(1)
    expect(cache.notice).toMatch(
      /^The last changes to the cache could not be read\. They are kept as cache\.db-wal\.corrupt-/,
    )
    expect(readdirSync(folder).filter((name) => name.startsWith('cache.db-wal.corrupt-'))).toHaveLength(1)
    cache.close()
    expect(open().notice).toBeNull()
  })
})

describe('a cache that is found damaged while it is open', () => {
  it('is left to whoever has it; the next start puts it aside and takes over what can be read', async () => {
    fill()
    const cache = open()
    const damage = new SQLite.SqliteError('database disk image is malformed', 'SQLITE_CORRUPT_VTAB')
    const services = explained(cache, {
      history: {
        search: () => {
          throw damage
        },
        get: async () => Promise.reject(new Error('no')),
      },
    })
    await expect(services.history.get()).rejects.toThrow('no')
    expect(cache.notice).toBeNull()
    await expect((async () => services.history.search())()).rejects.toMatchObject({
      fault: { code: 'damaged', detail: damage.message, hint: expect.stringContaining('start it again') },
    })
    expect(cache.notice).toContain('is damaged')

    // Another one that starts meanwhile must not take the file away from under it.
    expect(() => open()).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ code: 'unavailable', detail: damage.message }) }),
    )
    addConnection(cache, 'late')
    cache.close()
    spoilChanges()

    const next = open()
    expect(aside()).toHaveLength(1)
    expect(next.notice).toContain('malformed')
    expect(next.notice).toContain('4 connections')
    expect(count(next, 'operation where own = 1')).toBe(600)
    next.close()
    expect(open().notice).toBeNull()
    expect(existsSync(`${file()}.damaged`)).toBe(false)
  })

  it('is used on where it is found whole at the next start', () => {
    fill()
    const cache = open()
    cache.explain(new SQLite.SqliteError('database disk image is malformed', 'SQLITE_CORRUPT'))
    cache.close()
    const next = open()
    expect(next.notice).toBeNull()
    expect(count(next, 'operation')).toBe(1200)
    expect(aside()).toEqual([])
    expect(existsSync(`${file()}.damaged`)).toBe(false)
  })

  it('is nobody’s trouble where the file was taken away by hand', () => {
    fill()
    writeFileSync(`${file()}.damaged`, 'malformed')
    rmSync(file())
    expect(open().notice).toBeNull()
    expect(aside()).toEqual([])
  })
})
