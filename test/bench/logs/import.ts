import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { z } from 'zod'
import { findPostgresClient } from '../../../scripts/postgresClient.js'
import { installFramework } from '../../../src/main/framework/install.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { onlyValue, TestDatabase } from '../../sql/tracked.ts'
import type { Figure } from '../figure.ts'
import { compare } from '../harness.ts'
import { type Corpus, prefix } from './corpus.ts'

/** What an import is measured on. */
interface Site {
  server: Server
  /** A tracked database without logs, of which each import gets a copy. */
  template: string
  folder: string
}

const program = join(import.meta.dirname, '../../../out/main/cli.js')

/**
 * Written where a process of the program ends: the most memory that it has ever had, in kB. Not `maxRSS`, which counts what
 * the process that started it had.
 */
const watching = `
  import { readFileSync, writeFileSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  const peak = () => /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]
  if (isMainThread) process.on('exit', () => writeFileSync(process.env.BENCH_PEAK, peak()))`

/** csvlog of PostgreSQL 14 and later. */
const csvColumns = `log_time timestamptz(3), user_name text, database_name text, process_id integer, connection_from text,
  session_id text, session_line_num bigint, command_tag text, session_start_time timestamptz, virtual_transaction_id text,
  transaction_id bigint, error_severity text, sql_state_code text, message text, detail text, hint text, internal_query text,
  internal_query_pos integer, context text, query text, query_pos integer, location text, application_name text,
  backend_type text, leader_pid integer, query_id bigint`

/** The built program’s import, from its start to its end, on a server that keeps its word to disk. */
export async function importFigures(
  corpus: Corpus,
  folder: string,
  { pairs, hasBadger }: { pairs: number; hasBadger: boolean },
): Promise<Figure[]> {
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '1h' }
  const server = await startServer({ major: 18, durable: true, settings })
  try {
    const site: Site = { server, template: await trackedDatabase(server), folder }
    return [
      ...(await memoryFigures('stderr', corpus, site)),
      ...(await memoryFigures('csv', corpus, site)),
      ...(hasBadger ? [await againstBadger(corpus, site, pairs)] : []),
      await againstCopy(corpus, site, pairs),
    ]
  } finally {
    await server.stop()
  }
}

/** Nobody is in it: it is to be copied. */
export async function trackedDatabase(server: Server): Promise<string> {
  const name = await server.createDatabase()
  const client = new pg.Client({ connectionString: server.url(name) })
  await client.connect()
  await installFramework(client)
  await client.end()
  return name
}

async function memoryFigures(format: 'stderr' | 'csv', corpus: Corpus, site: Site): Promise<Figure[]> {
  const file = corpus[format]
  const longer = join(site.folder, `fourTimes.${format}`)
  for (let time = 0; time < 4; time += 1) {
    await pipeline(createReadStream(file), createWriteStream(longer, { flags: time === 0 ? 'w' : 'a' }))
  }
  const once = await importAlone(site, file)
  const fourTimes = await importAlone(site, longer)
  await rm(longer)
  const megabytes = (await stat(file)).size / 2 ** 20
  return [
    { what: `import of ${format}: read in a second, in MB`, value: megabytes / (once.ms / 1000), unit: '1/s' },
    {
      what: `import of ${format}: operations in the tables, of those in the csv`,
      value: once.operations / corpus.operations,
      unit: 'ratio',
      least: 1,
      most: 1,
    },
    { what: `import of ${format}: peak memory of the process`, value: once.peakMb, unit: 'MB', most: 256 },
    {
      what: `import of ${format}: peak memory with four times as much, of that`,
      value: fourTimes.peakMb / once.peakMb,
      unit: 'ratio',
      most: 1.1,
      detail: { once, fourTimes },
    },
  ]
}

async function againstBadger(corpus: Corpus, site: Site, pairs: number): Promise<Figure> {
  const databases = await copies(site, pairs)
  const report = ['-o', join(site.folder, 'report.html'), '--pid-dir', site.folder]
  const comparison = await compare({
    a: { name: 'import of stderr', run: () => runImport(site, next(databases), corpus.stderr) },
    b: {
      name: 'pgbadger -j 1',
      run: () => run('pgbadger', ['-j', '1', '-q', '-f', 'stderr', '-p', prefix, ...report, corpus.stderr]),
    },
    pairs,
    warmUp: 0,
  })
  return {
    what: 'stderr to committed rows: times faster than pgBadger',
    value: comparison.ratio.median,
    unit: 'ratio',
    least: 12,
    detail: comparison,
  }
}

async function againstCopy(corpus: Corpus, site: Site, pairs: number): Promise<Figure> {
  const psql = findPostgresClient()
  if (psql === null) throw new Error('There is no psql: apt-get install postgresql-client.')
  const plain = await site.server.createDatabase()
  const databases = await copies(site, pairs)
  const commands = [
    'drop table if exists log',
    `create unlogged table log (${csvColumns})`,
    `\\copy log from '${corpus.csv}' csv`,
  ].flatMap((command) => ['-c', command])
  const arguments_ = ['--no-psqlrc', '-q', '-v', 'ON_ERROR_STOP=1', ...commands, site.server.url(plain)]
  const comparison = await compare({
    a: {
      name: '\\copy',
      run: () => run(join(psql, 'psql'), arguments_, { PGOPTIONS: '-c client_min_messages=error' }),
    },
    b: { name: 'import of csv', run: () => runImport(site, next(databases), corpus.csv) },
    pairs,
    warmUp: 0,
  })
  await site.server.dropDatabase(plain)
  return {
    what: 'csv to committed rows: time, of that of \\copy into an unlogged table without index',
    value: comparison.ratio.median,
    unit: 'ratio',
    most: 1,
    detail: comparison,
  }
}

/** Made before the clock runs. */
async function copies({ server, template }: Site, count: number): Promise<string[]> {
  const names: string[] = []
  for (let n = 0; n < count; n += 1) names.push(await server.createDatabase(undefined, template))
  return names
}

function next(databases: string[]): string {
  const database = databases.shift()
  if (database === undefined) throw new Error('There is no database left.')
  return database
}

async function importAlone(site: Site, file: string): Promise<{ ms: number; peakMb: number; operations: number }> {
  const name = next(await copies(site, 1))
  const peakFile = join(site.folder, 'peak')
  const began = performance.now()
  await runImport(site, name, file, peakFile)
  const ms = performance.now() - began
  const database = TestDatabase.open(site.server, name)
  const count = await onlyValue(
    await database.session(),
    `select count(*)::int from script_tracking.imported_operation where kind in ('statement', 'error')`,
  )
  await database.close()
  return { ms, peakMb: Number(await readFile(peakFile, 'utf8')) / 1024, operations: z.int().parse(count) }
}

async function runImport({ server, folder }: Site, database: string, file: string, peakFile?: string): Promise<void> {
  const data = await mkdtemp(join(folder, 'data-'))
  const url = new URL(server.url(database))
  url.password = ''
  const watched = peakFile === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(watching)}`]
  const args = [program, '--data-folder', data, 'logs', 'import', file, '--url', url.href, '--json']
  await run(process.execPath, [...watched, ...args], { PGPASSWORD: server.password, BENCH_PEAK: peakFile ?? '' })
  await rm(data, { recursive: true })
}

async function run(name: string, args: string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn(name, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${said}`)
}
