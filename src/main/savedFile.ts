import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { Failure, toFault } from '../core/fault.ts'
import type { SaveTarget, Sink } from './host.ts'

/** Files that are written whole or not at all. */
export interface SavedFiles {
  /** A place for a file: `path` is completed from the working folder. Nothing is touched before it is opened. */
  at(path: string): SaveTarget
}

/** Says, in the data folder, which temporary file is being written, so that the next start removes it after a crash. */
const noteShape = z.strictObject({ temporary: z.string(), host: z.string(), pid: z.int() })

/**
 * What this process is writing. A note with its number that is not among these is of an earlier process: in a
 * container, each start may have the same number.
 */
const writing = new Set<string>()

/** `.visits.csv.0b…f.pgsteward-part` */
const temporaryName = /^\..+\.[0-9a-f-]{36}\.pgsteward-part$/s
/** So many UTF-16 units of a file's name stand in that: file systems allow 255 bytes, and a unit takes three at most. */
const unitsOfName = 60

/** Removes what a program that was killed has left, and writes what is to be saved. */
export function savedFiles(dataFolder: string): SavedFiles {
  removeUnfinished(dataFolder)
  return { at: (path) => targetAt(resolve(path), notesIn(dataFolder)) }
}

/** Removes what a program that was killed has left of a file. Never throws: what is out of reach stays for another time. */
export function removeUnfinished(dataFolder: string): void {
  const notes = notesIn(dataFolder)
  for (const file of listed(notes)) {
    const path = join(notes, file)
    try {
      const note = noteShape.parse(JSON.parse(readFileSync(path, 'utf8')))
      if (note.host !== hostname() || writing.has(path)) continue
      if (note.pid !== process.pid && isAlive(note.pid)) continue
      if (temporaryName.test(basename(note.temporary))) rmSync(note.temporary, { force: true })
      rmSync(path, { force: true })
    } catch {
      // Not a note of ours, or a folder that is out of reach: it is tried again at the next start.
    }
  }
}

function notesIn(dataFolder: string): string {
  return join(dataFolder, 'saving')
}

function targetAt(path: string, notes: string): SaveTarget {
  return {
    file: path,
    url: null,
    open: async () => {
      const { target, mode } = await placeFor(path)
      const id = randomUUID()
      const temporary = join(
        dirname(target),
        `.${basename(target).slice(0, unitsOfName).toWellFormed()}.${id}.pgsteward-part`,
      )
      mkdirSync(notes, { recursive: true, mode: 0o700 })
      const note = join(notes, `${id}.json`)
      writeFileSync(note, JSON.stringify({ temporary, host: hostname(), pid: process.pid }), { mode: 0o600 })
      writing.add(note)
      try {
        return new FileSink(await open(temporary, 'wx', 0o600), { target, temporary, note, mode })
      } catch (cause) {
        forget(note)
        throw explained(cause, target)
      }
    },
  }
}

/** What stands there already is replaced, and behind a link what the link leads to; its mode is kept. */
async function placeFor(path: string): Promise<{ target: string; mode: number | null }> {
  try {
    const target = await realpath(path)
    const there = await stat(target)
    if (!there.isFile()) throw notAFile(path)
    return { target, mode: there.mode & 0o777 }
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    if (toFault(thrown).code === 'ENOENT') return { target: path, mode: null }
    throw explained(thrown, path)
  }
}

function notAFile(path: string): Failure {
  return new Failure({ code: 'refused', message: `${path} is a folder or a device, and no file.` })
}

interface Place {
  target: string
  temporary: string
  note: string
  mode: number | null
}

class FileSink implements Sink {
  readonly #handle: FileHandle
  readonly #place: Place

  constructor(handle: FileHandle, place: Place) {
    this.#handle = handle
    this.#place = place
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at)
        at += bytesWritten
      }
    } catch (cause) {
      throw explained(cause, this.#place.target)
    }
  }

  async commit(): Promise<void> {
    const { target, temporary, note, mode } = this.#place
    try {
      if (mode !== null) await chmod(temporary, mode)
      await this.#handle.sync()
      await this.#handle.close()
      await rename(temporary, target)
    } catch (cause) {
      throw explained(cause, target)
    }
    await syncFolder(dirname(target))
    forget(note)
  }

  async abort(): Promise<void> {
    // Closed already where the renaming failed.
    await this.#handle.close().catch(() => {})
    try {
      await rm(this.#place.temporary, { force: true })
      forget(this.#place.note)
    } catch {
      // The folder is out of reach just now: the note stays, and the next start removes the file.
    }
  }
}

/** So that the new name outlives a power cut. Some systems, and some network folders, cannot do it. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {
    // The file itself is written: that is as much as can be had here.
  }
}

function forget(note: string): void {
  rmSync(note, { force: true })
  writing.delete(note)
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'))
  } catch {
    return [] // Nothing was ever saved from here.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return toFault(thrown).code === 'EPERM'
  }
}

/** Why a file cannot be written, and what stands there now. */
function explained(cause: unknown, target: string): Failure {
  if (cause instanceof Failure) return cause
  const fault = toFault(cause)
  const [message, hint] = wordsFor(fault.code, target)
  return new Failure({ code: fault.code, message, detail: fault.message, hint }, { cause })
}

function wordsFor(code: string, target: string): [string, string] {
  const nothing = 'Nothing of it was left there; a file that stood under this name is as it was.'
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [`There is no room left on the disk for ${target}.`, `${nothing} Make room, or choose another disk.`]
    case 'EFBIG':
      return [`${target} has become larger than files may be there.`, `${nothing} Choose another place.`]
    case 'ENOENT':
      return [`The folder of ${target} does not exist.`, 'Make it, or choose another one.']
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return [`This user may not write ${target}.`, `${nothing} Choose another folder.`]
    default:
      return [`${target} could not be written.`, nothing]
  }
}
