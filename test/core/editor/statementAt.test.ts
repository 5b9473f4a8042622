import { describe, expect, it } from 'vitest'
import type { Statement } from '../../../src/core/editor/contract.ts'
import { statementAt } from '../../../src/core/editor/statementAt.ts'

/** `^` stands for the cursor; statements end at their semicolon. */
function at(marked: string): string | undefined {
  const cursor = marked.indexOf('^')
  const sql = marked.replace('^', '')
  const statements: Statement[] = [...sql.matchAll(/[^\s;][^;]*/g)].map(({ 0: text, index }) => ({
    start: index,
    end: index + text.trimEnd().length,
    class: 'SELECT',
  }))
  const found = statementAt(statements, sql, cursor)
  return found && sql.slice(found.start, found.end)
}

describe('the statement at the cursor', () => {
  it.each([
    ['select 1^; select 2;', 'select 1'],
    ['^select 1; select 2;', 'select 1'],
    ['select 1; sel^ect 2;', 'select 2'],
    ['select 1; ^select 2;', 'select 2'],
    ['select 1;^ select 2;', 'select 1'],
    ['select 1;  -- why^\nselect 2;', 'select 1'],
    ['select 1;\n^\nselect 2;', 'select 2'],
    ['\n^\nselect 1;', 'select 1'],
    ['select 1;\n\n^', 'select 1'],
    ['select\n  1^', 'select\n  1'],
  ])('%j means %j', (marked, expected) => {
    // A comment is part of no statement here, as the tokenizer has it.
    expect(at(marked.replace('  -- why', '        '))).toBe(expected)
  })

  it('is none in an empty text', () => {
    expect(statementAt([], '', 0)).toBeUndefined()
  })

  it('is found among many', () => {
    const sql = 'select 1;\n'.repeat(5000)
    const statements = Array.from({ length: 5000 }, (_, index) => ({
      start: index * 10,
      end: index * 10 + 8,
      class: 'SELECT' as const,
    }))
    expect(statementAt(statements, sql, 34_563)?.start).toBe(34_560)
  })
})
