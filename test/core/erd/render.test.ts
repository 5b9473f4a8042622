import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dbmlOf } from '../../../src/core/erd/dbml.ts'
import { jsonOf } from '../../../src/core/erd/json.ts'
import { mermaidOf } from '../../../src/core/erd/mermaid.ts'
import { type Model, modelShape } from '../../../src/core/erd/model.ts'
import { readDbml } from './dbmlReader.ts'
import { readMermaid } from './mermaidReader.ts'
import { check, column, foreignKey, index, key, model, partition, table } from './sample.ts'

const person = table(
  'care',
  'person',
  [
    column('id', 'bigint', { notNull: true, identity: 'always' }),
    column('name', 'character varying(20)', {
      default: "'x'::character varying",
      comment: "It's\na name",
      sensitivity: 'restricted · pii',
    }),
    column('mood', 'care.mood', { typeName: { schema: 'care', name: 'mood' } }),
    column('moods', 'care.mood[]', { typeName: { schema: 'care', name: 'mood' } }),
    column('tenant', 'numeric(10,2)', { notNull: true }),
  ],
  {
    comment: 'People',
    constraints: [
      key('primary key', 'person_pkey', 'id'),
      key('unique', 'person_tenant', 'tenant', 'id'),
      check('c', 'CHECK ((id > 0))'),
    ],
    indexes: [index('lower', [null, 'id'], { expressions: ['lower(name)'], unique: true, predicate: '(id > 3)' })],
  },
)
const visit = table('care', 'visit', [column('tenant'), column('person', 'bigint', { notNull: true }), column('pk')], {
  constraints: [
    foreignKey('visit_person', ['tenant', 'person'], person, ['tenant', 'id'], 'cascade'),
    foreignKey('twice', ['tenant', 'person'], person, ['tenant', 'id']),
    foreignKey('away', ['pk'], { schema: 'hidden', name: 'thing' }, ['id']),
    key('unique', 'visit_pk', 'pk'),
  ],
  partitionBy: 'RANGE (pk)',
  partitions: [partition('care', 'visit_1', { constraints: [foreignKey('own', ['pk'], person, ['id'])] })],
})
const self = table('care', 'self', [column('id', 'bigint', { notNull: true }), column('boss', 'bigint')], {
  constraints: [
    key('primary key', 'self_pkey', 'id'),
    foreignKey('boss', ['boss'], { schema: 'care', name: 'self' }, ['id']),
  ],
})
const nothing = table('care', 'nothing', [])
const mood = {
  kind: 'enum' as const,
  oid: 1,
  schema: 'care',
  name: 'mood',
  comment: null,
  needs: [],
  labels: ['well', 'it"s'],
}
const sample = model({ tables: [person, visit, self, nothing], types: [mood] })

const joined = (parts: Iterable<string>) => [...parts].join('')

describe('DBML', () => {
  test('holds tables, keys, indexes, enums and comments', () => {
    const read = readDbml(joined(dbmlOf(sample)))
    expect(read.enums).toEqual([{ name: ['care', 'mood'], values: ['well', 'it"s'] }])
    expect(read.tables).toEqual([
      {
        name: ['care', 'person'],
        note: 'People',
        columns: [
          { name: 'id', type: 'bigint', settings: { pk: true, 'not null': true, increment: true } },
          {
            name: 'name',
            type: 'character varying(20)',
            settings: { default: "'x'::character varying", note: "It's\na name\nSensitivity: restricted · pii" },
          },
          { name: 'mood', type: 'care.mood', settings: {} },
          { name: 'moods', type: 'care.mood[]', settings: {} },
          { name: 'tenant', type: 'numeric(10,2)', settings: { 'not null': true } },
        ],
        indexes: [
          { columns: ['tenant', 'id'], settings: { unique: true, name: 'person_tenant' } },
          {
            columns: ['`lower(name)`', 'id'],
            settings: { unique: true, type: 'btree', name: 'lower', note: 'where (id > 3)' },
          },
        ],
      },
      {
        name: ['care', 'visit'],
        note: null,
        columns: [
          { name: 'tenant', type: 'integer', settings: {} },
          { name: 'person', type: 'bigint', settings: { 'not null': true } },
          { name: 'pk', type: 'integer', settings: { unique: true } },
        ],
        indexes: [],
      },
      {
        name: ['care', 'self'],
        note: null,
        columns: [
          { name: 'id', type: 'bigint', settings: { pk: true, 'not null': true } },
          { name: 'boss', type: 'bigint', settings: {} },
        ],
        indexes: [],
      },
    ])
    const ends = {
      from: ['care', 'visit'],
      columns: ['tenant', 'person'],
      to: ['care', 'person'],
      toColumns: ['tenant', 'id'],
    }
    expect(read.refs).toEqual([
      { name: 'visit_person', ...ends, kind: '>', settings: { delete: 'cascade' } },
      {
        name: 'boss',
        from: ['care', 'self'],
        columns: ['boss'],
        to: ['care', 'self'],
        toColumns: ['id'],
        kind: '>',
        settings: {},
      },
    ])
    for (const told of [
      'table "care"."nothing" has no columns',
      'check "c": CHECK ((id > 0))',
      'partition "care"."visit_1" DEFAULT',
      'Ref "twice":',
      'foreign key "away" of "care"."visit": FOREIGN KEY … (its table is not here)',
      'foreign key "own" of "care"."visit_1": FOREIGN KEY … (it belongs to one partition alone)',
    ])
      expect(read.comments.join('\n')).toContain(told)
  })
})

