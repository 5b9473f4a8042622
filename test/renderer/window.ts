import type { OpenConnection } from '../../src/core/connection.ts'
import { type Api, contract } from '../../src/core/contract.ts'
import { connect, memoryWires, type Services, serve } from '../../src/core/wire.ts'
import type { SessionStore } from '../../src/renderer/session/scope.ts'
import { createSession } from '../../src/renderer/session/session.ts'

export type Parts = { readonly [Slice in keyof Api]?: Partial<Services<Api>[Slice]> }

/** The renderer's half of a window, over a wire in memory, with the services of a test behind it. */
export interface Window {
  readonly session: SessionStore
  close(): void
}

/** Calls that the test gives no service fail by their name, so that nothing is called unseen. */
export function openWindow(parts: Parts): Window {
  const [near, far] = memoryWires()
  serve(far, contract, whole(parts))
  return { session: createSession(connect(near, contract)), close: () => near.close() }
}

function whole(parts: Parts): Services<Api> {
  return {
    catalog: {
      // The tree stands beside every view of a connection.
      tree: () => ({ rows: [], total: 0, live: true, readAt: '2026-01-01T00:00:00Z', notes: [], problem: null }),
      definition: unexpected('catalog.definition'),
      refresh: unexpected('catalog.refresh'),
      watch: () => null,
      ...parts.catalog,
    },
    connections: {
      list: unexpected('connections.list'),
      found: unexpected('connections.found'),
      save: unexpected('connections.save'),
      remove: unexpected('connections.remove'),
      test: unexpected('connections.test'),
      open: unexpected('connections.open'),
      close: unexpected('connections.close'),
      watch: unexpected('connections.watch'),
      ...parts.connections,
    },
    demo: { start: unexpected('demo.start'), ...parts.demo },
    editor: {
      split: unexpected('editor.split'),
      statementAt: unexpected('editor.statementAt'),
      complete: unexpected('editor.complete'),
      hover: unexpected('editor.hover'),
      signature: unexpected('editor.signature'),
      format: unexpected('editor.format'),
      open: unexpected('editor.open'),
      run: unexpected('editor.run'),
      rows: unexpected('editor.rows'),
      readOn: unexpected('editor.readOn'),
      value: unexpected('editor.value'),
      arrange: unexpected('editor.arrange'),
      find: unexpected('editor.find'),
      statistics: unexpected('editor.statistics'),
      export: unexpected('editor.export'),
      editable: unexpected('editor.editable'),
      reviewEdits: unexpected('editor.reviewEdits'),
      applyEdits: unexpected('editor.applyEdits'),
      release: unexpected('editor.release'),
      close: unexpected('editor.close'),
      parameters: unexpected('editor.parameters'),
      follow: unexpected('editor.follow'),
      keepOpen: unexpected('editor.keepOpen'),
      ...parts.editor,
    },
    erd: { export: unexpected('erd.export'), ...parts.erd },
    framework: {
      status: unexpected('framework.status'),
      install: unexpected('framework.install'),
      uninstall: unexpected('framework.uninstall'),
      settings: unexpected('framework.settings'),
      change: unexpected('framework.change'),
      health: unexpected('framework.health'),
      exportTrail: unexpected('framework.exportTrail'),
      seal: unexpected('framework.seal'),
      verify: unexpected('framework.verify'),
      seals: unexpected('framework.seals'),
      exportSeals: unexpected('framework.exportSeals'),
      check: unexpected('framework.check'),
      ...parts.framework,
    },
    history: {
      search: unexpected('history.search'),
      timeline: unexpected('history.timeline'),
      facets: unexpected('history.facets'),
      watch: unexpected('history.watch'),
      mark: unexpected('history.mark'),
      export: unexpected('history.export'),
      erase: unexpected('history.erase'),
      sources: unexpected('history.sources'),
      retention: unexpected('history.retention'),
      prunePlan: unexpected('history.prunePlan'),
      retain: unexpected('history.retain'),
      get: unexpected('history.get'),
      sync: unexpected('history.sync'),
      waiting: unexpected('history.waiting'),
      keeping: unexpected('history.keeping'),
      ...parts.history,
    },
    logs: {
      pick: unexpected('logs.pick'),
      detect: unexpected('logs.detect'),
      preview: unexpected('logs.preview'),
      import: unexpected('logs.import'),
      pause: unexpected('logs.pause'),
      files: unexpected('logs.files'),
      refused: unexpected('logs.refused'),
      serverFiles: unexpected('logs.serverFiles'),
      settings: unexpected('logs.settings'),
      applySettings: unexpected('logs.applySettings'),
      timeline: unexpected('logs.timeline'),
      lines: unexpected('logs.lines'),
      line: unexpected('logs.line'),
      statements: unexpected('logs.statements'),
      errors: unexpected('logs.errors'),
      series: unexpected('logs.series'),
      facets: unexpected('logs.facets'),
      export: unexpected('logs.export'),
      ...parts.logs,
    },
    queries: {
      list: unexpected('queries.list'),
      get: unexpected('queries.get'),
      save: unexpected('queries.save'),
      move: unexpected('queries.move'),
      remove: unexpected('queries.remove'),
      restore: unexpected('queries.restore'),
      addFolder: unexpected('queries.addFolder'),
      moveFolder: unexpected('queries.moveFolder'),
      removeFolder: unexpected('queries.removeFolder'),
      snippets: unexpected('queries.snippets'),
      saveSnippet: unexpected('queries.saveSnippet'),
      removeSnippet: unexpected('queries.removeSnippet'),
      watch: unexpected('queries.watch'),
      ...parts.queries,
    },
    workspace: {
      open: unexpected('workspace.open'),
      save: unexpected('workspace.save'),
      // Every text that is edited is kept.
      write: () => ({ masked: false }),
      text: unexpected('workspace.text'),
      ...parts.workspace,
    },
  }
}

function unexpected(name: string): () => never {
  return () => {
    throw new Error(`The test did not expect a call of ${name}.`)
  }
}

/** A connection as the main process tells of it when it has opened one. */
export function openConnection(change: Partial<OpenConnection['connection']> = {}): OpenConnection {
  return {
    connection: {
      id: 'clinic',
      name: 'Clinic',
      kind: 'development',
      colour: 'by kind',
      host: 'localhost',
      port: 5432,
      database: 'clinic',
      user: 'dba',
      sslMode: 'prefer',
      sslRootCert: '',
      sslCert: '',
      sslKey: '',
      ssh: '',
      passwordFrom: '',
      readOnly: false,
      askReasons: 'by kind',
      idleTransactionMinutes: 15,
      hasPassword: true,
      lastOpenedAt: null,
      ...change,
    },
    server: {
      version: 'PostgreSQL 18.4 on x86_64-pc-linux-gnu',
      versionNumber: 180004,
      database: 'clinic',
      user: 'dba',
      superuser: false,
      readOnly: false,
      ssl: null,
      encoding: 'UTF8',
      timeZone: 'UTC',
      startedAt: '2026-01-01T00:00:00.000Z',
      connectMs: 5,
    },
    tracking: 'current',
  }
}

/** A storage that forgets with the test. `limit` is how many characters fit into it. */
export function memoryStorage(limit = Number.POSITIVE_INFINITY): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => {
      if (value.length > limit) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
      kept.set(key, value)
    },
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}
