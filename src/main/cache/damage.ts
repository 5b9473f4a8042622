import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Failure, toFault } from '../../core/fault.ts'

/** Is it SQLite that finds its file damaged, here or in a thread of ours? */
export function isDamage(thrown: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(toFault(thrown).code)
}

/**
 * Notes beside the cache that it was found damaged while it was open. Every statement of the program is prepared on that
 * file: the next start puts it aside.
 */
export function noteDamage(path: string, reason: string): void {
  try {
    writeFileSync(noteOf(path), reason, { mode: 0o600 })
  } catch {
    // The disk takes nothing any more: the next start checks the file by itself, as far as it is not large.
  }
}

/** Why the cache was found damaged the last time; null where it was not. */
export function notedDamage(path: string): string | null {
  if (!existsSync(noteOf(path))) return null
  if (existsSync(path)) return readFileSync(noteOf(path), 'utf8').slice(0, 1_000)
  rmSync(noteOf(path)) // Somebody has taken the file away.
  return null
}

/** The file was looked through, and nothing is wrong with it. */
export function forgetDamage(path: string): void {
  rmSync(noteOf(path), { force: true })
}

/** What whoever called is told of it. */
export function damageFailure(reason: string): Failure {
  return new Failure({
    code: 'damaged',
    message: 'The file in which this machine keeps its history, connections and saved queries is damaged.',
    detail: reason,
    hint: 'What runs is not disturbed. Close pgSteward and start it again: it looks through the file and, where it is damaged, keeps it aside, takes over what can be read of it, and begins a new one.',
  })
}

/** Moves the file with its WAL, under names by which SQLite's own tools still open them together. */
export function putAside(path: string): string {
  const kept = nameAside(path)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix)
  }
  rmSync(noteOf(path), { force: true })
  return kept
}

/**
 * Moves a WAL aside whose beginning is none: SQLite would pass it over, and write over it, without a word. Says so;
 * null where it is right. Nobody may have the cache open.
 */
export function putBrokenWalAside(path: string): string | null {
  const wal = `${path}-wal`
  if (!existsSync(wal) || isWal(wal)) return null
  const kept = nameAside(wal)
  renameSync(wal, kept)
  return (
    `The last changes to the cache could not be read. They are kept as ${basename(kept)}; what was recorded, saved or ` +
    'marked shortly before may be missing.'
  )
}

function nameAside(path: string): string {
  return `${path}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
}

function noteOf(path: string): string {
  return `${path}.damaged`
}

const walHeaderBytes = 32

/** An empty one is right, too; see https://sqlite.org/fileformat2.html#walformat */
function isWal(path: string): boolean {
  const header = Buffer.alloc(walHeaderBytes)
  const file = openSync(path, 'r')
  try {
    const read = readSync(file, header, 0, walHeaderBytes, 0)
    if (read === 0) return true
    if (read < walHeaderBytes) return false
  } finally {
    closeSync(file)
  }
  const magic = header.readUInt32BE(0)
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return false
  const isBigEndian = magic === 0x377f0683
  const word = (at: number): number => (isBigEndian ? header.readUInt32BE(at) : header.readUInt32LE(at))
  let [first, second] = [0, 0]
  for (let at = 0; at < 24; at += 8) {
    first = (first + word(at) + second) >>> 0
    second = (second + word(at + 4) + first) >>> 0
  }
  return first === header.readUInt32BE(24) && second === header.readUInt32BE(28)
}