describe('Mermaid', () => {
  test('holds tables, columns and relations with how many rows there may be', () => {
    const read = readMermaid(joined(mermaidOf(sample)))
    expect(read.entities).toEqual([
      {
        name: 'care.person',
        attributes: [
          { type: 'bigint', name: 'id', keys: ['PK'], comment: null },
          { type: 'character_varying_20_', name: 'name', keys: [], comment: "It's a name · restricted · pii" },
          { type: 'care_mood', name: 'mood', keys: [], comment: null },
          { type: 'care_mood_', name: 'moods', keys: [], comment: null },
          { type: 'numeric_10_2_', name: 'tenant', keys: [], comment: null },
        ],
      },
      {
        name: 'care.visit',
        attributes: [
          { type: 'integer', name: 'tenant', keys: ['FK'], comment: null },
          { type: 'bigint', name: 'person', keys: ['FK'], comment: null },
          { type: 'integer', name: '_pk', keys: ['UK'], comment: 'pk' },
        ],
      },
      {
        name: 'care.self',
        attributes: [
          { type: 'bigint', name: 'id', keys: ['PK'], comment: null },
          { type: 'bigint', name: 'boss', keys: ['FK'], comment: null },
        ],
      },
      { name: 'care.nothing', attributes: [] },
    ])
    expect(read.relations).toEqual([
      { from: 'care.person', to: 'care.visit', line: '|o--o{', label: 'visit_person' },
      { from: 'care.person', to: 'care.visit', line: '|o--o{', label: 'twice' },
      { from: 'care.self', to: 'care.self', line: '|o--o{', label: 'boss' },
    ])
  })

  test('tells a key of one row from a key of many, and a needed one from an optional one', () => {
    const bill = table('care', 'bill', [column('visit', 'bigint', { notNull: true })], {
      constraints: [foreignKey('of', ['visit'], self, ['id'])],
      indexes: [index('one', ['visit'], { unique: true })],
    })
    expect(readMermaid(joined(mermaidOf(model({ tables: [self, bill] })))).relations.at(-1)?.line).toBe('||--o|')
    expect(joined(dbmlOf(model({ tables: [self, bill] })))).toContain('"care"."bill"."visit" - "care"."self"."id"')
    const some = { ...bill, indexes: [index('some', ['visit'], { unique: true, predicate: '(visit > 3)' })] }
    expect(readMermaid(joined(mermaidOf(model({ tables: [self, some] })))).relations.at(-1)?.line).toBe('||--o{')
  })
})

/** The same names in each run; as many others as are asked for find more. */
const wanted = process.env['PGSTEWARD_RANDOM_RUNS']
const drawing = wanted === undefined ? { numRuns: 200, seed: 20_261_122 } : { numRuns: Number(wanted) }
const assertAny = (property: fc.IProperty<[string[]]>) => fc.assert(property, drawing)

describe('any names', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      '"',
      "'",
      '`',
      '\\',
      '%%',
      'a\nb',
      "'''",
      '//',
      '*/',
      '}',
      '{',
      'pk',
      'FK-',
      'direction TB',
      '__proto__',
      '\u202Ea',
      ' ',
      '[',
    ),
  )
  const names = fc.uniqueArray(
    name.filter((text) => !text.includes('\0')),
    { minLength: 4, maxLength: 8 },
  )

  const made = ([schema = '', first = '', second = '', ...rest]: string[]): Model => {
    const columns = rest.map((each) => column(each, each, { comment: each, default: each, notNull: true }))
    const one = table(schema, first, [column('id'), ...columns.filter((each) => each.name !== 'id')], {
      comment: first,
      constraints: [key('primary key', first, 'id'), check(second, second)],
      indexes: [index(second, [null], { expressions: [first], predicate: second })],
    })
    const two = table(schema, second, [column(first)], { constraints: [foreignKey(first, [first], one, ['id'])] })
    return model({ database: second, notes: [first], tables: [one, two] })
  }

  test('come back from DBML as they are', () => {
    assertAny(
      fc.property(names, (drawn) => {
        const model = made(drawn)
        const read = readDbml(joined(dbmlOf(model)))
        expect(read.tables.map((each) => each.name)).toEqual(model.tables.map(({ schema, name }) => [schema, name]))
        for (const [at, each] of read.tables.entries()) {
          const columns = model.tables[at]?.columns ?? []
          expect(each.columns.map((one) => [one.name, one.type])).toEqual(columns.map((one) => [one.name, one.type]))
          expect(each.note).toBe(model.tables[at]?.comment ?? null)
        }
        expect(read.refs.map((ref) => [ref.name, ref.columns])).toEqual([[drawn[1], [drawn[1]]]])
      }),
    )
  })

  test('leave a Mermaid diagram whole', () => {
    assertAny(
      fc.property(names, (drawn) => {
        const model = made(drawn)
        const read = readMermaid(joined(mermaidOf(model)))
        expect(read.entities.map(({ attributes }) => attributes.length)).toEqual(
          model.tables.map(({ columns }) => columns.length),
        )
        expect(new Set(read.entities.map((each) => each.name)).size).toBe(2)
        expect(read.relations).toMatchObject([{ from: read.entities[0]?.name, to: read.entities[1]?.name }])
      }),
    )
  })

  test('come back from JSON as they are', () => {
    assertAny(
      fc.property(names, (drawn) => {
        const model = made(drawn)
        expect(modelShape.parse(JSON.parse(joined(jsonOf(model))))).toEqual(model)
      }),
    )
    expect(modelShape.safeParse({ ...sample, version: 2 }).success).toBe(false)
  })
})
