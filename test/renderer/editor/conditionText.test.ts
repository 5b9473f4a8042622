import { describe, expect, it } from 'vitest'
import { sortBy } from '../../../src/renderer/editor/arranging.ts'
import { arrangementText, orderedByText } from '../../../src/renderer/editor/grid/conditionText.ts'

const columns = [
  { name: 'id', type: 'integer', typeOid: 23 },
  { name: 'state', type: 'visit_state', typeOid: 16_500 },
  { name: 'host', type: 'inet', typeOid: 869 },
  { name: 'tags', type: 'text[]', typeOid: 1009 },
  { name: 'note', type: 'text', typeOid: 25 },
  { name: 'key', type: 'uuid', typeOid: 2950 },
]

describe('what is said of a result in another order', () => {
  it('are its conditions and its order', () => {
    const filter = [{ column: 4, is: 'contains' as const, value: 'x' }]
    expect(arrangementText({ sort: [sortBy(0, 'descending')], filter }, columns)).toBe('note contains “x”; by id ↓')
  })

  it('names the columns whose order here is that of their texts, and not the one of the server', () => {
    const sort = columns.map((_, column) => sortBy(column, 'ascending'))
    expect(orderedByText({ sort, filter: [] }, columns)).toEqual(['state', 'host', 'tags'])
  })

  it('names a column that is compared, not one that is looked into', () => {
    const less = { column: 2, is: 'less' as const, value: '10.0.0.9' }
    const contains = { column: 1, is: 'contains' as const, value: 'op' }
    const isNull = { column: 3, is: 'null' as const }
    expect(orderedByText({ sort: [], filter: [less, contains, isNull] }, columns)).toEqual(['host'])
  })
})
