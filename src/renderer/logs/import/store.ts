import { createStore, type StoreApi } from 'zustand'
import { Failure, type Fault, toFault } from '../../../core/fault.ts'
import type { ServerLogFile, ServerLogs } from '../../../core/logs/contract.ts'
import { hasPrefix } from '../../../core/logs/state.ts'
import { lacksReasons } from '../../../core/reasons.ts'
import { sliceHook } from '../../session/context.ts'
import type { Scope } from '../../session/scope.ts'
import { noReasons, type Reasons } from '../../ui/reasons.ts'
import { beginningsOf } from './beginnings.ts'
import { noReasonsSaid, noTarget, tooMany } from './faults.ts'
import type { HeldFile } from './files.ts'
import { importOne } from './importing.ts'
import { canStart, type ImportItem, newItem, type ReadAs } from './item.ts'
import { type Origin, sourceOf, type Wizard } from './wizard.ts'

export interface ImportState {
  readonly items: readonly ImportItem[]
  readonly selected: number | null
  /** The connection that the logs go to; null: the window's current one. */
  readonly target: string | null
  /** Why they are imported. */
  readonly reasons: Reasons
  /** What failed and belongs to no log. */
  readonly fault: Fault | null

  addFiles(files: readonly HeldFile[]): void
  /** Files that are still being gathered from what was dropped. */
  addDropped(gathering: Promise<{ files: readonly HeldFile[]; isAll: boolean }>): Promise<void>
  /** Asks by the desktop's own dialog. False where there is none: the window asks by itself then. */
  pick(): Promise<boolean>
  addServerFiles(connection: string, files: readonly ServerLogFile[]): void
  readServerFiles(connection: string): Promise<ServerLogs>
  select(id: number): void
  remove(id: number): void
  /** Takes away what is imported, refused or stopped. */
  clear(): void
  setTarget(connection: string): void
  setReasons(reasons: Reasons): void
  /** Has the beginning read in another way, and shows what comes of it. */
  readAs(id: number, change: Partial<ReadAs>): Promise<void>
  /** Has every other log of the same format read as this one is. */
  readOthersAlike(id: number): Promise<void>
  accept(id: number, accepted: boolean): void
  /** Imports what is ready, one log after the other. @param ids these alone */
  start(ids?: readonly number[]): Promise<void>
  pause(id: number, paused: boolean): Promise<void>
  /** What is committed stays; started again, it goes on from there. */
  cancel(id: number): void
  cancelAll(): void
  /** The next lines that an import could not read. */
  readRefusals(id: number): Promise<void>
  dismissFault(): void
}

