import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')

type Door = 'web' | 'cli'

/**
 * Builds one door of the main process, as it is shipped, into a folder of the test's own; within the project, so
 * that what is built finds the packages it needs.
 */
export async function buildDoor(name: Door): Promise<{ folder: string; entry: string; remove(): Promise<void> }> {
  const { folder, entries, remove } = await buildDoors([name])
  return { folder, entry: entries[name], remove }
}

/** Builds several doors, with the threads that search the history and read logs beside them. */
export async function buildDoors(
  names: readonly Door[],
): Promise<{ folder: string; entries: Record<Door, string>; remove(): Promise<void> }> {
  await mkdir(join(root, 'test/output'), { recursive: true })
  const folder = await mkdtemp(join(root, `test/output/${names.join('-')}-`))
  const input = Object.fromEntries(names.map((name) => [name, `src/main/${name}.ts`]))
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: join(folder, 'main'),
      target: 'node24',
      rolldownOptions: {
        input: { ...input, historyWorker: 'src/main/history/worker.ts', logsWorker: 'src/main/logs/worker.ts' },
      },
    },
  })
  const entry = (name: Door): string => join(folder, 'main', `${name}.js`)
  return {
    folder,
    entries: { web: entry('web'), cli: entry('cli') },
    remove: () => rm(folder, { recursive: true }),
  }
}
