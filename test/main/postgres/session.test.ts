import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteName } from '../../../src/core/quote.ts'
import { cancelBackend } from '../../../src/main/postgres/cancel.ts'
import { openIntroduced } from '../../../src/main/postgres/control.ts'
import { endSession, openSession } from '../../../src/main/postgres/session.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { failureOf, faultOf, given, isEncrypted, settingsFor, within } from './entry.ts'
import { emptyAnswer, type Listener, listen, startServerOfVersion, unusedPort } from './fakes.ts'

const server = sharedServer()

function open(
  settings: ReturnType<typeof settingsFor>,
  password: string | null,
  more: { timeoutMs?: number; signal?: AbortSignal } = {},
) {
  return openSession({ endpoint: settings, password: given(password), applicationName: 'test', ...more })
}

describe.each(majors())('PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string

  beforeAll(async () => {
    database = await server.createDatabase()
  })
  afterAll(() => server.dropDatabase(database))

  it('introduces itself', async () => {
    const introduced = await openIntroduced({
      endpoint: settingsFor(server, { database }),
      password: given(server.password),
      applicationName: 'test',
    })
    await endSession(introduced.client)
    expect(introduced.server).toMatchObject({
      version: expect.stringMatching(`^PostgreSQL ${major}\\.`),
      database,
      user: 'postgres',
      superuser: true,
      readOnly: false,
      ssl: null,
      encoding: 'UTF8',
      startedAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(Math.floor(introduced.server.versionNumber / 10_000)).toBe(major)
    expect(introduced.identity).toMatch(/^\d{15,20}\/test_/)
  })

  it('is named by its address where the role may not read the system identifier', async () => {
    const role = `plain_${database}`
    await within(settingsFor(server, { database }), server.password, async (client) => {
      await client.query(`create role ${quoteName(role)} login password 'p'`)
      await client.query('revoke execute on function pg_catalog.pg_control_system() from public')
    })
    const settings = settingsFor(server, { database, user: role })
    const { client, identity } = await openIntroduced({
      endpoint: settings,
      password: given('p'),
      applicationName: 'test',
    })
    await endSession(client)
    expect(identity).toBe(`${server.host}:${server.port}/${database}`)
    await within(settingsFor(server), server.password, async (client) => {
      await client.query(`drop role ${quoteName(role)}`)
    })
  })

  it('hands all values over as it prints them', async () => {
    const row = await within(settingsFor(server, { database }), server.password, async (client) => {
      const { rows } = await client.query(
        `select
        9223372036854775807::int8 as big, 0.10::numeric as exact, true as yes, null::int as nothing,
        timestamptz '2026-01-02 03:04:05.123456+00' at time zone 'UTC' as time,
        '{"a": 1.0}'::json as json, array[1,2] as list, '\\x00ff'::bytea as bytes, $1::text as text`,
        ['é'],
      )
      return rows[0]
    })
    expect(row).toEqual({
      big: '9223372036854775807',
      exact: '0.10',
      yes: 't',
      nothing: null,
      time: '2026-01-02 03:04:05.123456',
      json: '{"a": 1.0}',
      list: '{1,2}',
      bytes: '\\x00ff',
      text: 'é',
    })
  })

  it('cancels what a backend runs, from a second session', async () => {
    const settings = settingsFor(server, { database })
    await within(settings, server.password, async (client) => {
      const { rows } = await client.query<{ pid: string }>('select pg_backend_pid() as pid')
      const pid = Number(rows[0]?.pid)
      const connect = () => open(settings, server.password)
      let code: unknown
      const sleeping = client.query('select pg_sleep(600)').catch((thrown: unknown) => {
        code = thrown instanceof pg.DatabaseError ? thrown.code : thrown
      })
      // A cancel that comes before the sleep has begun finds nothing to cancel, and another one follows.
      while (code === undefined) expect(await cancelBackend(connect, pid)).toBe(true)
      await sleeping
      expect(code).toBe('57014')
      expect(await cancelBackend(connect, 2 ** 30)).toBe(false)
    })
  })

  it('refuses to write in a read-only session, even after reset all', async () => {
    const settings = settingsFor(server, { database, readOnly: true })
    await within(settings, server.password, async (client) => {
      await expect(client.query('create table t (a int)')).rejects.toMatchObject({ code: '25006' })
      await client.query('discard all')
      await expect(client.query('create table t (a int)')).rejects.toMatchObject({ code: '25006' })
    })
    const { client, server: report } = await openIntroduced({
      endpoint: settings,
      password: given(server.password),
      applicationName: 'test',
    })
    await endSession(client)
    expect(report.readOnly).toBe(true)
  })

  it('speaks UTF-8 with a database in another encoding', async () => {
    const latin = `${database}_latin1`
    await within(settingsFor(server), server.password, async (client) => {
      await client.query(
        `create database ${quoteName(latin)} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`,
      )
    })
    try {
      await within(settingsFor(server, { database: latin }), server.password, async (client) => {
        expect((await client.query(`select chr(233) as e, octet_length($1) as bytes`, ['é'])).rows).toEqual([
          { e: 'é', bytes: '1' },
        ])
      })
    } finally {
      await server.dropDatabase(latin)
    }
  })
})

describe('no session comes about, and the fault says why', () => {
  let database: string
  const role = `visitor_${process.pid}`
  const password = 'pass word of "the" visitor'

  beforeAll(async () => {
    database = await server.createDatabase()
    await within(settingsFor(server), server.password, async (client) => {
      await client.query(`create role ${quoteName(role)} login password '${password}'`)
      await client.query(`revoke connect on database ${quoteName(database)} from public`)
    })
  })
  afterAll(async () => {
    await server.dropDatabase(database)
    await within(settingsFor(server), server.password, async (client) => {
      await client.query(`drop role ${quoteName(role)}`)
    })
  })

  it('for a wrong password', async () => {
    const failure = await failureOf(open(settingsFor(server, { user: role }), 'Wrong and secret'))
    expect(failure.fault).toMatchObject({
      code: 'postgres',
      sqlstate: '28P01',
      severity: 'FATAL',
      message: expect.stringContaining('password authentication failed'),
      hint: 'The password was the one given.',
    })
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('Wrong and secret')
  })

  it('for a missing password', async () => {
    const fault = await faultOf(open(settingsFor(server), null))
    expect(fault).toEqual({ code: 'password_required', message: 'The server asks for the password of postgres.' })
    const endpoint = settingsFor(server)
    const problem = 'The password file is ignored.'
    const request = { endpoint, password: { text: null, origin: 'none', problem }, applicationName: 'test' }
    expect(await faultOf(openSession(request))).toMatchObject({ code: 'password_required', detail: problem })
    expect(await faultOf(open(settingsFor(server), ''))).toMatchObject({ code: 'password_required' })
  })

  it('for a database without rights', async () => {
    const fault = await faultOf(open(settingsFor(server, { user: role, database }), password))
    expect(fault).toMatchObject({
      sqlstate: '42501',
      message: expect.stringContaining('permission denied for database'),
      detail: 'User does not have CONNECT privilege.',
      hint: `Its owner may say: grant connect on database ${quoteName(database)} to ${quoteName(role)}`,
    })
  })

  it('for a database that is not there', async () => {
    const fault = await faultOf(open(settingsFor(server, { database: 'Nowhere' }), server.password))
    expect(fault).toMatchObject({ sqlstate: '3D000', message: expect.stringContaining('"Nowhere"') })
    expect(fault.hint).toContain('case-sensitive')
  })

  it('for a role that is not there', async () => {
    const fault = await faultOf(open(settingsFor(server, { user: 'nobody' }), 'x'))
    expect(fault).toMatchObject({ sqlstate: '28P01' })
  })

  it('for a port at which nothing listens', async () => {
    const port = await unusedPort()
    expect(await faultOf(open(settingsFor(server, { host: '127.0.0.1', port }), 'x'))).toMatchObject({
      code: 'ECONNREFUSED',
      message: `Nothing listens at 127.0.0.1:${port}.`,
      hint: expect.stringContaining('listen_addresses'),
    })
    const byName = await faultOf(open(settingsFor(server, { host: 'localhost', port }), 'x'))
    expect(byName).toMatchObject({ code: 'ECONNREFUSED', message: `Nothing listens at localhost:${port}.` })
    expect(byName.detail).toContain('ECONNREFUSED')
  })

  it('for a host that is not known', async () => {
    const fault = await faultOf(open(settingsFor(server, { host: 'db.invalid' }), 'x'))
    expect(fault.message).toBe('The host name "db.invalid" cannot be found.')
  })

  it('for a socket that is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pgsteward-socket-'))
    const fault = await faultOf(open(settingsFor(server, { host: folder }), 'x'))
    rmSync(folder, { recursive: true })
    expect(fault).toMatchObject({
      code: 'ENOENT',
      message: `There is no socket ${folder}/.s.PGSQL.${server.port}.`,
      hint: expect.stringContaining('unix_socket_directories'),
    })
  })

  describe('by something that is no server of ours', () => {
    let listener: Listener | undefined
    const enter = async (
      behave: Parameters<typeof listen>[0],
      sslMode: 'disable' | 'require' | 'prefer' = 'disable',
    ) => {
      listener = await listen(behave)
      return await faultOf(
        open(settingsFor(server, { host: '127.0.0.1', port: listener.port, sslMode }), 'x', { timeoutMs: 300 }),
      )
    }
    afterAll(() => listener?.stop())

    it.each(['disable', 'prefer', 'require'] as const)('that never answers, with sslmode=%s', async (sslMode) => {
      expect(await enter(() => {}, sslMode)).toMatchObject({
        code: 'ETIMEDOUT',
        message: `127.0.0.1:${listener?.port} did not answer within 0.3 s.`,
      })
      await listener?.stop()
    })

    it('that says yes to SSL and then nothing', async () => {
      const fault = await enter((socket) => socket.once('data', () => socket.write('S')), 'require')
      expect(fault.code).toBe('ETIMEDOUT')
      await listener?.stop()
    })

    it('that closes at once', async () => {
      const fault = await enter((socket) => socket.end())
      expect(fault).toMatchObject({
        code: 'connection_lost',
        message: `127.0.0.1:${listener?.port} closed the connection before a session came about.`,
      })
      await listener?.stop()
    })

    it('that speaks HTTP', async () => {
      const fault = await enter(
        (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        'require',
      )
      expect(fault).toMatchObject({
        code: 'ssl',
        message: expect.stringContaining('does not answer as PostgreSQL does'),
      })
      await listener?.stop()
    })

    it('that is PostgreSQL 11', async () => {
      listener = await startServerOfVersion('11.22')
      const settings = settingsFor(server, { host: '127.0.0.1', port: listener.port })
      expect(await faultOf(open(settings, 'x'))).toEqual({
        code: 'unsupported',
        message: 'The server is PostgreSQL 11.22; pgSteward needs 12 or newer.',
      })
      await listener.stop()
    })

    it('that lets in and then answers no question', async () => {
      listener = await startServerOfVersion('18.4')
      const endpoint = settingsFor(server, { host: '127.0.0.1', port: listener.port })
      const request = { endpoint, password: given('x'), applicationName: 'test', timeoutMs: 300 }
      expect(await faultOf(openIntroduced(request))).toMatchObject({ code: 'ETIMEDOUT' })
      await listener.stop()
    })

    it('that lets in and answers something else', async () => {
      listener = await startServerOfVersion('18.4', emptyAnswer)
      const endpoint = settingsFor(server, { host: '127.0.0.1', port: listener.port })
      const request = { endpoint, password: given('x'), applicationName: 'test' }
      expect(await faultOf(openIntroduced(request))).toMatchObject({
        code: 'unsupported',
        message: 'The server does not answer as PostgreSQL does.',
      })
      await listener.stop()
    })
  })

  it('because it was cancelled', async () => {
    const silent = await listen(() => {})
    const settings = settingsFor(server, { host: '127.0.0.1', port: silent.port })
    const abort = new AbortController()
    const opening = faultOf(open(settings, 'x', { signal: abort.signal }))
    abort.abort()
    expect(await opening).toEqual({ code: 'cancelled', message: 'Cancelled.' })
    expect(await faultOf(open(settings, 'x', { signal: abort.signal }))).toMatchObject({ code: 'cancelled' })
    await silent.stop()
  })
})

describe('a session', () => {
  it('shows its password to nobody who prints it', async () => {
    const client = await open(settingsFor(server), server.password)
    const printed = inspect(client, { depth: 20 }) + JSON.stringify(Object.entries(client))
    await endSession(client)
    expect(printed).toContain('postgres')
    expect(printed.includes(server.password)).toBe(false)
  })
})

describe('a Unix socket', () => {
  let own: Server | undefined
  afterAll(() => own?.stop())

  it('is entered without SSL, whatever the mode', async () => {
    own = await startServer({ tls: 'valid' })
    await own.restart({ unix_socket_directories: own.folder })
    const settings = settingsFor(own, { host: own.folder, sslMode: 'verify-full' })
    expect(await isEncrypted(settings, own.password)).toBe(false)
  })
})
