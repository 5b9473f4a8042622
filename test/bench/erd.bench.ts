/**
 * npm run bench:erd [-- TABLES …]: how long it takes to read what a database of so many tables is made of, and to write and
 * compare it. 300, 1,000 and 3,000 tables where no count is given. Milliseconds; of reading the median of five.
 */
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { z } from 'zod'
import { diff } from '../../src/core/erd/diff.ts'
import { modelFormats } from '../../src/core/erd/format.ts'
import type { Model } from '../../src/core/erd/model.ts'
import { selected } from '../../src/core/erd/select.ts'
import { writers } from '../../src/core/erd/writers.ts'
import { readModel } from '../../src/main/erd/read.ts'
import { startServer } from '../ground/server.ts'
import { generated } from './erd/schema.ts'
import { type Figure, holds, sayFigure } from './figure.ts'
import { spread } from './harness.ts'

/** Statements that are sent together. */
const batch = 200

export default async function measure(wanted: string[]): Promise<unknown> {
  const counts = wanted.length === 0 ? [300, 1_000, 3_000] : wanted.map(Number)
  if (counts.some((count) => !Number.isInteger(count) || count < 1)) throw new Error('Say how many tables.')
  const server = await startServer({ settings: { shared_buffers: '256MB' } })
  try {
    const results: object[] = []
    for (const count of counts) {
      const client = new pg.Client({ connectionString: server.url(await server.createDatabase()) })
      await client.connect()
      try {
        await make(client, count)
        const { figures, facts } = await measured(client, count)
        for (const figure of figures) console.error(`${String(count).padEnd(6)} ${sayFigure(figure)}`)
        results.push({ ...facts, figures: figures.map((figure) => ({ ...figure, holds: holds(figure) })) })
      } finally {
        await client.end()
      }
    }
    return results
  } finally {
    await server.stop()
  }
}

async function make(client: pg.Client, count: number): Promise<void> {
  let gathered: string[] = []
  for (const statement of generated(count)) {
    gathered.push(statement)
    if (gathered.length < batch) continue
    await client.query(gathered.join('\n'))
    gathered = []
  }
  await client.query(gathered.join('\n'))
  await client.query('vacuum analyze')
}

async function measured(client: pg.Client, count: number): Promise<{ figures: Figure[]; facts: object }> {
  const times: number[] = []
  const cpu: number[] = []
  const serverCpu: number[] = []
  const backend = z.object({ pid: z.int() }).parse((await client.query('select pg_backend_pid() as pid')).rows[0])
  let model: Model | null = null
  for (let run = 0; run < 6; run++) {
    const [began, used, usedThere] = [performance.now(), process.cpuUsage(), await cpuOf(backend.pid)]
    model = await readModel(client, 'bench')
    // The first one fills the caches of the server and compiles.
    if (run > 0) times.push(performance.now() - began)
    const { user, system } = process.cpuUsage(used)
    if (run > 0) cpu.push((user + system) / 1_000)
    if (run > 0) serverCpu.push((await cpuOf(backend.pid)) - usedThere)
  }
  if (model === null) throw new Error('Nothing was read.')
  const read = model
  const keys = read.tables.flatMap(({ constraints }) => constraints.filter(({ kind }) => kind === 'foreign key'))
  const figures: Figure[] = [
    { what: 'read', value: spread(times).median, unit: 'ms', ...(count <= 3_000 && { most: 2_000 }) },
    { what: 'read, of it CPU of this process', value: spread(cpu).median, unit: 'ms' },
    { what: 'read, of it CPU of the server', value: spread(serverCpu).median, unit: 'ms' },
    ...modelFormats.map((format) => timed(`write ${format}`, () => lengthOf(writers[format].write(read)))),
    timed('compare with itself', () => diff(read, structuredClone(read)).length),
    timed('a hub and two keys around', () => {
      const table = `area_0.table_0`
      return selected(read, { schemas: [], table, depth: 2 }).tables.length
    }),
  ]
  const columns = read.tables.reduce((sum, table) => sum + table.columns.length, 0)
  return { figures, facts: { tables: read.tables.length, columns, foreignKeys: keys.length } }
}

/** The CPU time that a process of this machine has taken, in milliseconds; by Linux alone, in steps of 10. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // After the name, which may hold anything: fields 14 and 15 are the time for itself and in the kernel.
  const [user, system] =
    stat
      ?.slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13) ?? []
  return stat === null ? Number.NaN : (Number(user) + Number(system)) * 10
}

function timed(what: string, work: () => number): Figure {
  const began = performance.now()
  const size = work()
  return { what, value: performance.now() - began, unit: 'ms', detail: { size } }
}

function lengthOf(parts: Iterable<string>): number {
  let length = 0
  for (const part of parts) length += part.length
  return length
}
