import type { Api } from '../../core/contract.ts'
import type { KnownSnippet } from '../../core/editor/completion/candidate.ts'
import { complete } from '../../core/editor/completion/complete.ts'
import { describe } from '../../core/editor/completion/describe.ts'
import { NameIndex } from '../../core/editor/completion/names.ts'
import { signatureAt } from '../../core/editor/completion/signature.ts'
import type { KnownFrom } from '../../core/editor/language.ts'
import type { Services } from '../../core/wire.ts'
import type { CatalogAnswer, Catalogs } from '../catalog/index.ts'
import { format } from './format.ts'

export interface LanguageDependencies {
  catalogs: Pick<Catalogs, 'get' | 'changed'>
  /** What is offered where a statement begins: those of the product, and those that people have made. */
  snippets(): readonly KnownSnippet[]
}

export type Language = Pick<Services<Api>['editor'], 'complete' | 'hover' | 'signature' | 'format'>

const empty = new NameIndex({ searchPath: [], schemas: [], relations: [], routines: [], types: [] })

/** Answers about SQL while it is written, from what is known of the database. */
export function createLanguage({ catalogs, snippets }: LanguageDependencies): Language {
  /** An index is made once for each catalog, and goes with it. */
  const indexes = new WeakMap<CatalogAnswer['catalog'], NameIndex>()

  async function known(
    connection: string,
    signal: AbortSignal,
  ): Promise<{ names: NameIndex; source: KnownFrom | null }> {
    const answer = await find(connection, signal)
    if (answer === null) return { names: empty, source: null }
    const { catalog, live, problem } = answer
    const names = indexes.get(catalog) ?? new NameIndex(catalog)
    indexes.set(catalog, names)
    return { names, source: { live, readAt: catalog.readAt, problem } }
  }

  /** Null where nothing is known: who types SQL is not to be told so at each key. */
  async function find(connection: string, signal: AbortSignal): Promise<CatalogAnswer | null> {
    try {
      return await catalogs.get(connection, signal)
    } catch (thrown) {
      if (signal.aborted) throw thrown
      return null // The object tree says what is wrong with the server; here the language itself is still of use.
    }
  }

  return {
    complete: async ({ connection, sql, offset }, { signal }) => {
      const { names, source } = await known(connection, signal)
      return { ...complete(names, sql, within(sql, offset), snippets()), source }
    },
    hover: async ({ connection, sql, offset }, { signal }) => {
      const { names, source } = await known(connection, signal)
      return { found: describe(names, sql, within(sql, offset)), source }
    },
    signature: async ({ connection, sql, offset }, { signal }) => {
      const { names } = await known(connection, signal)
      return signatureAt(names, sql, within(sql, offset))
    },
    format: ({ sql, cursor }, { signal }) => format(sql, within(sql, cursor), signal),
  }
}

function within(sql: string, offset: number): number {
  return Math.min(offset, sql.length)
}
