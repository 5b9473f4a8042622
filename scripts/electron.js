import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownNode, root } from './node.js'
import { run } from './run.js'

const folder = join(root, 'node_modules', 'electron')

/** Path of Electron's binary, or null: its package comes without, and fetches it later. */
export function findElectron() {
  try {
    const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist')
    const binary = join(dist, readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(binary) ? binary : null
  } catch {
    // path.txt is written when the binary has been fetched.
    return null
  }
}

/**
 * Why this session cannot show a window of Electron, even with its binary; null when it can.
 *
 * @param {{ platform: string, uid: number | undefined, env: NodeJS.ProcessEnv }} session
 */
export function whyNoWindow({ platform, uid, env }) {
  if (platform !== 'linux') return null
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'this session has no display (DISPLAY is not set)'
  if (uid === 0) return "Electron's sandbox does not work for root"
  return null
}

export const thisSession = () => ({ platform: process.platform, uid: process.getuid?.(), env: process.env })

/**
 * The binary, fetched when it is not there.
 *
 * @returns {Promise<{ binary: string } | { reason: string }>}
 */
export async function obtainElectron() {
  const there = findElectron()
  if (there !== null) return { binary: there }
  const version = String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
  const source =
    process.env['ELECTRON_MIRROR'] ??
    process.env['npm_config_electron_mirror'] ??
    'https://github.com/electron/electron/releases/download/'
  const unreachable = await whyUnreachable(source)
  if (unreachable !== null) {
    return { reason: `Electron's binary is not there, and ${new URL(source).host} cannot be reached (${unreachable})` }
  }
  console.log(`Fetching Electron ${version} (some 110 MB, once) …`)
  const fetched = await run(ownNode, [join(folder, 'install.js')], { minutes: 10, quiet: true })
  const binary = findElectron()
  if (fetched.ok && binary !== null) return { binary }
  const last = fetched.output.trim().split('\n')[0] ?? ''
  return { reason: `Electron's binary could not be fetched: it ${fetched.problem || 'is incomplete'} (${last})` }
}

/**
 * A host that drops what is sent to it would hold us up for minutes; ten seconds tell.
 *
 * @param {string} url
 * @returns {Promise<string | null>}
 */
async function whyUnreachable(url) {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(10_000) })
    return null
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    if (!(cause instanceof Error)) return String(cause)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  }
}

/** What can be said to the user, whatever the reason was. */
export const electronHint = `To get the window: on a machine that reaches it, run npx install-electron in ${dirname(dirname(fileURLToPath(import.meta.url)))}, or set ELECTRON_MIRROR.`
