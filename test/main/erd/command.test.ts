import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { modelShape } from '../../../src/core/erd/model.ts'
import { sharedServer } from '../../ground/shared.ts'
import { buildDoor } from '../built.ts'
import { within } from './ground.ts'

const server = sharedServer()
let door: Awaited<ReturnType<typeof buildDoor>>
let folder: string
let database: string

const sample = `
  create schema care;
  create table care.person (id bigint primary key, name text not null);
  create table care.visit (id bigint primary key, person bigint not null references care.person on delete cascade);
  create table care.bill (visit bigint unique references care.visit);
  create table public.visit (id integer);
  create view care.names as select name from care.person;
`

beforeAll(async () => {
  door = await buildDoor('cli')
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-erd-'))
  database = await server.createDatabase()
  await within(server, database, (client) => client.query(sample))
})
afterAll(async () => {
  await door.remove()
  await server.dropDatabase(database)
  await rm(folder, { recursive: true })
})

async function run(...args: string[]) {
  const child = spawn(process.execPath, [door.entry, '--data-folder', join(folder, 'data'), 'erd', ...args], {
    env: { ...process.env, PGSTEWARD_URL: server.url(database) },
  })
  const [, out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { code: child.exitCode, out, err }
}

describe('pgsteward erd', () => {
  test('writes the script to a file, and tells what it holds', async () => {
    const file = join(folder, 'all.sql')
    await writeFile(file, 'what was there before')
    const { code, out, err } = await run('--out', file)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^4 tables, 1 view, 2 foreign keys: [\d,]+ bytes to .*all\.sql in \d+ ms\n$/)
    expect(await readFile(file, 'utf8')).toContain('create table "care"."visit" (\n  "id" bigint not null')
    expect((await readdir(folder)).filter((name) => name.includes('pgsteward-part'))).toEqual([])
  })

  test('writes a table and its neighbours, and nothing else to standard output', async () => {
    const near = await run('--format', 'json', '--table', 'person', '--out', '-')
    expect(near.code).toBe(0)
    expect(names(near.out)).toEqual(['person', 'visit'])
    expect(near.err).toContain('2 tables, 1 view, 1 foreign key: ')
    const far = await run('--format', 'json', '--table', 'care.person', '--depth', '2', '--out', '-')
    expect(names(far.out)).toEqual(['bill', 'person', 'visit'])
    const alone = await run('--format', 'json', '--table', '"care"."visit"', '--depth', '0', '--out', '-')
    expect(names(alone.out)).toEqual(['visit'])
  })

  test('writes the schemas that are asked for', async () => {
    const { out } = await run('--format', 'mermaid', '--schema', 'public', '--out', '-')
    expect(out).toBe('erDiagram\n  "public.visit" {\n    integer id\n  }\n')
    const { out: dbml } = await run('--format', 'dbml', '--schema', 'care', 'public', '--out', '-')
    expect(dbml).toContain('Ref "bill_visit_fkey": "care"."bill"."visit" - "care"."visit"."id"')
  })

  test('tells as JSON what was written', async () => {
    const file = join(folder, 'told.json')
    const { code, out } = await run('--format', 'json', '--out', file, '--json')
    expect(code).toBe(0)
    const told = z.object({ file: z.string(), tables: z.number(), bytes: z.number() }).parse(JSON.parse(out))
    const written = await readFile(file)
    expect(told).toEqual({ file, tables: 4, bytes: written.length })
    expect(modelShape.parse(JSON.parse(written.toString())).tables).toHaveLength(4)
  })

  test.each([
    [2, ['--format', 'sql']],
    [2, ['--format', 'png', '--out', 'x.png']],
    [2, ['--depth', '2', '--out', 'x.sql']],
    [2, ['--table', 'person', '--depth', 'all', '--out', 'x.sql']],
    [2, ['--table', 'visit', '--out', 'x.sql']],
    [1, ['--table', 'care.nobody', '--out', 'x.sql']],
    [1, ['--schema', 'nowhere', '--out', 'x.sql']],
  ])('ends with %i, and no file, for %j', async (expected, args) => {
    const { code, out, err } = await run(...args.map((arg) => (arg.startsWith('x.') ? join(folder, arg) : arg)))
    expect({ code, out }).toEqual({ code: expected, out: '' })
    expect(err).not.toBe('')
    expect((await readdir(folder)).filter((name) => name.startsWith('x.'))).toEqual([])
  })
})

function names(json: string): string[] {
  return modelShape.parse(JSON.parse(json)).tables.map(({ name }) => name)
}
