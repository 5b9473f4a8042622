import { type Fault, toFault } from '../../../core/fault.ts'
import type { ImportEvent, LogEnough, LogOverlap, LogUpload } from '../../../core/logs/contract.ts'
import { type Reasons, saidReasons } from '../../ui/reasons.ts'
import type { ImportItem } from './item.ts'
import { sendingOf } from './sending.ts'
import { presentOf, type Wizard } from './wizard.ts'

/** Imports one log, and keeps how it went. */
export async function importOne(
  { scope: { api, signal }, origins, running, itemOf, change }: Wizard,
  id: number,
  reasons: Reasons,
): Promise<void> {
  const known = origins.get(id)
  const item = itemOf(id)
  const connection = item?.target ?? null
  if (known === undefined || item?.reading == null || connection === null) return
  const own = new AbortController()
  running.set(id, own)
  let unsent: Fault | null = null
  change(id, { state: 'importing', fault: null, progress: null, summary: null, refusals: null, note: null })
  const origin = await presentOf(known)
  const answer = sendingOf(origin.held, AbortSignal.any([signal, own.signal]), (fault) => {
    unsent = fault
    own.abort()
  })
  const { detection, reading, accepted, readAs } = item
  let overlaps: LogOverlap[] = []
  try {
    const summary = await api.logs.import(
      {
        connection,
        source: origin.source,
        format: reading.format,
        prefix: reading.prefix,
        timeZone: readAs.timeZone,
        force: accepted,
        overlaps: 'refuse',
        ...saidReasons(reasons),
      },
      {
        signal: AbortSignal.any([signal, own.signal]),
        onEvent: (event) => {
          if (event.kind === 'upload' || event.kind === 'enough') answer(event)
          else change(id, partOf(event))
          if (event.kind === 'overlap') overlaps = event.overlaps
        },
      },
    )
    const state = unsent !== null ? 'failed' : summary.outcome === 'cancelled' ? 'stopped' : 'done'
    change(id, { state, summary, overlaps: summary.overlaps, operation: summary.operation, fault: unsent })
  } catch (thrown) {
    if (signal.aborted) return
    const fault = unsent ?? toFault(thrown)
    // Stopped before anything was begun: there is no summary of nothing.
    if (fault.code === 'cancelled') change(id, { state: 'stopped' })
    else if (fault.code === 'refused' && overlaps.length > 0) {
      // It was looked at before the other one was imported: somebody has to look once more.
      change(id, { state: 'ready', detection: detection === null ? null : { ...detection, overlaps } })
    } else change(id, { state: 'failed', fault })
  } finally {
    own.abort()
    running.delete(id)
    change(id, { importId: null, pausing: false, note: null })
  }
}

/** What an event of an import changes. */
function partOf(event: Exclude<ImportEvent, LogUpload | LogEnough>): Partial<ImportItem> {
  switch (event.kind) {
    case 'started':
      return { importId: event.import, operation: event.operation }
    case 'waiting':
    case 'reconnecting':
      return { note: event }
    case 'connected':
      return { note: null }
    case 'overlap':
      return { overlaps: event.overlaps }
    case 'progress':
      // What was read ahead is told of also while the server is away.
      return { progress: event.progress }
  }
}
