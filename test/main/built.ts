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
  const input = Object.fromEntries(names.map((name) => [name, `src/main/${name}.ts`]))
  const threads = { historyWorker: 'src/main/history/worker.ts', logsWorker: 'src/main/logs/worker.ts' }
  const { folder, entryOf, remove } = await buildInto(names.join('-'), { ...input, ...threads })
  return { folder, entries: { web: entryOf('web'), cli: entryOf('cli') }, remove }
}

/** Builds a program of a test's own in the same way; its entry is the one of that name. */
export async function buildProgram(
  name: string,
  input: Readonly<Record<string, string>>,
): Promise<{ entry: string; remove(): Promise<void> }> {
  const { entryOf, remove } = await buildInto(name, input)
  return { entry: entryOf(name), remove }
}

async function buildInto(name: string, input: Readonly<Record<string, string>>) {
  await mkdir(join(root, 'test/output'), { recursive: true })
  const folder = await mkdtemp(join(root, `test/output/${name}-`))
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: join(folder, 'main'),
      target: 'node24',
      rolldownOptions: { input: { ...input } },
    },
  })
  return {
    folder,
    entryOf: (entry: string): string => join(folder, 'main', `${entry}.js`),
    remove: () => rm(folder, { recursive: true }),
  }
}
