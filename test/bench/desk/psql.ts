import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findPostgresClient } from '../../../scripts/postgresClient.js'
import { endProcess } from '../../ground/door.ts'

/** A psql that is connected and waits for what to do. */
export interface Psql {
  readonly version: string
  /** Milliseconds from the sending of a query to the first of its rows. The session is good for nothing else then. */
  firstRows(sql: string): Promise<number>
  /** Milliseconds from the sending of a command to its end. */
  whole(command: string): Promise<number>
  close(): Promise<void>
}

/** Starts psql, with no settings but these variables. */
export async function openPsql(url: string, variables: Readonly<Record<string, string>> = {}): Promise<Psql> {
  const folder = findPostgresClient()
  if (folder === null) throw new Error('There is no psql: apt-get install postgresql-client.')
  const set = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const args = ['--no-psqlrc', '--pset=pager=off', '-v', 'ON_ERROR_STOP=1', ...set, url]
  const child = spawn(join(folder, 'psql'), args, { stdio: 'pipe' })
  child.stderr.pipe(process.stderr)
  const version = await answered(child, 'select version();\n\\echo psql :VERSION_NAME\n\\echo ready\n')
  return {
    version: /psql (\S+)/.exec(version)?.[1] ?? 'unknown',
    firstRows: async (sql) => {
      const began = performance.now()
      const first = once(child.stdout, 'data')
      child.stdin.write(`${sql};\n`)
      await first
      return performance.now() - began
    },
    whole: async (command) => {
      const began = performance.now()
      await answered(child, `${command}\n\\echo ready\n`)
      return performance.now() - began
    },
    close: () => endProcess(child, 'SIGKILL'),
  }
}

/** What psql prints until it says that it is ready. */
async function answered(child: ChildProcessWithoutNullStreams, input: string): Promise<string> {
  let printed = ''
  const ready = new Promise<void>((resolve, reject) => {
    const ended = (): void => reject(new Error(`psql has ended: ${printed.slice(-1_000)}`))
    child.once('exit', ended)
    child.stdout.on('data', function listen(part: Buffer) {
      printed += part.toString()
      if (!/^ready$/m.test(printed)) return
      child.off('exit', ended)
      child.stdout.off('data', listen)
      resolve()
    })
  })
  child.stdin.write(input)
  await ready
  return printed
}
