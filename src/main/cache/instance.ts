import { randomUUID } from 'node:crypto'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import SQLite from 'better-sqlite3'
import { z } from 'zod'

const uuid = z.uuid()

/**
 * The mark of a process that lives: a small SQLite file with an exclusive lock on it. The system lets go
 * of the lock when the process ends, however it ends, so that another process can tell.
 */
export interface Instance {
  readonly id: string
  /** Is the process with this mark still running? */
  isAlive(id: string): boolean
  /** Does no other process that lives have its mark here? */
  isAlone(): boolean
  release(): void
}

/** Marks this process as alive in `folder`, and clears the marks of the dead. */
export function claimInstance(folder: string): Instance {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.db') && !isLocked(join(folder, file))) rmSync(join(folder, file), { force: true })
  }

  const id = randomUUID()
  const path = join(folder, `${id}.db`)
  const lock = lockExclusively(path, 0)
  return {
    id,
    isAlive: (other) => {
      if (other === id) return lock.open
      return uuid.safeParse(other).success && isLocked(join(folder, `${other}.db`))
    },
    isAlone: () =>
      readdirSync(folder).every(
        (file) => file === `${id}.db` || !file.endsWith('.db') || !isLocked(join(folder, file)),
      ),
    release: () => {
      lock.close()
      rmSync(path, { force: true })
    },
  }
}

/**
 * Runs `work` while no other process runs it for the same lock file. Waits up to `patienceMs`.
 *
 * @throws SqliteError `SQLITE_BUSY` when the other one takes longer
 */
export function exclusively<T>(path: string, patienceMs: number, work: () => T): T {
  const lock = lockExclusively(path, patienceMs)
  try {
    return work()
  } finally {
    lock.close()
  }
}

/**
 * Holds a lock for as long as the database that is returned stays open; the system lets go of it with the process.
 *
 * @throws SqliteError `SQLITE_BUSY` where another process holds it for longer than `patienceMs`
 */
export function lockExclusively(path: string, patienceMs: number): SQLite.Database {
  makePrivateFile(path)
  const lock = new SQLite(path, { timeout: patienceMs })
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    throw cause
  }
  return lock
}

/** Makes an empty file that only its owner can read. SQLite gives its `-wal` and `-shm` the same mode. */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** Looks with a shared lock, so that two processes that look at once do not take each other for the owner. */
function isLocked(path: string): boolean {
  if (!existsSync(path)) return false
  const probe = new SQLite(path, { timeout: 0 })
  try {
    probe.pragma('schema_version')
    return false
  } catch (thrown) {
    if (thrown instanceof SQLite.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return true
    // Spoilt: whoever lives holds a lock, and is found busy before anything is read.
    if (thrown instanceof SQLite.SqliteError && thrown.code === 'SQLITE_NOTADB') return false
    throw new Error(`The lock file ${basename(path)} cannot be read.`, { cause: thrown })
  } finally {
    probe.close()
  }
}
