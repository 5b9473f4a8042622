import { describe, expect, test } from 'vitest'
import type { Model } from '../../../src/core/erd/model.ts'
import { selected } from '../../../src/core/erd/select.ts'
import { sqlOf } from '../../../src/core/erd/sql.ts'
import { column, foreignKey, model, partition, table } from './sample.ts'

const mood = {
  kind: 'enum' as const,
  oid: 1,
  schema: 'types',
  name: 'mood',
  comment: null,
  needs: [],
  labels: ['well'],
}
const needsMood = { kind: 'type' as const, schema: 'types', name: 'mood' }
const person = table('people', 'person', [column('id')], { needs: [needsMood] })
const visit = table('care', 'visit', [column('person')], {
  constraints: [foreignKey('visit_person', ['person'], person, ['id'])],
  partitions: [partition('care', 'visit.old')],
})
const bill = table('shop', 'bill', [column('visit')], {
  constraints: [foreignKey('bill_visit', ['visit'], { schema: 'care', name: 'visit.old' }, ['id'])],
})
const apart = table('shop', 'visit', [column('id')])
const whole = model({ tables: [person, visit, bill, apart], types: [mood] })

const names = ({ tables }: Model) => tables.map(({ schema, name }) => `${schema}.${name}`)

describe('a part of a model', () => {
  test('is a table and what keys lead to, also through a partition, in both directions', () => {
    const near = (name: string, depth: number) => names(selected(whole, { schemas: [], table: name, depth }))
    expect(near('care.visit', 0)).toEqual(['care.visit'])
    expect(near('person', 1)).toEqual(['people.person', 'care.visit'])
    expect(near('visit.old', 1)).toEqual(['people.person', 'care.visit', 'shop.bill'])
    expect(near('"shop"."bill"', 100)).toEqual(['people.person', 'care.visit', 'shop.bill'])
  })

  test('brings along what its tables are made of, and names the keys that lead out of it', () => {
    const people = selected(whole, { schemas: ['people'], table: null, depth: 1 })
    expect(people.types).toEqual([mood])
    expect(people.schemas.map(({ name }) => name)).toEqual(['people'])
    const care = selected(whole, { schemas: ['care'], table: null, depth: 1 })
    expect([...sqlOf(care)].join('')).toContain(
      '-- The foreign key "visit_person" of "care"."visit" is left out: it needs the relation "people"."person", which is not here.',
    )
  })

  test('says what is not there, and which could be meant', () => {
    expect(() => selected(whole, { schemas: ['nowhere'], table: null, depth: 1 })).toThrow(
      'There is no schema nowhere.',
    )
    expect(() => selected(whole, { schemas: [], table: 'care.nobody', depth: 1 })).toThrow(
      'There is no table or view care.nobody.',
    )
    expect(() => selected(whole, { schemas: [], table: 'visit', depth: 1 })).toThrow(
      'Several tables are called visit: "care"."visit", "shop"."visit".',
    )
    expect(names(selected(whole, { schemas: ['shop'], table: 'visit', depth: 1 }))).toEqual(['shop.visit'])
  })
})
