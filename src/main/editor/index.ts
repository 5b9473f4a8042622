import { join } from 'node:path'
import type { Api } from '../../core/contract.ts'
import type { Statement } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { Span } from '../../core/token.ts'
import type { Peer, Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import type { Connections } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import type { Host } from '../host.ts'
import { arrange } from './arrange/arrange.ts'
import { find, statistics } from './arrange/look.ts'
import { createLanguage, type LanguageDependencies } from './language.ts'
import { createParameterMemory } from './parameters.ts'
import { keepParserSmall, parse, unparsed } from './parser.ts'
import type { Results } from './results.ts'
import { findStatement, readScript } from './script.ts'
import { SpoolFolder } from './spoolFile.ts'
import { Tab } from './tab.ts'

export { addEditorCommands } from './command.ts'
export { secretsInDraft } from './draftSecrets.ts'
export { addExportCommand } from './export/command.ts'
export { loadParser as loadRedaction } from './parser.ts'
export { redactSql } from './redactSql.ts'

/** Where passwords and other secrets stand in a text. */
export async function secretsIn(sql: string, signal: AbortSignal): Promise<Span[]> {
  return (await readScript(sql, signal)).secrets
}

export interface Editor {
  service: Services<Api>['editor']
  /** Cancels what runs, rolls back what is open, and ends all sessions. */
  close(): Promise<void>
}

interface Dependencies extends LanguageDependencies {
  connections: Pick<Connections, 'database'>
  recorder: Recorder
  saveFile: Host['saveFile']
  /** Rows of results wait in it; nothing of it outlives the process but by a crash, and then until the next start. */
  dataFolder: string
  cache: Cache
  /** How long the server holds a result that nobody reads, in milliseconds. */
  cursorIdleMs?: number
  /** After how long an idle transaction is rolled back, in milliseconds, whatever the connections say. */
  idleTransactionMs?: number
}

/** Statements of one script that are parsed to tell their class; of a longer script, the first ones. */
const parsedStatements = 2_000

export function createEditor(dependencies: Dependencies): Editor {
  const { connections, recorder, saveFile, dataFolder, cache, catalogs } = dependencies
  const { cursorIdleMs = 60_000, idleTransactionMs } = dependencies
  keepParserSmall()
  const parameters = createParameterMemory(cache)
  const spools = new SpoolFolder(join(dataFolder, 'results'), cache)
  const tabs = new Map<string, Tab>()
  /** Which connection's objects a session can change. */
  const connectionOf = new WeakMap<Tab, string>()

  async function open(connection: string, peer: Peer): Promise<Tab> {
    const tab = await Tab.open(connections.database(connection), {
      recorder,
      parameters,
      spools,
      cursorIdleMs,
      idleTransactionMs,
      peer: peer.id,
    })
    tabs.set(tab.id, tab)
    connectionOf.set(tab, connection)
    peer.onClose(() => void close(tab))
    return tab
  }

  /** Never rejects: what goes wrong at the end of a session, the server sorts out. */
  async function close(tab: Tab): Promise<void> {
    if (tabs.delete(tab.id)) await tab.close()
  }

  /** A session is for whoever opened it. */
  function tabOf(id: string, peer: Peer): Tab {
    const tab = tabs.get(id)
    if (tab === undefined || tab.peer !== peer.id) {
      throw new Failure({ code: 'not_found', message: 'This session is closed.', hint: 'Open a new one.' })
    }
    return tab
  }

  function tabWith(result: string, peer: Peer): Tab | undefined {
    return [...tabs.values()].find((tab) => tab.peer === peer.id && tab.results.has(result))
  }

  /** A result is for whoever ran its statement. */
  function tabWithResult(result: string, peer: Peer): Tab {
    const tab = tabWith(result, peer)
    if (tab === undefined) {
      throw new Failure({ code: 'not_found', message: 'This result is gone: it was replaced or let go.' })
    }
    return tab
  }

  function resultsWith(result: string, peer: Peer): Results {
    return tabWithResult(result, peer).results
  }

  return {
    service: {
      split: async ({ sql }, { signal }) => ({ statements: await split(sql, signal) }),
      statementAt: async ({ sql, cursor }, { signal }) => ({ statement: await findStatement(sql, cursor, signal) }),
      open: async ({ connection }, { peer }) => {
        const tab = await open(connection, peer)
        return { session: tab.id, backendPid: tab.backendPid }
      },
      ...createLanguage(dependencies),
      run: async (input, { peer, signal, emit }) => {
        const tab = tabOf(input.session, peer)
        let changes = false
        try {
          return await tab.run(input, signal, (event) => {
            changes ||= event.kind === 'result' && mayChangeObjects(event.result.command)
            emit(event)
          })
        } finally {
          if (changes) catalogs.changed(connectionOf.get(tab) ?? '')
        }
      },
      rows: ({ result, ...wanted }, { peer, signal, emit }) =>
        resultsWith(result, peer).rows(result, wanted, signal, emit),
      readOn: ({ result, to = Number.POSITIVE_INFINITY }, { peer, signal, emit }) =>
        resultsWith(result, peer).readOn(result, to, signal, emit),
      value: ({ result, row, column, from, count }, { peer }) =>
        resultsWith(result, peer).value(result, row, column, from, count),
      arrange: ({ result, arrangement }, { peer, signal, emit }) =>
        arrange(resultsWith(result, peer), result, arrangement, signal, emit),
      find: ({ result, ...wanted }, { peer, signal, emit }) =>
        find(resultsWith(result, peer), result, wanted, signal, emit),
      statistics: ({ result, column }, { peer, signal }) =>
        statistics(resultsWith(result, peer), result, column, signal),
      // Also of a session that was lost: what was read of its rows is still here.
      export: async (input, { peer, signal, emit }) =>
        await tabWithResult(input.result, peer).export(input, saveFile, signal, emit),
      editable: async ({ result }, { peer }) => await tabWithResult(result, peer).editable(result),
      reviewEdits: async ({ result, changes }, { peer }) =>
        await tabWithResult(result, peer).reviewEdits(result, changes),
      applyEdits: async ({ result, changes, ...reasons }, { peer, signal }) =>
        await tabWithResult(result, peer).applyEdits(result, changes, reasons, signal),
      release: async ({ result }, { peer }) => {
        await tabWith(result, peer)?.results.release(result)
        return null
      },
      close: async ({ session }, { peer }) => {
        await close(tabOf(session, peer))
        return null
      },
      parameters: async ({ session, sql }, { peer, signal }) => ({
        parameters: await tabOf(session, peer).describeParameters(sql, signal),
      }),
      follow: ({ session }, { peer, signal, emit }) => tabOf(session, peer).follow(emit, signal),
      keepOpen: ({ session }, { peer }) => {
        tabOf(session, peer).keepOpen()
        return null
      },
    },
    close: async () => {
      await Promise.all([...tabs.values()].map(close))
      spools.remove()
    },
  }
}

/** Can a command of this tag have made, changed or dropped objects? A transaction's end can, for others to see. */
function mayChangeObjects(tag: string): boolean {
  return /^(CREATE|ALTER|DROP|COMMENT|IMPORT|SELECT INTO|REFRESH|DO|CALL|COMMIT|ROLLBACK|ANALYZE|SET|RESET)/.test(tag)
}

async function split(sql: string, signal: AbortSignal): Promise<Statement[]> {
  const { statements } = await readScript(sql, signal)
  return statements.map(({ start, end }, index) => {
    const parsed = index < parsedStatements ? parse(sql.slice(start, end)) : unparsed
    return { start, end, class: parsed.class }
  })
}
