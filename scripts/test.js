// npm test: installs what is missing, runs every check and every test, and closes with one line of counts.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies } from './install.js'
import { isOwnNode, root, runUnderOwnNode } from './node.js'

process.exitCode = await main(process.argv.slice(2))

/**
 * @param {string[]} args `--all`: every major of PostgreSQL; names of stages: these alone
 * @returns {Promise<number>}
 */
async function main(args) {
  const missing = await installDependencies()
  if (missing !== '') return stop(missing)
  if (!isOwnNode()) return runUnderOwnNode(fileURLToPath(import.meta.url), args)
  if (args.includes('--all')) {
    const missingMajors = await installDependencies(join(root, 'test', 'ground'))
    if (missingMajors !== '') return stop(missingMajors)
  }
  // Not before all is installed: it needs packages.
  const { runStages } = await import('./stages.js')
  return runStages(args)
}

/**
 * The last line has its form even when nothing could begin.
 *
 * @param {string} reason
 */
function stop(reason) {
  console.log(`${reason}\n\n0 passed, 1 failed`)
  return 1
}
