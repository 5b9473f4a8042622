/**
 * npm run regress -- --suite FOLDER --libraries FOLDER [--major 15 | --programs FOLDER] [--driver FILE]: runs PostgreSQL's own
 * regression suite on two new servers, one of them with the framework in the suite's database, and says in which tests
 * they differ. test/regress/README.md says where to get the suite. Nothing of a server that is in use is touched.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { z } from 'zod'
import { allMajors } from '../ground/server.ts'
import type { Suite } from './compare.ts'

const comparing = z.object({
  compare: z.custom<(suite: Suite) => Promise<number>>((value) => typeof value === 'function'),
})
const major = z.literal(allMajors)

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string' },
      libraries: { type: 'string' },
      major: { type: 'string', default: '15' },
      programs: { type: 'string' },
      driver: { type: 'string' },
    },
  })
  const known = major.safeParse(Number(values.major))
  if (values.suite === undefined || values.libraries === undefined || !known.success) {
    console.error(
      'Usage: npm run regress -- --suite FOLDER --libraries FOLDER [--major 15 | --programs FOLDER] [--driver FILE]',
    )
    return 2
  }
  // Through Vite, because what installs the framework has its SQL bundled by it.
  const { module } = await runnerImport(join(import.meta.dirname, 'compare.ts'), {
    root: join(import.meta.dirname, '..', '..'),
    configFile: false,
    logLevel: 'error',
  })
  return comparing.parse(module).compare({
    folder: values.suite,
    libraries: values.libraries,
    major: known.data,
    programs: values.programs ?? null,
    driver: values.driver ?? `/usr/lib/postgresql/${known.data}/lib/pgxs/src/test/regress/pg_regress`,
  })
}
