import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sharedServer } from '../ground/shared.ts'
import { buildDoor } from './built.ts'

let door: Awaited<ReturnType<typeof buildDoor>>
let folder: string
let url: string

beforeAll(async () => {
  door = await buildDoor('cli')
})
afterAll(() => door.remove())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-cli-'))
  const server = sharedServer()
  url = server.url(await server.createDatabase())
})
afterEach(() => rm(folder, { recursive: true }))

/** Starts the command line over the test's own data folder. */
function start(args: string[], input = '') {
  const child = spawn(process.execPath, [door.entry, '--data-folder', join(folder, 'data'), ...args], {
    env: { ...process.env, PGSTEWARD_URL: '' },
  })
  child.stdin.end(input)
  const done = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { child, done: done.then(([, out, err]) => ({ code: child.exitCode, out, err })) }
}

function run(args: string[], input = '') {
  return start(args, input).done
}

/** The one JSON document that a command printed. */
async function json<T>(
  schema: z.ZodType<T>,
  args: string[],
  input = '',
): Promise<{ code: number | null; document: T }> {
  const { code, out } = await run([...args, '--json'], input)
  return { code, document: schema.parse(JSON.parse(out)) }
}

const outcome = z.object({
  operation: z.string(),
  status: z.string(),
  statements: z.number(),
  completed: z.number(),
  recorded: z.string(),
  results: z.array(z.object({ command: z.string(), rows: z.array(z.array(z.string().nullable())) })),
  failure: z.object({ statement: z.number(), fault: z.object({ sqlstate: z.string().optional() }) }).nullable(),
})
const entries = z.object({
  entries: z.array(z.object({ id: z.string(), status: z.string(), type: z.string(), excerpt: z.string() })),
})

