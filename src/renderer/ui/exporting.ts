import type { ExportEvent } from '../../core/exportFile.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { download } from './download.ts'

/** The last export of a slice, from its start. */
export interface Exporting<Outcome> {
  readonly state: 'running' | 'cancelling' | 'done' | 'failed'
  /** Null until a place was chosen. */
  readonly file: string | null
  /** What was written so far. */
  readonly rows: number
  readonly bytes: number
  readonly elapsedMs: number
  /** Null until it is done. */
  readonly outcome: Outcome | null
  readonly fault: Fault | null
}

interface Place<Outcome> {
  /** Ends with the slice: nothing is told from then on. */
  signal: AbortSignal
  get(): Exporting<Outcome> | null
  set(exporting: Exporting<Outcome> | null): void
}

/** One export after the other, and how it goes kept where a view shows it. */
export interface ExportRun<Outcome> {
  isUnderWay(): boolean
  /** Resolves with how it ended; null where nobody chose a place: nothing was done, and nothing is to be said. */
  start(
    write: (options: { signal: AbortSignal; onEvent: (event: ExportEvent) => void }) => Promise<Outcome | null>,
  ): Promise<{ outcome: Outcome | null; fault: Fault | null } | null>
  cancel(): void
  /** Takes the note of how the last one ended away. */
  dismiss(): void
}

const beginning = { state: 'running', file: null, rows: 0, bytes: 0, elapsedMs: 0, outcome: null, fault: null } as const

export function createExportRun<Outcome>({ signal, get, set }: Place<Outcome>): ExportRun<Outcome> {
  let own: AbortController | null = null

  function change(part: Partial<Exporting<Outcome>>): void {
    const exporting = get()
    if (exporting !== null) set({ ...exporting, ...part })
  }

  function onEvent(event: ExportEvent): void {
    switch (event.kind) {
      case 'started':
        change({ file: event.file })
        break
      case 'download':
        download(event.url)
        break
      case 'progress':
        change({ rows: event.rows, bytes: event.bytes, elapsedMs: event.elapsedMs })
    }
  }

  return {
    isUnderWay: () => own !== null,

    start: async (write) => {
      if (own !== null) return null
      own = new AbortController()
      set(beginning)
      try {
        const outcome = await write({ signal: AbortSignal.any([signal, own.signal]), onEvent })
        if (outcome === null) {
          set(null)
          return null
        }
        change({ state: 'done', outcome })
        return { outcome, fault: null }
      } catch (thrown) {
        if (signal.aborted) return null
        const fault = toFault(thrown)
        change({ state: 'failed', fault })
        return { outcome: null, fault }
      } finally {
        own = null
      }
    },

    cancel: () => {
      if (own === null) return
      own.abort()
      change({ state: 'cancelling' })
    },

    dismiss: () => {
      if (own === null) set(null)
    },
  }
}
