import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

describe.each(majors())('clients with a record of their own on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  const record = (session: pg.Client, operation: string, ordinal: number, state: object) =>
    onlyValue(session, 'select script_tracking.record_execution($1, $2, $3)', [
      operation,
      ordinal,
      JSON.stringify(state),
    ])
  const started = { execution_status: 'STARTED', script_name: 'run', script_content: 'select 1' }

  it('records a state once, however often and from however many sessions it comes', async () => {
    const operation = randomUUID()
    const sessions = await Promise.all(Array.from({ length: 10 }, () => database.session()))
    await Promise.all(sessions.map((session) => session.query(`set default_transaction_isolation = 'repeatable read'`)))
    const keys = await Promise.allSettled(sessions.map((session) => record(session, operation, 0, started)))
    // Under repeatable read a session may be told to try again, which it does with the same result.
    const retried = await Promise.all(sessions.map((session) => record(session, operation, 0, started)))
    const expected = await onlyValue(client, 'select script_tracking.calculate_hash_key($1)', [operation])
    for (const key of [...keys.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])), ...retried]) {
      expect(key).toEqual(expected)
    }
    expect(
      await onlyValue(client, 'select count(*)::int from script_tracking.execution_state where operation = $1', [
        operation,
      ]),
    ).toBe(1)
  })

  it('takes states that come late and in any order', async () => {
    const operation = randomUUID()
    await record(client, operation, 2, { execution_status: 'ROLLED_BACK', script_name: 'run' })
    await record(client, operation, 0, { ...started, execution_timestamp: '2026-01-02T03:04:05.678901Z' })
    await record(client, operation, 1, { execution_status: 'COMPLETED', rows_affected: 3 })
    expect(
      await rowsOf(
        client,
        `select c.execution_status as status, (select count(*)::int from script_tracking.script_execution_h h where h.script_execution_hk = c.script_execution_hk) as hubs
         from script_tracking.script_execution_current c where c.script_execution_hk = script_tracking.calculate_hash_key($1)`,
        [operation],
      ),
    ).toEqual([{ status: 'ROLLED_BACK', hubs: 1 }])
  })

  it('keeps from state to state what a later one leaves out', async () => {
    const operation = randomUUID()
    await record(client, operation, 0, {
      ...started,
      script_content: `select ${'1,'.repeat(200)}1`,
      execution_timestamp: '2026-01-02T03:04:05.678901Z',
      related_ticket: 'T-2',
      application_name: 'theirs',
      metadata: { a: 1 },
    })
    await record(client, operation, 1, {
      execution_status: 'FAILED',
      execution_duration_ms: 12.6,
      error_message: 'no',
      error_code: '42P01',
    })
    expect(
      await rowsOf(
        client,
        `select execution_status, script_name, length(script_content) as length, execution_timestamp = '2026-01-02T03:04:05.678901Z' as began,
           execution_duration_ms, related_ticket, error_code, metadata, session_user_name, record_source
         from script_tracking.script_execution_current where script_execution_hk = script_tracking.calculate_hash_key($1)`,
        [operation],
      ),
    ).toEqual([
      {
        execution_status: 'FAILED',
        script_name: 'run',
        length: 408,
        began: true,
        execution_duration_ms: '13',
        related_ticket: 'T-2',
        error_code: '42P01',
        metadata: { a: 1 },
        session_user_name: 'postgres',
        record_source: 'CLIENT',
      },
    ])
  })

  it('refuses what it does not know, and what is somebody else’s', async () => {
    const operation = randomUUID()
    const refused = async (state: unknown, ordinal: unknown = 0) =>
      (
        await refusalOf(client, 'select script_tracking.record_execution($1, $2, $3)', [
          operation,
          ordinal,
          JSON.stringify(state),
        ])
      ).message
    expect(await refused({ ...started, executed_by: 'god', client_ip: '::1' })).toBe(
      `A state has no key 'client_ip', 'executed_by'.`,
    )
    expect(await refused({ ...started, execution_status: 'DONE' })).toMatch(/no status "DONE"/)
    expect(await refused({ execution_status: 'STARTED' })).toMatch(/needs a script_name/)
    expect(await refused([started])).toMatch(/an ordinal from 0, and an object/)
    expect(await refused(started, -1)).toMatch(/an ordinal from 0, and an object/)
    expect(await refused({ ...started, rows_affected: 'many' })).toMatch(/bigint/)
    expect(await refused({ ...started, rows_affected: -1 })).toMatch(/cannot have affected -1 rows/)
    for (const duration of [-1, 'NaN', '1e30', '-Infinity']) {
      expect(await refused({ ...started, execution_duration_ms: duration })).toMatch(/cannot take|numeric/)
    }
    for (const name of ['', ' \n\t', null])
      expect(await refused({ ...started, script_name: name })).toMatch(/needs a script_name/)
    expect(await refused({ ...started, script_name: 'x'.repeat(5000) })).toMatch(
      /is 5000 characters long; 1000 are allowed/,
    )
    expect(await refused({ ...started, script_type: ' ' })).toMatch(/needs a script_type/)
    for (const time of ['infinity', '-infinity'])
      expect(await refused({ ...started, execution_timestamp: time })).toMatch(/cannot have begun at -?infinity/)
    expect(
      await onlyValue(client, 'select count(*)::int from script_tracking.client_state where operation = $1', [
        operation,
      ]),
    ).toBe(0)

    await record(client, operation, 0, started)
    const other = await database.session(await database.role('other'))
    const refusal = await refusalOf(other, 'select script_tracking.record_execution($1, 1, $2)', [
      operation,
      JSON.stringify({ execution_status: 'COMPLETED' }),
    ])
    expect(refusal.message).toMatch(/belongs to somebody else/)
    // Class 23: the record's fault, not the server's.
    expect(refusal.code).toBe('23000')
  })

  it('reads changes page by page, and misses nothing that a long transaction commits late', async () => {
    const slow = await database.session()
    await slow.query('begin')
    await record(slow, randomUUID(), 0, { ...started, script_name: 'late' })
    for (let index = 0; index < 25; index += 1)
      await record(client, randomUUID(), 0, { ...started, script_name: `early ${index}` })

    const taken = new Map<string, string>()
    let since = '0'
    const sync = async () => {
      let after = '0'
      let horizon: string | undefined
      let read = 0
      for (;;) {
        const page = await rowsOf(
          client,
          'select version_number, horizon, state from script_tracking.read_changes($1, $2, 10)',
          [since, after],
        )
        for (const row of page) taken.set(String(row['version_number']), JSON.stringify(row['state']))
        horizon ??= page[0] === undefined ? undefined : String(page[0]['horizon'])
        read += page.length
        if (page.length < 10) break
        after = String(page.at(-1)?.['version_number'])
      }
      since = horizon ?? since
      return read
    }
    await sync()
    const all = () => onlyValue(client, `select count(*)::int from script_tracking.execution_state`)
    expect(taken.size).toBe(await all())
    await slow.query('commit')
    await record(client, randomUUID(), 0, { ...started, script_name: 'after' })
    await sync()
    expect(taken.size).toBe(await all())
    const names = [...taken.values()].join('\n')
    expect(names).toContain('"late"')
    expect(names).toContain('"after"')
    // With nothing open, what was read is not read again.
    await sync()
    expect(await sync()).toBeLessThan(3)
    const [state] = [...taken.values()]
    expect(JSON.parse(state ?? '')).toMatchObject({
      execution_key: expect.stringMatching(/^[0-9a-f]{64}$/),
      caused_by: null,
    })
  })
})
