import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { fold } from '../../core/history/terms.ts'
import { prepareQuery } from '../cache/query.ts'
import type { CodeName } from './columns.ts'
import { objectsJson } from './entry.ts'

const changeRow = z.object({ sequence: z.int(), position: z.int(), text: z.int() })

const noState = { sequence: 0, next_text: 0, stored_texts: 0 }

const searchedRow = z.object({
  name: z.string(),
  sql: z.string(),
  error_message: z.string().nullable(),
  ticket: z.string().nullable(),
  justification: z.string().nullable(),
  objects: objectsJson,
  note: z.string().nullable(),
})

const sourceRow = z.object({
  objects: objectsJson,
  status: z.string(),
  type: z.string(),
  identity: z.string(),
  user: z.string(),
  duration_ms: z.number().nullable(),
})

/** All of an operation that a search looks into, with `operation o` in the `from`. */
export const searchedColumns = `
  o.name, o.sql, o.error_message, o.ticket, o.justification, o.objects,
  (select m.note from operation_mark m where m.position = o.position) as note`

export interface Searched {
  name: string
  sql: string
  error_message: string | null
  ticket: string | null
  justification: string | null
  note: string | null
  objects: { created: string[]; modified: string[]; dropped: string[] }
}

/** The texts of an operation that a search looks into, the most telling first. */
export function searchedTexts(row: Searched): string[] {
  const { created, modified, dropped } = row.objects
  const texts = [
    row.sql,
    row.name,
    row.error_message,
    row.ticket,
    row.justification,
    row.note,
    ...created,
    ...modified,
    ...dropped,
  ]
  return texts.filter((text) => text !== null && text !== '').map((text) => text ?? '')
}

/** Changes that stay in the log after they were worked in, for other processes that hold facets in memory. */
const loggedChanges = 100_000

