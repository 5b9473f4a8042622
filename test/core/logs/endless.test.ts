import { describe, expect, it } from 'vitest'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { LogFormat, ParserSummary } from '../../../src/core/logs/state.ts'
import { csv } from './csv.ts'
import { line, parserOptions, readLog } from './read.ts'

const hundredMegabytes = 104_857_600

interface Long {
  events: LogEvent[]
  refused: number
  summary: ParserSummary
  /** Of the heap and what buffers hold, in bytes above where it began. */
  most: number
}

/** Reads a log of which the middle comes again and again. */
function readEndless(format: LogFormat, head: string, middle: string, end: string): Long {
  const events: LogEvent[] = []
  let refused = 0
  const parser = new LogParser(
    parserOptions({ format }, false),
    (event) => events.push(event),
    () => {
      refused += 1
    },
  )
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const before = used()
  let most = before
  const chunk = Buffer.from(middle.repeat(Math.ceil(131_072 / middle.length)))
  parser.push(Buffer.from(head))
  for (let length = 0; length < hundredMegabytes; length += chunk.length) {
    parser.push(chunk)
    most = Math.max(most, used())
  }
  parser.push(Buffer.from(end))
  return { events, refused, summary: parser.end(), most: most - before }
}

const json = (message: string): string =>
  `${JSON.stringify({ timestamp: '2026-11-21 10:00:00.123 UTC', pid: 7, session_id: '65a1b2c3.7', error_severity: 'LOG', message, application_name: 'psql' })}\n`

/** How a format begins and ends a statement, whatever stands in its middle. */
const around: Record<'stderr' | 'csv' | 'json', (message: string) => [string, string]> = {
  stderr: (message) => cut(line(message === '' ? '' : `LOG:  ${message}`)),
  csv: (message) => cut(csv(message)),
  json: (message) => cut(json(message)),
}

function cut(record: string): [string, string] {
  const [head = '', end = ''] = record.split('MIDDLE')
  return [head, end]
}

describe('a statement of 100 MB', () => {
  it.each([
    ['stderr', 'one line', 'select 1, '],
    ['stderr', 'many lines', "\n\tselect 'it''s', "],
    ['csv', 'one line', 'select 1, '],
    ['csv', 'many lines', 'select \'""\', \n2026-11-21 10:00:00.123 UTC,""ann"",\n'],
    ['json', 'one line', 'select 1, '],
    ['json', 'many lines', '\\n\\t\\"select\\", '],
  ] as const)(
    'in %s, of %s, is cut and marked, and what follows is read',
    { timeout: 180_000 },
    (format, _, middle) => {
      const [head, end] = around[format]('statement: select MIDDLE2')
      const { events, refused, summary, most } = readEndless(
        format,
        around[format]('statement: select 1MIDDLE').join('') + head,
        middle,
        end +
          around[format]('duration: 5.000 msMIDDLE').join('') +
          around[format]('statement: select 3MIDDLE').join(''),
      )
      expect(refused).toBe(0)
      expect(events.map(({ statement }) => statement?.slice(0, 8))).toEqual([
        'select 1',
        expect.any(String),
        'select 3',
      ])
      const [, long, last] = events
      expect(long).toMatchObject({ kind: 'statement', tag: 'SELECT', application: 'psql', duration_ms: 5 })
      expect(long?.statement?.length).toBeGreaterThan(700_000)
      expect(long?.statement?.length).toBeLessThan(1_200_000)
      expect(long?.truncated?.bytes).toBeGreaterThan(hundredMegabytes * 0.8)
      expect(long?.truncated?.sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(last).toMatchObject({ statement: 'select 3', truncated: null, application: 'psql' })
      expect(summary.bytes).toBe(
        (last?.byte_offset ?? 0) + Buffer.byteLength(around[format]('statement: select 3MIDDLE').join('')),
      )
      expect(most).toBeLessThan(150_000_000)
    },
  )

  it('in csvlog that is never closed is refused, and what follows is read', () => {
    const [head] = around.csv('statement: select MIDDLE2')
    const { events, refused } = readEndless(
      'csv',
      head,
      'select 1, \n',
      `\n${csv('statement: select "3"')}${csv('statement: select 4')}`,
    )
    expect(refused).toBe(1)
    expect(events.map(({ statement }) => statement)).toEqual(['select "3"', 'select 4'])
  })

  it('is told from another one by its hash, wherever the chunks end', () => {
    const log = (last: string): string => csv(`statement: select ${'1,\n'.repeat(700_000)}${last}`)
    const [one, two, three] = [
      readLog(log('1'), { format: 'csv' }),
      readLog(log('2'), { format: 'csv' }),
      readLog(log('1'), { format: 'csv', chunk: 1_000 }),
    ].map(({ events }) => events[0]?.truncated)
    expect(one).toMatchObject({ bytes: Buffer.byteLength(log('1')) - 1 })
    expect(two?.sha256).not.toBe(one?.sha256)
    expect(three).toEqual(one)
  })
})

describe('what is open in many sessions', () => {
  it('has bounded texts: the oldest end without their durations, and none is lost', () => {
    const events: LogEvent[] = []
    const parser = new LogParser(
      parserOptions({ format: 'csv' }, false),
      (event) => events.push(event),
      () => undefined,
    )
    const text = 'x'.repeat(1_000_000)
    const sessions = 200
    for (let pid = 1; pid <= sessions; pid += 1) {
      parser.push(Buffer.from(csv(`statement: select '${text}'`, { pid })))
      const open = parser.state().parts
      expect(open.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(35_000_000)
    }
    expect(events.length).toBeGreaterThan(150)
    parser.push(Buffer.from(csv('duration: 1.000 ms', { pid: sessions })))
    parser.end()
    expect(events.filter(({ kind }) => kind === 'statement').map(({ pid }) => pid)).toEqual(
      Array.from({ length: sessions }, (_, index) => index + 1),
    )
    expect(events.at(-1)).toMatchObject({ pid: sessions, duration_ms: 1 })
  })

  it('has bounded plans: those that are too many inside of one statement stand for themselves', () => {
    const plan = `duration: 0.142 ms  plan:\nQuery Text: select 1\nResult ${'x'.repeat(100_000)}`
    const { events } = readLog(csv('statement: call p()') + csv(plan).repeat(30) + csv('duration: 3.000 ms'), {
      format: 'csv',
    })
    expect(events[0]).toMatchObject({ statement: 'call p()', duration_ms: 3 })
    expect(events[0]?.plan?.length).toBeLessThan(1_048_577)
    expect(events.slice(1).map(({ kind }) => kind)).toEqual(Array.from({ length: 20 }, () => 'plan'))
  })
})
