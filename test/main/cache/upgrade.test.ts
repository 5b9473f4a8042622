import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { migrate } from '../../../src/main/cache/migrations.ts'
import { openCache } from '../../../src/main/cache/open.ts'
import { startMain } from '../editor/station.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgsteward-upgrade-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Puts the cache there as a program of `version` left it. */
function leave(version: number, into = folder): void {
  mkdirSync(into, { recursive: true })
  const db = new SQLite(join(into, 'cache.db'))
  try {
    db.exec(readFileSync(join(import.meta.dirname, `version${version}.sql`), 'utf8'))
  } finally {
    db.close()
  }
}

/** Every table, index and trigger, by name, as it is defined. */
function definitions(dataFolder: string): Map<string, string | null> {
  const cache = openCache(dataFolder)
  try {
    const objects = cache
      .query(
        'select type, name, sql from sqlite_schema order by type, name',
        z.strictObject({ type: z.string(), name: z.string(), sql: z.string().nullable() }),
      )
      .all()
    return new Map(objects.map(({ type, name, sql }) => [`${type} ${name}`, sql]))
  } finally {
    cache.close()
  }
}

/** The numbers of the files, in order. */
function migrations(): number[] {
  const files = readdirSync(join(import.meta.dirname, '../../../src/main/cache/migrations'))
  return files.map((name) => Number(/^(\d{4})_[a-z_]+\.sql$/.exec(name)?.[1])).sort((a, b) => a - b)
}

describe('the migrations of the cache', () => {
  it('are numbered one by one, without a gap or a number twice', () => {
    expect(migrations()).toEqual(migrations().map((_, index) => index + 1))
    expect(migrations().length).toBeGreaterThanOrEqual(10)
  })

  it.each([[[1, 3]], [[2]], [[1, 2, 2]]])('are refused as %j, and leave the cache as it was', (versions) => {
    const db = new SQLite(':memory:')
    const broken = versions.map((version, at) => ({ version, sql: `create table t${at} (id)` }))
    expect(() => migrate(db, broken)).toThrow('of the cache is missing')
    expect(db.prepare('select count(*) from sqlite_schema').pluck().get()).toBe(0)
    expect(db.pragma('user_version', { simple: true })).toBe(0)
    db.close()
  })

  it('all count for a new cache', () => {
    const cache = openCache(folder)
    expect(cache.db.pragma('user_version', { simple: true })).toBe(migrations().at(-1))
    cache.close()
  })
})

describe('a cache of version 3', () => {
  it('becomes what a new cache is, and is sound', () => {
    leave(3)
    const upgraded = definitions(folder)
    const fresh = definitions(join(folder, 'new'))
    expect([...upgraded]).toEqual([...fresh])

    const cache = openCache(folder)
    expect(cache.notice).toBeNull()
    expect(cache.db.pragma('user_version', { simple: true })).toBe(migrations().at(-1))
    expect(cache.db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(cache.db.pragma('foreign_key_check')).toEqual([])
    cache.close()
  })

  it('is upgraded once, and opens again as it is', () => {
    leave(3)
    openCache(folder).close()
    const path = join(folder, 'cache.db')
    const rows = (): unknown => {
      const db = new SQLite(path, { readonly: true })
      const all = db.prepare('select * from operation_change order by sequence').all()
      db.close()
      return all
    }
    const before = rows()
    openCache(folder).close()
    expect(rows()).toEqual(before)
  })

  it('keeps what a person had: connections, operations that are found by their words, what waits, heads of seals', async () => {
    leave(3)
    const main = startMain(folder)
    try {
      const { api } = main.join()
      const { connections } = await api.connections.list({})
      expect(connections).toMatchObject([
        {
          name: 'Clinic, live',
          kind: 'production',
          host: 'db.clinic.example',
          sslMode: 'verify-full',
          sslRootCert: '/etc/ssl/ca.pem',
          readOnly: true,
          // What version 3 did not know is as for a new connection.
          colour: 'by kind',
          askReasons: 'by kind',
          idleTransactionMinutes: 15,
        },
        { name: 'O\'Brien "quoted"', kind: 'development', readOnly: false },
      ])

      const all = await api.history.search({})
      expect(all.entries.map(({ excerpt }) => excerpt)).toEqual([
        'alter table care.visit add room text',
        'update care.follow_up set duedate = due + 1',
        "create table care.follow_up (visit_id bigint primary key, note text default 'Ärger')",
      ])
      const found = async (text: string) => (await api.history.search({ text })).entries.map(({ status }) => status)
      expect(await found('arger')).toEqual(['COMPLETED'])
      expect(await found('duedate not exist')).toEqual(['FAILED'])
      expect(await found('OPS-214')).toEqual(['COMPLETED'])

      const id = 'aaaaaaaa-0000-4000-8000-000000000002'
      expect(await api.history.get({ id })).toMatchObject({
        sql: 'update care.follow_up set duedate = due + 1',
        errorCode: '42703',
        plan: null,
        states: [
          { status: 'STARTED', recorded: 'server' },
          { status: 'FAILED', recorded: 'waiting' },
        ],
      })
    } finally {
      await main.close()
    }

    const cache = openCache(folder)
    const kept = (table: string): unknown => cache.db.prepare(`select * from ${table}`).all()
    expect(kept('known_seal')).toMatchObject([{ number: 3, head: expect.stringMatching(/^5f9c/) }])
    expect(kept('read_position')).toEqual([{ identity: '7000000000000000001/clinic', timeline: 0, since_xid: '4711' }])
    expect(kept('known_database')).toHaveLength(1)
    cache.close()
  })
})
