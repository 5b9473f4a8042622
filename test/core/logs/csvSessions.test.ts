import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLog } from './read.ts'

interface Fields {
  time?: string
  user?: string
  database?: string
  pid?: string
  client?: string
  session?: string
  tag?: string
  message?: string
  detail?: string
  hint?: string
  statement?: string
  application?: string
  backendType?: string
  queryId?: string
  columns?: number
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** What is empty is written as nothing, as the server does. */
function record({
  time = '2026-11-21 10:00:00.123 UTC',
  user = 'ann',
  database = 'shop',
  pid = '7',
  client = '127.0.0.1:5000',
  session = '65a1b2c3.7',
  tag = 'SELECT',
  message = 'checkpoint starting: time',
  detail = '',
  hint = '',
  statement = '',
  application = 'psql',
  backendType = 'client backend',
  queryId = '0',
  columns = 26,
}: Fields = {}): string {
  const text = (value: string): string => (value === '' ? '' : quoted(value))
  const fields = [
    ...[time, text(user), text(database), pid, text(client), session, '1', text(tag), '2026-11-21 09:59:00 UTC'],
    ...['3/17', '0', 'LOG', '00000', text(message), text(detail), text(hint), '', '', '', text(statement), '', ''],
    ...[quoted(application), quoted(backendType), '', queryId],
  ]
  return `${fields.slice(0, columns).join(',')}\n`
}

/** What is read of each record where nothing is known of any other. */
function oneByOne(records: readonly string[]) {
  return records.flatMap((each) => readLog(each, { format: 'csv' }).events)
}

function withoutPlace<T extends object>(events: readonly T[]) {
  return events.map((event) => ({ ...event, byte_offset: 0, line: 0 }))
}

describe('the records of a session', () => {
  it.each<[string, Fields[]]>([
    ['say the same', [{}, {}, {}]],
    ['differ in the time', [{}, { time: '2026-11-21 10:00:00.124 UTC' }, { time: '2026-11-21 10:00:00 +02' }]],
    ['change their application', [{}, { application: 'a, "b"' }, { application: '' }, {}]],
    [
      'are another user’s with the same process',
      [{}, { user: 'bob' }, { session: '65a1b2c9.7' }, { client: '[local]' }],
    ],
    ['have the place of another process', [{}, { pid: '1031' }, {}, { pid: '1031', user: 'bob' }]],
    ['are of queries with ids', [{}, { queryId: '-42' }, { queryId: '9123456789012345678' }, { queryId: '' }, {}]],
    ['have details', [{}, { detail: 'a "b", c' }, { hint: 'try' }, { statement: 'select 1,\n2' }, {}]],
    ['have fewer columns', [{}, { columns: 24 }, { columns: 23 }, { columns: 24 }, {}]],
    ['are of no client', [{ user: '', database: '', client: '' }, { user: '', database: '', client: '' }, {}]],
    ['have no process id that is a number', [{ pid: '"1""2"' }, { pid: '"7"' }, {}, { pid: '' }, {}]],
    ['hold quotes in the time', [{}, { time: '2026-11-21 10:00:00.123 "U"TC' }, {}]],
  ])('are read as if each were the first: they %s', (_, fields) => {
    const records = fields.map(record)
    const { events } = readLog(records.join(''), { format: 'csv' })
    expect(withoutPlace(events)).toEqual(withoutPlace(oneByOne(records)))
  })

  it('are refused where one has a column too many or too few', () => {
    const long = record().replace(',"psql",', ',,"psql",')
    const short = record().replace(',,"psql",', ',"psql",')
    const { events, refusals } = readLog(record() + long + record() + short + record(), { format: 'csv' })
    expect(events).toHaveLength(3)
    expect(refusals).toMatchObject([
      { line: 2, reason: 'It has 27 columns; csvlog has 23, 24 or 26.' },
      { line: 4, reason: 'It has 25 columns; csvlog has 23, 24 or 26.' },
    ])
  })

  it('are read as if each were the first, whatever they hold', () => {
    const text = fc
      .array(fc.constantFrom('a', '"', '""', ',', ',,', '\n', '\\', "'", 'é', '0', '127.0.0.1:5'), { maxLength: 5 })
      .map((parts) => parts.join(''))
    const some = (value: string) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: text })
    const arbitrary = fc.record({
      user: some('ann'),
      database: some('shop'),
      pid: fc.constantFrom('7', '8', '1031'),
      client: some('127.0.0.1:5000'),
      session: fc.constantFrom('65a1b2c3.7', '65a1b2c3.8', ''),
      tag: some('SELECT'),
      message: some('statement: select "a", 1'),
      detail: some(''),
      hint: some(''),
      application: some('psql'),
      backendType: fc.constantFrom('client backend', 'walsender', ''),
      queryId: fc.constantFrom('0', '0', '12', '-9', '1-', ''),
      columns: fc.constantFrom(26, 26, 26, 24, 23),
    })
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 2, maxLength: 8 }), (fields) => {
        const records = fields.map((each) => record({ ...each, message: `noted: ${each.message}` }))
        const { events } = readLog(records.join(''), { format: 'csv' })
        expect(withoutPlace(events)).toEqual(withoutPlace(oneByOne(records)))
      }),
      { numRuns: 1_000 },
    )
  })
})
