import { asksReasons } from '../../core/connection.ts'
import type { ScriptParameter } from '../../core/editor/contract.ts'
import { confirmationShape } from '../../core/editor/guard.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { lacksReasons } from '../../core/reasons.ts'
import type { Span } from '../../core/token.ts'
import { pendingChanges } from './editState.ts'
import { keepReasons, readReasons } from './reasons.ts'
import type { Runner } from './running.ts'
import { type EditorContext, longestFollowed, type Part, type Request, type RequestState } from './state.ts'

/** A name after a colon or a number after a dollar: only then is the script looked through for parameters. */
const mayHaveParameters = /:[A-Za-z_\u0080-\uffff]|\$\d/

/** Who presses the key has a sign by then that something is being done. */
const signAfterMs = 150

/** Ends a transaction: what was done in it had its reasons. */
const endsTransaction = /^\s*(commit|rollback)\s*;?\s*$/i

/** From the press of a button to the run: what has to be asked first is asked, one thing after the other. */
export function requestState({ scope, connection, storage, set, get }: EditorContext, runner: Runner): RequestState {
  const { api, signal, session } = scope
  let wentOnWithout = false
  /** A long text is looked through, or the server is asked about parameters: a second press of the key is not a second run. */
  let requesting = false

  /** Must somebody say first why it is run? */
  function demanded(sql: string): 'no' | 'ask' | 'require' {
    const settings = session.getState().connections.get(connection)?.connection
    if (settings === undefined || endsTransaction.test(sql)) return 'no'
    const { reasons } = get()
    if (lacksReasons(settings, reasons)) return 'require'
    return asksReasons(settings) === 'ask' && !wentOnWithout && reasons.ticket.trim() === '' ? 'ask' : 'no'
  }

  async function proceed(request: Request): Promise<void> {
    if (runner.isRunning()) return
    const { sql } = request.part
    if (sql.trim() === '') return runner.refuse(nothingToRun)
    if (!request.discards && pendingChanges(get()) > 0) {
      set({ discarding: request })
      return
    }
    const rule = demanded(sql)
    if (rule !== 'no') {
      set({ asking: { request, required: rule === 'require' } })
      return
    }
    if (request.params === null) {
      const parameters = await parametersOf(sql)
      if (parameters === null) return
      if (parameters.length > 0) {
        set({ filling: { request, parameters } })
        return
      }
    }
    const fault = await runner.execute({ ...request, params: request.params ?? [] })
    if (fault?.code === 'confirmation_required') askConfirmation(request, fault)
    if (fault?.code === 'reasons_required') set({ asking: { request, required: true } })
  }

  /** Null where it could not be said, and the reason is shown. */
  async function parametersOf(sql: string): Promise<readonly ScriptParameter[] | null> {
    if (sql.length > longestFollowed || !mayHaveParameters.test(sql)) return []
    try {
      const opened = await runner.server.open(signal)
      return (await api.editor.parameters({ session: opened, sql }, { signal })).parameters
    } catch (thrown) {
      runner.refuse(toFault(thrown))
      return null
    }
  }

  /** The statement at the cursor, which takes seconds to find in tens of megabytes. */
  async function find(sql: string, cursor: number): Promise<Span | null | 'stopped'> {
    const own = new AbortController()
    const stop = (): void => own.abort()
    const timer = setTimeout(() => set({ looking: { since: performance.now(), stop } }), signAfterMs)
    try {
      return (await api.editor.statementAt({ sql, cursor }, { signal: AbortSignal.any([signal, own.signal]) }))
        .statement
    } catch (thrown) {
      if (own.signal.aborted) return 'stopped'
      throw thrown
    } finally {
      clearTimeout(timer)
      set({ looking: null })
    }
  }

  function askConfirmation(request: Request, fault: Fault): void {
    const parsed = confirmationShape.safeParse(fault.data)
    if (parsed.success) set({ confirming: { request, confirmation: parsed.data } })
    else runner.refuse(fault)
  }

  async function once(work: () => Promise<void>): Promise<void> {
    if (requesting || runner.isRunning()) return
    requesting = true
    try {
      await work()
    } finally {
      requesting = false
    }
  }

  const newRequest = (part: Part, explain: Request['explain'] = null): Request => {
    return { part, explain, params: null, confirmed: [], discards: false }
  }

  return {
    reasons: readReasons(storage.reasons, connection),
    looking: null,
    asking: null,
    filling: null,
    confirming: null,
    discarding: null,

    runStatement: (sql, cursor, explain = null) =>
      once(async () => {
        try {
          const statement = await find(sql, cursor)
          if (statement === 'stopped') return
          if (statement === null) throw new Failure(nothingToRun)
          const part = { sql: sql.slice(statement.start, statement.end), base: statement.start }
          await proceed(newRequest(part, explain))
        } catch (thrown) {
          runner.refuse(toFault(thrown))
        }
      }),

    runRequest: (request) => once(() => proceed(request)),

    runPart: (part, explain = null) => once(() => proceed(newRequest(part, explain))),

    answer: async (reasons) => {
      const { asking } = get()
      if (reasons === null) wentOnWithout = true
      else get().setReasons(reasons)
      set({ asking: null })
      if (asking !== null) await proceed(asking.request)
    },

    fill: async (params) => {
      const { filling } = get()
      set({ filling: null })
      if (filling !== null) await proceed({ ...filling.request, params })
    },

    confirm: async (typed) => {
      const { confirming } = get()
      set({ confirming: null })
      if (confirming !== null) await proceed({ ...confirming.request, confirmed: typed })
    },

    discardAndRun: async () => {
      const { discarding } = get()
      set({ discarding: null })
      if (discarding !== null) await proceed({ ...discarding, discards: true })
    },

    dismiss: () => set({ asking: null, filling: null, confirming: null, discarding: null }),

    setReasons: (reasons) => {
      keepReasons(storage.reasons, connection, reasons)
      set({ reasons })
    },
  }
}

const nothingToRun: Fault = {
  code: 'invalid_input',
  message: 'There is no statement to run.',
  hint: 'Put the cursor in a statement, or select a part of the text.',
}
