import { createHash } from 'node:crypto'
import type { SqlFile } from '../../core/framework/plan.ts'

const texts = import.meta.glob<string>('/sql/{migrations,routines}/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** All that is installed in a database, by name. */
export const bundled: readonly SqlFile[] = Object.entries(texts)
  .map(([path, sql]) => ({
    name: path.replace(/^\/sql\//, ''),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  }))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
