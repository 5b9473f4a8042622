import { describe, expect, it } from 'vitest'
import { comparerOf, type Key } from '../../../src/core/editor/compare.ts'
import { testOf } from '../../../src/core/editor/rowFilter.ts'
import { Statistics } from '../../../src/core/editor/statistics.ts'

const oids = {
  int8: 20,
  numeric: 1700,
  float8: 701,
  bool: 16,
  date: 1082,
  timestamptz: 1184,
  timetz: 1266,
  interval: 1186,
  money: 790,
  text: 25,
}

function sorted(type: keyof typeof oids, values: readonly string[]): string[] {
  const { keyOf, compare } = comparerOf({ typeOid: oids[type] })
  const key = (text: string): Key => keyOf(text) ?? text
  return [...values].reverse().sort((one, other) => compare(key(one), key(other)))
}

const column = (type: keyof typeof oids) => ({ name: 'c', type, typeOid: oids[type] })

describe('values are compared as PostgreSQL does', () => {
  it.each([
    ['int8', ['-9223372036854775808', '-10', '9', '10', '9007199254740992', '9007199254740993', '9223372036854775807']],
    [
      'numeric',
      [
        '-Infinity',
        `-1${'0'.repeat(400)}`,
        '-0.2',
        '0.10000000000000000001',
        '0.10000000000000000002',
        '9',
        '10.5',
        `1${'0'.repeat(400)}`,
        'Infinity',
        'NaN',
      ],
    ],
    ['float8', ['-Infinity', '-1e+300', '2', '1e+300', 'Infinity', 'NaN']],
    ['bool', ['f', 't']],
    ['date', ['-infinity', '4713-01-01 BC', '0001-12-31 BC', '0001-01-01', '1999-12-31', '10000-01-01', 'infinity']],
    [
      'timestamptz',
      [
        '2024-06-01 12:00:00+03',
        '2024-06-01 12:00:00.000001+03',
        '2024-06-01 10:00:00+00',
        '2024-06-01 09:00:00-05:30',
        '294276-12-31 23:59:59.999999+00',
      ],
    ],
    ['timetz', ['12:00:00+03', '10:00:00+00', '09:00:00-05']],
    ['interval', ['-1 days', '-00:00:01', '23:59:59', '1 day', '29 days', '1 mon', '1 year 2 mons 3 days 04:05:06.7']],
    ['money', ['-$1,000.00', '$2.00', '$10.00']],
    ['text', ['', 'A', 'Z', 'a', 'Ä', '\ue000', '😀']],
  ] as const)('%s', (type, values) => {
    expect(sorted(type, values)).toEqual([...values])
  })

  it('without a look at a date in another style, of which day and month are not to be told', () => {
    expect(comparerOf({ typeOid: oids.date }).keyOf('01/02/2024')).toBeNull()
  })
})

describe('a condition', () => {
  it('compares by type, and is met by no null', () => {
    const atLeast = testOf({ column: 0, is: 'at least', value: '9' }, [column('int8')])
    expect(['10', '9', '8', null].map(atLeast)).toEqual([true, true, false, false])
    const between = testOf({ column: 0, is: 'between', value: '2024-01-01', to: '2024-12-31' }, [column('date')])
    expect(['2024-06-01', '0044-03-15 BC', 'infinity'].map(between)).toEqual([true, false, false])
    const without = testOf({ column: 0, is: 'not contains', value: 'AB' }, [column('text')])
    expect(['xabx', 'x', null].map(without)).toEqual([false, true, false])
    expect([null, ''].map(testOf({ column: 0, is: 'null' }, [column('text')]))).toEqual([true, false])
  })

  it('says what is no value of the type, and which column there is none of', () => {
    expect(() => testOf({ column: 0, is: 'equal', value: 'ten' }, [column('int8')])).toThrow('“ten” is no int8.')
    expect(() => testOf({ column: 3, is: 'null' }, [column('int8')])).toThrow('does not exist')
  })
})

describe('statistics', () => {
  const of = (type: keyof typeof oids, values: readonly (string | null)[]) => {
    const statistics = new Statistics(column(type))
    for (const value of values) statistics.add(value)
    return statistics.result(true)
  }

  it('of numbers lose no digit', () => {
    expect(of('int8', ['9223372036854775807', '9223372036854775805', null, '10', '9'])).toMatchObject({
      rows: 5,
      nulls: 1,
      distinct: 4,
      min: '9',
      max: '9223372036854775807',
      mean: '4611686018427387907.75',
    })
    expect(of('numeric', ['-0.1', '-0.2', 'NaN']).mean).toBe('-0.15')
    expect(of('numeric', ['1', '1', '2']).mean).toBe('1.333333')
    expect(of('float8', ['1.5', '2.5', 'Infinity'])).toMatchObject({ mean: '2', max: 'Infinity' })
  })

  it('tell what comes most, and nothing of what is not there', () => {
    const text = of('text', ['b', 'a', '__proto__', 'b', '', '__proto__', 'b'])
    expect(text.top[0]).toEqual({ value: 'b', count: 3 })
    expect(text.top[1]).toEqual({ value: '__proto__', count: 2 })
    expect(text).toMatchObject({ distinct: 4, min: '', max: 'b', mean: null, capped: false })
    expect(of('int8', [null])).toMatchObject({ min: null, max: null, mean: null, distinct: 0, top: [] })
  })

  it('stop telling values apart when there are too many, and say so', () => {
    const many = of(
      'int8',
      Array.from({ length: 100_010 }, (_, n) => String(n)),
    )
    expect(many).toMatchObject({ capped: true, distinct: 100_000, rows: 100_010, max: '100009' })
  })
})
