/**
 * npm run bench -- NAME [ARGUMENT …]: runs test/bench/NAME.bench.ts, writes its figures with the machine's facts as JSON to
 * standard output and to test/output/bench/NAME.json. Nothing else should run on the machine meanwhile.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { runnerImport } from 'vite'
import { z } from 'zod'
import { machine } from './harness.ts'

const bench = z.object({
  default: z.custom<(args: string[]) => Promise<unknown>>((value) => typeof value === 'function'),
})

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...rest]: string[]): Promise<number> {
  const known = (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.slice(0, -'.bench.ts'.length))
  if (name === undefined || !known.includes(name)) {
    console.error(`Usage: npm run bench -- NAME [ARGUMENT …], NAME one of: ${known.join(', ')}`)
    return 2
  }
  // Through Vite, because what installs the framework has its SQL bundled by it.
  const root = join(import.meta.dirname, '..', '..')
  const { module } = await runnerImport(join(import.meta.dirname, `${name}.bench.ts`), {
    root,
    configFile: false,
    logLevel: 'error',
  })
  const { default: measure } = bench.parse(module)
  // Above some tenths, somebody else was at work, and the figures are theirs too.
  const load = loadavg()[0]
  const measured = new Date().toISOString()
  const report = { bench: name, machine: machine(), measured, load, comparisons: await measure(rest) }
  const text = `${JSON.stringify(report, null, 2)}\n`
  const folder = join(import.meta.dirname, '..', 'output', 'bench')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.json`), text)
  process.stdout.write(text)
  return 0
}
