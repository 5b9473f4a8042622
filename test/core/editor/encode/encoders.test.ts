import { describe, expect, it } from 'vitest'
import type { Column, Row } from '../../../../src/core/editor/contract.ts'
import { csvEncoder } from '../../../../src/core/editor/encode/csv.ts'
import { distinctNames, type Encoder, encodeAll } from '../../../../src/core/editor/encode/encoder.ts'
import { insertEncoder } from '../../../../src/core/editor/encode/insert.ts'
import { jsonEncoder } from '../../../../src/core/editor/encode/json.ts'
import { markdownEncoder } from '../../../../src/core/editor/encode/markdown.ts'
import { textEncoder } from '../../../../src/core/editor/encode/text.ts'

const column = (name: string, typeOid: number, type = 'x'): Column => ({ name, type, typeOid })
const text = column('t', 25, 'text')
const number = column('n', 1700, 'numeric')

/** Row by row, as a stream gives them. */
function inPieces(encoder: Encoder, rows: readonly Row[]): string {
  return encoder.head() + rows.map((row) => encoder.rows([row])).join('') + encoder.tail()
}

const encoders: readonly [string, () => Encoder][] = [
  ['csv', () => csvEncoder([number, text])],
  ['text', () => textEncoder([number, text], { header: true })],
  ['text without names', () => textEncoder([number, text], { header: false })],
  ['json', () => jsonEncoder([number, text], { form: 'array' })],
  ['json lines', () => jsonEncoder([number, text], { form: 'lines' })],
  ['insert', () => insertEncoder([number, text], { table: ['s', 't'], rowsPerStatement: 2 })],
  ['markdown', () => markdownEncoder([number, text])],
]
const rows: Row[] = [
  ['1', 'a'],
  ['2', null],
  ['3', ''],
]

it.each(encoders)('%s says the same in pieces as at once', (_, make) => {
  expect(inPieces(make(), rows)).toBe(encodeAll(make(), rows))
  expect(encodeAll(make(), [])).toBe(inPieces(make(), []))
})

describe('CSV', () => {
  it('keeps null apart from empty, and quotes what needs it', () => {
    const values = [[null], [''], ['a,b'], ['say "hi"'], ['line\nend'], [' space'], ['\\.'], ['é']]
    expect(encodeAll(csvEncoder([text], { header: false, lineEnd: '\n' }), values)).toBe(
      '\n""\n"a,b"\n"say ""hi"""\n"line\nend"\n" space"\n"\\."\né\n',
    )
  })

  it('quotes a value that reads like null, and names that need it', () => {
    const encoder = csvEncoder([column('a;b', 25), text], { delimiter: ';', nullText: 'NULL', lineEnd: '\n' })
    expect(encodeAll(encoder, [['NULL', null]])).toBe('"a;b";t\n"NULL";NULL\n')
  })

  it('takes any character as a delimiter', () => {
    for (const delimiter of ['-', ']', '^', '\\', '|', '\t']) {
      const encoder = csvEncoder([text, text], { delimiter, header: false, lineEnd: '\n' })
      expect(encodeAll(encoder, [[`a${delimiter}b`, 'c']])).toBe(`"a${delimiter}b"${delimiter}c\n`)
    }
  })

  it('disarms formulas only when told, and never numbers', () => {
    const formulas: Row[] = [['-1.5', '=1+1']]
    expect(encodeAll(csvEncoder([number, text], { header: false }), formulas)).toBe('-1.5,=1+1\r\n')
    const safe = csvEncoder([number, text], { header: false, safeForSpreadsheets: true })
    expect(encodeAll(safe, [...formulas, ['2', '@x'], ['3', 'a']])).toBe(`-1.5,"'=1+1"\r\n2,"'@x"\r\n3,a\r\n`)
  })
})

describe('text', () => {
  it('is as spreadsheets take it', () => {
    const values = [
      ['1', null],
      ['a\tb', 'say "hi"'],
    ]
    expect(encodeAll(textEncoder([text, text], { header: false }), values)).toBe('1\t\n"a\tb"\t"say ""hi"""')
  })
})

