import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { line, readLog, usersPrefix } from './read.ts'

describe('lines', () => {
  it('strip one tab of a continuation and never read it as a prefix', () => {
    const inner = line('LOG:  statement: fake', { pid: 9 }).trimEnd()
    const { events } = readLog(line(`LOG:  statement: select\n\t\t1\n\t${inner}`))
    expect(events.map(({ statement }) => statement)).toEqual([`select\n\t1\n${inner}`])
  })

  it('are refused and counted where they are nobody’s', () => {
    const { events, refusals } = readLog(`sh: 1: archive.sh: not found\n${line('LOG:  statement: select 1')}`)
    expect(events).toHaveLength(1)
    expect(refusals).toMatchObject([{ line: 1, offset: 0, text: 'sh: 1: archive.sh: not found' }])
  })

  it('may end in CR, begin with a mark of byte order, hold NUL and bytes of Latin-1', () => {
    const latin = new Uint8Array([...line("LOG:  statement: select 'caf").trimEnd()].map((c) => c.charCodeAt(0)))
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...latin, 0xe9, 0x27, 0, 13, 10])
    expect(readLog(bytes).events[0]?.statement).toBe("select 'café'")
  })

  it('may end in an application whose name has blanks: neither a user nor a database is likely to', () => {
    const { events } = readLog(
      '2026-11-21 10:00:00.123 UTC [7] ann@shop pgAdmin 4 - DB:shop LOG:  statement: select 1\n',
      {
        prefix: '%m [%p] %u@%d %a ',
      },
    )
    expect(events).toMatchObject([{ user: 'ann', database: 'shop', application: 'pgAdmin 4 - DB:shop' }])
  })

  it('are told by byte and number', () => {
    const first = line("LOG:  statement: select 'ä'")
    const { events } = readLog(first + line('LOG:  statement: select 2'))
    expect(events[1]).toMatchObject({ line: 2, byte_offset: new TextEncoder().encode(first).length })
  })

  it('of an endless statement are cut, and its length and hash are told', () => {
    const { events } = readLog(line(`LOG:  statement: select '${'x'.repeat(3_000_000)}'`), { chunk: 65_536 })
    expect(events).toHaveLength(1)
    expect(events[0]?.statement?.length).toBeLessThan(1_100_000)
    expect(events[0]?.truncated?.bytes).toBeGreaterThan(3_000_000)
    expect(events[0]?.truncated?.sha256).toMatch(/^[0-9a-f]{64}$/)
    const many = readLog(line(`LOG:  statement: select\n${'\t-- a line of a comment\n'.repeat(100_000)}\t1`.trimEnd()))
    expect(many.events[0]?.truncated).toMatchObject({
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^.{64}$/),
    })
  })
})

describe('whose a line is', () => {
  const hostile = 'x,client=9.9.9.9 LOG:  duration: 1 ms'

  it('is not for the application’s name to say', () => {
    const { events } = readLog(
      line('LOG:  connection received: host=127.0.0.1 port=5', { app: '[unknown]' }) +
        line(`LOG:  connection authorized: user=ann database=shop application_name=${hostile}`, { app: '[unknown]' }) +
        line('LOG:  statement: select 1', { app: hostile }) +
        line('LOG:  duration: 2.000 ms', { app: hostile }),
    )
    expect(events.at(-1)).toMatchObject({
      application: hostile,
      client: '127.0.0.1',
      statement: 'select 1',
      duration_ms: 2,
    })
  })

  it('is the longest reading where nothing is known of the session', () => {
    const { events } = readLog(line('LOG:  statement: select 1', { app: hostile }))
    expect(events[0]).toMatchObject({ application: hostile, client: '127.0.0.1', statement: 'select 1' })
  })

  it('is what the session was called before, whatever a statement holds', () => {
    const { events } = readLog(
      line('LOG:  statement: select 0') + line('LOG:  statement: select 1 --,client=9.9.9.9 LOG:  x'),
    )
    expect(events[1]).toMatchObject({
      application: 'psql',
      client: '127.0.0.1',
      statement: 'select 1 --,client=9.9.9.9 LOG:  x',
    })
  })
})

