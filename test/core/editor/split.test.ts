import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSplitter } from '../../../src/core/editor/split.ts'
import { loadParser, scan } from '../../../src/main/editor/parser.ts'
import { tokenize } from '../../../src/main/editor/tokenize.ts'

beforeAll(loadParser)

async function split(sql: string, window?: number) {
  const splitter = createSplitter()
  for await (const piece of tokenize(sql, undefined, window)) {
    if ('unreadable' in piece) splitter.pushUnreadable(piece.unreadable)
    else for (const token of piece.tokens) splitter.push(token)
  }
  return splitter.end()
}

const textsOf = async (sql: string, window?: number) =>
  (await split(sql, window)).statements.map(({ start, end }) => sql.slice(start, end))

/** SQL with everything that a splitter can stumble over. */
const fragment = fc.oneof(
  fc.constantFrom(
    ';',
    ' ',
    '\n',
    '(',
    ')',
    'select',
    '1',
    ',',
    'é',
    '😀',
    '𝒳',
    '--c;c\n',
    '/* ; */',
    '/* /* ; */ ; */',
    "'a;b'",
    "''''",
    "E'\\';'",
    '$$;$$',
    "$t$ $$ ; ' $t$",
    '"a;b"',
    '"é"";"',
    "U&'\\0041;'",
    'begin',
    'atomic',
    'end',
    'case',
    'when',
    'create function f() returns int begin atomic select 1; select case when true then 1 end; end',
    '$1',
    'a$b$c',
    '||',
    '::',
    'x',
    "'\n'",
    '-',
    '/',
    '*',
    '\t',
  ),
  fc.string({ unit: 'grapheme', maxLength: 5 }).filter((text) => !text.includes('\0')),
)
const script = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(''))

describe('splitting', () => {
  it.each<[string, string[]]>([
    ['', []],
    [' ; ;-- nothing\n/* here */;', []],
    ['select 1', ['select 1']],
    ['select 1;;\n ; select 2 ;', ['select 1', 'select 2']],
    [
      "select ';', \";\", $$;$$, $t$;$t$, E'\\';' -- ;\n; select 2",
      ["select ';', \";\", $$;$$, $t$;$t$, E'\\';' -- ;", 'select 2'],
    ],
    [
      'create rule r as on insert to t do also (select 1; select 2); select 3',
      ['create rule r as on insert to t do also (select 1; select 2)', 'select 3'],
    ],
    [
      'create or replace function f(a int) returns int language sql begin atomic select case when a = 1 then 2 end; select a as end; end; select 2',
      [
        'create or replace function f(a int) returns int language sql begin atomic select case when a = 1 then 2 end; select a as end; end',
        'select 2',
      ],
    ],
    [
      'create procedure p() begin atomic insert into t values (1); end; begin; select 1; end',
      ['create procedure p() begin atomic insert into t values (1); end', 'begin', 'select 1', 'end'],
    ],
    [
      '/*+ SeqScan(t) */ select 1; /* header */ select 2 /* trailer */; -- last',
      ['/*+ SeqScan(t) */ select 1', 'select 2 /* trailer */'],
    ],
    ["select 'é😀'; select '漢'", ["select 'é😀'", "select '漢'"]],
    ["select 1; select 'open; select 2", ['select 1', "select 'open; select 2"]],
    ['select 1a; select 2', ['select 1a', 'select 2']],
    ["select 1;'open; x", ['select 1', "'open; x"]],
    ["-- it's\rselect 'a \n ; b'; select 2", ["select 'a \n ; b'", 'select 2']],
    ["select E'a' -- c\n 'b\\' ; c'; select 2", ["select E'a' -- c\n 'b\\' ; c'", 'select 2']],
    ["select E'a' 'b\\'; select 2", ["select E'a' 'b\\'", 'select 2']],
    ['select 1$$ ; $$; select $1$a$ ; $a$', ['select 1$$ ; $$', 'select $1$a$ ; $a$']],
    ["select '\f', '\v;\u0001';\fselect\v2", ["select '\f', '\v;\u0001'", 'select\v2']],
    ['select 1; \u00a0 ; \ufeff', ['select 1', '\u00a0', '\ufeff']],
  ])('%j', async (sql, expected) => {
    for (const window of [1, 7, 100, undefined]) expect(await textsOf(sql, window)).toEqual(expected)
  })

  it.each<[string, { kind: 'psql' | 'copy'; at: number } | null]>([
    ['select 1;\n\\d t', { kind: 'psql', at: 10 }],
    ["select '\\d', E'\\\\d'", null],
    ["copy t from stdin;\n1\t'2\n\\.\n", { kind: 'copy', at: 0 }],
    ['select 1; COPY t (a, b) FROM STDIN WITH CSV', { kind: 'copy', at: 10 }],
    ['copy t from stdout', { kind: 'copy', at: 0 }],
    ["copy t from '/a/file'; copy t to stdout; copy (select a from stdin) to stdout", null],
  ])('tells what no server can be sent: %j', async (sql, expected) => {
    const { foreign } = await split(sql)
    if (expected === null) expect(foreign).toBeNull()
    else expect(foreign).toMatchObject(expected)
  })

  it('loses nothing: what is between statements is white space, comments and semicolons', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (sql) => {
        const { statements } = await split(sql)
        let at = 0
        for (const { start, end } of [...statements, { start: sql.length, end: sql.length }]) {
          expect(start).toBeGreaterThanOrEqual(at)
          const between = sql.slice(at, start)
          const tokens = scan(between)
          expect(tokens?.filter(({ kind, text }) => kind !== 'comment' && text !== ';')).toEqual([])
          at = end
        }
      }),
      { numRuns: 500 },
    )
  })

  it('finds the same statements whatever the windows are', async () => {
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 60 }), async (sql, window) => {
        // A text that the tokenizer refuses is cut where it is refused, which the windows have a say in.
        fc.pre(scan(sql) !== null)
        expect(await textsOf(sql, window)).toEqual(await textsOf(sql, sql.length + 1))
      }),
      { numRuns: 500 },
    )
  })

  it('gives tokens their places in UTF-16 units', () => {
    fc.assert(
      fc.property(script, (sql) => {
        for (const { start, end, text } of scan(sql) ?? []) expect(sql.slice(start, end)).toBe(text)
      }),
    )
    const sql = 'select \'é\', "ü😀"; -- ö\nx'
    expect(scan(sql)?.map(({ text }) => text)).toEqual(['select', "'é'", ',', '"ü😀"', ';', '-- ö', 'x'])
  })
})