/** Works the log of changes into what a search uses. One transaction at a time, so that nobody waits for it long. */
export function createIndexing(db: Database) {
  const state = prepareQuery(
    db,
    'select sequence, next_text, stored_texts from history_index where id = 1',
    z.object({ sequence: z.int(), next_text: z.int(), stored_texts: z.int() }),
  )
  const newest = prepareQuery(
    db,
    "select coalesce((select seq from sqlite_sequence where name = 'operation_change'), 0) as sequence",
    z.object({ sequence: z.int() }),
  )
  const oldest = prepareQuery(
    db,
    'select min(sequence) as sequence from operation_change',
    z.object({ sequence: z.int().nullable() }),
  )
  const changes = prepareQuery(
    db,
    'select sequence, position, text from operation_change where sequence > ? order by sequence limit ?',
    changeRow,
  )
  const operation = prepareQuery(
    db,
    `select o.objects, o.status, o.type, o.identity, o.user, o.duration_ms from operation o where o.position = ?`,
    sourceRow,
  )
  const searched = prepareQuery(db, `select ${searchedColumns} from operation o where o.position = ?`, searchedRow)
  const code = prepareQuery(db, 'select id from facet_value where kind = ? and value = ?', z.object({ id: z.int() }))
  const addCode = db.prepare('insert into facet_value (kind, value) values (?, ?)')
  const setFacet = db.prepare(
    `insert into operation_facet (position, status, type, identity, user, duration_ms, text_number)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict (position) do update set status = excluded.status, type = excluded.type,
       identity = excluded.identity, user = excluded.user, duration_ms = excluded.duration_ms,
       text_number = case when excluded.text_number < 0 then text_number else excluded.text_number end`,
  )
  const removeFacet = db.prepare('delete from operation_facet where position = ?')
  const removeObjects = db.prepare('delete from operation_object where position = ?')
  const addObject = db.prepare('insert or ignore into operation_object (position, name) values (?, ?)')
  const advance = db.prepare('update history_index set sequence = ?, next_text = ? where id = 1')
  const forget = db.prepare('delete from operation_change where sequence <= ?')
  const known = new Map<string, number>()

  function codeOf(kind: CodeName, value: string): number {
    const key = `${kind} ${value}`
    let id = known.get(key) ?? code.get(kind, value)?.id
    if (id === undefined) {
      addCode.run(kind, value)
      id = code.get(kind, value)?.id
    }
    if (id === undefined) throw new Error('A code that was just added is there.')
    known.set(key, id)
    return id
  }

  /** @param text the number that its text gets; -1 where that did not change */
  function workIn(position: number, text: number): void {
    const row = operation.get(position)
    if (row === undefined) {
      removeFacet.run(position)
      removeObjects.run(position)
      return
    }
    setFacet.run(
      position,
      codeOf('status', row.status),
      codeOf('type', row.type),
      codeOf('identity', row.identity),
      codeOf('user', row.user),
      row.duration_ms,
      text,
    )
    if (text < 0) return
    removeObjects.run(position)
    const { created, modified, dropped } = row.objects
    for (const name of [...created, ...modified, ...dropped]) addObject.run(position, name)
  }

  const work = db.transaction((count: number): number => {
    const { sequence, next_text } = state.get() ?? noState
    const page = changes.all(sequence, count)
    const last = page.at(-1)
    if (last === undefined) return 0
    const texts = new Map<number, boolean>()
    for (const { position, text } of page) texts.set(position, text === 1 || texts.get(position) === true)
    let next = next_text
    for (const [position, text] of texts) workIn(position, text ? next++ : -1)
    advance.run(last.sequence, next)
    forget.run(last.sequence - loggedChanges)
    return page.length
  })

  const isDismantled = prepareQuery(
    db,
    "select not exists (select 1 from sqlite_schema where name = 'operation_words') as gone",
    z.object({ gone: z.int() }),
  )

  // Looked for and taken from in one: another program may take the last of it away.
  const dismantleSome = db.transaction((): boolean => {
    if (isDismantled.get()?.gone !== 0) return false
    const removed = db
      .prepare('delete from operation_words_data where id in (select id from operation_words_data limit 500)')
      .run()
    if (removed.changes === 0) db.exec('drop table operation_words')
    return removed.changes > 0
  })

  /** Takes a piece of the index of before away; false when nothing of it is left. */
  function dismantle(): boolean {
    if (isDismantled.get()?.gone !== 0) return false
    // What FTS5 keeps its index in is otherwise its own to write.
    db.unsafeMode(true)
    try {
      return dismantleSome.immediate()
    } finally {
      db.unsafeMode(false)
    }
  }

  const renumber = db.prepare(
    `insert into operation_change (position, text)
     select position, 1 from operation_facet where text_number >= ? and text_number < ?`,
  )

  return {
    dismantle,
    /** Has the texts of these numbers worked in once more, under other numbers. */
    renumber: (from: number, to: number): void => void renumber.run(from, to),
    /** Works in the next `count` changes, and says how many there were. */
    work: (count: number): number => {
      try {
        return work.immediate(count)
      } catch (thrown) {
        // Codes that this transaction added are gone with it.
        known.clear()
        throw thrown
      }
    },
    /** Up to which change all is worked in, the number of the next text, and before which number they are stored. */
    state: () => state.get() ?? noState,
    /** How many changes are still to be worked in. */
    left: (): number => Math.max(0, (newest.get()?.sequence ?? 0) - (state.get() ?? noState).sequence),
    /** The operation's texts as they are indexed; null where it is gone. */
    textAt: (position: number): string | null => {
      const row = searched.get(position)
      return row === undefined ? null : fold(searchedTexts(row).join('\n')).text
    },
    /** The oldest change that the log still holds; null where it is empty. */
    oldest: (): number | null => oldest.get()?.sequence ?? null,
    changes: (after: number, count: number) => changes.all(after, count),
  }
}

export type Indexing = ReturnType<typeof createIndexing>
