import { expect, it } from 'vitest'
import { titleOf } from '../../../src/renderer/editor/tabText.ts'

it('a tab is called by the first line that says something, cut; comments before it say nothing', () => {
  expect(titleOf('\n-- monthly\n  select 1\nfrom visit')).toBe('select 1')
  expect(titleOf('/* OPS-7 */ update visit set note = null')).toBe('update visit set note = null')
  expect(titleOf('/* monthly,\n * for Clara */\n-- and Ada\nselect 2')).toBe('select 2')
  expect(titleOf('select /* in the middle */ 3')).toBe('select /* in the middle */ 3')
  expect(titleOf('select 123456789012345678901234567890')).toBe('select 123456789012345678901234…')
  for (const nothing of ['', ' \n', '-- only this', '/* only\nthis */', '/* not closed'])
    expect(titleOf(nothing)).toBeNull()
})
