import type { TransactionEvent } from '../../core/editor/contract.ts'
import type { Fault } from '../../core/fault.ts'
import { withoutMore } from './run.ts'
import type { EditorContext } from './state.ts'

/** The tab's session at the server: opened when something is first run, closed with the tab. */
export interface ServerSession {
  /** The session's id; opens one where there is none. */
  open(signal: AbortSignal): Promise<string>
  /** The session's id, or null where none is open. */
  current(): string | null
  /** Forgets the session, and says what is gone with it. */
  lose(fault: Fault): void
  /** A run has ended, and has said what it knows. */
  settle(): void
}

interface Dependencies {
  isRunning(): boolean
  /** The main process has told something new of the connection. */
  onConnectionChanged(): void
}

export function createServerSession(
  { scope, connection, set, get }: EditorContext,
  { isRunning, onConnectionChanged }: Dependencies,
): ServerSession {
  const { api, signal, session } = scope
  let server: string | null = null
  /** Sessions that are lost: the main process keeps the rows that were read in them, until the next run. */
  let left: string[] = []
  /** Why the session is gone, as it was told during a run, which may say so itself and knows more. */
  let toldLoss: Fault | null = null

  function closeAtServer(id: string): void {
    // A session that is gone already is what this asks for.
    api.editor.close({ session: id }).catch(() => undefined)
  }

  function follow(id: string): void {
    const onEvent = (event: TransactionEvent): void => {
      if (server !== id) return
      if (event.lost !== null) {
        toldLoss = event.lost
        if (!isRunning()) settle()
        return
      }
      const { ended } = event
      set({
        transaction: event.transaction,
        standing: { ...event, at: performance.now() },
        ...(ended === null ? {} : { ended }),
      })
    }
    // It ends with the session, and what ended that is told by whoever uses it.
    api.editor.follow({ session: id }, { signal, onEvent }).catch(() => undefined)
  }

  function leave(): void {
    for (const id of left) closeAtServer(id)
    left = []
  }

  function settle(): void {
    if (toldLoss !== null) lose(toldLoss)
  }

  function lose(fault: Fault): void {
    toldLoss = null
    if (server === null) return
    left.push(server)
    server = null
    const { transaction, run } = get()
    set({
      lost: { fault, transaction },
      transaction: 'idle',
      standing: null,
      backendPid: null,
      run: run === null ? null : withoutMore(run, fault),
    })
  }

  let known = session.getState().connections.get(connection)
  const unsubscribe = session.subscribe(({ connections }) => {
    const live = connections.get(connection)
    if (live !== known) {
      known = live
      onConnectionChanged()
    }
    // A run under way learns of it by itself, and knows more.
    if (live?.state !== 'lost' || isRunning()) return
    lose(live.problem ?? { code: 'connection_lost', message: 'The connection to the server was lost.' })
  })
  signal.addEventListener('abort', () => {
    unsubscribe()
    leave()
    if (server !== null) closeAtServer(server)
  })

  return {
    open: async (own) => {
      leave()
      if (server !== null) return server
      const opened = await api.editor.open({ connection }, { signal: own })
      server = opened.session
      set({ backendPid: opened.backendPid })
      follow(opened.session)
      return server
    },
    current: () => server,
    lose,
    settle,
  }
}
