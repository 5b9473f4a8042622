// npm run docs: makes docs/sql-reference.md anew, by the test that compares it.
import { installDependencies } from './install.js'
import { ownEnvironment, ownNode } from './node.js'
import { run } from './run.js'
import { tool } from './tool.js'

const missing = await installDependencies()
if (missing === '') process.exitCode = await make()
else {
  console.error(missing)
  process.exitCode = 1
}

/** @returns {Promise<number>} the exit code */
async function make() {
  const args = [tool('vitest', 'vitest'), 'run', 'test/main/framework/reference.test.ts']
  const env = { ...ownEnvironment(), PGSTEWARD_MAJORS: '18', UPDATE_DOCS: '1' }
  const { ok, output } = await run(ownNode, args, { env, quiet: true })
  console.log(ok ? 'docs/sql-reference.md is made.' : output)
  return ok ? 0 : 1
}
