import { closeSync, copyFileSync, existsSync, openSync, readSync, rmSync, statSync, truncateSync } from 'node:fs'
import SQLite, { type Database } from 'better-sqlite3'
import { z } from 'zod'

/** What was taken over from a damaged cache. */
export interface Salvaged {
  connections: number
  /** Saved queries and snippets. */
  queries: number
  tabs: number
  /** Those of this machine, and those that somebody has marked. */
  operations: number
  /** Of their states, those that wait to be sent to a server. */
  waiting: number
}

/**
 * Tables that no server can bring back, in an order in which each follows what it refers to. What others did is read
 * from their servers again, and the index is made anew.
 */
const tables = [
  'connection',
  'saved_folder',
  'saved_query',
  'snippet',
  'remembered_parameter',
  'known_database',
  'known_seal',
  'history_source',
  'operation_mark',
  'operation_tag',
  'operation',
  'operation_state',
  'plan',
  'workspace',
  'workspace_tab',
  'workspace_text',
  'workspace_piece',
] as const

const countRow = z.object({ count: z.int() })
const columnRow = z.object({ name: z.string(), pk: z.int() })

/**
 * Copies what can be read of a damaged cache into a new one: all rows before the first broken page of a table, and all
 * behind the last one.
 *
 * @param path the damaged file, which nobody else uses
 */
export function salvage(path: string, into: Database): Salvaged {
  const none: Salvaged = { connections: 0, queries: 0, tabs: 0, operations: 0, waiting: 0 }
  const lengthened = lengthenedCopy(path)
  try {
    const from = new SQLite(lengthened ?? path, { readonly: true, fileMustExist: true })
    try {
      from.prepare('select count(*) from sqlite_schema').get()
    } catch {
      from.close()
      return none // Not even what tables there are can be read.
    }
    return takeOver(from, into)
  } finally {
    if (lengthened !== null) for (const suffix of ['', '-wal', '-shm']) rmSync(lengthened + suffix, { force: true })
  }
}

/** SQLite reads nothing of a file that is shorter than it says of itself: a copy of it is as long. Null where it is right. */
function lengthenedCopy(path: string): string | null {
  const said = sizeInHeader(path)
  if (said === null || statSync(path).size >= said) return null
  const copy = `${path}.reading`
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  truncateSync(copy, said)
  return copy
}

/** How many bytes the file's header says that it has, see https://sqlite.org/fileformat2.html; null where it is none. */
function sizeInHeader(path: string): number | null {
  const header = Buffer.alloc(100)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, header, 0, header.length, 0) < header.length) return null
  } finally {
    closeSync(file)
  }
  if (!header.toString('latin1').startsWith('SQLite format 3\0')) return null
  const pageSize = header.readUInt16BE(16)
  return (pageSize === 1 ? 65_536 : pageSize) * header.readUInt32BE(28)
}

function takeOver(from: Database, into: Database): Salvaged {
  into.pragma('foreign_keys = off')
  try {
    into.transaction(() => {
      into.exec('create temporary table wanted_position (position integer primary key)')
      for (const table of tables) copyTable(from, into, table)
      removeOrphans(into)
      into.exec('drop table temp.wanted_position')
    })()
    return countAll(into)
  } finally {
    into.pragma('foreign_keys = on')
    from.close()
  }
}

function copyTable(from: Database, into: Database, table: (typeof tables)[number]): void {
  const known = columnsOf(from, table)
  const columns = columnsOf(into, table).filter(({ name }) => known.some((each) => each.name === name))
  if (columns.length === 0) return
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const put = into.prepare(`insert or ignore into ${table} (${names}) values (${columns.map(() => '?').join(', ')})`)
  const isWanted = wantedOf(into, table, columns)
  const key = keyOf(from, table, known)
  for (const order of ['asc', 'desc']) {
    const inOrder = key.map((name) => `${name} ${order}`).join(', ')
    const isWhole = readThrough(from, `select ${names} from ${table} order by ${inOrder}`, (row) => {
      if (isWanted(row)) put.run(row)
    })
    // From the other end too, up to the broken page.
    if (isWhole) return
  }
}

/** In which order the rows stand in the file: any other would be a sort, which reads all of them before the first. */
function keyOf(db: Database, table: string, columns: readonly { name: string; pk: number }[]): string[] {
  try {
    db.prepare(`select rowid from ${table}`)
    return ['rowid']
  } catch {
    const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
    return key.map(({ name }) => `"${name}"`)
  }
}

/** Comes back false where a broken page ends the reading. */
function readThrough(from: Database, sql: string, take: (row: unknown[]) => void): boolean {
  try {
    for (const row of from.prepare(sql).raw().iterate()) {
      try {
        take(z.array(z.unknown()).parse(row))
      } catch {
        // This row holds what no table takes: a page that was overwritten by something else.
      }
    }
    return true
  } catch {
    return false
  }
}

function columnsOf(db: Database, table: string): { name: string; pk: number }[] {
  try {
    return z.array(columnRow).parse(db.pragma(`table_info(${table})`))
  } catch {
    return []
  }
}

function wantedOf(into: Database, table: string, columns: readonly { name: string }[]): (row: unknown[]) => boolean {
  const at = (name: string): number => columns.findIndex((column) => column.name === name)
  if (table === 'operation_mark' || table === 'operation_tag') {
    const want = into.prepare('insert or ignore into wanted_position values (?)')
    const position = at('position')
    return (row) => {
      want.run(row[position])
      return true
    }
  }
  if (table !== 'operation') return () => true
  const isMarked = into.prepare('select 1 from wanted_position where position = ?')
  const [own, position] = [at('own'), at('position')]
  return (row) => row[own] === 1 || isMarked.get(row[position]) !== undefined
}

function removeOrphans(db: Database): void {
  db.exec(`
    delete from operation_state where operation not in (select id from operation);
    delete from plan where operation not in (select id from operation);
    delete from operation_mark where position not in (select position from operation);
    delete from operation_tag where position not in (select position from operation);
    delete from workspace_tab where workspace not in (select id from workspace);
    delete from workspace_text where workspace not in (select id from workspace);
    delete from workspace_piece where workspace not in (select id from workspace);
  `)
}

function countAll(db: Database): Salvaged {
  const count = (sql: string): number => countRow.parse(db.prepare(`select count(*) as count from ${sql}`).get()).count
  return {
    connections: count('connection'),
    queries: count('saved_query where removed_at is null') + count('snippet'),
    tabs: count('workspace_tab where closed = 0'),
    operations: count('operation'),
    waiting: count("operation_state where recorded = 'waiting'"),
  }
}

/** In words, for a person. */
export function salvagedText({ connections, queries, tabs, operations, waiting }: Salvaged): string {
  const told = [
    [connections, 'connection', 'connections'],
    [queries, 'saved query or snippet', 'saved queries and snippets'],
    [tabs, 'tab', 'tabs'],
    [operations, 'operation of this machine', 'operations of this machine'],
    [waiting, 'record that waits to be sent', 'records that wait to be sent'],
  ] as const
  const some = told
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`)
  return some.length === 0
    ? 'Nothing could be taken over: saved connections and records that waited to be sent are in the old file.'
    : `Taken over: ${some.join(', ')}. What others did is read from their servers again.`
}
