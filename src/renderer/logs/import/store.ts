import { createStore, type StoreApi } from 'zustand'
import { asksReasons } from '../../../core/connection.ts'
import { Failure, type Fault, toFault } from '../../../core/fault.ts'
import type {
  ImportEvent,
  LogEnough,
  LogSource,
  LogUpload,
  ServerLogFile,
  ServerLogs,
} from '../../../core/logs/contract.ts'
import { hasPrefix } from '../../../core/logs/state.ts'
import { sliceHook } from '../../session/context.ts'
import type { Scope } from '../../session/scope.ts'
import { areBothSaid, noReasons, type Reasons, saidReasons } from '../../ui/reasons.ts'
import { canStart, type ImportItem, isUnderWay, newItem, type ReadAs } from './item.ts'
import { sendingOf } from './sending.ts'

/** A file that the window holds, and what it is called in the wizard. */
export interface HeldFile {
  readonly name: string
  readonly file: File
}

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

type Origin = { readonly source: LogSource; readonly file: File | null }

/** Beginnings that are read at a time. */
const lookingAtOnce = 2

export function createImportStore({ api, signal, session }: Scope): StoreApi<ImportState> {
  return createStore<ImportState>()((set, get) => {
    let counter = 0
    /** What is no state: where each log comes from, and what runs for it. */
    const origins = new Map<number, Origin>()
    const running = new Map<number, AbortController>()
    const rereadings = new Map<number, AbortController>()
    const toLookAt: number[] = []
    let looking = 0
    let importing = false

    const itemOf = (id: number): ImportItem | undefined => get().items.find((item) => item.id === id)
    const change = (id: number, part: Partial<ImportItem>): void =>
      set({ items: get().items.map((item) => (item.id === id ? { ...item, ...part } : item)) })
    const targetOf = (): string | null => get().target ?? session.getState().current
    const openTarget = (): string | undefined => {
      const target = targetOf()
      return target !== null && session.getState().connections.get(target)?.state === 'open' ? target : undefined
    }

    const demandsReasons = (target: string): boolean => {
      const found = session.getState().connections.get(target)
      return found !== undefined && asksReasons(found.connection) === 'require'
    }

    function add(added: readonly { name: string; bytes: number | null; origin: Origin }[]): void {
      const items = added.map(({ name, bytes, origin }) => {
        counter += 1
        origins.set(counter, origin)
        toLookAt.push(counter)
        return newItem(counter, name, bytes)
      })
      set({ items: [...get().items, ...items], selected: get().selected ?? items[0]?.id ?? null })
      lookOn()
    }

    function lookOn(): void {
      while (looking < lookingAtOnce) {
        const id = toLookAt.shift()
        if (id === undefined) return
        looking += 1
        void look(id).finally(() => {
          looking -= 1
          lookOn()
        })
      }
    }

    /** Reads the beginning of a log. */
    async function look(id: number): Promise<void> {
      const origin = origins.get(id)
      const item = itemOf(id)
      if (origin === undefined || item === undefined) return
      const own = new AbortController()
      running.set(id, own)
      let unsent: Fault | null = null
      const answer = sendingOf(origin.file, AbortSignal.any([signal, own.signal]), (fault) => {
        unsent = fault
        own.abort()
      })
      const connection = openTarget()
      const { format, prefix, timeZone } = item.readAs
      try {
        const detection = await api.logs.detect(
          {
            source: origin.source,
            ...(connection === undefined ? {} : { connection }),
            ...(format === null ? {} : { format }),
            ...(prefix === null ? {} : { prefix }),
            timeZone,
          },
          { signal: AbortSignal.any([signal, own.signal]), onEvent: answer },
        )
        change(id, { state: 'ready', detection, reading: detection, readingFault: null, fault: null })
      } catch (thrown) {
        if (signal.aborted || (own.signal.aborted && unsent === null)) return
        const fault = unsent ?? toFault(thrown)
        // One that was read before stays what it is: what failed is to look at it once more.
        if (item.detection === null) change(id, { state: 'refused', fault })
        else change(id, { readingFault: fault })
      } finally {
        own.abort() // What is still being sent is not wanted any more.
        if (running.get(id) === own) running.delete(id)
      }
    }

    /** Imports one log, and keeps how it went. */
    async function importOne(id: number): Promise<void> {
      const origin = origins.get(id)
      const item = itemOf(id)
      const connection = item?.target ?? null
      if (origin === undefined || item?.reading == null || connection === null) return
      const own = new AbortController()
      running.set(id, own)
      let unsent: Fault | null = null
      const answer = sendingOf(origin.file, AbortSignal.any([signal, own.signal]), (fault) => {
        unsent = fault
        own.abort()
      })
      const { reading, accepted, readAs } = item
      change(id, { state: 'importing', fault: null, progress: null, summary: null, refusals: null, note: null })
      try {
        const summary = await api.logs.import(
          {
            connection,
            source: origin.source,
            format: reading.format,
            prefix: reading.prefix,
            timeZone: readAs.timeZone,
            force: accepted,
            ...saidReasons(get().reasons),
          },
          {
            signal: AbortSignal.any([signal, own.signal]),
            onEvent: (event) => {
              if (event.kind === 'upload' || event.kind === 'enough') answer(event)
              else change(id, partOf(event))
            },
          },
        )
        const state = unsent !== null ? 'failed' : summary.outcome === 'cancelled' ? 'stopped' : 'done'
        change(id, { state, summary, overlaps: summary.overlaps, operation: summary.operation, fault: unsent })
        if (summary.refused > 0) void get().readRefusals(id)
      } catch (thrown) {
        if (signal.aborted) return
        const fault = unsent ?? toFault(thrown)
        // Stopped before anything was begun: there is no summary of nothing.
        if (fault.code === 'cancelled') change(id, { state: 'stopped' })
        else change(id, { state: 'failed', fault })
      } finally {
        own.abort()
        running.delete(id)
        change(id, { importId: null, pausing: false, note: null })
      }
    }

    /** Reads the beginning once more. The answer to what was set last is the one that is shown. */
    async function reread(id: number): Promise<void> {
      const item = itemOf(id)
      if (item?.detection == null || isUnderWay(item)) return
      rereadings.get(id)?.abort()
      const own = new AbortController()
      rereadings.set(id, own)
      change(id, { rereading: true, accepted: false })
      const { format, prefix, timeZone } = item.readAs
      try {
        const reading = await api.logs.preview(
          {
            sample: item.detection.sample,
            ...(format === null ? {} : { format }),
            ...(prefix === null ? {} : { prefix }),
            timeZone,
          },
          { signal: AbortSignal.any([signal, own.signal]) },
        )
        if (rereadings.get(id) === own) change(id, { reading, readingFault: null })
      } catch (thrown) {
        if (rereadings.get(id) !== own || signal.aborted) return
        const fault = toFault(thrown)
        // Main keeps the beginnings of a few logs: this one is sent again.
        if (fault.code === 'not_found') await look(id)
        else change(id, { readingFault: fault })
      } finally {
        if (rereadings.get(id) === own) {
          rereadings.delete(id)
          change(id, { rereading: false })
        }
      }
    }

    return {
      items: [],
      selected: null,
      target: null,
      reasons: noReasons,
      fault: null,

      addFiles: (files) =>
        add(
          files.map(({ name, file }) => ({
            name,
            bytes: file.size,
            origin: {
              source: { kind: 'upload', name: name.slice(-1000), size: file.size, modified: file.lastModified },
              file,
            },
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
              origin: { source: { kind: 'picked', id }, file: null },
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
            origin: { source: { kind: 'server', connection, name }, file: null },
          })),
        ),

      readServerFiles: (connection) => api.logs.serverFiles({ connection }, { signal }),

      select: (id) => set({ selected: id }),

      remove: (id) => {
        running.get(id)?.abort()
        rereadings.get(id)?.abort()
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
        toLookAt.push(...again.map(({ id }) => id))
        lookOn()
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
        if (demandsReasons(target) && !areBothSaid(get().reasons)) {
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
            await importOne(next.id)
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

const noTarget: Fault = {
  code: 'unavailable',
  message: 'No connection is open that the logs could go to.',
  hint: 'Open a connection on the left, then start again. The logs stay as they are.',
}

const noReasonsSaid: Fault = {
  code: 'reasons_required',
  message: 'This connection imports nothing without a ticket and a justification.',
  hint: 'Give both above the list, then start again. They are recorded with each import.',
}

function tooMany(taken: number): Fault {
  return {
    code: 'refused',
    message: `Only the first ${taken.toLocaleString('en')} files of what was dropped were taken.`,
    hint: 'Drop fewer at a time.',
  }
}

/** What an event of an import changes. */
function partOf(event: Exclude<ImportEvent, LogUpload | LogEnough>): Partial<ImportItem> {
  switch (event.kind) {
    case 'started':
      return { importId: event.import, operation: event.operation, note: null }
    case 'waiting':
    case 'reconnecting':
      return { note: event.kind }
    case 'overlap':
      return { overlaps: event.overlaps }
    case 'progress':
      return { progress: event.progress, note: null }
  }
}

/** One for the window: an import goes on while other connections are looked at. */
export const useImport = sliceHook('window', createImportStore)
