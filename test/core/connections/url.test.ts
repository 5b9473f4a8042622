import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectionSettings, sslModes } from '../../../src/core/connection.ts'
import { formatUrl, parseUrl } from '../../../src/core/connections/url.ts'
import { Failure } from '../../../src/core/fault.ts'

describe('a URL', () => {
  it.each([
    ['postgres://eve@db/clinic', { host: 'db', database: 'clinic', user: 'eve', name: 'clinic on db' }],
    ['postgresql://eve@db:6543/clinic', { host: 'db', port: 6543, database: 'clinic', user: 'eve' }],
    ['  POSTGRES://eve@db/clinic\n', { host: 'db', database: 'clinic' }],
    ['postgres://eve@/clinic', { name: 'clinic on localhost', database: 'clinic', user: 'eve' }],
    ['postgres://eve@db', { database: 'eve', user: 'eve' }],
    ['postgres://eve@db/', { database: 'eve' }],
    ['postgres://eve@db?sslmode=require', { host: 'db', database: 'eve', sslMode: 'require' }],
    ['postgres://%C3%A9ve%40x@db/my%2Fdb%3F', { user: 'éve@x', database: 'my/db?' }],
    ['postgres://eve@[::1]:6543/clinic', { host: '::1', port: 6543 }],
    ['postgres://eve@[fe80::1%25eth0]/clinic', { host: 'fe80::1%eth0' }],
    ['postgres://eve@%2Fvar%2Frun%2Fpostgresql/clinic', { host: '/var/run/postgresql' }],
    ['postgres://eve@%2Ftmp:6543/clinic', { host: '/tmp', port: 6543 }],
    ['postgres:///clinic?host=/tmp&user=eve', { host: '/tmp', database: 'clinic', user: 'eve' }],
    ['postgres://?host=db&port=6543&dbname=clinic&user=eve', { host: 'db', port: 6543, database: 'clinic' }],
    ['postgres://eve@db/clinic?dbname=other', { database: 'other' }],
    ['jdbc:postgresql://db/clinic?user=eve&ssl=true', { sslMode: 'require' }],
    ['postgres://eve@db/clinic?ssl=true', { sslMode: 'require' }],
    [
      'postgres://eve@db/clinic?sslmode=verify-full&sslrootcert=%2Fca.pem&sslcert=/c%20d.pem&sslkey=/k.pem',
      { sslMode: 'verify-full', sslRootCert: '/ca.pem', sslCert: '/c d.pem', sslKey: '/k.pem' },
    ],
    ['postgres://eve@db/clinic?sslmode=disable&sslmode=require', { sslMode: 'require' }],
    ['postgres://eve@db/a+b', { database: 'a+b' }],
  ])('%s', (url, expected) => {
    const { settings, password, warnings } = parseUrl(url)
    expect(settings).toMatchObject(expected)
    expect(password).toBeNull()
    expect(warnings).toEqual([])
  })

  it.each([
    ['postgres://eve:secret@db/clinic', 'secret'],
    ['postgres://eve:s%40c%3Ar%2Fe%3Ft%25@db/clinic', 's@c:r/e?t%'],
    ['postgres://eve:s@c:ret@db/clinic', 's@c:ret'],
    ['postgres://eve@db/clinic?password=s%26cret', 's&cret'],
    ['postgres://eve:@db/clinic', null],
    ['postgres://eve:a+b@db/clinic', 'a+b'],
  ])('%s has the password apart', (url, password) => {
    const parsed = parseUrl(url)
    expect(parsed.password).toBe(password)
    expect(parsed.settings).toMatchObject({ user: 'eve', host: 'db', database: 'clinic' })
  })

  it('leaves out what it does not name, so that it can be laid over other settings', () => {
    expect(parseUrl('postgres://eve@/clinic').settings).toEqual({
      name: 'clinic on localhost',
      user: 'eve',
      database: 'clinic',
    })
  })

  it('takes the user of the machine where none is named', () => {
    expect(parseUrl('postgres://db', { user: 'eve' }).settings).toMatchObject({ user: 'eve', database: 'eve' })
    expect(() => parseUrl('postgres://db/clinic')).toThrow('names no user')
  })

  it('warns of what it leaves aside, and never with a value or a name that nobody knows', () => {
    const { warnings, settings } = parseUrl(
      'postgres://eve@a:1,b:2/clinic?application_name=x&sslpassword=hush&connect_timeout=3&hush=1',
    )
    expect(settings).toMatchObject({ host: 'a', port: 1 })
    expect(warnings).toEqual([
      expect.stringMatching(/^application_name is/),
      expect.stringMatching(/^sslpassword is/),
      expect.stringMatching(/^connect_timeout is/),
      expect.stringMatching(/^A parameter/),
      expect.stringMatching(/^Several hosts/),
    ])
    expect(warnings.join()).not.toContain('hush')
  })

  it.each([
    ['postgres://eve@db:0/clinic', /port/],
    ['postgres://eve@db:65536/clinic', /port/],
    ['postgres://eve@db:12x/clinic', /port/],
    ['postgres://eve@db/clinic?sslmode=perhaps', /sslmode is none of disable/],
    ['postgres://eve@[::1/clinic', /IPv6/],
    ['postgres://eve@[::1]x/clinic', /IPv6/],
    ['postgres://e%zzve@db/clinic', /%/],
    ['postgres://eve@db/cl%00inic', /NUL/],
    ['postgres://eve:se/hush@db/clinic', /@ after the first \//],
    ['postgres://eve:1?hush@db/clinic', /@ after the \?/],
    ['postgres://eve:se/hush', /no user/],
    [`postgres://eve@db/${'x'.repeat(64)}`, /database/],
    ['mysql://eve:hush@db/clinic', /no connection string/],
    ['', /no connection string/],
    ['clinic', /no connection string/],
    ["host='db password=hush", /quote/],
  ])('%s is refused, without being shown', (url, message) => {
    expect(() => parseUrl(url)).toThrow(message)
    try {
      parseUrl(url)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Failure)
      expect(JSON.stringify(thrown instanceof Failure && thrown.fault)).not.toContain('hush')
    }
  })
})

