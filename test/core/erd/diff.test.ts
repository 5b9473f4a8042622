import { describe, expect, test } from 'vitest'
import { diff } from '../../../src/core/erd/diff.ts'
import { column, foreignKey, index, key, model, partition, table } from './sample.ts'

const person = table('care', 'person', [column('id', 'bigint', { notNull: true }), column('name', 'text')], {
  constraints: [key('primary key', 'person_pkey', 'id')],
  indexes: [index('person_name', ['name'])],
})
const visit = table('care', 'visit', [column('person', 'bigint')], {
  constraints: [foreignKey('visit_person', ['person'], person, ['id'])],
})
const before = model({ tables: [person, visit] })

describe('the difference of two models', () => {
  test('is none between a model and its copy, whoever read it and whenever', () => {
    const copy = structuredClone(before)
    for (const each of copy.tables) Object.assign(each, { rowEstimate: 7, readable: false })
    expect(diff(before, { ...copy, readAt: '2027-01-01T00:00:00.000Z', notes: ['other'] })).toEqual([])
    const elsewhere = structuredClone(before)
    for (const each of elsewhere.tables) each.oid += 1_000
    expect(diff(before, { ...elsewhere, origin: 'other/clinic' })).toEqual([])
  })

  test('tells what was added, dropped and changed, with what changed', () => {
    const bill = table('care', 'bill', [column('id')])
    const after = model({
      tables: [
        {
          ...person,
          comment: 'People',
          columns: [column('id', 'integer', { notNull: true }), { ...column('mail', 'text'), number: 3 }],
          indexes: [index('person_mail', ['mail'])],
        },
        bill,
      ],
    })
    expect(diff(before, after)).toEqual([
      {
        kind: 'table',
        schema: 'care',
        name: 'person',
        former: null,
        change: 'changed',
        facts: [{ what: 'comment', before: null, after: 'People' }],
        parts: [
          {
            kind: 'column',
            name: 'id',
            formerName: null,
            change: 'changed',
            facts: [{ what: 'type', before: 'bigint', after: 'integer' }],
          },
          { kind: 'column', name: 'mail', formerName: null, change: 'added', facts: [] },
          { kind: 'column', name: 'name', formerName: null, change: 'dropped', facts: [] },
          { kind: 'index', name: 'person_mail', formerName: null, change: 'added', facts: [] },
          { kind: 'index', name: 'person_name', formerName: null, change: 'dropped', facts: [] },
        ],
      },
      { kind: 'table', schema: 'care', name: 'bill', former: null, change: 'added', facts: [], parts: [] },
      { kind: 'table', schema: 'care', name: 'visit', former: null, change: 'dropped', facts: [], parts: [] },
    ])
  })

  test('tells what was renamed where the oid says so, and only there', () => {
    const renamed = {
      ...person,
      schema: 'people',
      name: 'human',
      columns: person.columns.map((each) => ({ ...each, name: `${each.name}_` })),
    }
    const taken = table('care', 'person', [column('other')])
    const after = model({ tables: [renamed, taken, visit], schemas: before.schemas })
    expect(diff(before, after)).toMatchObject([
      {
        name: 'human',
        former: { schema: 'care', name: 'person' },
        change: 'changed',
        facts: [],
        parts: [
          { kind: 'column', name: 'id_', formerName: 'id', change: 'changed', facts: [] },
          { kind: 'column', name: 'name_', formerName: 'name', change: 'changed', facts: [] },
        ],
      },
      { name: 'person', former: null, change: 'added' },
    ])
    const elsewhere = diff(before, { ...after, origin: 'other/clinic' })
    expect(elsewhere.map(({ name, change }) => `${change} ${name}`)).toEqual(['added human', 'changed person'])
    expect(diff({ ...before, origin: null }, { ...after, origin: null })).toEqual(elsewhere)
  })

  test('tells what became of partitions, and of the order of columns in another database', () => {
    const divided = {
      ...visit,
      partitionBy: 'RANGE (at)',
      partitions: [partition('care', 'old'), partition('care', 'new')],
    }
    const [old, fresh] = divided.partitions
    const after = { ...divided, partitions: [{ ...old, bound: 'FOR VALUES IN (1)' }, partition('care', 'more')] }
    expect(
      diff(model({ tables: [divided] }), model({ tables: [after] as typeof before.tables }))[0]?.parts,
    ).toMatchObject([
      { kind: 'partition', name: 'care.old', change: 'changed', facts: [{ what: 'bound' }] },
      { kind: 'partition', name: 'care.more', change: 'added' },
      { kind: 'partition', name: `care.${fresh?.name}`, change: 'dropped' },
    ])
    const turned = model({ tables: [{ ...person, columns: person.columns.toReversed() }], origin: 'other' })
    expect(diff(model({ tables: [person] }), turned)[0]?.facts).toEqual([
      { what: 'order of columns', before: ['id', 'name'], after: ['name', 'id'] },
    ])
  })
})
