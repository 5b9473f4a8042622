import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import SQLite from 'better-sqlite3'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import {
  damageFailure,
  forgetDamage,
  isDamage,
  noteDamage,
  notedDamage,
  putAside,
  putBrokenWalAside,
} from './damage.ts'
import { claimInstance, exclusively, type Instance, makePrivateFile } from './instance.ts'
import { migrate } from './migrations.ts'
import { prepareQuery, type Query } from './query.ts'
import { salvage, salvagedText } from './salvage.ts'

/** What this machine remembers: connections, history, and what waits to be told to a server. */
export interface Cache {
  readonly db: SQLite.Database
  /** Its file, for a thread that opens a handle of its own. */
  readonly path: string
  /** This process among those that have the cache open: a UUID. */
  readonly instance: string
  /** What a person must be told about the cache: a broken file that was put aside, or is to be. */
  readonly notice: string | null
  /** Is the process whose `instance` this is still running? */
  isAlive(instance: string): boolean
  /** Prepares a reading statement whose rows are checked against `row`. Keep the result: it is prepared once. */
  query<Row extends z.ZodType>(sql: string, row: Row): Query<z.output<Row>>
  /** Runs `work` in one transaction that takes the write lock at once: all of it is kept, or nothing. */
  transaction<T>(work: () => T): T
  /**
   * What a person is told of an error: that the file is damaged, where SQLite has found that. The next start puts it
   * aside then. Any other error comes back as it is.
   */
  explain(thrown: unknown): unknown
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

/** A cache in memory, for what the file does not take: it is gone with the program. @param instance as in the file's */
export function openInMemory(instance: string): Cache {
  const db = new SQLite(':memory:')
  db.pragma('foreign_keys = on')
  migrate(db)
  return {
    db,
    path: '',
    instance,
    notice: null,
    isAlive: (other) => other === instance,
    query: (sql, row) => prepareQuery(db, sql, row),
    transaction: (work) => db.transaction(work).immediate(),
    explain: (thrown) => thrown,
    close: () => void db.close(),
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
    let told = notice
    return {
      db,
      path,
      instance: instance.id,
      get notice() {
        return told
      },
      isAlive: instance.isAlive,
      query: (sql, row) => prepareQuery(db, sql, row),
      transaction: (work) => db.transaction(work).immediate(),
      explain: (thrown) => {
        if (!isDamage(thrown)) return thrown
        const failure = damageFailure(toFault(thrown).message)
        noteDamage(path, toFault(thrown).message)
        told = [failure.fault.message, failure.fault.hint].join(' ')
        return failure
      },
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
    return openOrReplace(instance, path)
  } catch (thrown) {
    instance.release()
    throw thrown
  }
}

function openOrReplace(instance: Instance, path: string): OpenFile {
  const damage = notedDamage(path)
  try {
    if (damage !== null) {
      if (!instance.isAlone()) throw usedByOthers(damage)
      if (!isWhole(path)) return replace(instance, path, damage)
      // A disk or a share that answered wrongly once: nothing of the file is lost.
      forgetDamage(path)
    }
    const notice = instance.isAlone() ? putBrokenWalAside(path) : null
    return { db: openFile(path), notice }
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown
    return replace(instance, path, toFault(thrown).message)
  }
}

/** Begins a new cache with what can be read of the damaged one. */
function replace(instance: Instance, path: string, reason: string): OpenFile {
  // Whoever has it open would go on writing into the file that was put aside.
  if (!instance.isAlone()) throw usedByOthers(reason)
  const kept = putAside(path)
  const db = openFile(path)
  const begun = `The cache could not be read (${reason}). It is kept as ${basename(kept)}, and a new one was begun.`
  try {
    return { db, notice: `${begun} ${salvagedText(salvage(kept, db))}` }
  } catch (thrown) {
    // Such as a full disk. The old file still holds all of it.
    return { db, notice: `${begun} Nothing could be taken over from it: ${toFault(thrown).message}.` }
  }
}

function usedByOthers(reason: string): Failure {
  return new Failure({
    code: 'unavailable',
    message: 'The cache is damaged, and another pgSteward has it open.',
    detail: reason,
    hint: 'Close every pgSteward and start one: it keeps the damaged file aside, takes over what can be read of it, and begins a new one.',
  })
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
    // What is deleted or moved is overwritten: a text that the history lets go of stands nowhere in the file.
    db.pragma('secure_delete = on')
    if (statSync(path).size <= checkedWholeBytes) checkWhole(db)
    migrate(db)
    return db
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/** Is every page of the file what it should be? Reads all of it: some seconds for a million operations. */
function isWhole(path: string): boolean {
  try {
    const db = new SQLite(path, { readonly: true })
    try {
      return db.pragma('integrity_check(1)', { simple: true }) === 'ok'
    } finally {
      db.close()
    }
  } catch (thrown) {
    if (isDamage(thrown)) return false
    throw thrown
  }
}

function checkWhole(db: SQLite.Database): void {
  const verdict = z.string().parse(db.pragma('quick_check(1)', { simple: true }))
  if (verdict !== 'ok') throw new SQLite.SqliteError(verdict, 'SQLITE_CORRUPT')
}