describe('a DSN', () => {
  it.each([
    ['host=db port=6543 dbname=clinic user=eve', { host: 'db', port: 6543, database: 'clinic', user: 'eve' }],
    ["  host = db  dbname = 'my clinic'\tuser=eve ", { host: 'db', database: 'my clinic', user: 'eve' }],
    [String.raw`user=eve dbname='it\'s' host=/tmp`, { database: "it's", host: '/tmp' }],
    [String.raw`user=e\ ve dbname=a\\b`, { user: 'e ve', database: String.raw`a\b` }],
    ["user=eve host='' sslmode=verify-ca", { user: 'eve', database: 'eve', sslMode: 'verify-ca' }],
  ])('%s', (dsn, expected) => {
    expect(parseUrl(dsn).settings).toMatchObject(expected)
  })

  it('has the password apart', () => {
    const { password, settings } = parseUrl(String.raw`user=eve password='a b\'c\\d'`)
    expect(password).toBe(String.raw`a b'c\d`)
    expect(JSON.stringify(settings)).not.toContain('a b')
  })
})

const name = fc
  .string({ minLength: 1, maxLength: 63, unit: 'grapheme' })
  .filter((text) => text.length <= 63 && !text.includes('\0') && connectionSettings.shape.user.safeParse(text).success)
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ maxLength: 60 }).map((path) => `/${path.replaceAll(/[,\0]/g, '')}x`),
)
const path = fc.string({ maxLength: 60 }).map((text) => text.replaceAll('\0', '').trim())
const settings = fc.record({
  host: host.filter((text) => connectionSettings.shape.host.parse(text) === text),
  port: fc.integer({ min: 1, max: 65535 }),
  database: name,
  user: name,
  sslMode: fc.constantFrom(...sslModes),
  sslRootCert: path,
  sslCert: path,
  sslKey: path,
})

describe('formatUrl', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(settings, (written) => {
        const parsed = parseUrl(formatUrl(written))
        expect(parsed.warnings).toEqual([])
        expect(parsed.password).toBeNull()
        expect({ ...connectionSettings.parse(parsed.settings) }).toMatchObject(written)
      }),
    )
  })

  it('reads a password that stands beside it', () => {
    fc.assert(
      fc.property(settings, fc.string({ minLength: 1, unit: 'grapheme' }), (written, password) => {
        fc.pre(!password.includes('\0'))
        const url = formatUrl(written).replace('@', () => `:${encodeURIComponent(password)}@`)
        expect(parseUrl(url).password).toBe(password)
      }),
    )
  })

  it('writes what psql takes', () => {
    const base = connectionSettings.parse({ name: 'x', database: 'clinic', user: 'eve' })
    expect(formatUrl(base)).toBe('postgresql://eve@localhost:5432/clinic')
    expect(formatUrl({ ...base, host: '/var/run', sslMode: 'disable' })).toBe(
      'postgresql://eve@:5432/clinic?host=%2Fvar%2Frun&sslmode=disable',
    )
    expect(formatUrl({ ...base, host: 'fe80::1%eth0' })).toBe('postgresql://eve@[fe80::1%25eth0]:5432/clinic')
  })
})

describe('any text', () => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `postgres://${text}`),
    fc
      .array(
        fc.constantFrom(
          'postgres://',
          'eve',
          ':',
          '@',
          '/',
          '?',
          '&',
          '=',
          '%',
          '%2',
          '%41',
          '[',
          ']',
          "'",
          '\\',
          ',',
          ' ',
          'password=',
          'host=',
          '\0',
          '#',
        ),
      )
      .map((parts) => parts.join('')),
  )

  it('is understood or refused with a Failure, in no long time', () => {
    fc.assert(
      fc.property(noise, (text) => {
        try {
          connectionSettings.parse(parseUrl(text).settings)
        } catch (thrown) {
          if (!(thrown instanceof Failure)) throw thrown
        }
      }),
      { numRuns: 2000 },
    )
  })
})
