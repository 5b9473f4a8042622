import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../../ground/server.ts'

export const prefix = '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h '

/** One workload as three destinations of one server logged it. */
export interface Corpus {
  stderr: string
  csv: string
  json: string
  /** Operations of the workload, as the csv has them. */
  operations: number
}

/** Half of a minute’s work, in each of the protocols. */
const protocols = ['simple', 'extended', 'prepared'] as const

/** Has a real server log what pgbench does, until the log of stderr has so many bytes. */
export async function makeCorpus(folder: string, bytes: number): Promise<Corpus> {
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
    for (let round = 0; (await stat(written('log'))).size < bytes; round += 1) {
      await pgbench('-c', '4', '-T', '5', '-M', protocols[round % protocols.length] ?? 'simple')
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

/** With log_statement = all each operation has one such message; what failed before that has an error alone. */
async function operationsIn(csv: string): Promise<number> {
  const log = await readFile(csv)
  let count = 0
  for (const begin of [',LOG,00000,"statement: ', ',LOG,00000,"execute ']) {
    for (let at = log.indexOf(begin); at >= 0; at = log.indexOf(begin, at + 1)) count += 1
  }
  return count
}
