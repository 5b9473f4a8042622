import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonValue, parseJson } from '../../../src/core/editor/jsonValue.ts'

/** As JavaScript's own reader would have it. */
function plain(value: JsonValue | null): unknown {
  switch (value?.kind) {
    case 'object':
      return Object.fromEntries(value.members.map(({ name, value: each }) => [name, plain(each)]))
    case 'array':
      return value.items.map(plain)
    case 'string':
      return value.text
    default:
      return value == null ? undefined : JSON.parse(value.text)
  }
}

describe('a document', () => {
  it('is read as any reader would', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t '), (text, space) => {
        const parsed = parseJson(space + text + space)
        expect(parsed).not.toBeNull()
        // A member called __proto__ is one like others here.
        if (!text.includes('__proto__')) expect(plain(parsed)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('loses no digit, no member and no order', () => {
    expect(parseJson('{"b": 12345678901234567890.10, "a": 1e400, "b": null, "__proto__": -0, "": true}')).toEqual({
      kind: 'object',
      members: [
        { name: 'b', value: { kind: 'number', text: '12345678901234567890.10' } },
        { name: 'a', value: { kind: 'number', text: '1e400' } },
        { name: 'b', value: { kind: 'word', text: 'null' } },
        { name: '__proto__', value: { kind: 'number', text: '-0' } },
        { name: '', value: { kind: 'word', text: 'true' } },
      ],
    })
  })

  it('has its escapes undone, however many backslashes stand before a quote', () => {
    for (const text of ['', '\\', '"', '\\"', '\\\\"', 'a\u0000b', '\ud83d', '\u202e', '\\u0041']) {
      expect(parseJson(JSON.stringify([text, text]))).toEqual({
        kind: 'array',
        items: [
          { kind: 'string', text },
          { kind: 'string', text },
        ],
      })
    }
  })

  it('may hold a text of many millions', () => {
    const text = 'ä\\"'.repeat(3_000_000)
    const parsed = parseJson(JSON.stringify({ text }))
    expect(parsed?.kind === 'object' && parsed.members[0]?.value.kind === 'string').toBe(true)
    expect(plain(parsed)).toEqual({ text })
  })

  it.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '"',
    '"\\"',
    '"a\nb"',
    '"\\x"',
    'nul',
    '1 2',
    '01',
    '[1}',
    "'a'",
  ])('is none: %j', (text) => {
    expect(parseJson(text)).toBeNull()
  })

  it('that is nested too deep stays a text', () => {
    expect(parseJson('['.repeat(150) + ']'.repeat(150))?.kind).toBe('array')
    expect(parseJson('['.repeat(100_000) + ']'.repeat(100_000))).toBeNull()
  })
})
