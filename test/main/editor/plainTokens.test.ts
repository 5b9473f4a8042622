import { beforeAll, describe, expect, it } from 'vitest'
import { plainTokens } from '../../../src/core/editor/plainTokens.ts'
import { statementAt } from '../../../src/core/editor/statementAt.ts'
import { statementDangers } from '../../../src/main/editor/guard.ts'
import { loadParser, scan } from '../../../src/main/editor/parser.ts'
import { findStatement, readScript, statementTexts } from '../../../src/main/editor/script.ts'

/** Whatever two tokenizers could see differently, and what hides it. */
const bits = [
  ...["'", "''", '"', '""', 'E', "E'", "e'\\n'", "E'\\x41'", "'a'", '"b"', "'a' \n 'b'", "' -- x\n'", '\\', "\\'"],
  ...['$', '$$', '$a$', '$é$', '$1', '$x', 'x$', '1', '23', '.', '..', '1.', '.5', '1.5e-3', 'e5', '0x1F', '1_0', '_'],
  ...[
    'abc',
    'é',
    'é1',
    '1é',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '😀',
    '\ud800',
    '\u0001',
    '\u007f',
    ' ',
    '\n',
    '\r',
    '\r\n',
  ],
  ...[
    '\t',
    '\f',
    '\v',
    '--',
    '/*',
    '/*+',
    '*/',
    '*',
    '/',
    '+',
    '-',
    '@',
    '=',
    '<',
    '>',
    '!',
    '|',
    '&',
    '?',
    '#',
    '%',
    '^',
  ],
  ...[
    '~',
    '`',
    '{',
    '}',
    ';',
    ',',
    '(',
    ')',
    '[',
    ']',
    ':',
    '::',
    ':=',
    '=>',
    'u',
    'U',
    'U&',
    "U&'",
    'U&"',
    'b',
    'x',
    'n',
  ],
  ...['select', 'create function', 'begin', 'atomic', 'case', 'end', ' x ', ' 1 ', "b'1'"],
]

/** Texts put together of them, the same ones each time. */
function* texts(count: number, most: number): Generator<string> {
  let state = 12_345
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  for (let made = 0; made < count; made += 1) {
    let text = ''
    for (let left = below(most) + 1; left > 0; left -= 1) {
      text += bits[below(bits.length)] ?? ''
      if (below(3) === 0) text += ' '
    }
    yield text
  }
}

beforeAll(loadParser)

describe('the tokens of plain SQL', () => {
  it('are those of the tokenizer of PostgreSQL, wherever they are told at all', () => {
    let told = 0
    for (const text of texts(60_000, 12)) {
      const tokens = plainTokens(text, 7)
      if (tokens === null) continue
      told += 1
      expect(tokens, JSON.stringify(text)).toEqual(scan(text, 7))
    }
    expect(told).toBeGreaterThan(10_000)
  })

  it.each([
    `insert into "ward 1".visit (id, note) values (42, 'the ''night'''), (-1.5e3, E'a\\tb\\\\'); -- é\r\n`,
    'select a.b::text, $1, x->>\'k\', y @> z, 1+-2, a||b, "a""b" /* one /* two */ */ from t where a<>b and c>=:name;',
    'create function f() returns int language sql begin atomic select case when true then 1 end; end;',
    `do $body$ begin raise notice 'it''s'; end $body$; select $$;$$, 5 % 2, a[1:2], b := 3, c => 4`,
    'select größe, "é", \'😀\' from été',
  ])('are told of what people write: %s', (sql) => {
    const tokens = plainTokens(sql)
    expect(tokens).not.toBeNull()
    expect(tokens).toEqual(scan(sql))
  })

  it.each([
    "select U&'d\\0061t'",
    "select b'01'",
    "select 'a'\n'b'",
    "select 'a' -- more\n  'b'",
    'select 1_000',
    'select 123abc',
    "select E'\\x41'",
    "select 'open",
    'select $a$ open',
    '/* open',
    'select ""',
    'select 1..2',
    `select '${'x'.repeat(300_000)}'`,
  ])('are left to PostgreSQL where they are not plain: %.40s', (sql) => {
    expect(plainTokens(sql)).toBeNull()
  })
})

describe('the tokenizer', () => {
  it.each([
    ["select '\f\u0001', '\u001f;' \v;", ['select', "'\f\u0001'", ',', "'\u001f;'", ';']],
    ['\u00a0', ['\u00a0']],
    [' \f\v\r\n\t', []],
    ["a '\ud800€' /*\ud800€\udc00*/ or b", ['a', "'\ud800€'", '/*\ud800€\udc00*/', 'or', 'b']],
    ['a \0 b', ['a', '\0', 'b']],
  ])('reads %j to its end', (sql, expected) => {
    expect(scan(sql)?.map(({ text }) => text)).toEqual(expected)
    expect(scan(sql)?.every(({ start, end, text }) => sql.slice(start, end) === text)).toBe(true)
  })

  it('is given a script as the server gets it, so that nothing at its end is left out', async () => {
    const hidden = '\ud800€'.repeat(20)
    const script = await readScript(`delete from t where /*${hidden}*/ id = 1 or true`)
    expect(script.sql.isWellFormed()).toBe(true)
    const [statement] = statementTexts(script)
    expect(statementDangers(statement ?? '')).toEqual([{ action: 'delete', kind: 'table', name: 't' }])
  })
})

describe('the statement at a place of a script', () => {
  it('is the one that the whole split gives, at each place of hostile texts', async () => {
    for (const text of texts(120, 40)) {
      const { statements } = await readScript(text)
      for (let cursor = 0; cursor <= text.length; cursor += 1) {
        const found = await findStatement(text, cursor)
        const wanted = statementAt(statements, text, cursor) ?? null
        if (found?.start !== wanted?.start || found?.end !== wanted?.end) {
          expect(found, `${cursor} in ${JSON.stringify(text)}`).toEqual(wanted)
        }
      }
    }
  })

  it('is found without reading on behind it', async () => {
    const line = `insert into visit values (1, 'a''b', $$;$$); -- ;\n`
    // What follows would take minutes.
    const sql = `${line.repeat(1_000)}select 'it';\n${"select U&'d\\0061t';\n".repeat(1_000_000)}`
    const cursor = sql.indexOf("'it'")
    const found = await findStatement(sql, cursor)
    expect(found && sql.slice(found.start, found.end)).toBe("select 'it'")
  })

  it('stops when nobody wants it any more', async () => {
    const cancel = new AbortController()
    const finding = findStatement("select U&'d\\0061t';\n".repeat(500_000), 9_000_000, cancel.signal)
    cancel.abort(new Error('no longer wanted'))
    await expect(finding).rejects.toThrow('no longer wanted')
  })

  it('refuses a script with a NUL character', async () => {
    await expect(findStatement('select 1; \0', 3)).rejects.toThrow('NUL character')
  })
})