describe('JSON', () => {
  it('keeps digits, and what JSON has no number for as text', () => {
    const columns = [column('big', 20), number, column('f', 701)]
    const encoded = encodeAll(jsonEncoder(columns, { form: 'lines' }), [
      ['9007199254740993', '1.10', '1e+300'],
      ['-5', 'NaN', '-Infinity'],
      [null, '0.00000000000000000001', '1.5'],
    ])
    expect(encoded.split('\n').slice(0, 3)).toEqual([
      '{"big":9007199254740993,"n":1.10,"f":1e+300}',
      '{"big":-5,"n":"NaN","f":"-Infinity"}',
      '{"big":null,"n":0.00000000000000000001,"f":1.5}',
    ])
  })

  it('holds documents, booleans and arrays as such', () => {
    const columns = [column('d', 114), column('b', 16), column('i', 1007), column('s', 1009), column('j', 3807)]
    const encoded = encodeAll(jsonEncoder(columns, { form: 'array' }), [
      ['{"a":\n 1}', 't', '{{1,NULL},{3,4}}', '{"a,b",NULL,"NULL","q\\"x\\\\"}', '{"{\\"k\\": 1}"}'],
      ['"x"', 'f', '[0:1]={1,2}', '{}', '{}'],
    ])
    expect(JSON.parse(encoded)).toEqual([
      {
        d: { a: 1 },
        b: true,
        i: [
          [1, null],
          [3, 4],
        ],
        s: ['a,b', null, 'NULL', 'q"x\\'],
        j: [{ k: 1 }],
      },
      { d: 'x', b: false, i: '[0:1]={1,2}', s: [], j: [] },
    ])
  })

  it('tells columns of one name apart, and survives hostile ones', () => {
    expect(distinctNames(['a', 'a', 'a_2', 'a', '__proto__'].map((name) => ({ name })))).toEqual([
      'a',
      'a_3',
      'a_2',
      'a_4',
      '__proto__',
    ])
    const columns = ['__proto__', 'constructor', 'a"\n', '__proto__'].map((name) => column(name, 25))
    const encoded = encodeAll(jsonEncoder(columns, { form: 'lines' }), [['1', '2', '3', '4']])
    expect(encoded).toBe('{"__proto__":"1","constructor":"2","a\\"\\n":"3","__proto___2":"4"}\n')
  })

  it('of no rows is an empty array', () => {
    expect(encodeAll(jsonEncoder([text], { form: 'array' }), [])).toBe('[]\n')
  })
})

describe('insert', () => {
  it('quotes names and values, and begins a new statement after so many rows', () => {
    const columns = [column('ID "x"', 23), text, column('b', 16), column('f', 701), column('raw', 17)]
    const encoder = insertEncoder(columns, { table: ['my schema', "t'x"], rowsPerStatement: 2 })
    expect(
      encodeAll(encoder, [
        ['-1', "O'Hara", 't', 'NaN', '\\x00ff'],
        ['2', null, 'f', '1e-05', null],
        ['3', 'a\\b', null, '1', null],
      ]),
    ).toBe(`insert into "my schema"."t'x" ("ID ""x""", "t", "b", "f", "raw") values
  (-1, 'O''Hara', true, 'NaN', E'\\\\x00ff'),
  (2, null, false, 1e-05, null);
insert into "my schema"."t'x" ("ID ""x""", "t", "b", "f", "raw") values
  (3, E'a\\\\b', null, 1, null);
`)
  })
})

describe('Markdown', () => {
  it('shows values as they are, whatever Markdown would make of them', () => {
    expect(
      encodeAll(markdownEncoder([number, text]), [
        ['1', 'a|b'],
        ['2', '<b>*x*\nline'],
        [null, ''],
      ]),
    ).toBe('| n | t |\n| ---: | --- |\n| 1 | a\\|b |\n| 2 | &lt;b>\\*x\\*<br>line |\n| *NULL* |  |\n')
  })
})
