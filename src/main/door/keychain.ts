import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { memorySecrets, type Secrets } from '../host.ts'
import type { SafeStorage } from './desktopCalls.ts'

/** Connection id → what the keychain's key has encrypted, in base64. */
const secretsFile = z.record(z.string(), z.base64())

/**
 * Secrets encrypted with a key of the desktop's keychain, in `secrets.json` that only this user reads. Where there
 * is no keychain they stay in memory, and `kind` says so: a key that everyone knows would only look like one.
 */
export function desktopSecrets(safeStorage: SafeStorage, folder: string, platform: NodeJS.Platform): Secrets {
  return hasKeychain(safeStorage, platform) ? keychainSecrets(safeStorage, folder) : memorySecrets()
}

function hasKeychain(safeStorage: SafeStorage, platform: NodeJS.Platform): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return platform !== 'linux' || !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())
}

function keychainSecrets(safeStorage: SafeStorage, folder: string): Secrets {
  const path = join(folder, 'secrets.json')
  const kept = readSecrets(path)

  const write = (): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Written beside and moved into place: a crash in the middle leaves the old file whole.
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  return {
    kind: 'keychain',
    keep: (id, secret) => {
      kept.set(id, safeStorage.encryptString(secret).toString('base64'))
      write()
    },
    read: (id) => {
      const encrypted = kept.get(id)
      if (encrypted === undefined) return null
      try {
        return safeStorage.decryptString(Buffer.from(encrypted, 'base64'))
      } catch {
        return null // The keychain's key is another one by now: the person is asked for the password again.
      }
    },
    forget: (id) => {
      if (kept.delete(id)) write()
    },
  }
}

/** A file that cannot be understood is put aside, whole, and secrets are asked for again. */
function readSecrets(path: string): Map<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return new Map()
    throw error
  }
  try {
    return new Map(Object.entries(secretsFile.parse(JSON.parse(text))))
  } catch {
    renameSync(path, `${path}.unreadable`)
    process.emitWarning(`${path} could not be understood; it was kept as secrets.json.unreadable.`)
    return new Map()
  }
}
