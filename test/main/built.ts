import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')

/**
 * Builds one door of the main process, as it is shipped, into a folder of the test's own; within the project, so
 * that what is built finds the packages it needs.
 */
export async function buildDoor(
  name: 'web' | 'cli',
): Promise<{ folder: string; entry: string; remove(): Promise<void> }> {
  await mkdir(join(root, 'test/output'), { recursive: true })
  const folder = await mkdtemp(join(root, `test/output/${name}-`))
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: { ssr: `src/main/${name}.ts`, outDir: join(folder, 'main'), target: 'node24' },
  })
  return {
    folder,
    entry: join(folder, 'main', `${name}.js`),
    remove: () => rm(folder, { recursive: true }),
  }
}
