import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ownNode, root } from './node.js'
import { run } from './run.js'

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} Locked
 * @typedef {{ packages?: Record<string, Locked> }} Lock
 */

/**
 * What package-lock.json asks for and node_modules does not have in that version. npm writes what it has
 * installed into node_modules/.package-lock.json, in the same form.
 *
 * @param {Lock} wanted
 * @param {Lock | null} installed
 * @returns {string[]} paths below the package's folder
 */
export function findMissing(wanted, installed) {
  const there = installed?.packages ?? {}
  return Object.entries(wanted.packages ?? {}).flatMap(([path, entry]) => {
    if (path === '') return []
    const found = Object.hasOwn(there, path) ? there[path] : undefined
    // Optional packages of other platforms are in the lock file, and never on this disk.
    if (found === undefined) return entry.optional && installed !== null ? [] : [path]
    const differs =
      found.version !== entry.version ||
      (found.integrity !== undefined && entry.integrity !== undefined && found.integrity !== entry.integrity)
    return differs ? [path] : []
  })
}

/**
 * Installs the dependencies of a package of ours when they are not what its lock file says.
 *
 * @param {string} [folder]
 * @returns {Promise<string>} empty, or in one line what could not be had and what to do
 */
export async function installDependencies(folder = root) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    return `pgSteward needs Node 20 or newer to install the one it runs with; this is ${process.version}.`
  }
  const wanted = readLock(join(folder, 'package-lock.json'))
  if (wanted === null) return `${join(folder, 'package-lock.json')} is missing or no JSON: restore it (git checkout).`
  const missing = findMissing(wanted, readLock(join(folder, 'node_modules', '.package-lock.json')))
  const complete = folder !== root || existsSync(ownNode)
  if (missing.length === 0 && complete) return ''

  console.log(`Installing dependencies (${missing.length || 'Node'} missing or outdated) …`)
  const npm = findNpm()
  // Whatever the user's npm leaves out by habit, the tests need it.
  const ci = [npm.npm, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  const options = { cwd: folder, env: process.env, minutes: 15 }
  const isRightNode = process.version === `v${ownNodeVersion()}`
  // npm itself under the project's Node: an older one would warn of every package that asks for a newer.
  const underOwn = [npm.npx, '-y', `node@${ownNodeVersion()}`, ...ci]
  if (!isRightNode && (await run(process.execPath, underOwn, options)).ok) return ''
  const plain = await run(process.execPath, ci, options)
  if (plain.ok) return ''
  return `The dependencies could not be installed (npm ci ${plain.problem}). Look at npm's message above; mostly it is the network or the registry (npm config get registry).`
}

/** @returns {string} the version of Node that package.json asks for */
function ownNodeVersion() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return String(manifest.devDependencies.node)
}

/**
 * npm's own scripts: of the npm that runs us, else of the one that came with Node, else of that on the PATH.
 *
 * @returns {{ npm: string, npx: string }}
 */
function findNpm() {
  const running = process.env['npm_execpath']
  const beside = dirname(process.execPath)
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .filter((path) => existsSync(path))
    .map((path) => dirname(realpathSync(path)))
  const folders = [
    ...(running?.endsWith('npm-cli.js') ? [dirname(running)] : []),
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin'),
    join(beside, 'node_modules', 'npm', 'bin'),
    ...onPath,
  ]
  const found = folders.find((folder) => existsSync(join(folder, 'npx-cli.js')))
  if (found === undefined) {
    throw new Error('npm was not found. Install Node 20 or newer with npm, and run this by npm start or npm test.')
  }
  return { npm: join(found, 'npm-cli.js'), npx: join(found, 'npx-cli.js') }
}

/**
 * @param {string} path
 * @returns {Lock | null}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Not there, or cut short by an installation that was ended: then all of it is missing.
    return null
  }
}
