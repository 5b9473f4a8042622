import { z } from 'zod'
import type { SavedQuery, Snippet } from '../../core/queries/contract.ts'
import type { Cache } from '../cache/open.ts'

export interface SavedText extends SavedQuery {
  sql: string
}

const queryRow = z
  .object({
    id: z.string(),
    folder: z.string(),
    name: z.string(),
    version: z.int(),
    saved_at: z.string(),
    head: z.string(),
  })
  .transform(({ saved_at, head, ...row }): SavedQuery => ({ ...row, savedAt: saved_at, begins: firstLine(head) }))

const textRow = z.object({ sql: z.string() })
const snippetRow = z.object({ name: z.string(), title: z.string(), body: z.string() })
const idRow = z.object({ id: z.string() })
const pathRow = z.object({ path: z.string() })

/** As much of a text is read to find its first line. */
const headCharacters = 500
const meta = `id, folder, name, version, saved_at, substr(sql, 1, ${headCharacters}) as head`

/** Characters that `like` reads as more than themselves. */
const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&')

/** The saved queries and snippets in the cache. */
export class QueryStore {
  readonly #cache: Cache
  readonly #all
  readonly #found
  readonly #one
  readonly #text
  readonly #named
  readonly #folders
  readonly #inFolder
  readonly #snippets

  constructor(cache: Cache) {
    this.#cache = cache
    const order = 'order by folder collate nocase, folder, name collate nocase, name'
    this.#all = cache.query(`select ${meta} from saved_query where removed_at is null ${order}`, queryRow)
    this.#found = cache.query(
      `select ${meta} from saved_query where removed_at is null
       and not exists (
         select 1 from json_each(?) as word
         where not (name like word.value escape '\\' or folder like word.value escape '\\' or sql like word.value escape '\\')
       ) ${order}`,
      queryRow,
    )
    this.#one = cache.query(`select ${meta} from saved_query where id = ? and removed_at is null`, queryRow)
    this.#text = cache.query('select sql from saved_query where id = ? and removed_at is null', textRow)
    this.#named = cache.query('select id from saved_query where folder = ? and name = ? and removed_at is null', idRow)
    this.#folders = cache.query(
      `select path from saved_folder union select folder from saved_query where removed_at is null and folder <> ''
       order by 1 collate nocase`,
      pathRow,
    )
    this.#inFolder = cache.query(
      `select id from saved_query where removed_at is null and (folder = @from or substr(folder, 1, length(@from) + 1) = @from || '/')`,
      idRow,
    )
    this.#snippets = cache.query('select name, title, body from snippet order by name collate nocase', snippetRow)
  }

  /** Those in which each of the words stands somewhere. */
  list(words: readonly string[]): SavedQuery[] {
    if (words.length === 0) return this.#all.all()
    return this.#found.all(JSON.stringify(words.map((word) => `%${escapeLike(word)}%`)))
  }

  /** Every folder, with those around it. */
  folders(): string[] {
    const paths = new Set<string>()
    for (const { path } of this.#folders.all()) {
      const parts = path.split('/')
      for (let depth = 1; depth <= parts.length; depth += 1) paths.add(parts.slice(0, depth).join('/'))
    }
    return [...paths]
  }

  find(id: string): SavedQuery | undefined {
    return this.#one.get(id)
  }

  text(id: string): string | undefined {
    return this.#text.get(id)?.sql
  }

  idOf(folder: string, name: string): string | undefined {
    return this.#named.get(folder, name)?.id
  }

  idsIn(folder: string): string[] {
    return this.#inFolder.all({ from: folder }).map(({ id }) => id)
  }

  put({ id, folder, name, sql, version, savedAt }: Omit<SavedText, 'begins'>): void {
    this.#cache.db
      .prepare(
        `insert into saved_query (id, folder, name, sql, version, saved_at) values (?, ?, ?, ?, ?, ?)
         on conflict (id) do update set folder = excluded.folder, name = excluded.name, sql = excluded.sql,
           version = excluded.version, saved_at = excluded.saved_at`,
      )
      .run(id, folder, name, sql, version, savedAt)
  }

  move(id: string, folder: string, name: string): void {
    this.#cache.db.prepare('update saved_query set folder = ?, name = ? where id = ?').run(folder, name, id)
  }

  remove(ids: readonly string[], at: string): void {
    const remove = this.#cache.db.prepare('update saved_query set removed_at = ? where id = ? and removed_at is null')
    for (const id of ids) remove.run(at, id)
  }

  /** Brings one back under a name that is free. False where it is not there any more. */
  restore(id: string, freeName: (folder: string, name: string) => string): boolean {
    const removed = this.#cache
      .query(`select ${meta} from saved_query where id = ? and removed_at is not null`, queryRow)
      .get(id)
    if (removed === undefined) return false
    this.#cache.db
      .prepare('update saved_query set removed_at = null, name = ? where id = ?')
      .run(freeName(removed.folder, removed.name), id)
    return true
  }

  /** Forgets what was removed before then. */
  forget(before: string): void {
    this.#cache.db.prepare('delete from saved_query where removed_at < ?').run(before)
  }

  addFolder(path: string): void {
    this.#cache.db.prepare('insert into saved_folder (path) values (?) on conflict do nothing').run(path)
  }

  moveFolder(from: string, to: string): void {
    const own = (column: string): string =>
      `${column} = @from or substr(${column}, 1, length(@from) + 1) = @from || '/'`
    const db = this.#cache.db
    db.prepare(
      `update or ignore saved_folder set path = @to || substr(path, length(@from) + 1) where ${own('path')}`,
    ).run({ from, to })
    db.prepare(`delete from saved_folder where ${own('path')}`).run({ from })
    db.prepare(
      `update saved_query set folder = @to || substr(folder, length(@from) + 1) where (${own('folder')}) and removed_at is null`,
    ).run({ from, to })
    this.addFolder(to)
  }

  removeFolder(path: string): void {
    this.#cache.db
      .prepare(`delete from saved_folder where path = @from or substr(path, 1, length(@from) + 1) = @from || '/'`)
      .run({ from: path })
  }

  snippets(): Snippet[] {
    return this.#snippets.all()
  }

  putSnippet({ name, title, body }: Snippet): void {
    this.#cache.db
      .prepare(
        `insert into snippet (name, title, body) values (?, ?, ?)
         on conflict (name) do update set title = excluded.title, body = excluded.body`,
      )
      .run(name, title, body)
  }

  removeSnippet(name: string): boolean {
    return this.#cache.db.prepare('delete from snippet where name = ?').run(name).changes > 0
  }
}

function firstLine(head: string): string {
  const lines = head.split('\n').map((line) => line.trim())
  return (lines.find((line) => line !== '' && !line.startsWith('--') && !line.startsWith('/*')) ?? '').slice(0, 120)
}
