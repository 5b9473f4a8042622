import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { from as copyFrom } from 'pg-copy-streams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { CopyRows, eventColumns } from '../../../src/main/logs/copyRow.ts'
import { RowMemory } from '../../../src/main/logs/rowMemory.ts'
import { Rows } from '../../../src/main/logs/rows.ts'
import { sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'

const hard = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      '\\N',
      '\\.',
      '\\',
      'a\tb\r\nc',
      'NULL',
      '{"a",b}',
      '"',
      'ä',
      '𝄞',
      '',
      ' ',
      'x\0y',
      '\u007f',
      'a text of more than twenty-four characters',
      'a text\nof more than\ttwenty-four characters',
      'ein Text von mehr als vierundzwanzig Zeichen, ä',
    ),
  },
  // Longer than what is written sign by sign, and longer than a piece of memory.
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('ä\\\n', 'plain\t', '𝄞')
      .chain((part) => fc.constantFrom(part.repeat(1_000), part.repeat(70_000))),
  },
)
const text = fc.option(hard, { nil: null })

const hardEvent: fc.Arbitrary<LogEvent> = fc.record({
  kind: fc.constant('error'),
  time: fc.constantFrom('2026-01-28T10:00:00.123Z', '2026-01-28T10:00:00Z', null, '0000-00-00T00:00:00Z', 'never'),
  session: text,
  pid: fc.option(fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), { nil: null }),
  user: text,
  database: text,
  application: text,
  client: text,
  severity: fc.constant('ERROR'),
  sqlstate: text,
  message: text,
  statement: text,
  protocol: fc.constantFrom('simple', null),
  name: text,
  parameters: fc.option(fc.array(text, { maxLength: 5 }), { nil: null }),
  duration_ms: fc.option(fc.double({ min: 0, minExcluded: true }), { nil: null }),
  parse_ms: fc.constant(0.017),
  bind_ms: fc.constant(null),
  detail: text,
  hint: text,
  context: text,
  query: text,
  location: text,
  position: fc.option(fc.integer(), { nil: null }),
  rows: fc.option(fc.nat(), { nil: null }),
  tag: text,
  class: fc.constantFrom('DDL', null),
  plan: text,
  backend_type: text,
  query_id: fc.constantFrom('-9223372036854775808', '9223372036854775808', '7', null),
  truncated: fc.option(fc.constant({ bytes: 2 ** 40, sha256: 'ff' }), { nil: null }),
  byte_offset: fc.nat(Number.MAX_SAFE_INTEGER),
  line: fc.nat(Number.MAX_SAFE_INTEGER),
})

const plain = (value: string | null): string | null => value?.replaceAll('\0', '').toWellFormed() ?? null

describe('a row of an imported event', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer())
  })
  afterAll(() => database.close())

  it('arrives as the event was, whatever is in it', async () => {
    const events = fc.sample(hardEvent, 100)
    const rows = new Rows(new RowMemory(), false, new CopyRows(7, false))
    for (const event of events) rows.add(event, '42')
    const client = await database.session()
    const columns = eventColumns.join(', ')
    await client.query('create temporary table arrived (like script_tracking.imported_event)')
    await client.query('alter table arrived add place integer generated always as identity')
    await pipeline(Readable.from(rows.take().rows), client.query(copyFrom(`copy arrived (${columns}) from stdin`)))
    const { rows: arrived } = await client.query<Record<string, unknown>>(
      'select session, pid, user_name, statement, parameters, message, plan, duration_ms, query_id, byte_offset, truncated_bytes, logged_at::text from arrived order by place',
    )
    expect(arrived).toHaveLength(events.length)
    for (const [index, event] of events.entries()) {
      expect(arrived[index]).toMatchObject({
        session: plain(event.session),
        pid: event.pid !== null && Math.abs(event.pid) < 2 ** 31 ? event.pid : null,
        user_name: plain(event.user),
        statement: plain(event.statement),
        parameters: event.parameters?.map(plain) ?? null,
        message: plain(event.message),
        plan: plain(event.plan),
        duration_ms: Number.isFinite(event.duration_ms) ? event.duration_ms : null,
        query_id: event.query_id === '9223372036854775808' ? null : event.query_id,
        byte_offset: String(event.byte_offset),
        truncated_bytes: event.truncated === null ? null : String(event.truncated.bytes),
      })
      expect(arrived[index]?.['logged_at'] === '-infinity').toBe(!event.time?.startsWith('2026'))
    }
  })
})
