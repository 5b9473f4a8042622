import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchPage } from '../../../src/core/history/contract.ts'
import { sharedServer } from '../../ground/shared.ts'
import { openStation, startMain } from '../editor/station.ts'

const server = sharedServer()
let folder: string
let main: ReturnType<typeof startMain>
let connection: string
let api: ReturnType<typeof main.join>['api']

const scripts = [
  "select 'alpha', 1 as login_user",
  "update visit set note = 'beta' where id = 1",
  'select * from nowhere_at_all',
  "select '->>' as sign, 'it''s \"quoted\" (gamma)'",
  "select 'Ünïcode straße', '\u0002marks\u0003'",
  'begin; create table t (id int, note text); rollback',
]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  const database = await server.createDatabase()
  const station = await openStation({ server, database, folder })
  for (const sql of scripts) await station.run(sql, { ticket: `T-${scripts.indexOf(sql)}` })
  connection = station.connection
  await station.close()
  await server.dropDatabase(database)
  // From here on there is no server and no connection: what follows is offline.
  main = startMain(folder)
  api = main.join().api
})
afterAll(async () => {
  await main.close()
  await rm(folder, { recursive: true, force: true })
})

const found = async (text: string) => (await api.history.search({ text })).entries.map(({ excerpt }) => excerpt)

describe('the history without a server', () => {
  it('lists everything, newest first', async () => {
    const { entries, next } = await api.history.search({})
    expect(entries.map(({ excerpt }) => excerpt)).toEqual([...scripts].reverse())
    expect(next).toBeNull()
    expect(entries[0]).toMatchObject({
      status: 'ROLLED_BACK',
      type: 'MANUAL',
      connection: 'test',
      user: 'postgres',
      match: null,
    })
  })

  it.each([
    ['alph', 0],
    ['LOGIN_us', 0],
    ['note visit', 1],
    ['relation nowhere does not exi', 2],
    ['nowhere_at_all', 2],
    ['gamma', 3],
    ['->>', 3],
    ['unicode STRASSE', null],
    ['unicode straße', 4],
  ])('finds %j as it is typed', async (text, index) => {
    expect(await found(text)).toEqual(index === null ? [] : [scripts[index]])
  })

  it('shows where it matched, whatever the text holds', async () => {
    const { entries } = await api.history.search({ text: 'mark' })
    expect(entries[0]?.match).toContain('\u0002mark\u0003s')
    expect(entries[0]?.match?.split('\u0002')).toHaveLength(2)
    expect(entries[0]?.match?.split('\u0003')).toHaveLength(2)
  })

  it('takes what is typed for words, never for a query language', async () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            '"',
            '*',
            'NEAR(',
            'AND',
            'OR',
            'NOT',
            ':',
            '^',
            '-',
            '+',
            '(',
            ')',
            '{',
            '}',
            'sql:',
            'alpha',
            "'",
            ';--',
          ),
          { maxLength: 8 },
        )
        .map((parts) => parts.join(' ')),
    )
    await fc.assert(
      fc.asyncProperty(typed, async (text) => {
        const { entries } = await api.history.search({ text: text.slice(0, 1000) })
        expect(entries.length).toBeLessThanOrEqual(scripts.length)
      }),
      { numRuns: 300 },
    )
    expect(await found('alpha OR beta')).toEqual([])
    expect(await found('NOT alpha')).toEqual([])
  })

  it('filters by status, type and connection', async () => {
    const search = async (input: Parameters<typeof api.history.search>[0]) =>
      (await api.history.search(input)).entries.map(({ excerpt }) => excerpt)
    expect(await search({ statuses: ['FAILED'] })).toEqual([scripts[2], scripts[1]])
    expect(await search({ statuses: ['FAILED', 'ROLLED_BACK'], text: 'not' })).toEqual([
      scripts[5],
      scripts[2],
      scripts[1],
    ])
    expect(await search({ types: ['AUTO_DDL'] })).toEqual([])
    expect(await search({ types: ['MANUAL'], connection })).toHaveLength(scripts.length)
    expect(await search({ connection: 'another' })).toEqual([])
  })

  it('gives every entry once, page by page, with and without words', async () => {
    for (const text of ['', 'select', 'se']) {
      const all = (await api.history.search({ text })).entries.map(({ id }) => id)
      const paged: string[] = []
      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
        const page: SearchPage = await api.history.search({ text, limit: 2, before })
        paged.push(...page.entries.map(({ id }) => id))
        before = page.next
      }
      expect(paged).toEqual(all)
    }
  })

  it('shows all that is known of an operation', async () => {
    const [entry] = (await api.history.search({ text: 'nowhere_at_all' })).entries
    expect(await api.history.get({ id: entry?.id ?? '' })).toMatchObject({
      sql: scripts[2],
      errorCode: '42P01',
      errorMessage: 'relation "nowhere_at_all" does not exist',
      ticket: 'T-2',
      objects: { created: [], modified: [], dropped: [] },
      caused: [],
      states: [
        { status: 'STARTED', recorded: 'local' },
        { status: 'FAILED', recorded: 'local' },
      ],
    })
    await expect(api.history.get({ id: 'nobody' })).rejects.toMatchObject({ fault: { code: 'not_found' } })
  })

  it('keeps operations apart that began in the same moment', () => {
    const positions = main.cache.db.prepare('select position from operation').pluck().all()
    expect(new Set(positions).size).toBe(scripts.length)
  })
})
