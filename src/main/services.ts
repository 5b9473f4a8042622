import type { Api } from '../core/contract.ts'
import type { Services } from '../core/wire.ts'
import { openCache } from './cache/open.ts'
import { createCatalogs } from './catalog/index.ts'
import { createConnections } from './connections/index.ts'
import { addDemoCommands, createDemo } from './demo/index.ts'
import { addEditorCommands, addExportCommand, createEditor, secretsIn, secretsInDraft } from './editor/index.ts'
import { addErdCommand, createErd } from './erd/index.ts'
import { explained } from './explained.ts'
import { addFrameworkCommands, createFramework, installFramework, trackingState } from './framework/index.ts'
import { addHistoryCommands, createHistory } from './history/index.ts'
import type { Host } from './host.ts'
import { addLogsCommands, createLogs } from './logs/index.ts'
import { createQueries } from './queries/index.ts'
import type { AddCommands } from './terminal.ts'
import { createWorkspaces } from './workspace/index.ts'

/** The main process behind its doors. `close` ends every session, server and file that it opened. */
export interface Main {
  services: Services<Api>
  /** What has to be said of the cache: that it was broken and a new one was begun. */
  notice: string | null
  close(): Promise<void>
}

/** Puts the slices together. What each needs of another is handed over here, and nowhere else. */
export function createServices(host: Host): Main {
  const cache = openCache(host.dataFolder)
  const connections = createConnections({ host, cache, trackingState })
  const catalogs = createCatalogs({ connections, cache })
  const history = createHistory({ cache, connections, saveFile: host.saveFile, stays: host.door !== 'terminal' })
  const framework = createFramework({ connections, recorder: history.recorder, host, cache })
  const queries = createQueries({ cache, secretsIn })
  const editor = createEditor({
    connections,
    recorder: history.recorder,
    saveFile: host.saveFile,
    dataFolder: host.dataFolder,
    cache,
    catalogs,
    snippets: queries.snippets,
  })
  const erd = createErd({ connections, saveFile: host.saveFile })
  const logs = createLogs({ connections, host, recorder: history.recorder, operationOf: history.operationOf })
  const workspaces = createWorkspaces({ cache, secretsIn: secretsInDraft })
  const demo = createDemo({ host, connections, installFramework })

  return {
    notice: cache.notice,
    services: explained(cache, {
      catalog: catalogs.service,
      connections: connections.service,
      demo: demo.service,
      editor: editor.service,
      erd: erd.service,
      framework: framework.service,
      history: history.service,
      logs: logs.service,
      queries: queries.service,
      workspace: workspaces.service,
    }),
    // From the door inwards: whoever records is closed before what it records with.
    close: async () => {
      await workspaces.close()
      await logs.close()
      await editor.close()
      queries.close()
      await history.close()
      await catalogs.close()
      await connections.close()
      await demo.close()
      cache.close()
    },
  }
}

/** What the slices add to the command line. */
export const commands: readonly AddCommands[] = [
  addFrameworkCommands,
  addEditorCommands,
  addExportCommand,
  addErdCommand,
  addHistoryCommands,
  addLogsCommands,
  addDemoCommands,
]
