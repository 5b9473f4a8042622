/** How long an answer takes among 10,000 relations of 20 columns, at places where most of them are candidates. */
import { complete } from '../../src/core/editor/completion/complete.ts'
import { type KnownRelation, NameIndex } from '../../src/core/editor/completion/names.ts'

const count = 10_000
const columns = Array.from({ length: 20 }, (_, index) => ({
  name: index === 0 ? 'id' : `column_${index}`,
  type: 'bigint',
  notNull: index === 0,
  default: null,
  identity: null,
  generated: null,
  comment: null,
  sensitivity: null,
}))
const relations = Array.from(
  { length: count },
  (_, oid): KnownRelation => ({
    oid,
    schema: `schema_${oid % 20}`,
    name: `table_${oid}`,
    kind: 'table',
    comment: null,
    sensitivity: null,
    partitionOf: null,
    rowEstimate: null,
    columns,
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys:
      oid === 0 ? [] : [{ name: `fk_${oid}`, columns: ['column_1'], toRelation: (oid * 7) % oid, toColumns: ['id'] }],
  }),
)

const places = [
  'select * from |',
  'select * from t|',
  'select * from table_99|',
  'select * from tb9|',
  'select * from schema_3.|',
  'select * from schema_0.table_0 a join |',
  'select | from schema_0.table_0 a join schema_1.table_1 b on true',
]

/** Milliseconds; each place is asked for fifty times. */
export default async function measure(): Promise<object[]> {
  const begun = performance.now()
  const names = new NameIndex({
    searchPath: ['schema_0'],
    schemas: Array.from({ length: 20 }, (_, index) => ({ name: `schema_${index}`, comment: null, system: false })),
    relations,
    routines: [],
    types: [],
  })
  const index = performance.now() - begun
  const answers = places.map((place) => {
    const offset = place.indexOf('|')
    const sql = place.replace('|', '')
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now()
      complete(names, sql, offset)
      return performance.now() - start
    }).toSorted((a, b) => a - b)
    return { place, median: times[25], worst: times[49] }
  })
  return [{ relations: count, index }, ...answers]
}
