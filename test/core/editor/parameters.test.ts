import { describe, expect, it } from 'vitest'
import { bindPlaceholders, findPlaceholders } from '../../../src/core/editor/parameters.ts'
import { loadParser, scan } from '../../../src/main/editor/parser.ts'

await loadParser()

function namesIn(sql: string): string[] {
  return findPlaceholders(scan(sql) ?? []).map(({ name }) => name)
}

function bound(sql: string) {
  return bindPlaceholders(sql, findPlaceholders(scan(sql) ?? []))
}

describe('parameters are found', () => {
  it.each([
    ['select :a', ['a']],
    ['select * from t where id = :id and name like :name', ['id', 'name']],
    ['select $1, $2', ['$1', '$2']],
    ['select :a::int, :b ::text', ['a', 'b']],
    ['select array[:a, :b], array[[:c], [:d]]', ['a', 'b', 'c', 'd']],
    ['select f(x := :a, y => :b)', ['a', 'b']],
    ['select x[(:i)], x[1:(:j)]', ['i', 'j']],
    ["select json_object('k' : :v, 'l': (:w))", ['v', 'w']],
    ['values (:a),(:b)', ['a', 'b']],
    ['select 1=:a, -:b, x||:c', ['a', 'b', 'c']],
    ['select :ünïcode', ['ünïcode']],
    ['select :a -- :b\n, :c /* :d */', ['a', 'c']],
    ['select interval :i, limit_ from t limit :n offset :o', ['i', 'n', 'o']],
    ['select :__proto__, :constructor', ['__proto__', 'constructor']],
  ])('%s', (sql, names) => expect(namesIn(sql)).toEqual(names))
})

describe('what only looks like a parameter is left alone', () => {
  it.each([
    "select ':a', E':b\\':c', $$ :d $$, $x$ :e $x$",
    'select ":a"',
    'select a::int, b::text[]',
    'select a[1:2], a[lo:hi], a[:hi], a[lo:], (a)[i:j], f(x)[i:j], a[1][2:n]',
    "select json_object('k':v, l:w), json_objectagg(k:v)",
    'select f(x := 1)',
    '-- :a\nselect 1 /* :b /* :c */ */',
    "select '12:30'::time, U&':a'",
    'select a ?| b, a @: b',
  ])('%s', (sql) => expect(namesIn(sql)).toEqual([]))
})

describe('binding', () => {
  it('gives a name one number, wherever it stands', () => {
    expect(bound('select :a, :b, :a')).toMatchObject({ text: 'select $1, $2, $1', names: ['a', 'b'] })
  })

  it('numbers names after the numbers that are written out', () => {
    expect(bound('select :a, $2, :b')).toMatchObject({ text: 'select $3, $2, $4', names: [null, '$2', 'a', 'b'] })
  })

  it('finds the way back from a place in what was sent', () => {
    const sql = 'select :long_name, nope, :other, nada'
    const { text, origin } = bound(sql)
    for (const word of ['nope', 'nada']) expect(origin(text.indexOf(word))).toBe(sql.indexOf(word))
    expect(origin(text.indexOf('$2'))).toBe(sql.indexOf(':other'))
    expect(origin(text.indexOf('$2') + 1)).toBe(sql.indexOf(':other'))
    expect(origin(text.length)).toBe(sql.length)
  })

  it('is the text itself where there is nothing to bind', () => {
    const { text, names, origin } = bound('select 1')
    expect({ text, names, place: origin(3) }).toEqual({ text: 'select 1', names: [], place: 3 })
  })
})
