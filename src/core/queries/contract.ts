import { z } from 'zod'
import { call } from '../call.ts'

/** A query that somebody has kept, without its text. */
export interface SavedQuery {
  id: string
  /** The folders that it lies in, from the outermost: `reports/monthly`; empty for none. */
  folder: string
  name: string
  /** Counts its changes, so that nobody overwrites what they have not seen. */
  version: number
  /** ISO 8601, UTC. */
  savedAt: string
  /** The first line of it that says something. */
  begins: string
}

/** A text that is written by its name, with places to fill in: `${1:table}`. */
export interface Snippet {
  /** What one types for it. */
  name: string
  title: string
  body: string
}

export interface Queries {
  queries: SavedQuery[]
  /** All folders, empty ones too, in order. */
  folders: string[]
}

export const mostSavedCharacters = 5_000_000

/** Of one line, and nothing in it that cannot be seen. */
const line = z
  .string()
  .trim()
  .min(1, 'A name is needed.')
  .max(200)
  .refine((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text), 'It holds a character that cannot be seen.')

const queryName = line
const folderPart = line.refine((text) => !text.includes('/'), 'A folder has no / in its name.')

/** `reports/monthly`; empty for none. */
export const folderPath = z
  .string()
  .max(1_000)
  .transform((path) =>
    path
      .split('/')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join('/'),
  )
  .refine(
    (path) => path === '' || path.split('/').every((part) => folderPart.safeParse(part).success),
    'A folder needs names that can be seen.',
  )

const someFolder = folderPath.refine((path) => path !== '', 'A folder needs a name.')
const id = z.uuid()
const text = z.string().max(mostSavedCharacters)

export const queries = {
  /** Those that hold the words of `search` in their name, their folder or their text; all of them without any. */
  list: call(z.strictObject({ search: z.string().max(200).default('') })).returns<Queries>(),
  /** @throws Failure `not_found` */
  get: call(z.strictObject({ id })).returns<SavedQuery & { sql: string }>(),
  /**
   * Keeps a query: a new one without `id`. `version` is the one that was seen last.
   *
   * @throws Failure `refused` where the name is taken, where it was changed since, or where the text holds a secret
   */
  save: call(
    z.strictObject({ id: id.optional(), version: z.int().optional(), folder: folderPath, name: queryName, sql: text }),
  ).returns<SavedQuery>(),
  /** Renames a query, or moves it. */
  move: call(z.strictObject({ id, folder: folderPath, name: queryName })).returns<SavedQuery>(),
  /** Removes queries; `restore` brings them back for thirty days. */
  remove: call(z.strictObject({ ids: z.array(id).min(1).max(10_000) })).returns<null>(),
  /** Brings queries back, and folders that `removeFolder` has told of. */
  restore: call(
    z.strictObject({ ids: z.array(id).max(10_000), folders: z.array(someFolder).max(10_000).default([]) }),
  ).returns<null>(),
  addFolder: call(z.strictObject({ path: someFolder })).returns<null>(),
  /** Renames or moves a folder with all that is in it. */
  moveFolder: call(z.strictObject({ from: someFolder, to: someFolder })).returns<null>(),
  /** Removes a folder with all that is in it; says which queries and folders, itself too, that were. */
  removeFolder: call(z.strictObject({ path: someFolder })).returns<{ ids: string[]; folders: string[] }>(),
  /** The snippets that somebody has made, and those of the product. */
  snippets: call(z.strictObject({})).returns<{ own: Snippet[]; builtIn: readonly Snippet[] }>(),
  /**
   * Keeps a snippet of one's own, in place of the one that has its name.
   *
   * @throws Failure `refused` where the text holds a secret
   */
  saveSnippet: call(
    z.strictObject({
      name: z
        .string()
        .trim()
        .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,39}$/, 'Letters, digits, _ and -, beginning with a letter.'),
      title: line,
      body: z.string().min(1).max(20_000),
    }),
  ).returns<null>(),
  removeSnippet: call(z.strictObject({ name: z.string() })).returns<null>(),
  /** Ends when it is cancelled; tells of each change, by whichever window. */
  watch: call(z.strictObject({})).emits<{ kind: 'queries' | 'snippets' }>().returns<null>(),
}