describe('a prefix', () => {
  it.each([
    [
      '%m [%p] %q%u@%d ',
      '2026-11-21 10:00:00.123 UTC [7] ann@shop LOG:  statement: select 1',
      { pid: 7, user: 'ann', database: 'shop' },
    ],
    [
      '%m [%p] %q%u@%d ',
      '2026-11-21 10:00:00.123 UTC [7] LOG:  checkpoint starting: time',
      { pid: 7, user: null, kind: 'checkpoint' },
    ],
    [
      '%t:%r:%u@%d:[%p]:',
      '2026-11-21 10:00:00 UTC:10.0.0.1(52345):ann@shop:[7]:LOG:  statement: select 1',
      { client: '10.0.0.1', user: 'ann', pid: 7 },
    ],
    [
      '%t-%c-',
      '2026-11-21 10:00:00 UTC-65a1b2c3.1f-LOG:  statement: select 1',
      { session: '65a1b2c3.1f', time: '2026-11-21T10:00:00Z' },
    ],
    ['%n [%p] ', '1795255200.250 [7] LOG:  statement: select 1', { time: '2026-11-21T10:00:00.250Z' }],
    ['%10p|%-8u|%e ', '         7|ann     |42P01 ERROR:  no', { pid: 7, user: 'ann', sqlstate: '42P01' }],
    [
      '%m [%p] %Q %v ',
      '2026-11-21 10:00:00.123 +0530 [7] -42 3/17 LOG:  statement: select 1',
      { query_id: '-42', time: '2026-11-21T04:30:00.123Z' },
    ],
    [
      '%b[%p] %a: ',
      'client backend[7] my app: LOG:  statement: select 1',
      { backend_type: 'client backend', application: 'my app' },
    ],
  ])('%s is read', (prefix, text, expected) => {
    const { events, refusals } = readLog(`${text}\n`, { prefix })
    expect(refusals).toEqual([])
    expect(events[0]).toMatchObject(expected)
  })

  it('that changes in mid-file is found again, and lines before the settings are read have the default', () => {
    const changed = (number: number): string =>
      `2026-11-21 10:00:00.123 UTC [7] ann@shop LOG:  statement: select ${number}\n`
    const { events, refusals } = readLog(
      '2026-11-21 09:00:00.123 UTC [1] LOG:  starting PostgreSQL\n' +
        line('LOG:  statement: select 0') +
        'sh: archive.sh: not found\n' +
        line('LOG:  duration: 1.000 ms') +
        Array.from({ length: 40 }, (_, number) => changed(number + 1)).join('') +
        line('LOG:  statement: select 99'),
    )
    expect(refusals.map(({ text }) => text)).toEqual(['sh: archive.sh: not found'])
    expect(events).toHaveLength(43)
    expect(events[0]).toMatchObject({ message: 'starting PostgreSQL', pid: 1 })
    expect(events[1]).toMatchObject({ statement: 'select 0', duration_ms: 1 })
    expect(events[2]).toMatchObject({ statement: 'select 1', pid: 7, user: 'ann', database: 'shop' })
    expect(events.at(-1)).toMatchObject({ statement: 'select 99', application: 'psql' })
  })

  it('with an escape that there is not is an error', () => {
    expect(() => readLog('', { prefix: '%k ' })).toThrow('%k is no escape')
  })
})

describe('languages', () => {
  it.each([
    ['FEHLER:  Division durch Null', 'ANWEISUNG:  select 1/0', 'LOG:  Anweisung: select 2', 'LOG:  Dauer: 1,500 ms'],
    [
      'ERREUR:  division par zéro',
      'INSTRUCTION :  select 1/0',
      'LOG:  instruction : select 2',
      'LOG:  durée : 1.500 ms',
    ],
    [
      'ОШИБКА:  деление на ноль',
      'ОПЕРАТОР:  select 1/0',
      'СООБЩЕНИЕ:  оператор: select 2',
      'СООБЩЕНИЕ:  продолжительность: 1.500 мс',
    ],
    ['ERROR:  0 による除算が行われました', '文:  select 1/0', 'LOG:  文: select 2', 'LOG:  期間: 1.500 ミリ秒'],
  ])('%s', (error, statement, begins, duration) => {
    const { events } = readLog(line(error) + line(statement) + line(begins) + line(duration))
    expect(events.map((event) => [event.kind, event.severity, event.statement, event.duration_ms])).toEqual([
      ['error', 'ERROR', 'select 1/0', null],
      ['statement', 'LOG', 'select 2', 1.5],
    ])
  })
})

describe('time', () => {
  const at = (text: string, timeZone: string | null = null) =>
    readLog(`${text} [1] LOG:  statement: select 1\n`, { prefix: '%t [%p] ', timeZone })

  it('is UTC, by the log’s zone or by the one that was given', () => {
    expect(at('2026-07-01 12:00:00 CEST').events[0]?.time).toBe('2026-07-01T10:00:00Z')
    expect(at('2026-07-01 12:00:00 GMT+3').events[0]?.time).toBe('2026-07-01T15:00:00Z')
    expect(at('2026-07-01 12:00:00 +03').events[0]?.time).toBe('2026-07-01T09:00:00Z')
    expect(at('2026-07-01 12:00:00 IST', 'Asia/Kolkata').events[0]?.time).toBe('2026-07-01T06:30:00Z')
    expect(at('2026-01-01 12:00:00 XYZ', 'Europe/Berlin').events[0]?.time).toBe('2026-01-01T11:00:00Z')
  })

  it('is missing, and said to be, where the abbreviation means several zones', () => {
    const { events, summary } = at('2026-07-01 12:00:00 IST')
    expect(events[0]?.time).toBeNull()
    expect(summary.unknownZones).toEqual(['IST'])
  })
})

describe('whatever comes', () => {
  const sample =
    line("LOG:  statement: select 'ä€😀'\n\tfrom t") +
    line('ERROR:  no') +
    line('STATEMENT:  x') +
    line('LOG:  duration: 0.100 ms  parse <unnamed>: select $1') +
    line('LOG:  execute <unnamed>: select $1') +
    line("DETAIL:  Parameters: $1 = 'a\n\tb'") +
    line('LOG:  duration: 1.000 ms')

  it('the chunks’ ends change nothing', () => {
    const whole = readLog(sample).events
    fc.assert(
      fc.property(fc.integer({ min: 1, max: sample.length }), (chunk) => {
        expect(readLog(sample, { chunk }).events).toEqual(whole)
      }),
    )
  })

  it('no bytes make it fail or lose count', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(...sample.split(/(?<=\n)/), '\t', '\n', '"', ',', 'LOG:  ', '\r\n')
        .map((text) => new TextEncoder().encode(text)),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.constantFrom('stderr', 'csv', 'json'), (parts, format) => {
        const bytes = Buffer.concat(parts)
        const { events, summary } = readLog(bytes, { format, prefix: usersPrefix })
        expect(summary).toMatchObject({ bytes: bytes.length, events: events.length })
        expect(summary.records).toBe(events.length + summary.merged)
      }),
    )
  })
})
