import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Stretches } from '../../../src/core/logs/csvStretches.ts'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import { csv } from './csv.ts'
import { parserOptions, readLog } from './read.ts'

const names = Array.from({ length: 8 }, (_, n) => `"c0"."column_${n}" AS "c0_column_${n}"`).join(', ')
const raw = (text: string): string => text.replaceAll('"', '""')
const field = (text: string): string => `,"${raw(text)}",,`

/** What is learned from each of these fields, and then found in `wanted`. */
function found(fields: readonly string[], wanted: string): string | null {
  const stretches = new Stretches()
  for (const each of fields.map(field)) stretches.learn(each, each.indexOf('""', 2), each.lastIndexOf('"'))
  const text = field(wanted)
  return stretches.find(text, text.indexOf('""', 2))?.text ?? null
}

describe('a stretch of a field with doubled quotes', () => {
  const upToValue = `${names} from "c0" where "c0"."id"`

  it('is known from its second time on', () => {
    expect(found([`select ${names}`], `select ${names}`)).toBeNull()
    expect(found([`select ${names}`, `select ${names}`], `select ${names}`)).toBe(names)
  })

  it('ends before the first value, which is another one the next time', () => {
    const query = (id: string): string => `select ${upToValue} = ${id} and "c0"."is_active"`
    for (const [one, other] of [
      ['1', '2'],
      ["'a'", "'b'"],
      ['$1', '$1'],
    ] as const) {
      const whole = one === '$1' ? `${upToValue} = $1 and "c0"."is_active"` : upToValue
      expect(found([query(one), query(one)], query(other))).toBe(whole)
    }
  })

  it('is the longest of those that are known', () => {
    const longer = `${names}, "c1"."x" AS "c1_x"`
    expect(found([names, names, longer, longer], longer)).toBe(longer)
    expect(found([longer, longer, names, names], longer)).toBe(longer)
    expect(found([longer, longer, names, names], `${names}, "c2"."x"`)).toBe(names)
  })

  it('is none where the field goes on otherwise', () => {
    expect(found([names, names], names.replace('column_7', 'column_8'))).toBeNull()
    expect(found([names, names], names.slice(0, 40))).toBeNull()
  })

  it('is none where it is short', () => {
    expect(found(['"a" "b"', '"a" "b"'], '"a" "b"')).toBeNull()
  })
})

describe('records whose fields repeat what was in others', () => {
  /** As pieces come from a file: the first line alone, because it is read apart, and then all others at once. */
  function readTogether(records: readonly string[]): LogEvent[] {
    const events: LogEvent[] = []
    const parser = new LogParser(
      parserOptions({ format: 'csv' }, true),
      (event) => events.push(event),
      () => undefined,
    )
    const [first = '', ...others] = records
    parser.push(new TextEncoder().encode(first))
    parser.push(new TextEncoder().encode(others.join('')))
    parser.end()
    return events
  }

  const withoutPlace = (event: LogEvent): LogEvent => ({ ...event, byte_offset: 0, line: 0 })

  it('are read as if each were the first', () => {
    const part = fc.constantFrom(names, `${names}, `, '"', '""', '"""', ' = 1', "'a'", 'é', '\n', ', "x"', '","', ',,')
    const message = fc.array(part, { maxLength: 6 }).map((parts) => `noted: ${parts.join('')}`)
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (messages) => {
        // From its second time on a stretch is known, and from its third it is met.
        const records = [...messages, ...messages, ...messages].map((each) => csv(each))
        const alone = records.flatMap((each) => readLog(each, { format: 'csv' }).events)
        expect(readTogether(records).map(withoutPlace)).toEqual(alone.map(withoutPlace))
        expect(alone.map((event) => event.message)).toEqual([...messages, ...messages, ...messages])
      }),
      { numRuns: 500 },
    )
  })
})