describe('the command line', () => {
  it('tells how it is used, and ends with 0 where it was asked to', async () => {
    const help = await run(['--help'])
    expect(help.code).toBe(0)
    for (const command of ['framework', 'run', 'history', 'call', 'serve', 'demo']) expect(help.out).toContain(command)
  })

  it.each([
    [['no-such-command']],
    [['run', '--url', 'postgres://localhost/x']],
    [['run', '--file', '-']],
    [['history', '--limit', 'many']],
    [['framework', 'uninstall', '--url', 'postgres://localhost/x']],
    [['call', 'history.search', 'not json']],
    [['call', 'history.search', '[1]']],
    [['call', 'history.search', '{"limit": 0}']],
    [['call', 'history.forget']],
    [['call', '__proto__.constructor']],
    [['framework', 'status', '--url', 'not a url']],
  ])('ends with 2 where it was called wrongly: %j', async (args) => {
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toBe('')
    const asked = await run([...args, '--json'])
    expect(asked.code).toBe(2)
    expect(JSON.parse(asked.out)).toMatchObject({ fault: { message: expect.stringMatching(/./) } })
  })

  it('does not mind a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [door.entry, '--data-folder', folder, 'call', 'connections.list'])
    child.stdout.destroy()
    const [[code], err] = await Promise.all([once(child, 'close'), text(child.stderr)])
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it.skipIf(process.platform !== 'linux')('says that its answer could not be written', async () => {
    const args = [process.execPath, door.entry, '--data-folder', folder, 'call', 'connections.list']
    const child = spawn('/bin/sh', ['-c', '"$0" "$@" > /dev/full', ...args])
    const [[code], err] = await Promise.all([once(child, 'close'), text(child.stderr)])
    expect(code).toBe(1)
    expect(err).toMatch(/^error: the answer could not be written: ENOSPC/)
  })

  it('ends with 1 and the reason where it failed, as JSON where that was asked for', async () => {
    const wrong = url.replace(/:[^:@]*@/, ':not-the-password@')
    const { code, out, err } = await run(['framework', 'status', '--url', wrong, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ fault: { sqlstate: '28P01' } })
    expect(err).toContain('password authentication failed')
    expect(out + err).not.toContain('not-the-password')
  })

  // Some twenty processes, one after the other.
  it('installs, runs, finds, works offline, and removes', async () => {
    const why = ['--ticket', 'OPS-6', '--justification', 'the audit']
    const install = await json(z.object({ steps: z.number() }), ['framework', 'install', ...why, '--url', url])
    expect(install.code).toBe(0)
    expect(install.document.steps).toBeGreaterThan(0)
    const status = await json(z.object({ state: z.string() }), ['framework', 'status', '--url', url])
    expect(status.document.state).toBe('current')

    const script = join(folder, 'change.sql')
    await writeFile(
      script,
      "create table wards (name text);\ninsert into wards values ('Nörd');\nselect * from wards;\n",
    )
    const ran = await json(outcome, ['run', '--file', script, '--ticket', 'OPS-7', '--url', url])
    expect(ran.code).toBe(0)
    expect(ran.document).toMatchObject({ status: 'COMPLETED', statements: 3, completed: 3, recorded: 'server' })
    expect(ran.document.results.map(({ command }) => command)).toEqual(['CREATE TABLE', 'INSERT', 'SELECT'])
    expect(ran.document.results[2]?.rows).toEqual([['Nörd']])

    const online = await json(entries, ['history', '--url', url])
    expect(online.document.entries.map(({ type }) => type).sort()).toEqual(['AUTO_DDL', 'MAINTENANCE', 'MANUAL'])
    const offline = await json(entries, ['history', '--offline', '--search', 'nörd'])
    expect(offline.document.entries.map(({ id }) => id)).toEqual([ran.document.operation])

    const installation = await json(entries, ['history', '--offline', '--search', 'OPS-6'])
    expect(installation.document.entries).toMatchObject([{ type: 'MAINTENANCE', status: 'COMPLETED' }])

    const called = await run(['call', 'framework.status', '{}', '--url', url])
    expect(JSON.parse(called.out)).toMatchObject({ state: 'current' })

    const set = await run(['framework', 'settings', '--on-failure', 'error', '--months-ahead', '4', '--url', url])
    expect(set).toMatchObject({ code: 0, out: 'on failure: error (database)\ntracking: on\nmonths ahead: 4\n' })
    expect((await run(['framework', 'settings', '--tracking', 'sometimes', '--url', url])).code).toBe(2)
    expect((await run(['framework', 'upgrade', '--url', url])).out).toContain('Nothing to do')
    const copy = join(folder, 'copy.jsonl')
    const exported = await json(z.object({ executions: z.number() }), [
      'framework',
      'export',
      '--to',
      copy,
      '--url',
      url,
    ])
    expect(exported.document.executions).toBeGreaterThan(0)
    expect(await readFile(copy, 'utf8')).toContain(ran.document.operation)

    const trail = join(folder, 'trail.jsonl')
    const database = new URL(url).pathname.slice(1)
    const refused = await run(['framework', 'uninstall', '--confirm', 'another', '--export', trail, '--url', url])
    expect(refused.code).toBe(1)
    const removed = await run(['framework', 'uninstall', '--confirm', database, '--export', trail, '--url', url])
    expect(removed).toMatchObject({ code: 0 })
    expect(await readFile(trail, 'utf8')).toContain(ran.document.operation)
    const after = await json(z.object({ state: z.string() }), ['framework', 'status', '--url', url])
    expect(after.document.state).toBe('absent')
    const nothing = await run(['framework', 'upgrade', '--url', url])
    expect(nothing.err).toContain('The framework is not installed here: there is nothing to upgrade.')
    expect(nothing.code).toBe(1)
  }, 120_000)

  it('exports the rows of a query to a file, or to a pipe that holds nothing else', async () => {
    const out = join(folder, 'rows.csv')
    const query = "select n, 'a;b' as t from generate_series(1, 3) n"
    const toFile = await run(['export', '--url', url, '--query', query, '--out', out, '--delimiter', ';', '--json'])
    expect(toFile.err).toBe('')
    expect(JSON.parse(toFile.out)).toMatchObject({ file: out, rows: 3 })
    expect(await readFile(out, 'utf8')).toBe('n;t\n1;"a;b"\n2;"a;b"\n3;"a;b"\n')
    const piped = await run(['export', '--url', url, '--query', query, '--out', '-', '--format', 'json', '--lines'])
    expect(piped.out).toBe([1, 2, 3].map((n) => `{"n":${n},"t":"a;b"}\n`).join(''))
    expect(piped.err).toContain('3 rows')
    const nothing = await run(['export', '--url', url, '--query', 'select 1/0', '--out', out])
    expect(nothing.code).toBe(1)
    expect(nothing.err).toContain('division by zero')
    expect((await run(['export', '--url', url, '--out', out])).code).toBe(2)
    expect(await readFile(out, 'utf8')).toContain('3;"a;b"')
  })

  it('exports the history to a file, or to a pipe that holds nothing else, and refuses what is no filter', async () => {
    const sql = "select 'für Elise' as t"
    expect((await run(['run', '--file', '-', '--url', url], sql)).code).toBe(0)
    expect((await run(['run', '--file', '-', '--url', url], 'select 1/0')).code).toBe(1)
    const out = join(folder, 'history.jsonl')
    const lines = ['--format', 'json', '--lines', '--offline']
    const toFile = await run([
      'history',
      'export',
      '--search',
      'elise',
      '--out',
      out,
      ...lines,
      '--ticket',
      'T-1',
      '--json',
    ])
    expect(JSON.parse(toFile.out)).toMatchObject({ file: out, operations: 1, recordingFault: null })
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ sql, status: 'COMPLETED', type: 'MANUAL' })

    const piped = await run(['history', 'export', '--status', 'failed', '--type', 'MANUAL', '--out', '-', ...lines])
    expect(piped.out.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(piped.out)).toMatchObject({ sql: 'select 1/0', status: 'FAILED' })
    expect(piped.err).toContain('1 operations')
    const online = await run([
      'history',
      'export',
      '--url',
      url,
      '--out',
      '-',
      '--from',
      '2000-01-01',
      '--until',
      '2001-01-01',
    ])
    expect(online).toMatchObject({ code: 0, out: expect.stringMatching(/^operation,started_at,status,[^\n]+\n$/) })

    const records = await json(entries, ['history', '--offline', '--search', 'export of the history'])
    expect(records.document.entries.map(({ type }) => type)).toEqual(['EXPORT', 'EXPORT', 'EXPORT'])
    for (const wrong of [
      ['--status', 'lost'],
      ['--from', 'yesterday'],
      ['--delimiter', 'xx'],
      ['--format', 'xml'],
    ]) {
      expect((await run(['history', 'export', '--offline', '--out', out, ...wrong])).code, wrong.join(' ')).toBe(2)
    }
    expect((await run(['history', 'export', '--offline'])).code).toBe(2)
  }, 60_000)

  it('says which script cannot be read', async () => {
    const { code, err } = await run(['run', '--file', folder, '--url', url])
    expect(code).toBe(1)
    expect(err).toContain(folder)
  })

  it('shows the cache where the server of the environment is named by nothing', async () => {
    expect((await run(['history'])).code).toBe(0)
  })

  it('ends with 1 where a statement fails, and says where', async () => {
    const { code, out, err } = await run(['run', '--file', '-', '--url', url], 'select 1;\nselect 1/0;\nselect 3;\n')
    expect(code).toBe(1)
    expect(out).toContain('FAILED: 1 of 3 statements')
    expect(err).toContain('division by zero (22012)')
  })

  it('says how a run ended whose transaction or result was still open at its end', async () => {
    const open = await json(outcome, ['run', '--file', '-', '--url', url], 'begin; create table kept (id integer)')
    expect(open).toMatchObject({ code: 1, document: { status: 'ROLLED_BACK', completed: 2 } })
    const long = await json(outcome, ['run', '--file', '-', '--url', url], 'select generate_series(1, 100000)')
    expect(long).toMatchObject({ code: 0, document: { status: 'COMPLETED' } })
  })

  it('shows control characters of a value instead of obeying them', async () => {
    const { out } = await run(['run', '--file', '-', '--url', url], 'select e\'\\x1b[2Jgone\' as "a\x1b]0;b"')
    expect(out).not.toContain('\x1b')
    expect(out).toContain('\\x1b[2Jgone')
  })

  it('cancels at the server when it is interrupted, and records that', async () => {
    await run(['framework', 'install', '--url', url])
    const { child, done } = start(['run', '--file', '-', '--url', url, '--json'], 'select pg_sleep(600)')
    await sleeping()
    child.kill('SIGINT')
    const { code, out } = await done
    expect(code).toBe(1)
    expect(outcome.parse(JSON.parse(out)).failure?.fault.sqlstate).toBe('57014')
    const { document } = await json(entries, ['history', '--url', url])
    expect(document.entries[0]).toMatchObject({ status: 'FAILED', excerpt: 'select pg_sleep(600)' })
  })

  it('leaves a true record where it is killed', async () => {
    await run(['framework', 'install', '--url', url])
    const { child, done } = start(['run', '--file', '-', '--url', url], 'select pg_sleep(600)')
    await sleeping()
    child.kill('SIGKILL')
    await done
    const { document } = await json(entries, ['history', '--url', url])
    expect(document.entries[0]).toMatchObject({ status: 'INTERRUPTED', excerpt: 'select pg_sleep(600)' })
  })

  it('writes the password of its URL nowhere', async () => {
    const password = new URL(url).password
    await run(['framework', 'install', '--url', url])
    await run(['run', '--file', '-', '--url', url], 'select 1')
    for (const file of await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const content = await readFile(join(file.parentPath, file.name))
      expect(content.includes(password), file.name).toBe(false)
    }
  })
})

/** Resolves when the server runs the sleep of the test. */
async function sleeping(): Promise<void> {
  const observer = new pg.Client({ connectionString: url })
  await observer.connect()
  const query = "select from pg_stat_activity where state = 'active' and query = 'select pg_sleep(600)'"
  while ((await observer.query(query)).rowCount === 0) await setTimeout(50)
  await observer.end()
}
