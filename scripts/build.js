import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownNode, root } from './node.js'
import { run } from './run.js'
import { tool } from './tool.js'

/** All that the built program depends on. */
const sources = ['src', 'sql', 'electron.vite.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json']
const products = [
  'out/main/electron.js',
  'out/main/web.js',
  'out/main/cli.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
]

/**
 * A hash over names and contents: a checkout changes times without changing content, and the other way round.
 *
 * @param {string} folder
 * @param {readonly string[]} names files and folders within it; what is not there counts as absent
 * @returns {Promise<string>}
 */
export async function hashOf(folder, names) {
  const hash = createHash('sha256')
  for (const path of await filesOf(folder, names)) {
    const content = await readFile(join(folder, path))
    hash.update(`${path.replaceAll('\\', '/')}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/**
 * @param {{ stamp: string | null, hash: string, productsThere: boolean }} state
 */
export function isStale({ stamp, hash, productsThere }) {
  return !productsThere || stamp !== hash
}

/**
 * Builds what is stale.
 *
 * @param {{ quiet?: boolean, force?: boolean }} [options] quiet: nothing on standard output
 * @returns {Promise<string>} empty, or what went wrong
 */
export async function build({ quiet = false, force = false } = {}) {
  if (!force && !(await needsBuild())) return ''
  return alone(async () => {
    // Another process may have built it while we waited.
    if (!force && !(await needsBuild())) return ''
    const hash = await hashOf(root, sources)
    if (!quiet) console.log('Building …')
    await rm(stampFile, { force: true })
    const built = await run(ownNode, [tool('electron-vite', 'electron-vite'), 'build', '--logLevel', 'warn'], { quiet })
    if (!built.ok) return `The build ${built.problem}.\n${built.output}`.trim()
    await writeFile(stampFile, hash)
    return ''
  })
}

const out = join(root, 'out')
const stampFile = join(out, '.built-from')
const lockFile = join(out, '.building')

async function needsBuild() {
  return isStale({
    hash: await hashOf(root, sources),
    stamp: await readFile(stampFile, 'utf8').catch(() => null), // None before the first build.
    productsThere: products.every((path) => existsSync(join(root, path))),
  })
}

/**
 * Two builds at once would empty each other's folder. The lock names its process, so that one whose process
 * is gone holds nobody up.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(work) {
  await mkdir(out, { recursive: true })
  for (;;) {
    try {
      const lock = await open(lockFile, 'wx')
      await lock.writeFile(String(process.pid))
      await lock.close()
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (await isAbandoned(lockFile)) await rm(lockFile, { force: true })
      else await sleep(200)
    }
  }
  try {
    return await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}

/** Longer than any build may take: whoever has the owner's number by then is another process. */
const longestBuildMs = 15 * 60_000
/** Longer than it takes to write a number into a new file. */
const longestClaimMs = 5_000

/**
 * Is the process gone that made the lock, or was it ended before it could write its number?
 *
 * @param {string} path
 * @returns {Promise<boolean>} false, too, where there is no lock any more
 */
export async function isAbandoned(path) {
  try {
    const owner = Number(await readFile(path, 'utf8'))
    const age = Date.now() - (await stat(path)).mtimeMs
    return owner === 0 ? age > longestClaimMs : age > longestBuildMs || !isAlive(owner)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not allowed to signal it means that it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} names
 * @returns {Promise<string[]>} sorted, relative to the folder
 */
async function filesOf(folder, names) {
  /** @type {string[]} */
  const files = []
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => null) // Absent counts as absent.
    if (found?.isFile()) files.push(name)
    if (!found?.isDirectory()) continue
    for (const inside of await readdir(join(folder, name), { recursive: true })) {
      const path = join(name, inside)
      if ((await stat(join(folder, path))).isFile()) files.push(path)
    }
  }
  return files.sort()
}
