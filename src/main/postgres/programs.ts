import { spawn } from 'node:child_process'
import { join, parse } from 'node:path'
import { Failure } from '../../core/fault.ts'
import type { Account } from './account.ts'
import { program } from './binaries.ts'

/** PostgreSQL's programs, and who runs them. */
export interface Programs {
  /** Null: we ourselves. */
  account: Account | null
  binaries: string
}

/**
 * Runs one to its end.
 *
 * @returns what it printed
 * @throws Failure with that as its detail, when it fails
 */
export function runProgram(
  { account, binaries }: Programs,
  name: 'initdb' | 'pg_ctl' | 'postgres',
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(binaries, 'bin', program(name)), args, spawnOptions(account))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk
    })
    // A program that ends before it has read its input tells why by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else {
        const message = `${name} ended with ${signal ?? `exit code ${code}`}.`
        reject(new Failure({ code: 'unavailable', message, detail: output.trim() }))
      }
    })
  })
}

export function spawnOptions(account: Account | null) {
  // What the environment says of PostgreSQL (PGDATA, PGPORT, …) is about other servers.
  const inherited = Object.entries(process.env).filter(([key]) => !/^(PG|LC_|LANG)/.test(key))
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C' }
  // Our own folder may be closed to that account.
  const cwd = parse(process.execPath).root
  return { cwd, env, ...(account === null ? {} : { uid: account.uid, gid: account.gid }) }
}
