/** Parses a log in a process of its own and prints, as JSON, how many operations it found and how much memory that took. */
import { readFile } from 'node:fs/promises'
import { LogParser } from '../../../src/core/logs/parser.ts'
import { logFormats } from '../../../src/core/logs/state.ts'
import { keepHeapSmall } from '../../../src/main/logs/heap.ts'
import { newHasher, readLog } from '../../../src/main/logs/read.ts'
import { loadRedaction, redactSql, redactText } from '../../../src/main/logs/redaction.ts'

const [, , file = '', name = '', prefix = '', times = '1'] = process.argv
const format = logFormats.find((each) => each === name)
if (format === undefined) throw new Error(`There is no format ${name}.`)
// As `pgsteward logs parse` does.
keepHeapSmall()
await loadRedaction()

let operations = 0
let refused = 0
const parser = new LogParser(
  { format, prefix, timeZone: null, redact: redactSql, redactText, newHasher, inOrder: false },
  ({ kind }) => {
    if (kind === 'statement' || kind === 'error') operations += 1
  },
  () => {
    refused += 1
  },
)
const began = performance.now()
for (let time = 0; time < Number(times); time += 1) for await (const chunk of readLog(file)) parser.push(chunk)
parser.end()
const ms = performance.now() - began
// The most that the process has ever had, as Linux counts it.
const status = await readFile('/proc/self/status', 'utf8')
const peakKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1])
console.log(JSON.stringify({ ms, operations, refused, peakMb: peakKb / 1024 }))
