import { spawn } from 'node:child_process'
import { chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import pg from 'pg'
import { findPostgresClient } from '../../scripts/postgresClient.js'
import { installFramework } from '../../src/main/framework/install.ts'
import { type Account, unprivilegedAccount } from '../../src/main/postgres/account.ts'
import { startEmbedded } from '../../src/main/postgres/embedded.ts'
import { binariesOf, type Major } from '../ground/server.ts'

/** PostgreSQL's regression suite, and what runs it. */
export interface Suite {
  /** `src/test/regress` of the sources, of the server's own major. */
  folder: string
  /** Holds regress.so, refint.so and autoinc.so. */
  libraries: string
  major: Major
  /** The server's folder; null: the one that the tests use. */
  programs: string | null
  /** PostgreSQL's pg_regress. */
  driver: string
}

interface Run {
  /** What each test printed, by its name. */
  texts: Map<string, string>
  /** Relations of the framework. */
  ours: Set<string>
}

/** The tests that may differ, each with what a difference has to look like. */
const expected: Readonly<Record<string, (without: string, tracked: string, ours: Set<string>) => boolean>> = {
  // These list all functions, operators and event triggers that there are, and ours are among them.
  alter_table: () => true,
  event_trigger: () => true,
  opr_sanity: () => true,
  // Up to some major it takes every partitioned table and index for an error in the catalogs.
  type_sanity: (without, tracked, ours) => {
    const known = new Set(without.split('\n'))
    const added = tracked.split('\n').filter((line) => !known.has(line))
    return added.every((line) => {
      const name = /^ *\d+ \| (\S+) *$/.exec(line)?.[1]
      return name === undefined || ours.has(name)
    })
  },
  // psql lists a table's policies in the order in which the server finds them. Where a database has more than some
  // pages of policies, that is the order of their names and not the one in which they were made.
  rowsecurity: (without, tracked) => sortedLines(without) === sortedLines(tracked),
}

/** Without the mark by which psql says that a cell goes on. */
function sortedLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/ *\+?$/, ''))
    .toSorted()
    .join('\n')
}

/**
 * Runs the suite without the framework and with it, and prints how what the tests said differs.
 *
 * @returns the exit code: 0 where they differ in the expected tests alone
 */
export async function compare(suite: Suite): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-regress-'))
  const account = await unprivilegedAccount()
  if (account !== null) await chown(folder, account.uid, account.gid)
  try {
    const without = await run(suite, account, join(folder, 'without'), async () => {})
    const tracked = await run(suite, account, join(folder, 'with'), async (client) => {
      await installFramework(client)
    })
    const names = [...new Set([...without.texts.keys(), ...tracked.texts.keys()])].toSorted()
    const differing = names.filter((name) => without.texts.get(name) !== tracked.texts.get(name))
    for (const name of differing) {
      const file = join('results', `${name}.out`)
      console.log(await difference(join(folder, 'without', file), join(folder, 'with', file)))
    }
    const unexpected = differing.filter(
      (name) => expected[name]?.(without.texts.get(name) ?? '', tracked.texts.get(name) ?? '', tracked.ours) !== true,
    )
    console.log(`${names.length} tests; ${differing.length} differ: ${differing.join(', ') || 'none'}`)
    if (unexpected.length > 0) console.log(`Not expected: ${unexpected.join(', ')}`)
    return names.length > 0 && unexpected.length === 0 ? 0 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(
  suite: Suite,
  account: Account | null,
  folder: string,
  prepare: (client: pg.Client) => Promise<void>,
): Promise<Run> {
  await ownedFolder(account, folder)
  const server = await startEmbedded({
    dataFolder: join(folder, 'data'),
    binaries: suite.programs ?? binariesOf(suite.major),
    settings: { fsync: 'off', max_connections: '200' },
    temporary: join(folder, 'data'),
  })
  try {
    await withClient(server.url(), async (client) => {
      // As pg_regress makes it, which cannot be asked to put something in it first.
      await client.query(`create database regression template template0`)
      for (const setting of databaseSettings) await client.query(`alter database regression set ${setting}`)
    })
    const ours = await withClient(server.url('regression'), async (client) => {
      await prepare(client)
      return await relationsOfFramework(client)
    })
    const output = join(folder, 'output')
    await ownedFolder(account, output)
    const psql = findPostgresClient()
    if (psql === null) throw new Error('psql was not found: install PostgreSQL’s client.')
    const said = await pgRegress(suite, account, psql, output, server)
    console.log(said.trim().split('\n').at(-1))
    await mkdir(join(folder, 'results'))
    return { texts: await collect(join(output, 'results'), join(folder, 'results')), ours }
  } finally {
    await server.stop()
  }
}

const databaseSettings = [
  `lc_messages to 'C'`,
  `lc_monetary to 'C'`,
  `lc_numeric to 'C'`,
  `lc_time to 'C'`,
  `bytea_output to 'hex'`,
  `timezone_abbreviations to 'Default'`,
]

async function ownedFolder(account: Account | null, folder: string): Promise<void> {
  await mkdir(folder)
  if (account !== null) await chown(folder, account.uid, account.gid)
}

async function relationsOfFramework(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ relname: string }>(
    `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('script_tracking', 'project_schema')`,
  )
  return new Set(rows.map(({ relname }) => relname))
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Under the server's account: tests write files by the server and by psql, and read those of the other. */
function pgRegress(
  suite: Suite,
  account: Account | null,
  psql: string,
  output: string,
  server: { host: string; port: number; superuser: string; password: string },
): Promise<string> {
  const input = resolve(suite.folder)
  const args = [
    ...['--use-existing', '--dbname=regression', '--max-concurrent-tests=20'],
    ...[`--inputdir=${input}`, `--outputdir=${output}`, `--dlpath=${resolve(suite.libraries)}`, `--bindir=${psql}`],
    ...[`--schedule=${join(input, 'parallel_schedule')}`],
    ...[`--host=${server.host}`, `--port=${server.port}`, `--user=${server.superuser}`],
  ]
  return new Promise((done, failed) => {
    const child = spawn(suite.driver, args, {
      cwd: output,
      env: { PATH: process.env['PATH'], PGPASSWORD: server.password, HOME: output },
      ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
    }
    child.on('error', failed)
    child.on('close', (code) => {
      // 1: some tests do not print what is expected, such as those that a locale changes. That is the same on both sides.
      if (code === 0 || code === 1) done(said)
      else failed(new Error(`pg_regress ended with ${code}:\n${said}`))
    })
  })
}

/** Copies what is to be compared, since the rest goes with the server. */
async function collect(from: string, to: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const name of (await readdir(from)).filter((file) => file.endsWith('.out'))) {
    await copyFile(join(from, name), join(to, name))
    texts.set(basename(name, '.out'), await readFile(join(from, name), 'utf8'))
  }
  return texts
}

function difference(one: string, other: string): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn('diff', ['-u', one, other])
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.on('error', failed)
    child.on('close', () => done(said))
  })
}
