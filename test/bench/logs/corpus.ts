import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { startServer } from '../../ground/server.ts'
import { mistakes, ownWeight, scripts, tables } from './workload.ts'

export const prefix = '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '

/** One workload as three destinations of one server logged it. */
export interface Corpus {
  stderr: string
  csv: string
  json: string
  /** Operations of the workload, as the csv has them. */
  operations: number
}

/** `tpcb` is pgbench's own transaction alone: the shortest statements that there are. */
export type Workload = 'shop' | 'tpcb'

/** A third of the time in each of the protocols. */
const protocols = ['simple', 'extended', 'prepared'] as const

/** Between two errors, in milliseconds. */
const betweenMistakes = 20

/** Has a real server log what programs do, until the log of stderr has so many bytes. */
export async function makeCorpus(folder: string, bytes: number, workload: Workload = 'shop'): Promise<Corpus> {
  const server = await startServer({
    major: 18,
    settings: {
      logging_collector: 'on',
      log_destination: 'stderr,csvlog,jsonlog',
      log_directory: 'log',
      log_filename: 'server.log',
      log_rotation_size: '0',
      log_rotation_age: '0',
      log_line_prefix: prefix,
      log_statement: 'all',
      log_min_duration_statement: '0',
      log_connections: 'on',
      log_disconnections: 'on',
      log_timezone: 'UTC',
    },
  })
  const written = (ending: string): string => join(server.dataFolder, 'log', `server.${ending}`)
  try {
    const pgbench = async (...args: string[]): Promise<void> => {
      const { hostname, port } = new URL(server.url())
      const all = ['-h', hostname, '-p', port, '-U', server.superuser, ...args, 'postgres']
      const child = spawn('pgbench', all, { env: { ...process.env, PGPASSWORD: server.password }, stdio: 'ignore' })
      const [code] = await once(child, 'close')
      if (code !== 0) throw new Error(`pgbench ended with ${code}.`)
    }
    await pgbench('-i', '-q', '-s', '2')
    const work = workload === 'tpcb' ? [] : await shopIn(folder, server.url())
    const erring = new AbortController()
    const errors = workload === 'tpcb' ? null : makeMistakes(server.url(), erring.signal)
    try {
      for (let round = 0; (await stat(written('log'))).size < bytes; round += 1) {
        await pgbench('-n', '-c', '4', '-T', '5', '-M', protocols[round % protocols.length] ?? 'simple', ...work)
      }
    } finally {
      erring.abort()
      await errors
    }
    await server.kill()
    const copies = { stderr: 'log', csv: 'csv', json: 'json' } as const
    for (const ending of Object.values(copies)) await copyFile(written(ending), join(folder, `server.${ending}`))
    const at = (ending: string): string => join(folder, `server.${ending}`)
    return { stderr: at('log'), csv: at('csv'), json: at('json'), operations: await operationsIn(at('csv')) }
  } finally {
    await server.stop()
  }
}

/** Makes the shop's tables. @returns what pgbench has to be told, to do the shop's work */
async function shopIn(folder: string, url: string): Promise<string[]> {
  const client = new Client(url)
  await client.connect()
  await client.query(tables)
  await client.end()
  const work = ['-b', `tpcb-like@${ownWeight}`]
  for (const { name, weight, sql } of scripts) {
    const file = join(folder, `${name}.sql`)
    await writeFile(file, sql)
    work.push('-f', `${file}@${weight}`)
  }
  return work
}

async function makeMistakes(url: string, signal: AbortSignal): Promise<void> {
  const client = new Client(url)
  await client.connect()
  for (let count = 0; !signal.aborted; count += 1) {
    await client.query(mistakes[count % mistakes.length] ?? '').catch((thrown: unknown) => {
      if (!(thrown instanceof DatabaseError)) throw thrown
    })
    await sleep(betweenMistakes)
  }
  await client.end()
}

/** With log_statement = all each operation has one such message; what is no SQL at all has an error alone. */
async function operationsIn(csv: string): Promise<number> {
  const log = await readFile(csv)
  let count = 0
  for (const begin of [',LOG,00000,"statement: ', ',LOG,00000,"execute ', ',ERROR,42601,']) {
    for (let at = log.indexOf(begin); at >= 0; at = log.indexOf(begin, at + 1)) count += 1
  }
  return count
}
