import { chmodSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import SQLite from 'better-sqlite3'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import { claimInstance, exclusively, type Instance, makePrivateFile } from './instance.ts'
import { migrate } from './migrations.ts'
import { prepareQuery, type Query } from './query.ts'

/** What this machine remembers: connections, history, and what waits to be told to a server. */
export interface Cache {
  readonly db: SQLite.Database
  /** Its file, for a thread that opens a handle of its own. */
  readonly path: string
  /** This process among those that have the cache open: a UUID. */
  readonly instance: string
  /** What a person must be told about the cache: a broken file that was put aside. */
  readonly notice: string | null
  /** Is the process whose `instance` this is still running? */
  isAlive(instance: string): boolean
  /** Prepares a reading statement whose rows are checked against `row`. Keep the result: it is prepared once. */
  query<Row extends z.ZodType>(sql: string, row: Row): Query<z.output<Row>>
  /** Runs `work` in one transaction that takes the write lock at once: all of it is kept, or nothing. */
  transaction<T>(work: () => T): T
  close(): void
}

/** How long a process waits for another one that writes. */
const patienceMs = 10_000

/** Files up to this size are read through at opening: it takes less than a tenth of a second. */
const checkedWholeBytes = 64 * 1024 * 1024

/**
 * Opens the cache in `folder`, which it makes, readable for its owner alone.
 *
 * @throws Failure `refused` when a newer program has written it, `unavailable` where the folder cannot be used
 */
export function openCache(folder: string): Cache {
  try {
    return openIn(folder)
  } catch (thrown) {
    // What the system and SQLite throw has a code; what else there is would be a fault of ours.
    if (thrown instanceof Failure || !(thrown instanceof Error && 'code' in thrown)) throw thrown
    throw new Failure(
      {
        code: 'unavailable',
        message: `pgSteward cannot keep its data in ${folder}.`,
        detail: thrown.message,
        hint: 'It needs a folder of its own that this user may write to, on a disk with room. --data-folder or PGSTEWARD_DATA names another one.',
      },
      { cause: thrown },
    )
  }
}

function openIn(folder: string): Cache {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)

  // One process at a time: two that find the same broken file must not put the new one aside too.
  return exclusively(join(folder, 'opening.db'), patienceMs, () => {
    const instance = claimInstance(join(folder, 'instances'))
    const path = join(folder, 'cache.db')
    const { db, notice } = openFor(instance, path)
    return {
      db,
      path,
      instance: instance.id,
      notice,
      isAlive: instance.isAlive,
      query: (sql, row) => prepareQuery(db, sql, row),
      transaction: (work) => db.transaction(work).immediate(),
      close: () => {
        if (!db.open) return
        db.close()
        instance.release()
      },
    }
  })
}

interface OpenFile {
  db: SQLite.Database
  notice: string | null
}

function openFor(instance: Instance, path: string): OpenFile {
  try {
    return openOrReplace(path)
  } catch (thrown) {
    instance.release()
    throw thrown
  }
}

function openOrReplace(path: string): OpenFile {
  try {
    return { db: openFile(path), notice: null }
  } catch (thrown) {
    if (!isCorrupt(thrown)) throw thrown
    const kept = putAside(path)
    const notice =
      `The cache could not be read (${thrown.message}). It is kept as ${basename(kept)}, and a new one was begun: ` +
      'saved connections and records that were waiting to be sent are in the old file.'
    return { db: openFile(path), notice }
  }
}

function openFile(path: string): SQLite.Database {
  makePrivateFile(path)
  const db = new SQLite(path, { timeout: patienceMs })
  try {
    db.pragma('journal_mode = wal')
    // FULL, not NORMAL: in WAL mode NORMAL may lose the last commits when the power fails, and a record of
    // an operation that ran at the server must not be among them.
    db.pragma('synchronous = full')
    db.pragma('foreign_keys = on')
    if (statSync(path).size <= checkedWholeBytes) checkWhole(db)
    migrate(db)
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

function checkWhole(db: SQLite.Database): void {
  const verdict = z.string().parse(db.pragma('quick_check(1)', { simple: true }))
  if (verdict !== 'ok') throw new SQLite.SqliteError(verdict, 'SQLITE_CORRUPT')
}

function isCorrupt(thrown: unknown): thrown is InstanceType<typeof SQLite.SqliteError> {
  return thrown instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(thrown.code)
}

/** Moves the file with its WAL, under names by which SQLite's own tools still open them together. */
function putAside(path: string): string {
  const kept = `${path}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix)
  }
  return kept
}
