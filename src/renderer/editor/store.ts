import { createStore, type StoreApi } from 'zustand'
import type { RunEvent, RunOutcome, Statement, TransactionState } from '../../core/editor/contract.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'
import { type DraftStorage, keepReasons, type Reasons, readReasons } from './drafts.ts'
import { endsSession, newRun, type Run, withEvents, withoutCursors, withResult } from './run.ts'
import { statementAt } from './statementAt.ts'
import { createTabText } from './tabText.ts'

/** A part of the tab's text that is to be run. */
export interface Part {
  readonly sql: string
  /** Where it begins in the text, in UTF-16 units. */
  readonly base: number
}

/** Where the last run failed, in UTF-16 units of the tab's text. */
export interface FailureMark {
  readonly offset: number
  /** The whole statement is meant when the server named no place in it. */
  readonly end: number | null
  readonly fault: Fault
}

/** What went with a session that the server or the network ended. */
export interface Lost {
  readonly fault: Fault
  /** The transaction that the session had open. */
  readonly transaction: TransactionState
}

export interface EditorState {
  /** What the tab begins with: what it was opened for, or what was left in it. Null until `begin`. */
  readonly text: string | null
  /** False when the text is too long to be kept for after a reload. */
  readonly kept: boolean
  /** The statements of the text, as of the last change that was told. */
  readonly statements: readonly Statement[]
  readonly run: Run | null
  readonly transaction: TransactionState
  readonly backendPid: number | null
  readonly lost: Lost | null
  readonly mark: FailureMark | null
  readonly reasons: Reasons
  /** A part that waits until somebody said why it is run in production. */
  readonly asking: Part | null
  /** The result in front, by its statement's index, or the messages. */
  readonly shown: number | 'messages'

  /** Finds the text for the tab, and brings back the drafts that the last window left, each in a tab. */
  begin(): void
  /** The text has changed: keeps it, and finds its statements. */
  changed(sql: string): Promise<void>
  /** Runs what stands at the cursor. */
  runStatement(sql: string, cursor: number): Promise<void>
  runPart(part: Part): Promise<void>
  cancel(): void
  /** Goes on with the part that waits. Without reasons, this tab does not ask again. */
  answer(reasons: Reasons | null): Promise<void>
  dismiss(): void
  setReasons(reasons: Reasons): void
  show(shown: number | 'messages'): void
  fetchMore(index: number): Promise<void>
  /** The text has changed: a mark in it would stand at the wrong place. */
  unmark(): void
}

/** How often what the server sends is drawn, at most. */
const drawEveryMs = 40

/** Longer scripts are not split at each change; what is run is split when it is run. */
export const longestFollowed = 1_000_000

export interface EditorStorage {
  /** Lives as long as this window, through its reloads. */
  readonly drafts: DraftStorage
  readonly reasons: DraftStorage
}

