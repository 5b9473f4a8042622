import type { RunEvent, RunOutcome } from '../../core/editor/contract.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { saidReasons } from '../ui/reasons.ts'
import { longestAsked } from './grid/cells.ts'
import { endsSession, newRun, withEvents } from './run.ts'
import { createServerSession, type ServerSession } from './serverSession.ts'
import { type EditorContext, type FailureMark, longestFollowed, type Request, type RunFailure } from './state.ts'

/** Runs one thing at a time in the tab's session, and keeps the store's `run` up to date. */
export interface Runner {
  readonly server: ServerSession
  isRunning(): boolean
  /** The fault where the run could not be made; null where it was, however it ended. */
  execute(request: Request): Promise<Fault | null>
  /** The text has changed: what fails from now on stands in it where nobody knows. */
  edited(): void
  /** Shows why nothing could be run. */
  refuse(fault: Fault): void
  cancel(): void
}

/** How often what the server sends is drawn, at most. */
const drawEveryMs = 40

/** What PostgreSQL says of a statement that somebody cancelled, or that ran into its time limit. */
export const queryCanceled = '57014'

/** The run waits for an answer of a person. */
function isQuestion({ code }: Fault): boolean {
  return code === 'confirmation_required' || code === 'reasons_required'
}

export function createRunner(context: EditorContext): Runner {
  const { scope, connection, set, get } = context
  const { api, signal } = scope
  let running: AbortController | null = null
  /** Nothing was written in the tab since the run began. */
  let isTextAsRun = false
  const isRunning = (): boolean => running !== null
  const server = createServerSession(context, { isRunning, onConnectionChanged: () => void followRecord() })

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

  async function execute({ part: { sql, base }, explain, params, confirmed }: Request): Promise<Fault | null> {
    if (isRunning()) return null
    const { run: runBefore, shown: shownBefore, mark: markBefore } = get()
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

    isTextAsRun = true
    set({
      run: newRun(base, performance.now()),
      pages: new Map(),
      shown: 'messages',
      lost: null,
      mark: null,
      ended: null,
    })
    try {
      const opened = await server.open(combined)
      const { mode: transaction, reasons } = get()
      const outcome = await api.editor.run(
        {
          session: opened,
          sql,
          longest: longestAsked,
          ...saidReasons(reasons),
          params: [...(params ?? [])],
          confirmed: [...confirmed],
          transaction,
          ...(explain === null ? {} : { explain }),
        },
        { signal: combined, onEvent },
      )
      draw()
      await finish(sql, base, outcome)
      return null
    } catch (thrown) {
      draw()
      const fault = toFault(thrown)
      // Nothing was done, and what the last run brought is still there.
      if (isQuestion(fault)) set({ run: runBefore, shown: shownBefore, mark: markBefore })
      else stop(fault)
      return fault
    } finally {
      running = null
      server.settle()
    }
  }

  async function finish(sql: string, base: number | null, outcome: RunOutcome): Promise<void> {
    const { run, shown } = get()
    if (run === null) return
    const { failure } = outcome
    const isLost = failure !== null && endsSession(failure.fault)
    set({
      run: { ...run, state: 'done', current: null, outcome },
      // What is lost with the session is told of the transaction as it was.
      transaction: isLost ? get().transaction : outcome.transaction,
      shown: failure !== null ? 'messages' : outcome.plan !== null ? 'plan' : shown,
    })
    // It may have arrived while the outcome was on its way.
    if (outcome.recorded === 'waiting') void followRecord()
    if (failure === null) return
    if (isLost) server.lose(failure.fault)
    // Somebody who cancels knows what was cancelled.
    const wasCancelled = run.state === 'cancelling' && failure.fault.sqlstate === queryCanceled
    if (wasCancelled || base === null) return
    const mark = await markOf(sql, base, failure)
    if (isTextAsRun) set({ mark })
  }

  /** The place of a failure; where the server named none, the statement that failed. */
  async function markOf(
    sql: string,
    base: number,
    { fault, offset, statement }: RunFailure,
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
    if (endsSession(fault) || fault.code === 'not_found') server.lose(fault)
  }

  return {
    server,
    isRunning,
    execute,
    edited: () => {
      isTextAsRun = false
    },
    refuse: (fault) => {
      set({ run: newRun(null, performance.now()) })
      stop(fault)
    },
    cancel: () => {
      const { run } = get()
      if (running === null || run === null) return
      running.abort()
      set({ run: { ...run, state: 'cancelling' } })
    },
  }
}
