import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findInPassfile } from '../../../src/core/connections/passfile.ts'

const key = { host: 'db', port: 5432, database: 'clinic', user: 'eve' }

describe('a password file', () => {
  it.each([
    ['db:5432:clinic:eve:secret', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['other:5432:clinic:eve:no\ndb:5432:clinic:eve:first\n*:*:*:*:second', 'first'],
    ['# a comment\r\ndb:*:*:eve:secret\r\n', 'secret'],
    ['#db:5432:clinic:eve:no', null],
    [String.raw`db:5432:clinic:eve:a\:b\\c`, String.raw`a:b\c`],
    ['db:5432:clinic:eve:a:b', 'a:b'],
    ['db:5432:clinic:eve:', null],
    ['db:5432:clinic:eve', null],
    ['db:5433:clinic:eve:no', null],
    ['db:5432:clinic:Eve:no', null],
    [String.raw`\*:5432:clinic:eve:no`, null],
    ['', null],
  ])('%j', (text, password) => {
    expect(findInPassfile(text, key)).toBe(password)
  })

  it('finds whatever was escaped', () => {
    const field = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[\r\n#]/.test(text) && text !== '*')
    const escaped = (text: string) => text.replaceAll(/[\\:]/g, '\\$&')
    fc.assert(
      fc.property(field, field, field, field, (host, database, user, password) => {
        const line = `${escaped(host)}:5432:${escaped(database)}:${escaped(user)}:${escaped(password)}`
        expect(findInPassfile(line, { host, port: 5432, database, user })).toBe(password)
      }),
    )
  })
})
