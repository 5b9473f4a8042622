import type { Fault } from '../../core/fault.ts'
import type { Facets, SearchInput, SearchPage, Timeline } from '../../core/history/contract.ts'
import type { ExportedOperation } from '../../core/history/export.ts'
import type { HistoryFilter } from '../../core/history/filter.ts'

/** What the worker answers. Its inputs were checked where they came in. */
export interface Questions {
  search: { input: SearchInput; output: SearchPage }
  timeline: { input: HistoryFilter & { most: number }; output: Timeline }
  facets: { input: Record<string, never>; output: Facets }
  /** The operations that a filter means, oldest first, each whole: those after `after`, as many as take a moment. */
  read: { input: HistoryFilter & { after: number | null }; output: ReadPage }
  /** Works in what has changed; the answer comes when nothing is left to do. */
  index: { input: Record<string, never>; output: { worked: number } }
  /** Writes the file anew, without what was deleted from it. */
  rebuild: { input: Record<string, never>; output: null }
}

export interface ReadPage {
  operations: ExportedOperation[]
  /** Where to go on; null when the newest has been looked at. */
  next: number | null
}

export type QuestionName = keyof Questions

/** A question on its way to the worker. */
export type Question = {
  [Name in QuestionName]: { id: number; name: Name; input: Questions[Name]['input'] }
}[QuestionName]

export type Answer = { id: number; output: Questions[QuestionName]['output'] } | { id: number; fault: Fault }

export interface WorkerData {
  /** The cache's file. */
  path: string
  /** Where the numbers of cancelled questions are put: see `cancelledSlot`. */
  cancelled: SharedArrayBuffer
}

/** Numbers that `WorkerData.cancelled` has room for. An older one is overwritten: it is done with by then. */
export const cancelledSlots = 1024

export function cancelledSlot(id: number): number {
  return id % cancelledSlots
}
