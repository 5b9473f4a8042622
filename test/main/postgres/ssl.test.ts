import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/core/connection.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { failureOf, faultOf, isEncrypted, settingsFor, withHba, within } from './entry.ts'
import { startRelay } from './fakes.ts'

const plain = sharedServer()
let secure: Server
let expired: Server
let otherHost: Server
let files: { authority: string; stranger: string; cert: string; key: string }

let home: string
const homeBefore = process.env['HOME']

beforeAll(async () => {
  ;[secure, expired, otherHost] = await Promise.all([
    startServer({ tls: 'valid' }),
    startServer({ tls: 'expired' }),
    startServer({ tls: 'other-host' }),
  ])
  if (secure.tls === null) throw new Error('The server speaks no TLS.')
  const { authority, stranger } = secure.tls
  await within(settingsFor(secure), secure.password, async (client) => {
    await client.query(`create role eve login password 'of eve'`)
    await client.query(`create role certified login`)
  })
  files = { authority, stranger, ...(await secure.tls.client('certified')) }
})

afterAll(async () => {
  await Promise.all([secure, expired, otherHost].map((server) => server.stop()))
})

// Files in the home folder count: the tests have a home of their own.
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pgsteward-home-'))
  process.env['HOME'] = home
})

afterEach(() => {
  process.env['HOME'] = homeBefore
  rmSync(home, { recursive: true, force: true })
})

const eve = (changes: Partial<ConnectionSettings>) => settingsFor(secure, { user: 'eve', ...changes })
const certified = (changes: Partial<ConnectionSettings>) =>
  settingsFor(secure, { user: 'certified', sslMode: 'require', sslCert: files.cert, sslKey: files.key, ...changes })

describe('a server without SSL', () => {
  it.each(['disable', 'allow', 'prefer'] as const)('is entered with sslmode=%s', async (sslMode) => {
    expect(await isEncrypted(settingsFor(plain, { sslMode }), plain.password)).toBe(false)
  })

  it.each(['require', 'verify-ca', 'verify-full'] as const)('is refused with sslmode=%s', async (sslMode) => {
    const settings = settingsFor(plain, { sslMode, sslRootCert: sslMode === 'require' ? '' : files.authority })
    const fault = await faultOf(isEncrypted(settings, plain.password))
    expect(fault).toMatchObject({ code: 'ssl', message: expect.stringContaining(`sslmode=${sslMode}`) })
    expect(fault.hint).toContain('ssl = on')
  })
})

describe('a server with SSL', () => {
  it.each([
    ['disable', false],
    ['allow', false],
    ['prefer', true],
    ['require', true],
  ] as const)('is entered with sslmode=%s, encrypted: %s', async (sslMode, encrypted) => {
    expect(await isEncrypted(settingsFor(secure, { sslMode }), secure.password)).toBe(encrypted)
  })

  it.each(['require', 'verify-ca', 'verify-full'] as const)(
    'is trusted with sslmode=%s and its authority',
    async (sslMode) => {
      const sslRootCert = files.authority
      expect(await isEncrypted(settingsFor(secure, { sslMode, sslRootCert }), secure.password)).toBe(true)
      const byName = settingsFor(secure, { sslMode, sslRootCert, host: 'localhost' })
      expect(await isEncrypted(byName, secure.password)).toBe(true)
    },
  )

  it.each(['require', 'verify-ca', 'verify-full'] as const)(
    'is not trusted with sslmode=%s and a stranger’s authority',
    async (sslMode) => {
      const settings = settingsFor(secure, { sslMode, sslRootCert: files.stranger })
      const fault = await faultOf(isEncrypted(settings, secure.password))
      expect(fault.message).toContain('not signed by an authority')
      expect(fault.hint).toContain(files.stranger)
      expect(fault.hint).toContain(sslMode)
    },
  )

  it('falls back to no encryption with prefer and a stranger’s authority, as libpq does', async () => {
    const settings = settingsFor(secure, { sslMode: 'prefer', sslRootCert: files.stranger })
    expect(await isEncrypted(settings, secure.password)).toBe(false)
  })

  it('is asked for its name by verify-full alone', async () => {
    const sslRootCert = otherHost.tls?.authority ?? ''
    const checked = settingsFor(otherHost, { host: 'localhost', sslMode: 'verify-ca', sslRootCert })
    expect(await isEncrypted(checked, otherHost.password)).toBe(true)
    const fault = await faultOf(isEncrypted({ ...checked, sslMode: 'verify-full' }, otherHost.password))
    expect(fault).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: expect.stringContaining('is not for'),
    })
    expect(fault.detail).toContain('db.example.org')
  })

  it('is refused when its certificate has expired, where that is checked', async () => {
    expect(await isEncrypted(settingsFor(expired, { sslMode: 'require' }), expired.password)).toBe(true)
    const settings = settingsFor(expired, { sslMode: 'verify-ca', sslRootCert: expired.tls?.authority ?? '' })
    const fault = await faultOf(isEncrypted(settings, expired.password))
    expect(fault).toMatchObject({ code: 'CERT_HAS_EXPIRED', message: expect.stringContaining('expired') })
  })

  it('is entered by the way that pg_hba.conf leaves open', async () => {
    await withHba(secure, ['hostssl all eve all scram-sha-256', 'hostnossl all eve all reject'], async () => {
      expect(await isEncrypted(eve({ sslMode: 'allow' }), 'of eve')).toBe(true)
      expect(await isEncrypted(eve({ sslMode: 'prefer' }), 'of eve')).toBe(true)
      const fault = await faultOf(isEncrypted(eve({ sslMode: 'disable' }), 'of eve'))
      expect(fault).toMatchObject({ code: 'postgres', sqlstate: '28000', hint: expect.stringContaining('disable') })
    })
    await withHba(secure, ['hostssl all eve all reject', 'hostnossl all eve all scram-sha-256'], async () => {
      expect(await isEncrypted(eve({ sslMode: 'prefer' }), 'of eve')).toBe(false)
      expect(await faultOf(isEncrypted(eve({ sslMode: 'require' }), 'of eve'))).toMatchObject({ sqlstate: '28000' })
    })
    await withHba(secure, ['host all eve all reject'], async () => {
      const fault = await faultOf(isEncrypted(eve({ sslMode: 'prefer' }), 'of eve'))
      expect(fault).toMatchObject({ sqlstate: '28000', detail: expect.stringMatching(/^Without SSL: /) })
    })
  })

  it('does not send a wrong password once more without encryption', async () => {
    const relay = await startRelay(() => secure)
    try {
      const fault = await faultOf(isEncrypted({ ...eve({ sslMode: 'prefer' }), port: relay.port }, 'wrong'))
      expect(fault).toMatchObject({ sqlstate: '28P01', hint: 'The password was the one given.' })
      expect(relay.connections()).toBe(1)
    } finally {
      await relay.stop()
    }
  })
})

