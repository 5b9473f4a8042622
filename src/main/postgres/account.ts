import { createHash } from 'node:crypto'
import { chown, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure } from '../../core/fault.ts'

/** The operating system's account that a program runs under. */
export interface Account {
  name: string
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root. Where we are root, this is the account that its programs run under;
 * otherwise null: they run as we do.
 */
export async function unprivilegedAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  const account = ['postgres', 'nobody', 'daemon']
    .map((name) => accounts.get(name))
    .find((found) => found !== undefined)
  if (account === undefined) {
    throw new Failure({
      code: 'unavailable',
      message: 'PostgreSQL does not run as root, and this system has no account to run it under.',
      detail: 'None of the accounts postgres, nobody and daemon is in /etc/passwd.',
      hint: 'Add one (useradd --system postgres), or run pgSteward as an ordinary user.',
    })
  }
  return account
}

/** Reads the lines of /etc/passwd; root and what is malformed is left out. */
export function parsePasswd(text: string): Map<string, Account> {
  const accounts = new Map<string, Account>()
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    // A negative number is how macOS writes nobody; the system call wants it as 32 bits without sign.
    if (!name || !/^-?\d+$/.test(uid ?? '') || !/^-?\d+$/.test(gid ?? '')) continue
    const account = { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
    if (account.uid !== 0) accounts.set(name, account)
  }
  return accounts
}

/** Whether the account may walk down to `path` (its own rights on the last folder are not asked). */
export async function canReach(account: Account, path: string): Promise<boolean> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      // A folder that we are about to make is made with our own rights: what counts is what is above it.
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (found !== null) {
      const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
      if ((found.mode & bit) === 0) return false
    }
    if (folder === dirname(folder)) return true
  }
}

/** Holds the clusters whose own place is closed to the server's account. */
export const clustersElsewhere = '/var/lib/pgsteward'

/**
 * Where the account can have a folder that was asked for at `wanted`: there, or, where a home folder
 * is closed to it, in `clustersElsewhere`.
 */
export async function reachableData(account: Account | null, wanted: string): Promise<string> {
  if (account === null || (await canReach(account, wanted))) return resolve(wanted)
  const short = createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 16)
  return join(clustersElsewhere, `${basename(wanted)}-${short}`)
}

/** PostgreSQL's programs at a place where the account can run them: their own, or a copy below /var/cache. */
export async function reachableBinaries(account: Account | null, binaries: string): Promise<string> {
  if (account === null || (await canReach(account, join(binaries, 'bin', 'postgres')))) return binaries
  const program = await stat(join(binaries, 'bin', 'postgres'))
  const mark = `${binaries} ${program.size} ${program.mtimeMs}`
  const copy = join('/var/cache/pgsteward', `postgres-${createHash('sha256').update(mark).digest('hex').slice(0, 16)}`)
  if (await exists(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 })
  await cp(binaries, unfinished, { recursive: true, verbatimSymlinks: true })
  try {
    await rename(unfinished, copy)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process made the same copy meanwhile.
    if (!(await exists(copy))) throw error
  }
  return copy
}

/** Makes a folder with mode 0700 that belongs to the account, and the folders above it. */
export async function ownFolder(account: Account | null, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account !== null) await chown(folder, account.uid, account.gid)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false, // Whatever the reason, it is not there for us.
  )
}
