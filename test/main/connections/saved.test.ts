import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { quoteName } from '../../../src/core/quote.ts'
import { sharedServer } from '../../ground/shared.ts'
import { faultOf, settingsFor, within } from '../postgres/entry.ts'
import { type Program, startProgram } from './program.ts'

const server = sharedServer()
const role = `keeper_${process.pid}`
const password = 'Zwölf:Boxkämpfer\\jagen'
let program: Program

beforeAll(async () => {
  await within(settingsFor(server), server.password, async (client) => {
    await client.query(`create role ${quoteName(role)} login password '${password}'`)
  })
})

afterAll(async () => {
  await within(settingsFor(server), server.password, async (client) => {
    await client.query(`drop role ${quoteName(role)}`)
  })
})

beforeEach(() => {
  vi.stubEnv('PGPASSFILE', '/nowhere/pgpass')
  vi.stubEnv('PGPASSWORD', '')
  program = startProgram()
})

afterEach(async () => {
  await program.stop()
  vi.unstubAllEnvs()
})

const settings = settingsFor(server, { user: role })

describe('saved connections', () => {
  it('are listed by name, changed and removed', async () => {
    const { api } = program
    expect(await api.list({})).toEqual({ connections: [], passwordsKept: 'memory', notice: null })
    const second = await api.save({ settings: { ...settings, name: 'second', kind: 'production' } })
    const first = await api.save({
      settings: { ...settings, name: 'First', colour: 'violet', readOnly: true, sslRootCert: '/ca.pem' },
    })
    expect(first).toEqual({
      ...settings,
      name: 'First',
      colour: 'violet',
      readOnly: true,
      sslRootCert: '/ca.pem',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      hasPassword: false,
      lastOpenedAt: null,
    })
    expect((await api.list({})).connections).toEqual([first, second])
    const renamed = await api.save({ id: second.id, settings: { ...settings, name: 'a second' } })
    expect((await api.list({})).connections).toEqual([renamed, first])
    await api.remove({ id: first.id })
    expect((await api.list({})).connections).toEqual([renamed])
  })

  it('that are not there are said so', async () => {
    const notThere = { code: 'not_found', message: 'There is no such connection.' }
    const id = 'nobody'
    expect(await faultOf(program.api.save({ id, settings }))).toEqual(notThere)
    expect(await faultOf(program.api.remove({ id }))).toEqual(notThere)
    expect(await faultOf(program.api.open({ id }))).toEqual(notThere)
    expect(await faultOf(program.api.test({ id, settings }))).toEqual(notThere)
    expect(await program.api.close({ id })).toBeNull()
  })

  it.each([
    { host: `postgres://eve:${password}@db/clinic` },
    { database: `host=db password=${password}`.slice(0, 60) },
    { name: `password = ${password}` },
    { user: `x://${password}` },
  ])('take no connection string in a field: %j', async (field) => {
    const fault = await faultOf(program.api.save({ settings: { ...settings, ...field } }))
    expect(fault.code).toBe('invalid_input')
    expect(fault.detail).toContain('whole connection string')
    expect(JSON.stringify(fault)).not.toContain('Zwölf')
  })

  it.each([
    { user: 'nobody\0user\0postgres' },
    { database: 'clinic\0options\0-c default_transaction_read_only=off' },
    { host: 'localhost\0' },
    { sslRootCert: '/ca\0.pem' },
  ])('take no NUL, behind which the protocol reads another parameter: %j', async (field) => {
    const fault = await faultOf(program.api.test({ settings: { ...settings, ...field }, password }))
    expect(fault).toMatchObject({ code: 'invalid_input', detail: expect.stringContaining('NUL') })
  })
})