export function createImportStore(scope: Scope): StoreApi<ImportState> {
  const { api, signal, session } = scope
  return createStore<ImportState>()((set, get) => {
    let counter = 0
    let importing = false
    const origins = new Map<number, Origin>()
    const running = new Map<number, AbortController>()

    const itemOf = (id: number): ImportItem | undefined => get().items.find((item) => item.id === id)
    const change = (id: number, part: Partial<ImportItem>): void =>
      set({ items: get().items.map((item) => (item.id === id ? { ...item, ...part } : item)) })
    const targetOf = (): string | null => get().target ?? session.getState().current
    const openTarget = (): string | undefined => {
      const target = targetOf()
      return target !== null && session.getState().connections.get(target)?.state === 'open' ? target : undefined
    }

    const wizard: Wizard = { scope, origins, running, itemOf, change }
    const { lookAt, reread, forget } = beginningsOf(wizard, openTarget)

    const areReasonsLacking = (target: string): boolean => {
      const found = session.getState().connections.get(target)
      return found !== undefined && lacksReasons(found.connection, get().reasons)
    }

    function add(added: readonly { name: string; bytes: number | null; origin: Origin }[]): void {
      const items = added.map(({ name, bytes, origin }) => {
        counter += 1
        origins.set(counter, origin)
        return newItem(counter, name, bytes)
      })
      set({ items: [...get().items, ...items], selected: get().selected ?? items[0]?.id ?? null })
      lookAt(items.map(({ id }) => id))
    }

    return {
      items: [],
      selected: null,
      target: null,
      reasons: noReasons,
      fault: null,

      addFiles: (files) =>
        add(
          files.map((held) => ({
            name: held.name,
            bytes: held.file.size,
            origin: { source: sourceOf(held.name, held.file), held },
          })),
        ),

      addDropped: async (gathering) => {
        set({ fault: null })
        try {
          const { files, isAll } = await gathering
          get().addFiles(files)
          if (!isAll) set({ fault: tooMany(files.length) })
        } catch (thrown) {
          set({ fault: { ...toFault(thrown), hint: 'Can the folder be read? Choose its files by themselves.' } })
        }
      },

      pick: async () => {
        try {
          const picked = await api.logs.pick({}, { signal })
          add(
            (picked ?? []).map(({ id, name, bytes }) => ({
              name,
              bytes,
              origin: { source: { kind: 'picked', id }, held: null },
            })),
          )
          return true
        } catch (thrown) {
          if (thrown instanceof Failure && thrown.fault.code === 'unsupported') return false
          if (!signal.aborted) set({ fault: toFault(thrown) })
          return true
        }
      },

      addServerFiles: (connection, files) =>
        add(
          files.map(({ name, bytes }) => ({
            name,
            bytes,
            origin: { source: { kind: 'server', connection, name }, held: null },
          })),
        ),

      readServerFiles: (connection) => api.logs.serverFiles({ connection }, { signal }),

      select: (id) => set({ selected: id }),

      remove: (id) => {
        running.get(id)?.abort()
        forget(id)
        origins.delete(id)
        const { items, selected } = get()
        const at = items.findIndex((item) => item.id === id)
        const left = items.filter((item) => item.id !== id)
        set({ items: left, selected: selected === id ? (left[Math.min(at, left.length - 1)]?.id ?? null) : selected })
      },

      clear: () => {
        for (const { id, state } of get().items) {
          if (state === 'done' || state === 'refused' || state === 'stopped') get().remove(id)
        }
      },

      setTarget: (connection) => {
        set({ target: connection })
        // Whether a log is imported already depends on where it goes.
        const again = get().items.filter(({ state }) => state === 'ready')
        lookAt(again.map(({ id }) => id))
      },

      setReasons: (reasons) => set({ reasons }),

      readAs: async (id, part) => {
        const item = itemOf(id)
        if (item === undefined) return
        change(id, { readAs: { ...item.readAs, ...part } })
        await reread(id)
      },

      readOthersAlike: async (id) => {
        const like = itemOf(id)
        if (like?.reading == null) return
        const { format, prefix } = like.reading
        const others = get().items.filter(
          (item) => item.id !== id && item.state === 'ready' && item.reading?.format === format,
        )
        const readAs: ReadAs = { ...like.readAs, format, prefix: hasPrefix(format) ? prefix : null }
        for (const other of others) change(other.id, { readAs })
        for (const other of others) await reread(other.id)
      },

      accept: (id, accepted) => change(id, { accepted }),

      start: async (ids) => {
        const target = openTarget()
        if (target === undefined) {
          set({ fault: noTarget })
          return
        }
        if (areReasonsLacking(target)) {
          set({ fault: noReasonsSaid })
          return
        }
        set({ fault: null })
        for (const item of get().items) {
          const wanted = ids === undefined ? item.state === 'ready' : ids.includes(item.id)
          if (wanted && canStart(item)) change(item.id, { state: 'queued', target, fault: null })
        }
        if (importing) return
        importing = true
        try {
          for (;;) {
            const next = get().items.find(({ state }) => state === 'queued')
            if (next === undefined || signal.aborted) break
            set({ selected: next.id })
            await importOne(wizard, next.id, get().reasons)
            if ((itemOf(next.id)?.summary?.refused ?? 0) > 0) void get().readRefusals(next.id)
          }
        } finally {
          importing = false
        }
      },

      pause: async (id, paused) => {
        const importId = itemOf(id)?.importId ?? null
        if (importId === null) return
        change(id, { pausing: paused })
        try {
          await api.logs.pause({ import: importId, paused }, { signal })
        } catch (thrown) {
          change(id, { pausing: false })
          if (!signal.aborted) set({ fault: toFault(thrown) })
        }
      },

      cancel: (id) => {
        const item = itemOf(id)
        if (item?.state === 'queued') change(id, { state: item.reading === null ? 'refused' : 'ready' })
        else running.get(id)?.abort()
      },

      cancelAll: () => {
        // What waits first, or it would begin when the one before it has ended.
        for (const { id, state } of get().items) if (state === 'queued') get().cancel(id)
        for (const { id, state } of get().items) if (state === 'importing') get().cancel(id)
      },

      readRefusals: async (id) => {
        const item = itemOf(id)
        const file = item?.summary?.file ?? null
        if (item === undefined || file === null || item.target === null) return
        const before = item.refusals ?? { list: [], next: -1, total: 0, loading: false, fault: null }
        if (before.loading || before.next === null) return
        change(id, { refusals: { ...before, loading: true, fault: null } })
        try {
          const page = await api.logs.refused({ connection: item.target, file, after: before.next }, { signal })
          const list = [...before.list, ...page.refusals]
          change(id, { refusals: { list, next: page.next, total: page.total, loading: false, fault: null } })
        } catch (thrown) {
          if (!signal.aborted) change(id, { refusals: { ...before, loading: false, fault: toFault(thrown) } })
        }
      },

      dismissFault: () => set({ fault: null }),
    }
  })
}

/** One for the window: an import goes on while other connections are looked at. */
export const useImport = sliceHook('window', createImportStore)
