import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import { createFormStore } from '../../../src/renderer/connections/form.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

let opened: Window | undefined
afterEach(() => opened?.close())

const { connection, server } = openConnection()
const { id: _id, hasPassword: _has, lastOpenedAt: _at, ...settings } = connection

function setUp(services: Partial<Services<Api>['connections']> = {}) {
  opened = openWindow({ connections: services })
  return createFormStore(opened.session.scopes.tab(null, 'tab-1')).getState
}

describe('validation', () => {
  it('is the contract’s, said at each field, before anything is sent', async () => {
    const form = setUp()
    form().change({ host: ' ', port: '', user: '', database: 'x'.repeat(64) })
    expect(await form().save()).toBeNull()
    await form().test()
    expect(Object.keys(form().errors).sort()).toEqual(['database', 'host', 'port', 'user'])
    expect(form().errors.host).toBe('Name the host.')
    expect(form().errors.port).toBe('Give a port from 1 to 65535.')
  })

  it.each([0, 65_536, 1.5, -1])('refuses the port %d', async (port) => {
    const form = setUp()
    form().change({ port })
    await form().save()
    expect(form().errors.port).toMatch(/port/i)
  })

  it('forgets an error when its field is changed, and no other', async () => {
    const form = setUp()
    form().change({ host: '', user: '' })
    await form().save()
    form().change({ host: 'db1' })
    expect(Object.keys(form().errors)).toEqual(['user'])
  })
})

describe('a URL', () => {
  it('fills the fields, leaves out what it leaves out, and gives its password to the password’s field', () => {
    const form = setUp()
    form().change({ name: 'Mine', kind: 'production', sslMode: 'require' })
    expect(form().takeUrl('postgres://eve:ge%40heim@db.example.org:6432/clinic')).toBe(true)
    expect(form().values).toMatchObject({
      name: 'Mine',
      kind: 'production',
      host: 'db.example.org',
      port: 6432,
      database: 'clinic',
      user: 'eve',
      sslMode: 'require',
    })
    expect(form().password).toBe('ge@heim')
    expect(JSON.stringify([form().values, form().urlNotes])).not.toContain('heim')
  })

  it('leaves nothing of the one that was pasted before it, its password least of all', () => {
    const form = setUp()
    form().change({ sslMode: 'require', user: 'me' })
    form().takeUrl('postgres://eve:geheim@live:6432/clinic?sslmode=verify-ca&sslrootcert=/ca.pem')
    expect(form()).toMatchObject({ values: { port: 6432, sslMode: 'verify-ca' }, password: 'geheim' })
    form().takeUrl('postgres://bob@elsewhere/shop')
    expect(form()).toMatchObject({
      values: { host: 'elsewhere', port: 5432, database: 'shop', user: 'bob', sslMode: 'require', sslRootCert: '' },
      password: null,
    })
    // What was typed after it stays.
    form().takeUrl('postgres://eve:geheim@live:6432/clinic')
    form().change({ port: 7000 })
    form().setPassword('typed')
    form().takeUrl('postgres://bob@elsewhere/shop')
    expect(form()).toMatchObject({ values: { port: 7000 }, password: 'typed' })
  })

  it('that is none changes nothing, and says so without showing it', () => {
    const form = setUp()
    const before = form().values
    expect(form().takeUrl('postgres://eve:geheim@host:99999/db')).toBe(false)
    expect(form().values).toBe(before)
    expect(form().urlError).toMatch(/port/)
    expect(form().urlError).not.toContain('geheim')
  })

  it('that names settings of no place here says what was left aside', () => {
    const form = setUp()
    form().takeUrl('postgres://eve@host/db?application_name=x')
    expect(form().urlNotes.join(' ')).toContain('application_name')
  })
})

describe('the test', () => {
  it('shows what the server says, until something is changed', async () => {
    const test = vi.fn(() => server)
    const form = setUp({ test })
    form().change({ host: 'db1' })
    await form().test()
    expect(form()).toMatchObject({ report: server, fault: null, busy: null })
    expect(test.mock.lastCall?.at(0)).toMatchObject({ settings: { host: 'db1', name: 'postgres on db1' } })
    expect(test.mock.lastCall?.at(0)).not.toHaveProperty('password')
    form().change({ host: 'db2' })
    expect(form().report).toBeNull()
  })

  it('keeps the whole of a fault', async () => {
    const fault = {
      code: 'postgres',
      sqlstate: '28000',
      severity: 'FATAL',
      message: 'no pg_hba.conf entry',
      hint: 'Ask.',
    }
    const form = setUp({
      test: () => {
        throw new Failure(fault)
      },
    })
    await form().test()
    expect(form()).toMatchObject({ report: null, fault, busy: null })
  })

  it('can be stopped, and its late answer is not shown', async () => {
    let answer: ((report: typeof server) => void) | undefined
    const form = setUp({
      test: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    })
    const testing = form().test()
    await vi.waitFor(() => expect(answer).toBeDefined())
    form().cancelTest()
    answer?.(server)
    await testing
    expect(form()).toMatchObject({ report: null, fault: null, busy: null })
  })
})

describe('saving', () => {
  it('leaves a kept password as it is, replaces it, or forgets it', async () => {
    const save = vi.fn(() => connection)
    const form = setUp({ save })
    form().begin('clinic', settings)
    await form().save()
    expect(save.mock.lastCall?.at(0)).toEqual({ id: 'clinic', settings })
    form().setPassword('geheim')
    await form().save()
    expect(save.mock.lastCall?.at(0)).toEqual({ id: 'clinic', settings, password: 'geheim' })
    expect(form().password).toBeNull()
    form().setPassword('')
    await form().save()
    expect(save.mock.lastCall?.at(0)).toEqual({ id: 'clinic', settings, password: '' })
  })

  it('names a connection that was given no name', async () => {
    const save = vi.fn(() => connection)
    const form = setUp({ save })
    form().change({ host: 'db1', database: 'clinic' })
    expect(await form().save()).toEqual(connection)
    expect(save.mock.lastCall?.at(0)).toMatchObject({ settings: { name: 'clinic on db1' } })
    expect(form()).toMatchObject({ id: 'clinic', changed: false })
  })
})
