/**
 * npm run bench -- NAME: runs test/bench/NAME.bench.ts, writes its figures with the machine's facts as JSON to
 * standard output and to test/output/bench/NAME.json. Nothing else should run on the machine meanwhile.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { machine } from './harness.ts'

const bench = z.object({ default: z.custom<() => Promise<unknown>>((value) => typeof value === 'function') })

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...rest]: string[]): Promise<number> {
  const known = (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.slice(0, -'.bench.ts'.length))
  if (name === undefined || rest.length > 0 || !known.includes(name)) {
    console.error(`Usage: npm run bench -- NAME, one of: ${known.join(', ')}`)
    return 2
  }
  const { default: measure } = bench.parse(await import(`./${name}.bench.ts`))
  const report = { bench: name, machine: machine(), comparisons: await measure() }
  const text = `${JSON.stringify(report, null, 2)}\n`
  const folder = join(import.meta.dirname, '..', 'output', 'bench')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name}.json`), text)
  process.stdout.write(text)
  return 0
}
