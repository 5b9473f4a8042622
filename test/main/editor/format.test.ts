import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { format } from '../../../src/main/editor/format.ts'
import { scan } from '../../../src/main/editor/parser.ts'

/** The text with its edits; `|` is the cursor, before and after. */
async function formatted(text: string): Promise<{ text: string; left: string[] }> {
  const mark = text.indexOf('|')
  const sql = mark === -1 ? text : text.slice(0, mark) + text.slice(mark + 1)
  const { edits, cursor, left } = await format(sql, Math.max(0, mark))
  let result = sql
  for (const { start, end, text } of edits.toReversed()) result = result.slice(0, start) + text + result.slice(end)
  return {
    text: mark === -1 ? result : `${result.slice(0, cursor)}|${result.slice(cursor)}`,
    left: left.map(({ why, start, end }) => `${why}: ${sql.slice(start, end)}`),
  }
}

const tokens = (sql: string) =>
  scan(sql)?.map(({ text, kind }) => (kind === 'comment' ? text.replaceAll(/\s+/g, ' ').trim() : text))

describe('formatting', () => {
  it('puts each statement into form and leaves what is between them', async () => {
    const { text, left } = await formatted('-- first\nselect a,b from t where x=1;\n\n\n-- second\nselect 1')
    expect(text).toBe('-- first\nselect\n  a,\n  b\nfrom\n  t\nwhere\n  x = 1;\n\n\n-- second\nselect\n  1')
    expect(left).toEqual([])
  })

  it('keeps the cursor before the same character', async () => {
    expect((await formatted('select a,b|c from t')).text).toBe('select\n  a,\n  b|c\nfrom\n  t')
    expect((await formatted('select 1; select a,|b')).text).toBe('select\n  1; select\n  a,|\n  b')
    expect((await formatted('select 1;\n|')).text).toBe('select\n  1;\n|')
  })

  it('is the same a second time', async () => {
    const once = await formatted(
      "with a as (select 1 as x union all select 2) select case when x > 1 then 'big' else null end from a order by 1",
    )
    expect(await formatted(once.text)).toEqual(once)
  })

  it('leaves parameters, casts, strings and bodies as they are', async () => {
    const sql =
      "select :id::int, $1, '{\"a\": 1}'::jsonb ->> 'a', e'it\\'s', $q$ a  b $q$, x[1:2], \"A b\" from t where a ->> 'k' = 'v'"
    const { text, left } = await formatted(sql)
    expect(left).toEqual([])
    expect(tokens(text)).toEqual(tokens(sql))
  })

  it('leaves alone what it cannot read, and says so, while the rest is put into form', async () => {
    const { text, left } = await formatted("select a,b; select 'never closed")
    expect(text).toBe("select\n  a,\n  b; select 'never closed")
    expect(left).toEqual(["unread: select 'never closed"])
  })

  it('leaves alone what would become another statement', async () => {
    const { left, text } = await formatted("select 'a'\n'b'")
    expect(left.length === 1 || tokens(text)?.join(' ') === tokens("select 'a'\n'b'")?.join(' ')).toBe(true)
  })

  it('leaves alone what nobody reads', async () => {
    const long = `select ${Array.from({ length: 20_000 }, (_, index) => index).join(',')}`
    expect((await format(long, 0)).left).toEqual([{ start: 0, end: long.length, why: 'long' }])
  })

  it('never changes what PostgreSQL reads', async () => {
    const pieces = [
      ...[
        'select',
        'from',
        'where',
        'a',
        '"B c"',
        "'x'",
        "e'\\\\'",
        '$$ d $$',
        '--c\n',
        '/* e */',
        '(',
        ')',
        ',',
        ';',
        '-',
        '- -',
        '=',
        '::',
      ],
      ...[
        '@>',
        '->',
        ':p',
        '$1',
        '1.5',
        'case',
        'when',
        'end',
        'insert into',
        'values',
        'create function',
        'begin atomic',
        'join',
        'on',
        '\n',
        '[',
        ']',
      ],
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), async (words) => {
        const sql = words.join(' ')
        const { text } = await formatted(sql)
        expect(tokens(text)).toEqual(tokens(sql))
      }),
      { numRuns: 500 },
    )
  })
})
