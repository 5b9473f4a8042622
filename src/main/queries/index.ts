import { randomUUID } from 'node:crypto'
import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { SavedQuery, Snippet } from '../../core/queries/contract.ts'
import { builtInSnippets } from '../../core/queries/snippets.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import { listen } from '../listening.ts'
import { QueryStore } from './store.ts'

export interface SavedQueries {
  service: Services<Api>['queries']
  /** All snippets, one's own in place of those of the product that have their name. */
  snippets(): readonly Snippet[]
  close(): void
}

interface Dependencies {
  cache: Cache
  /** Where secrets stand in a text of SQL, as offsets in UTF-16 units. */
  secretsIn(sql: string, signal: AbortSignal): Promise<readonly { start: number }[]>
}

/** What was removed can be brought back for so many days. */
const keptDays = 30

type Change = 'queries' | 'snippets'

/** Queries that people keep in folders, and their snippets. They are of this machine, and of no connection. */
export function createQueries({ cache, secretsIn }: Dependencies): SavedQueries {
  const store = new QueryStore(cache)
  const watchers = new Set<(event: { kind: Change }) => void>()
  const closing = new AbortController()
  let merged: readonly Snippet[] | null = null
  store.forget(new Date(Date.now() - keptDays * 86_400_000).toISOString())

  function tell(kind: Change): null {
    if (kind === 'snippets') merged = null
    for (const emit of watchers) emit({ kind })
    return null
  }

  function found(id: string): SavedQuery {
    const query = store.find(id)
    if (query === undefined) {
      throw new Failure({
        code: 'not_found',
        message: 'This query is not saved any more.',
        hint: 'Save it under a name to keep it again.',
      })
    }
    return query
  }

  function checkName(folder: string, name: string, own?: string): void {
    const taken = store.idOf(folder, name)
    if (taken === undefined || taken === own) return
    throw new Failure({
      code: 'refused',
      message: `There is a query of this name in ${folder === '' ? 'the list' : `“${folder}”`} already.`,
      hint: 'Choose another name or folder, or open that query and save over it.',
    })
  }

  function freeName(folder: string, name: string): string {
    let free = name
    for (let count = 2; store.idOf(folder, free) !== undefined; count += 1) free = `${name} (${count})`
    return free
  }

  async function checkSecrets(sql: string, signal: AbortSignal): Promise<void> {
    const [first] = await secretsIn(sql, signal)
    if (first === undefined) return
    const line = sql.slice(0, first.start).split('\n').length
    throw new Failure({
      code: 'refused',
      message: `The text holds a password or another secret in line ${line}, and saved queries and snippets are kept in a plain file.`,
      hint: 'Write a parameter in its place, such as :password. You are asked for it at each run.',
    })
  }

  async function save(input: Parameters<SavedQueries['service']['save']>[0], signal: AbortSignal): Promise<SavedQuery> {
    await checkSecrets(input.sql, signal)
    return cache.transaction(() => {
      const before = input.id === undefined ? null : found(input.id)
      checkName(input.folder, input.name, input.id)
      if (before !== null && input.version !== undefined && before.version !== input.version) {
        throw new Failure({
          code: 'refused',
          message: `“${before.name}” was saved by another tab or window since it was opened here.`,
          hint: 'Save it under another name, or open it again to see that text.',
        })
      }
      const id = input.id ?? randomUUID()
      store.put({ ...input, id, version: (before?.version ?? 0) + 1, savedAt: new Date().toISOString() })
      tell('queries')
      return found(id)
    })
  }

  function moveFolder(from: string, to: string): null {
    if (to === from) return null
    if (to.startsWith(`${from}/`)) {
      throw new Failure({ code: 'refused', message: 'A folder cannot be moved into itself.' })
    }
    return cache.transaction(() => {
      for (const id of store.idsIn(from)) {
        const { folder, name } = found(id)
        checkName(to + folder.slice(from.length), name, id)
      }
      store.moveFolder(from, to)
      return tell('queries')
    })
  }

  function watch(emit: (event: { kind: Change }) => void, signal: AbortSignal): Promise<null> {
    return listen(watchers, emit, AbortSignal.any([signal, closing.signal]))
  }

  return {
    service: {
      list: ({ search }) => ({
        queries: store.list(search.split(/\s+/).filter((word) => word !== '')),
        folders: store.folders(),
      }),
      get: ({ id }) => ({ ...found(id), sql: store.text(id) ?? '' }),
      save: (input, { signal }) => save(input, signal),
      move: ({ id, folder, name }) =>
        cache.transaction(() => {
          found(id)
          checkName(folder, name, id)
          store.move(id, folder, name)
          tell('queries')
          return found(id)
        }),
      remove: ({ ids }) =>
        cache.transaction(() => {
          store.remove(ids, new Date().toISOString())
          return tell('queries')
        }),
      restore: ({ ids, folders }) =>
        cache.transaction(() => {
          for (const path of folders) store.addFolder(path)
          for (const id of ids) store.restore(id, freeName)
          return tell('queries')
        }),
      addFolder: ({ path }) => {
        store.addFolder(path)
        return tell('queries')
      },
      moveFolder: ({ from, to }) => moveFolder(from, to),
      removeFolder: ({ path }) =>
        cache.transaction(() => {
          const ids = store.idsIn(path)
          const folders = store.folders().filter((each) => each === path || each.startsWith(`${path}/`))
          store.remove(ids, new Date().toISOString())
          store.removeFolder(path)
          tell('queries')
          return { ids, folders }
        }),
      snippets: () => ({ own: store.snippets(), builtIn: builtInSnippets }),
      saveSnippet: async (snippet, { signal }) => {
        await checkSecrets(snippet.body, signal)
        store.putSnippet(snippet)
        return tell('snippets')
      },
      removeSnippet: ({ name }) => {
        if (!store.removeSnippet(name)) throw new Failure({ code: 'not_found', message: 'There is no such snippet.' })
        return tell('snippets')
      },
      watch: (_, { emit, signal }) => watch(emit, signal),
    },
    snippets: () => {
      merged ??= [...new Map([...builtInSnippets, ...store.snippets()].map((each) => [each.name, each])).values()]
      return merged
    },
    close: () => closing.abort(),
  }
}