describe('a password', () => {
  it('that is saved opens the connection, until it is forgotten', async () => {
    const { api } = program
    const { id, hasPassword } = await api.save({ settings, password })
    expect(hasPassword).toBe(true)
    await api.open({ id })
    await api.close({ id })
    expect((await api.save({ id, settings })).hasPassword).toBe(true)
    expect((await api.save({ id, settings, password: '' })).hasPassword).toBe(false)
    expect(await faultOf(api.open({ id }))).toMatchObject({ code: 'password_required' })
  })

  it('that is given at opening is kept when it was right', async () => {
    const { api } = program
    const { id } = await api.save({ settings })
    expect(await faultOf(api.open({ id, password: 'wrong' }))).toMatchObject({ sqlstate: '28P01' })
    expect((await api.list({})).connections[0]).toMatchObject({ hasPassword: false, lastOpenedAt: null })
    const opened = await api.open({ id, password })
    expect(opened.connection).toMatchObject({ hasPassword: true, lastOpenedAt: expect.stringMatching(/^20.*Z$/) })
    await api.remove({ id })
    expect(program.secrets.read(id)).toBeNull()
    expect(await faultOf(api.open({ id }))).toMatchObject({ code: 'not_found' })
  })

  it('that is kept goes to no other server and no other user', async () => {
    const { api } = program
    const { id } = await api.save({ settings, password })
    expect(await api.test({ id, settings: { ...settings, database: 'template1', readOnly: true } })).toMatchObject({
      database: 'template1',
      user: role,
      readOnly: true,
      superuser: false,
    })
    const other = { ...settings, host: 'localhost' }
    expect(await faultOf(api.test({ id, settings: other }))).toMatchObject({ code: 'password_required' })
    expect(await faultOf(api.test({ id, settings: { ...settings, user: 'postgres' } }))).toMatchObject({
      code: 'password_required',
    })
    expect((await api.save({ id, settings: other })).hasPassword).toBe(false)
    expect(program.secrets.read(id)).toBeNull()
  })

  it('that is wrong is told with where it came from', async () => {
    const { id } = await program.api.save({ settings, password: 'wrong' })
    expect((await faultOf(program.api.open({ id }))).hint).toBe('The password was the one kept.')
    vi.stubEnv('PGPASSWORD', 'wrong as well')
    expect((await faultOf(program.api.open({ settings }))).hint).toBe('The password was the one in PGPASSWORD.')
  })

  it('leaves no byte in the files of the cache, in the output, or in a fault', async () => {
    const output: string[] = []
    const note = (chunk: unknown) => {
      output.push(String(chunk))
      return true
    }
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(note),
      vi.spyOn(process.stderr, 'write').mockImplementation(note),
    ]
    const faults: unknown[] = []
    try {
      const { api } = program
      const { id } = await api.save({ settings, password })
      await api.open({ id })
      await api.open({ settings: { ...settings, readOnly: true }, password })
      faults.push(await faultOf(api.open({ settings: { ...settings, database: 'none' }, password })))
      faults.push(await faultOf(api.open({ settings: { ...settings, user: 'none' }, password })))
      faults.push(await faultOf(api.open({ settings: { ...settings, port: 1, host: '127.0.0.1' }, password })))
      const database = program.connections.database(id)
      faults.push(await database.query('select nonsense').catch((thrown: unknown) => JSON.stringify(thrown)))
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    const files = readdirSync(program.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(files.map((file) => file.name)).toEqual(expect.arrayContaining(['cache.db', 'cache.db-wal']))
    const bytes = Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))))
    expect(bytes.includes(role)).toBe(true)
    for (const encoding of ['utf8', 'utf16le', 'latin1'] as const) {
      expect(bytes.includes(Buffer.from(password, encoding)), encoding).toBe(false)
    }
    expect(bytes.includes(Buffer.from(password).toString('base64'))).toBe(false)
    expect(faults).toHaveLength(4)
    for (const text of [output.join(''), JSON.stringify(faults), JSON.stringify(program.events)]) {
      expect(text.includes(password) || text.includes(JSON.stringify(password).slice(1, -1))).toBe(false)
    }
  })
})

describe('a password file', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pgsteward-passfile-'))
    path = join(folder, 'pgpass')
    vi.stubEnv('PGPASSFILE', path)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const escaped = password.replaceAll(/[\\:]/g, '\\$&')
  const write = (text: string, mode = 0o600) => {
    writeFileSync(path, text)
    chmodSync(path, mode)
  }

  it('gives the password of the line that fits', async () => {
    write(`# mine\n*:*:*:somebody:no\n${server.host}:${server.port}:postgres:${role}:${escaped}\n*:*:*:*:no\n`)
    expect((await program.api.open({ settings })).server.user).toBe(role)
  })

  it('yields to PGPASSWORD, as it does with psql', async () => {
    write('*:*:*:*:wrong')
    vi.stubEnv('PGPASSWORD', password)
    expect((await program.api.open({ settings })).server.user).toBe(role)
  })

  it('in the home folder counts where none is named', async () => {
    vi.stubEnv('PGPASSFILE', '')
    vi.stubEnv('HOME', folder)
    path = join(folder, '.pgpass')
    write(`*:*:*:*:${escaped}`)
    expect((await program.api.open({ settings })).server.user).toBe(role)
  })

  it('yields to a given password', async () => {
    write('*:*:*:*:wrong')
    expect((await program.api.open({ settings, password })).server.user).toBe(role)
    expect(await faultOf(program.api.open({ settings: { ...settings, readOnly: true } }))).toMatchObject({
      sqlstate: '28P01',
      hint: `The password was the one in ${path}.`,
    })
  })

  it('that others can read is ignored, and that is told when a password is needed', async () => {
    write(`*:*:*:*:${escaped}`, 0o644)
    expect(await faultOf(program.api.open({ settings }))).toMatchObject({
      code: 'password_required',
      detail: `The password file ${path} is ignored: others can read it. Run chmod 600 on it.`,
    })
    vi.stubEnv('PGPASSWORD', password)
    expect((await program.api.open({ settings })).server.user).toBe(role)
  })

  it('that is a folder is ignored, and that is told', async () => {
    vi.stubEnv('PGPASSFILE', folder)
    expect((await faultOf(program.api.open({ settings }))).detail).toContain('not a plain file')
  })
})
