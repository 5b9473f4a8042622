import { describe, expect, it } from 'vitest'
import { detectFormat } from '../../../src/core/logs/detect.ts'
import { csv } from './csv.ts'
import { line, readLog } from './read.ts'

describe('csvlog', () => {
  it.each([23, 24, 26])('has %i columns', (columns) => {
    const { events, refusals } = readLog(csv('statement: select "a"\n, 1', { columns }), { format: 'csv' })
    expect(refusals).toEqual([])
    expect(events[0]).toMatchObject({
      kind: 'statement',
      time: '2026-11-21T10:00:00.123Z',
      statement: 'select "a"\n, 1',
      session: '65a1b2c3.7',
      client: '127.0.0.1',
      application: 'psql',
      backend_type: columns > 23 ? 'client backend' : null,
      query_id: columns > 24 ? '-42' : null,
    })
  })

  it('goes on at the next record after one that is damaged, and says which lines are lost', () => {
    const damaged = csv('statement: select 2').replace('"SELECT",', '"SELECT",,')
    const { events, refusals } = readLog(csv('statement: select 1') + damaged + csv('statement: select 3'), {
      format: 'csv',
    })
    expect(events.map(({ statement }) => statement)).toEqual(['select 1', 'select 3'])
    expect(refusals).toMatchObject([{ line: 2, reason: 'It has 27 columns; csvlog has 23, 24 or 26.' }])
  })

  it('finds the next record behind a quote that is never closed', () => {
    const torn = csv('statement: select 2').slice(0, -20)
    const { events, refusals } = readLog(`${torn}\n${csv('statement: select "3"')}${csv('statement: select 4')}`, {
      format: 'csv',
    })
    expect(events.map(({ statement }) => statement)).toEqual(['select "3"', 'select 4'])
    expect(refusals).toHaveLength(1)
  })

  it('may hold a line in a statement that looks like a record', () => {
    const inner = csv('statement: fake').trimEnd()
    const { events, refusals } = readLog(csv(`statement: select '\n${inner}\n'`), { format: 'csv' })
    expect(refusals).toEqual([])
    expect(events.map(({ statement }) => statement)).toEqual([`select '\n${inner}\n'`])
  })
})

describe('jsonlog', () => {
  const record = (more: object): string =>
    `${JSON.stringify({ timestamp: '2026-11-21 10:00:00.123 UTC', pid: 7, session_id: '65a1b2c3.7', error_severity: 'LOG', ...more })}\n`

  it('is read line by line; what is no record is refused', () => {
    const { events, refusals } = readLog(
      record({ message: 'statement: select 1', user: 'ann', remote_host: '[local]' }) +
        '{"a":1}\n{\n' +
        record({ message: 'duration: 1.500 ms' }),
      { format: 'json' },
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ statement: 'select 1', duration_ms: 1.5, user: 'ann', client: '[local]' })
    expect(refusals.map(({ line: number }) => number)).toEqual([2, 3])
  })

  it('keeps the 64 bits of a query’s id', () => {
    const text = record({ message: 'statement: select 1' }).replace('}\n', ',"query_id":-9123456789012345678}\n')
    expect(readLog(text, { format: 'json' }).events[0]?.query_id).toBe('-9123456789012345678')
  })

  it('keeps what stands behind a statement that is too long', () => {
    const text = record({
      message: `statement: select '${'x'.repeat(2_000_000)}'`,
      application_name: 'psql',
      backend_type: 'client backend',
    })
    const { events, refusals } = readLog(text, { format: 'json', chunk: 65_536 })
    expect(refusals).toEqual([])
    expect(events[0]).toMatchObject({ application: 'psql', backend_type: 'client backend', tag: 'SELECT' })
    expect(events[0]?.truncated?.bytes).toBeGreaterThan(2_000_000)
  })
})

describe('cloudnativepg', () => {
  it('reads the statement that pgAudit took apart', () => {
    const about = { log_time: '2026-11-21 10:00:00.123 UTC', error_severity: 'LOG', process_id: '7', user_name: 'ann' }
    const audit = {
      audit_type: 'SESSION',
      statement_id: '1',
      substatement_id: '1',
      class: 'ROLE',
      command: 'ALTER ROLE',
      statement: "alter role ann password 'hunter2'",
      parameter: '<not logged>',
    }
    const text = `${JSON.stringify({ level: 'info', logger: 'pgaudit', msg: 'record', record: { ...about, audit } })}\n`
    const { events, refusals } = readLog(text, { format: 'cloudnativepg' })
    expect(refusals).toEqual([])
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      kind: 'other',
      user: 'ann',
      message: 'AUDIT: SESSION,ROLE,ALTER ROLE',
      tag: 'ALTER ROLE',
    })
    expect(events[0]?.statement).toContain('alter role ann password')
  })
})

describe('detecting', () => {
  it('finds the format and the prefix that explain the most', () => {
    expect(detectFormat(line('LOG:  statement: select 1').repeat(20))).toMatchObject({
      format: 'stderr',
      prefix: '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
      explains: 1,
    })
    expect(detectFormat(csv('statement: select 1').repeat(3))).toMatchObject({ format: 'csv', explains: 1 })
    expect(
      detectFormat('{"timestamp":"2026-11-21 10:00:00.123 UTC","error_severity":"LOG","message":"x"}\n'),
    ).toMatchObject({
      format: 'json',
      explains: 1,
    })
  })

  it('does not take a process id for a database: %m <%p> %c/%u/%d, read as %t %d %u', () => {
    const text = '2026-11-21 10:00:00.123 UTC <4711> 6b022091.1267/ann/shop LOG:  statement: select 1\n'.repeat(20)
    expect(detectFormat(text).explains).toBe(0)
    expect(detectFormat(text, '%m <%p> %c/%u/%d ').explains).toBe(1)
  })

  it('takes a name with digits for one', () => {
    const text = '2026-11-21 10:00:00 UTC shop2 ann_7 LOG:  statement: select 1\n'.repeat(20)
    expect(detectFormat(text)).toMatchObject({ prefix: '%t %d %u ', explains: 1, rivals: ['%t %u %d '] })
  })

  it('says which other prefix explains as much, unless the log itself tells who has logged in', () => {
    const at = '2026-11-21 10:00:00 UTC ann shop'
    const log = `${at} LOG:  statement: select 1\n`.repeat(30)
    expect(detectFormat(log)).toMatchObject({ explains: 1, rivals: ['%t %u %d '] })
    const authorized = `${at} LOG:  connection authorized: user=ann database=shop application_name=psql\n`.repeat(2)
    expect(detectFormat(log + authorized)).toMatchObject({ prefix: '%t %u %d ', explains: 1, rivals: [] })
    expect(detectFormat(log, '%t %d %u ').rivals).toEqual([])
  })

  it('takes no bracket for a part of a name, nor a host and a user for one', () => {
    const at = '2026-11-21 10:00:00.123 UTC'
    expect(detectFormat(`${at} [7] [ann@shop] LOG:  statement: select 1\n`.repeat(20))).toMatchObject({
      prefix: '%m [%p] %q[%u@%d] ',
      explains: 1,
      rivals: [],
    })
    expect(detectFormat(`${at} 10.0.0.7 ann shop LOG:  statement: select 1\n`.repeat(20)).explains).toBe(0)
  })

  it('says how little an unknown prefix is explained', () => {
    const { explains, unexplained } = detectFormat('[[ann]] {7} LOG:  statement: select 1\n'.repeat(5))
    expect(explains).toBe(0)
    expect(unexplained[0]).toBe('[[ann]] {7} LOG:  statement: select 1')
  })
})
