import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDoor } from '../built.ts'

const megabyte = 1_000_000

/** The most that the program may ever take, in MB. */
const ceiling = 256

/**
 * Written where the program ends: the most memory that it has had, in kB. Not `maxRSS`, which counts what the process that
 * started it had.
 */
const watching = `
  import { readFileSync, writeFileSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  const peak = () => /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]
  if (isMainThread) process.on('exit', () => writeFileSync(process.env.TEST_PEAK, peak()))`

let door: Awaited<ReturnType<typeof buildDoor>>
let folder: string
beforeAll(async () => {
  door = await buildDoor('cli')
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-memory-'))
})
afterAll(async () => {
  await door.remove()
  await rm(folder, { recursive: true, force: true })
})

/** Statements and their durations, across each other, none of them like another. */
async function writeLog(path: string, bytes: number): Promise<number> {
  const file = await open(path, 'w')
  let statements = 0
  for (let written = 0; written < bytes; ) {
    const lines: string[] = []
    for (let n = 0; n < 5_000; n += 1) {
      const round = Math.floor(statements / 24)
      const at = new Date(Date.UTC(2026, 0, 28) + round * 40).toISOString().slice(0, 19).replace('T', ' ')
      const start = (session: number, line: number): string =>
        `${at} UTC [${4_000 + session}]: [${line}-1] user=ann,db=shop,app=app${session},client=10.0.0.${session} LOG:  `
      for (let session = 0; session < 24; session += 1) {
        const statement = `select o.id, o.placed_at from shop.orders o where o.id = ${statements} and o.note <> 'note ${statements * 7}'`
        lines.push(`${start(session, 2 * round + 1)}statement: ${statement}\n`)
        statements += 1
      }
      for (let session = 0; session < 24; session += 1) {
        lines.push(`${start(session, 2 * round + 2)}duration: ${(statements + session) % 997}.125 ms\n`)
      }
      if (lines.length > 10_000) break
    }
    written += (await file.write(lines.join(''))).bytesWritten
  }
  await file.close()
  return statements
}

/** Parses the log with the built command line. */
async function parse(path: string): Promise<{ operations: number; peak: number }> {
  const peakFile = join(folder, 'peak')
  const summary = join(folder, 'summary')
  const child = spawn(
    process.execPath,
    [
      ...['--import', `data:text/javascript,${encodeURIComponent(watching)}`, door.entry],
      ...['--data-folder', join(folder, 'data'), 'logs', 'parse', path, '--json', '--summary', summary],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TEST_PEAK: peakFile } },
  )
  const [, said] = await Promise.all([once(child, 'close'), text(child.stderr)])
  expect(child.exitCode, said).toBe(0)
  const { kinds } = JSON.parse(await readFile(summary, 'utf8')) as { kinds: { statement: number } }
  return { operations: kinds.statement, peak: Number(await readFile(peakFile, 'utf8')) / 1_024 }
}

/** Only Linux tells the memory of a process without that of whoever started it. */
describe.runIf(process.platform === 'linux')('the memory of the built program', { timeout: 600_000 }, () => {
  it('stays under its ceiling, and is the same for a log that is four times as long', async () => {
    const path = join(folder, 'long.log')
    const peaks: number[] = []
    for (const size of [50 * megabyte, 200 * megabyte]) {
      const statements = await writeLog(path, size)
      const { operations, peak } = await parse(path)
      expect(operations).toBe(statements)
      peaks.push(peak)
    }
    const [short = 0, long = 0] = peaks
    expect(long).toBeLessThan(ceiling)
    // A tenth more is allowed. When V8 sweeps up is its own affair, and moves both figures by some 30 MB; whatever were kept
    // of the log would be a part of the 150 MB that it is longer.
    expect(long).toBeLessThan(short * 1.1 + 40)
  })
})
