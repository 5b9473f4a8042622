import { readFileSync, statSync } from 'node:fs'
import { homedir, platform } from 'node:os'
import { join } from 'node:path'
import { findInPassfile } from '../../core/connections/passfile.ts'
import { type Endpoint, isSocketFolder, type Password } from '../postgres/endpoint.ts'
import { passwordInServices } from './found.ts'

/** libpq's usual folders of sockets: in a password file, their host is `localhost`. */
const usualSocketFolders = ['/tmp', '/var/run/postgresql', '/run/postgresql']

export interface KnownPasswords {
  /** Typed just now, or part of a URL. */
  given: string | null | undefined
  kept: string | null
  /** Where it is kept. */
  keptIn: 'keychain' | 'memory'
}

/** Finds the password: given, kept, in a service, in PGPASSWORD, in the password file; in this order, which is libpq's. */
export function findPassword(endpoint: Endpoint, { given, kept, keptIn }: KnownPasswords): Password {
  if (given) return { text: given, origin: 'the one given' }
  if (kept) return { text: kept, origin: keptIn === 'keychain' ? 'the one kept in the keychain' : 'the one kept' }
  const inService = passwordInServices(endpoint)
  if (inService !== null) return { text: inService.text, origin: `the one in ${inService.file}` }
  const inEnvironment = process.env['PGPASSWORD']
  if (inEnvironment) return { text: inEnvironment, origin: 'the one in PGPASSWORD' }
  const path = passfilePath()
  const passfile = readPassfile(path)
  const found = findInPassfile(passfile.text, { ...endpoint, host: passfileHost(endpoint.host) })
  if (found !== null) return { text: found, origin: `the one in ${path}` }
  return { text: null, origin: 'none', ...(passfile.problem === undefined ? {} : { problem: passfile.problem }) }
}

function passfilePath(): string {
  const named = process.env['PGPASSFILE']
  if (named) return named
  if (platform() === 'win32') return join(process.env['APPDATA'] ?? homedir(), 'postgresql', 'pgpass.conf')
  return join(homedir(), '.pgpass')
}

function readPassfile(path: string): { text: string; problem?: string } {
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) return { text: '' }
    if (!status.isFile()) return { text: '', problem: `The password file ${path} is ignored: it is not a plain file.` }
    if (platform() !== 'win32' && (status.mode & 0o077) !== 0) {
      return {
        text: '',
        problem: `The password file ${path} is ignored: others can read it. Run chmod 600 on it.`,
      }
    }
    return { text: readFileSync(path, 'utf8') }
  } catch (thrown) {
    // Goes on without: whether a password is needed at all, only the server knows. If so, this is told.
    return { text: '', problem: `The password file ${path} is ignored: ${reason(thrown)}.` }
  }
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function passfileHost(host: string): string {
  return isSocketFolder(host) && usualSocketFolders.includes(host) ? 'localhost' : host
}
