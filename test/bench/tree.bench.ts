/** How long the object tree takes for a window of 100 rows among 10,000 tables of 20 columns: opening, scrolling, searching. */
import type { Catalog, CatalogColumn, CatalogRelation } from '../../src/core/catalog/catalog.ts'
import { Tree, type TreeView } from '../../src/core/catalog/tree.ts'

const count = 10_000
const schemaCount = 20
const columns = Array.from(
  { length: 20 },
  (_, index): CatalogColumn => ({
    name: index === 0 ? 'id' : `column_${index}`,
    type: 'bigint',
    notNull: index === 0,
    default: null,
    identity: null,
    generated: null,
    comment: null,
    sensitivity: null,
  }),
)
const relations = Array.from(
  { length: count },
  (_, index): CatalogRelation => ({
    oid: 20_000 + index,
    schema: `schema_${index % schemaCount}`,
    name: `table_${index}`,
    kind: 'table',
    comment: null,
    sensitivity: null,
    partitionOf: null,
    rowEstimate: 1_000,
    columns,
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [],
    indexes: [],
    triggers: [],
  }),
)
const catalog: Catalog = {
  readAt: '2026-01-01T00:00:00Z',
  serverVersion: 180_004,
  user: 'dba',
  searchPath: ['schema_0'],
  schemas: Array.from({ length: schemaCount }, (_, index) => ({
    oid: 1_000 + index,
    name: `schema_${index}`,
    comment: null,
    system: false,
  })),
  relations,
  routines: [],
  types: [],
  extensions: [],
  roles: [],
  notes: [],
}

const all = new Set(catalog.schemas.flatMap(({ oid }) => [`s${oid}`, `s${oid} Tables`]))
const whole: TreeView = { expanded: all, search: '' }
const asks: readonly (readonly [what: string, view: TreeView, from: number])[] = [
  ['the schemas', { expanded: new Set(), search: '' }, 0],
  ['one schema opened', { expanded: new Set(['s1000', 's1000 Tables']), search: '' }, 0],
  ['all opened, the top', whole, 0],
  ['all opened, the end', whole, count - 60],
  ...['t', 'table_99', 'column_7', 'schema_3 9', 'nothing'].map(
    (search) => [`search: ${search}`, { expanded: new Set<string>(), search }, 0] as const,
  ),
]

/** Milliseconds; each window is asked for thirty times. The first search of a tree prepares its names for all others. */
export default async function measure(): Promise<object[]> {
  const begun = performance.now()
  const tree = new Tree(catalog)
  const made = performance.now() - begun
  const beforeSearch = performance.now()
  tree.window({ expanded: new Set(), search: 'forget' }, 0, 100)
  const firstSearch = performance.now() - beforeSearch
  const answers = asks.map(([what, view, from]) => {
    const times = Array.from({ length: 30 }, () => {
      // A tree remembers what was found last.
      tree.window({ expanded: view.expanded, search: 'forget' }, 0, 1)
      const start = performance.now()
      tree.window(view, from, 100)
      return performance.now() - start
    }).toSorted((a, b) => a - b)
    return { what, total: tree.window(view, from, 100).total, median: times[15], worst: times[29] }
  })
  return [{ relations: count, made, firstSearch }, ...answers]
}
