/**
 * npm run bench:logs [-- PART … MEGABYTES [PAIRS] [tpcb]]: the parser of server logs, and the built program's import of them, against
 * pgBadger and psql, upon what a real server logged of pgbench; with `tpcb`, of pgbench's own transaction alone. Needs pgbench; without
 * pgBadger the comparisons are left out, and said to be.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { build } from '../../scripts/build.js'
import { buildProgram } from '../main/built.ts'
import { type Figure, sayFigure } from './figure.ts'
import { compare } from './harness.ts'
import { type Corpus, makeCorpus, prefix } from './logs/corpus.ts'
import { importFigures } from './logs/import.ts'
import { windowFigures } from './logs/window.ts'

const run = promisify(execFile)

const parsed = z.object({ ms: z.number(), operations: z.number(), refused: z.number(), peakMb: z.number() })
type Parsed = z.infer<typeof parsed>
type Format = 'stderr' | 'csv' | 'json'

/** How many times faster than `pgbadger -j 1` it has to be. */
const least: Readonly<Record<Format, number>> = { stderr: 20, csv: 20, json: 12 }
const badgers: Readonly<Record<Format, string>> = { stderr: 'stderr', csv: 'csv', json: 'jsonlog' }

const parts = ['parse', 'import', 'window'] as const

/** The window imports so many times the log of the other parts: of 150 MB, about 1 GB. */
const windowTimes = 7

export default async function measure(wanted: string[]): Promise<Figure[]> {
  const [megabytes = '150', pairs = '3'] = wanted.filter((each) => /^\d+$/.test(each))
  const named = parts.filter((part) => wanted.includes(part))
  const isWanted = (part: (typeof parts)[number]): boolean => named.length === 0 || named.includes(part)
  const workload = wanted.includes('tpcb') ? 'tpcb' : 'shop'
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-bench-logs-'))
  // As it is shipped: to translate the sources takes longer than to begin.
  const program = await buildProgram('parse', { parse: 'test/bench/logs/parse.ts' })
  try {
    const corpus = await makeCorpus(folder, Number(megabytes) * 2 ** 20, workload)
    const hasBadger = await run('pgbadger', ['--version']).then(
      () => true,
      () => false,
    )
    const figures: Figure[] = []
    for (const format of ['stderr', 'csv', 'json'] as const) {
      if (!isWanted('parse')) break
      for (const figure of await figuresOf(format, corpus, folder, program.entry, hasBadger ? Number(pairs) : 0)) {
        console.error(sayFigure(figure))
        figures.push(figure)
      }
    }
    if (isWanted('import') || isWanted('window')) {
      const broken = await build({ quiet: true })
      if (broken !== '') throw new Error(broken)
    }
    if (isWanted('import')) {
      for (const figure of await importFigures(corpus, folder, { pairs: Number(pairs), hasBadger })) {
        console.error(sayFigure(figure))
        figures.push(figure)
      }
    }
    if (isWanted('window')) {
      for (const figure of await windowFigures(corpus, folder, Number(megabytes) * 2 ** 20 * windowTimes)) {
        console.error(sayFigure(figure))
        figures.push(figure)
      }
    }
    if (!hasBadger) console.error('pgBadger is not installed: what is measured against it is left out.')
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
    await program.remove()
  }
}

async function figuresOf(
  format: Format,
  corpus: Corpus,
  folder: string,
  program: string,
  pairs: number,
): Promise<Figure[]> {
  const file = corpus[format]
  const parse = (times: number): Promise<Parsed> => parseBy(program, file, format, times)
  const megabytes = (await stat(file)).size / 2 ** 20
  const once = await parse(1)
  const fourTimes = await parse(4)
  const figures: Figure[] = [
    { what: `${format}: size of the log`, value: megabytes, unit: 'MB' },
    { what: `${format}: parsed in a second, in MB`, value: megabytes / (once.ms / 1000), unit: '1/s', detail: once },
    {
      what: `${format}: operations found, of those in the csv`,
      value: once.operations / corpus.operations,
      unit: 'ratio',
      least: 1,
      most: 1,
      detail: { operations: corpus.operations, refused: once.refused },
    },
    { what: `${format}: peak memory of the process`, value: once.peakMb, unit: 'MB', most: 256 },
    {
      what: `${format}: peak memory with four times as much, of that`,
      value: fourTimes.peakMb / once.peakMb,
      unit: 'ratio',
      most: 1.1,
    },
  ]
  if (pairs > 0) {
    const report = join(folder, 'report.html')
    const badger = ['-j', '1', '-q', '-f', badgers[format], ...(format === 'stderr' ? ['-p', prefix] : [])]
    const comparison = await compare({
      a: { name: 'parser', run: async () => void (await parse(1)) },
      b: { name: 'pgbadger -j 1', run: async () => void (await run('pgbadger', [...badger, '-o', report, file])) },
      pairs,
      warmUp: 0,
    })
    const what = `${format}: times faster than pgBadger`
    figures.push({ what, value: comparison.ratio.median, unit: 'ratio', least: least[format], detail: comparison })
  }
  return figures
}

/** In a process of its own, with its start: pgBadger has one too. */
async function parseBy(program: string, file: string, format: Format, times: number): Promise<Parsed> {
  const child = spawn(process.execPath, [program, file, format, prefix, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The parser ended with ${code}.`)
  return parsed.parse(JSON.parse(said))
}
