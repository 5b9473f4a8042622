import { describe, expect, it } from 'vitest'
import { shownParts } from '../../../src/renderer/ui/shown.ts'

const seen = (text: string, lines: 'signs' | 'kept' = 'signs'): string =>
  shownParts(text, { lines })
    .map(({ text: part, sign }) => (sign === null ? part : `[${part}]`))
    .join('')

describe('text with what hides in it', () => {
  it('shows ordinary text as it is, in any script', () => {
    expect(seen('Zürich 東京 مرحبا 👍')).toBe('Zürich 東京 مرحبا 👍')
  })

  it('draws a sign for controls, line ends and tabs', () => {
    expect(seen('a\tb\r\nc\u0000d\u0007e\u007f')).toBe('a[⇥]b[␍][↵]c[␀]d[␇]e[␡]')
  })

  it('lets lines and tabs do their work where they are kept', () => {
    expect(seen('a\tb\nc\u001b', 'kept')).toBe('a\tb\nc[␛]')
  })

  it('draws what turns the direction or has no width, and names it', () => {
    const parts = shownParts('user\u202etxt.exe\u200b')
    expect(parts.map(({ sign }) => sign)).toEqual([
      null,
      'U+202E right-to-left override',
      null,
      'U+200B zero width space',
    ])
    expect(seen('\u2066a\u2069\ufeff\u00ad')).toBe('[U+2066]a[U+2069][U+FEFF][U+00AD]')
  })

  it('draws half a surrogate pair', () => {
    expect(seen('a\ud83db')).toBe('a[U+D83D]b')
  })

  it('says where each part begins', () => {
    expect(shownParts('ab\ncd').map(({ at }) => at)).toEqual([0, 2, 3])
  })
})
