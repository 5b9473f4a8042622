import { constants, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { Failure } from '../../core/fault.ts'

/**
 * A file of this machine that is to be read, more than once.
 *
 * @throws Failure saying why it cannot be, and what to do
 */
export async function findFile(path: string): Promise<Stats> {
  let found: Stats
  try {
    found = await stat(path)
    if (found.isFile()) await access(path, constants.R_OK)
  } catch (cause) {
    throw unreadable(path, cause)
  }
  if (found.isFile()) return found
  throw found.isDirectory()
    ? refused(`${path} is a folder.`, 'Name the files in it, such as its *.log.')
    : refused(`${path} is no file, but a pipe or a device.`, 'Write what comes of it to a file, and name that.')
}

/** What the system says of a file, in words. */
export function unreadable(path: string, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const fault = () => {
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return { code: 'not_found', message: `There is no file ${path}.`, hint: 'Is it spelled as it is on the disk?' }
      case 'EACCES':
      case 'EPERM':
        return {
          code: 'refused',
          message: `You may not read ${path}.`,
          hint: 'Run pgsteward as a user who may, such as postgres, or make a copy that you may read.',
        }
      default: {
        const detail = cause instanceof Error ? cause.message : String(cause)
        return {
          code: 'unavailable',
          message: `${path} cannot be read.`,
          hint: 'Is its disk there, and whole?',
          detail,
        }
      }
    }
  }
  return new Failure(fault(), { cause })
}

function refused(message: string, hint: string): Failure {
  return new Failure({ code: 'refused', message, hint })
}
