// npm start: installs what is missing, builds what is stale, opens the window, or the browser where there is none.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'
import { electronHint, obtainElectron, thisSession, whyNoWindow } from './electron.js'
import { installDependencies } from './install.js'
import { isOwnNode, root, runInTerminal, runUnderOwnNode } from './node.js'

process.exitCode = await main(process.argv.slice(2))

/**
 * @param {string[]} args handed on to the door
 * @returns {Promise<number>}
 */
async function main(args) {
  const missing = await installDependencies()
  if (missing !== '') return fail(missing)
  if (!isOwnNode()) return runUnderOwnNode(fileURLToPath(import.meta.url), args)

  const broken = await build()
  if (broken !== '') return fail(broken)

  const noWindow = whyNoWindow(thisSession())
  const electron = noWindow === null ? await obtainElectron() : { reason: noWindow }
  if ('binary' in electron) return runInTerminal(electron.binary, [root, ...args])
  console.log(`Opening in the browser instead of a window: ${electron.reason}.`)
  if (noWindow === null) console.log(electronHint)
  return runUnderOwnNode(join(root, 'out', 'main', 'web.js'), args)
}

/** @param {string} problem */
function fail(problem) {
  console.error(problem)
  return 1
}
