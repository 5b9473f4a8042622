import { describe, expect, it } from 'vitest'
import { matchParts } from '../../../src/renderer/history/matchParts.ts'

describe('the marks of a search', () => {
  it('cuts the excerpt at its marks', () => {
    expect(matchParts('from \u0002care\u0003.visit where \u0002care\u0003')).toEqual([
      { at: 0, text: 'from ', matches: false },
      { at: 5, text: 'care', matches: true },
      { at: 9, text: '.visit where ', matches: false },
      { at: 22, text: 'care', matches: true },
    ])
  })

  it('leaves markup as the text that it is', () => {
    expect(matchParts('<b>\u0002<script>\u0003')).toEqual([
      { at: 0, text: '<b>', matches: false },
      { at: 3, text: '<script>', matches: true },
    ])
  })

  it('bears an excerpt that was cut within a match', () => {
    expect(matchParts('a\u0002b')).toEqual([
      { at: 0, text: 'a', matches: false },
      { at: 1, text: 'b', matches: true },
    ])
    expect(matchParts('')).toEqual([])
  })
})