export function createEditorStore(scope: Scope, storage: EditorStorage): StoreApi<EditorState> {
  const { api, signal, session } = scope
  const connection = scope.connection ?? ''
  let server: string | null = null
  let running: AbortController | null = null
  let asksInProduction = true
  let changes = 0
  const tabText = createTabText(session, storage.drafts, scope.tab, connection)

  return createStore<EditorState>()((set, get) => {
    const isRunning = (): boolean => running !== null

    const isProduction = (): boolean => session.getState().connections.get(connection)?.connection.kind === 'production'

    async function openSession(own: AbortSignal): Promise<string> {
      if (server !== null) return server
      const opened = await api.editor.open({ connection }, { signal: own })
      server = opened.session
      set({ backendPid: opened.backendPid })
      return server
    }

    /** Forgets the session at the server, and says what is gone with it. */
    function loseSession(fault: Fault): void {
      if (server === null) return
      closeAtServer(scope, server)
      server = null
      const { transaction, run } = get()
      set({
        lost: { fault, transaction },
        transaction: 'idle',
        backendPid: null,
        run: run === null ? null : withoutCursors(run, fault),
      })
    }

    /** The record of the last run goes its own way to the server: this asks how far it has come. */
    async function followRecord(): Promise<void> {
      const { run } = get()
      if (signal.aborted || run?.outcome == null || run.outcome.recorded === 'local') return
      const { operation } = run.outcome
      try {
        const { recorded, fault } = await api.history.keeping({ connection, id: operation }, { signal })
        const now = get().run
        if (now?.outcome?.operation !== operation) return
        set({ run: { ...now, outcome: { ...now.outcome, recorded, recordingFault: fault } } })
      } catch {
        // The connection is being closed or the window is ending: what was said last stays.
      }
    }

    let known = session.getState().connections.get(connection)
    const unsubscribe = session.subscribe(({ connections }) => {
      const live = connections.get(connection)
      if (live !== known) {
        known = live
        void followRecord()
      }
      // A run under way learns of it by itself, and knows more.
      if (live?.state !== 'lost' || isRunning()) return
      loseSession(live.problem ?? { code: 'connection_lost', message: 'The connection to the server was lost.' })
    })

    signal.addEventListener('abort', () => {
      unsubscribe()
      if (server !== null) closeAtServer(scope, server)
      // Told while the tab is still there; afterwards one sees whether it was the tab that closed, or the connection.
      const dropText = tabText.draftDropper()
      queueMicrotask(() => {
        if (!session.getState().tabs.some(({ id }) => id === scope.tab)) dropText()
      })
    })

    async function execute({ sql, base }: Part): Promise<void> {
      if (isRunning()) return
      const own = new AbortController()
      running = own
      const combined = AbortSignal.any([signal, own.signal])
      let waiting: RunEvent[] = []
      let timer: ReturnType<typeof setTimeout> | undefined

      const draw = (): void => {
        clearTimeout(timer)
        timer = undefined
        const { run, shown } = get()
        if (run === null || waiting.length === 0) return
        const next = withEvents(run, waiting)
        waiting = []
        const first = run.results.length === 0 ? next.results[0] : undefined
        set({ run: next, shown: first?.index ?? shown })
      }
      const onEvent = (event: RunEvent): void => {
        waiting.push(event)
        timer ??= setTimeout(draw, drawEveryMs)
      }

      set({ run: newRun(base, performance.now()), shown: 'messages', lost: null, mark: null })
      try {
        const opened = await openSession(combined)
        const { ticket, justification } = get().reasons
        const reasons = {
          ...(ticket.trim() === '' ? {} : { ticket }),
          ...(justification.trim() === '' ? {} : { justification }),
        }
        const outcome = await api.editor.run({ session: opened, sql, ...reasons }, { signal: combined, onEvent })
        draw()
        await finish(sql, base, outcome)
      } catch (thrown) {
        draw()
        stop(toFault(thrown))
      } finally {
        running = null
      }
    }

    async function finish(sql: string, base: number, outcome: RunOutcome): Promise<void> {
      const { run, shown } = get()
      if (run === null) return
      const { failure } = outcome
      const isLost = failure !== null && endsSession(failure.fault)
      set({
        run: { ...run, state: 'done', current: null, outcome },
        // What is lost with the session is told of the transaction as it was.
        transaction: isLost ? get().transaction : outcome.transaction,
        shown: failure === null ? shown : 'messages',
      })
      // It may have arrived while the outcome was on its way.
      if (outcome.recorded === 'waiting') void followRecord()
      if (failure === null) return
      if (isLost) loseSession(failure.fault)
      // Somebody who cancels knows what was cancelled.
      const wasCancelled = run.state === 'cancelling' && failure.fault.sqlstate === queryCanceled
      if (!wasCancelled) set({ mark: await markOf(sql, base, failure) })
    }

    /** The place of a failure; where the server named none, the statement that failed. */
    async function markOf(
      sql: string,
      base: number,
      { fault, offset, statement }: NonNullable<RunOutcome['failure']>,
    ): Promise<FailureMark | null> {
      if (offset !== null) return { offset: base + offset, end: null, fault }
      if (sql.length > longestFollowed) return null
      try {
        const { statements } = await api.editor.split({ sql }, { signal })
        const failed = statements[statement]
        return failed === undefined ? null : { offset: base + failed.start, end: base + failed.end, fault }
      } catch {
        return null // The fault itself is shown; only its place in the text stays unknown.
      }
    }

    function stop(fault: Fault): void {
      if (signal.aborted) return // The tab has gone, and nobody sees this any more.
      const { run } = get()
      if (run !== null) set({ run: { ...run, state: 'done', current: null, fault }, shown: 'messages' })
      if (endsSession(fault) || fault.code === 'not_found') loseSession(fault)
    }

    return {
      text: null,
      kept: true,
      statements: [],
      run: null,
      transaction: 'idle',
      backendPid: null,
      lost: null,
      mark: null,
      reasons: readReasons(storage.reasons, connection),
      asking: null,
      shown: 'messages',

      begin: () => {
        if (get().text === null) set({ text: tabText.begin() })
      },

      changed: async (sql) => {
        changes += 1
        const mine = changes
        set({ kept: tabText.keep(sql) })
        const statements = sql.length > longestFollowed ? [] : await splitOrNone(scope, sql)
        if (mine === changes) set({ statements })
      },

      runStatement: async (sql, cursor) => {
        if (isRunning()) return
        try {
          const { statements } = await api.editor.split({ sql }, { signal })
          const statement = statementAt(statements, sql, cursor)
          if (statement === undefined) throw new Failure(nothingToRun)
          await get().runPart({ sql: sql.slice(statement.start, statement.end), base: statement.start })
        } catch (thrown) {
          set({ run: newRun(0, performance.now()) })
          stop(toFault(thrown))
        }
      },

      runPart: async (part) => {
        if (isRunning()) return
        if (part.sql.trim() === '') {
          set({ run: newRun(0, performance.now()) })
          stop(nothingToRun)
          return
        }
        const asks = asksInProduction && isProduction() && get().reasons.ticket.trim() === ''
        if (asks) set({ asking: part })
        else await execute(part)
      },

      cancel: () => {
        const { run } = get()
        if (running === null || run === null) return
        running.abort()
        set({ run: { ...run, state: 'cancelling' } })
      },

      answer: async (reasons) => {
        const { asking } = get()
        if (reasons === null) asksInProduction = false
        else get().setReasons(reasons)
        set({ asking: null })
        if (asking !== null) await execute(asking)
      },

      dismiss: () => set({ asking: null }),

      setReasons: (reasons) => {
        keepReasons(storage.reasons, connection, reasons)
        set({ reasons })
      },

      show: (shown) => set({ shown }),

      fetchMore: async (index) => {
        const { run } = get()
        const result = run?.results.find((each) => each.index === index)
        if (!run || !result || result.cursor === null || result.fetching || isRunning()) return
        const change = (part: Partial<typeof result>, rows: typeof result.rows = []): void => {
          const now = get().run
          // Another run has begun since: these rows belong to nothing that is shown.
          if (now === null || now.since !== run.since) return
          set({
            run: withResult(now, index, (old) => ({
              ...old,
              ...part,
              rows: rows.length > 0 ? old.rows.concat(rows) : old.rows,
            })),
          })
        }
        change({ fetching: true })
        try {
          const count = Math.min(2000, Math.max(200, result.rows.length))
          const { rows, done } = await api.editor.fetch({ cursor: result.cursor, count }, { signal })
          change({ fetching: false, cursor: done ? null : result.cursor }, rows)
        } catch (thrown) {
          const fault = toFault(thrown)
          change({ fetching: false, cursor: null, fault })
          if (endsSession(fault)) loseSession(fault)
        }
      },

      unmark: () => {
        if (get().mark !== null) set({ mark: null })
      },
    }
  })
}

/** What PostgreSQL says of a statement that somebody cancelled, or that ran into its time limit. */
export const queryCanceled = '57014'

const nothingToRun: Fault = {
  code: 'invalid_input',
  message: 'There is no statement to run.',
  hint: 'Put the cursor in a statement, or select a part of the text.',
}

async function splitOrNone({ api, signal }: Scope, sql: string): Promise<readonly Statement[]> {
  try {
    return (await api.editor.split({ sql }, { signal })).statements
  } catch {
    return [] // Half a string or comment is no error while somebody types: nothing is marked.
  }
}

function closeAtServer({ api }: Scope, session: string): void {
  // A session that is gone already is what this asks for.
  api.editor.close({ session }).catch(() => undefined)
}

/** Each tab has its own. */
export const useEditor = sliceHook('tab', (scope) =>
  createEditorStore(scope, { drafts: window.sessionStorage, reasons: window.localStorage }),
)