describe('a client certificate', () => {
  const only = ['hostssl all certified all cert', 'host all certified all reject']

  it('opens the door that asks for it, and nothing else does', async () => {
    await withHba(secure, only, async () => {
      expect(await isEncrypted(certified({}), null)).toBe(true)
      const without = await faultOf(isEncrypted(certified({ sslCert: '', sslKey: '' }), null))
      expect(without).toMatchObject({ code: 'postgres', sqlstate: '28000' })
      const another = await faultOf(isEncrypted(certified({ user: 'eve' }), null))
      expect(another.code).toBe('password_required')
    })
  })

  it('is found in ~/.postgresql, with the root certificate', async () => {
    mkdirSync(join(home, '.postgresql'))
    copyFileSync(files.authority, join(home, '.postgresql', 'root.crt'))
    copyFileSync(files.cert, join(home, '.postgresql', 'postgresql.crt'))
    copyFileSync(files.key, join(home, '.postgresql', 'postgresql.key'))
    chmodSync(join(home, '.postgresql', 'postgresql.key'), 0o600)
    await withHba(secure, only, async () => {
      expect(await isEncrypted(certified({ sslMode: 'verify-full', sslCert: '', sslKey: '' }), null)).toBe(true)
    })
    copyFileSync(files.stranger, join(home, '.postgresql', 'root.crt'))
    const fault = await faultOf(isEncrypted(settingsFor(secure, { sslMode: 'require' }), secure.password))
    expect(fault.message).toContain('not signed by an authority')
  })
})

describe('a file that is not as it should be', () => {
  const file = (name: string, content: string, mode = 0o600) => {
    const path = join(home, name)
    writeFileSync(path, content, { mode })
    chmodSync(path, mode)
    return path
  }
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

  it.each<[string, () => Partial<ConnectionSettings>, RegExp]>([
    [
      'a missing root certificate',
      () => ({ sslRootCert: join(home, 'none.crt') }),
      /root certificate .*none\.crt cannot be read/,
    ],
    ['a device as root certificate', () => ({ sslRootCert: '/dev/zero' }), /root certificate .* cannot be read/],
    ['a folder as root certificate', () => ({ sslRootCert: home }), /root certificate .* cannot be read/],
    [
      'a root certificate without PEM',
      () => ({ sslRootCert: file('a.crt', 'x') }),
      /a\.crt holds no certificate in PEM/,
    ],
    ['a broken root certificate', () => ({ sslRootCert: file('b.crt', broken) }), /b\.crt cannot be understood/],
    ['no root certificate at all', () => ({ sslMode: 'verify-full' }), /sslmode=verify-full needs a root certificate/],
    [
      'the system’s authorities without the name',
      () => ({ sslMode: 'verify-ca', sslRootCert: 'system' }),
      /needs sslmode=verify-full/,
    ],
    [
      'a missing client certificate',
      () => ({ sslCert: join(home, 'c.crt') }),
      /client certificate .*c\.crt cannot be read/,
    ],
    [
      'a missing client key',
      () => ({ sslCert: files.cert, sslKey: join(home, 'c.key') }),
      /client key .*c\.key cannot be read/,
    ],
    [
      'a broken client key',
      () => ({ sslCert: files.cert, sslKey: file('d.key', 'x') }),
      /client key .*d\.key cannot be understood/,
    ],
    ['a key without its certificate', () => ({ sslKey: files.key }), /no client certificate/],
    [
      'a key of another certificate',
      () => ({ sslCert: files.cert, sslKey: secure.tls?.server.key ?? '' }),
      /does not belong/,
    ],
  ])('%s is named', async (_, changes, message) => {
    const failure = await failureOf(
      isEncrypted(settingsFor(secure, { sslMode: 'require', ...changes() }), secure.password),
    )
    expect(failure.message).toMatch(message)
    expect(failure.fault.code).toBe('invalid_input')
  })

  it('a key that others can read is refused', async () => {
    const key = join(home, 'open.key')
    copyFileSync(files.key, key)
    chmodSync(key, 0o644)
    const fault = await faultOf(isEncrypted(certified({ sslKey: key }), null))
    expect(fault.message).toContain(`${key} can be read by others`)
  })

  it('the system’s authorities do not trust a private one', async () => {
    const settings = settingsFor(secure, { sslMode: 'verify-full', sslRootCert: 'system' })
    expect((await faultOf(isEncrypted(settings, secure.password))).message).toContain('not signed by an authority')
  })
})
