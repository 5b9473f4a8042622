import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './node.js'

/**
 * The script behind a command of an installed package, for a run under the project's own Node: the links in
 * node_modules/.bin are shell scripts on some systems.
 *
 * @param {string} packageName
 * @param {string} command
 * @returns {string} its path
 */
export function tool(packageName, command) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const script = typeof bin === 'string' ? bin : bin?.[command]
  if (typeof script !== 'string') throw new Error(`${packageName} brings no command ${command}.`)
  return join(folder, script)
}
