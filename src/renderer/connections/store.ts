import { createStore, type StoreApi } from 'zustand'
import type { Connection, ConnectionSettings } from '../../core/connection.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

/** Asks a person for a password, because there is none or the server refused it. */
export interface PasswordRequest {
  readonly connection: Connection
  /** What the server said to the last one. */
  readonly fault: Fault
}

export interface ConnectionsState {
  /** Null until they have been read. */
  readonly saved: readonly Connection[] | null
  readonly passwordsKept: 'keychain' | 'memory'
  /** What happened to the cache, where something did: it was broken, and put aside. */
  readonly notice: string | null
  /** Why the list could not be read. */
  readonly fault: Fault | null
  /** Connections that are being opened, each with what cancels it. */
  readonly opening: ReadonlyMap<string, AbortController>
  /** Why a connection could not be opened, closed or removed, by its id. */
  readonly faults: ReadonlyMap<string, Fault>
  readonly request: PasswordRequest | null

  load(): Promise<void>
  /** Goes to the connection, opening it where it is not open. */
  show(id: string): Promise<void>
  /** Opens, or opens again. With `keep`, the password is kept once the server has taken it. */
  open(id: string, password?: { text: string; keep: boolean }): Promise<void>
  cancel(id: string): void
  close(id: string): Promise<void>
  remove(id: string): Promise<void>
  dismissNotice(): void
  dismissRequest(): void
  dismissFault(id: string): void
}

/** What is saved of a connection, without what the main process adds. */
export function settingsOf({
  id: _id,
  hasPassword: _has,
  lastOpenedAt: _at,
  ...settings
}: Connection): ConnectionSettings {
  return settings
}

/** No password was found, or the server refused the one that was. One that a program makes is not typed. */
function asksForPassword({ code, sqlstate }: Fault, connection: Connection): boolean {
  if (connection.passwordFrom !== '') return false
  return code === 'password_required' || sqlstate === '28P01'
}

export function createConnectionsStore({ api, session, signal }: Scope): StoreApi<ConnectionsState> {
  let noticeRead = false

  return createStore<ConnectionsState>()((set, get) => {
    const setFault = (id: string, fault: Fault | null): void => {
      const faults = new Map(get().faults)
      if (fault === null) faults.delete(id)
      else faults.set(id, fault)
      set({ faults })
    }

    const setOpening = (id: string, controller: AbortController | null): void => {
      const opening = new Map(get().opening)
      if (controller === null) opening.delete(id)
      else opening.set(id, controller)
      set({ opening })
    }

    const find = (id: string): Connection | undefined =>
      get().saved?.find((connection) => connection.id === id) ?? session.getState().connections.get(id)?.connection

    return {
      saved: null,
      passwordsKept: 'memory',
      notice: null,
      fault: null,
      opening: new Map(),
      faults: new Map(),
      request: null,

      load: async () => {
        try {
          const { connections, passwordsKept, notice } = await api.connections.list({}, { signal })
          set({ saved: connections, passwordsKept, notice: noticeRead ? null : notice, fault: null })
        } catch (thrown) {
          set({ fault: toFault(thrown) })
        }
      },

      show: async (id) => {
        const { connections, select } = session.getState()
        select(id)
        if (!connections.has(id) && !get().opening.has(id)) await get().open(id)
      },

      open: async (id, password) => {
        get().cancel(id)
        const controller = new AbortController()
        setOpening(id, controller)
        setFault(id, null)
        set({ request: null })
        try {
          const open = await api.connections.open(
            { id, ...(password !== undefined && { password: password.text }) },
            { signal: AbortSignal.any([signal, controller.signal]) },
          )
          session.getState().connected(open)
          if (password?.keep) {
            await api.connections.save(
              { id, settings: settingsOf(open.connection), password: password.text },
              { signal },
            )
          }
          await get().load()
        } catch (thrown) {
          const fault = toFault(thrown)
          const connection = find(id)
          if (connection !== undefined && asksForPassword(fault, connection)) set({ request: { connection, fault } })
          else if (fault.code !== 'cancelled') setFault(id, fault)
        } finally {
          if (get().opening.get(id) === controller) setOpening(id, null)
        }
      },

      cancel: (id) => {
        get().opening.get(id)?.abort()
        setOpening(id, null)
      },

      close: async (id) => {
        try {
          await api.connections.close({ id }, { signal })
          session.getState().disconnected(id)
        } catch (thrown) {
          setFault(id, toFault(thrown))
        }
      },

      remove: async (id) => {
        try {
          if (session.getState().connections.has(id)) await api.connections.close({ id }, { signal })
          await api.connections.remove({ id }, { signal })
          session.getState().forgotten(id)
          setFault(id, null)
          await get().load()
        } catch (thrown) {
          setFault(id, toFault(thrown))
        }
      },

      dismissNotice: () => {
        noticeRead = true
        set({ notice: null })
      },
      dismissRequest: () => set({ request: null }),
      dismissFault: (id) => setFault(id, null),
    }
  })
}

export const useConnections = sliceHook('window', createConnectionsStore)
