import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'

/** Closed tabs that can be opened again. */
export const mostClosed = 30
export const mostTabs = 500
/** The longest text that is kept of a tab, in UTF-16 units. */
export const longestKept = 20_000_000

const tabId = z.string().regex(/^tab-\d{1,9}$/)

/** A tab as it is kept: without its text, which may be long, and goes its own way. */
export const keptTab = z.strictObject({
  id: tabId,
  /** Null for a tab that belongs to no connection. */
  connection: connectionId.nullable(),
  view: z.string().min(1).max(50),
  /** What it shows, in the window's own terms: JSON. */
  target: z.string().max(50_000),
  title: z.string().max(500).nullable(),
})
export type KeptTab = z.output<typeof keptTab>

export interface KeptText {
  text: string | null
  /** Secrets were taken out of it. */
  masked: boolean
}

/** The tabs of one window, in their order. */
export const layout = z.strictObject({
  tabs: z.array(keptTab).max(mostTabs),
  /** The one that was closed last comes last. */
  closed: z.array(keptTab).max(mostClosed),
  active: tabId.nullable(),
  /** The connection that the window works with. */
  current: connectionId.nullable(),
})
export type Layout = z.output<typeof layout>

/**
 * What of a window survives its end, the program's, and a crash. A workspace belongs to one window at a time; every
 * call but `open` is about the one that the caller has opened.
 */
export const workspace = {
  /**
   * Takes the workspace `previous`, which this window had before it was loaded again; else the one that was used last
   * and that no other window has; else a new one.
   */
  open: call(z.strictObject({ previous: z.uuid().nullable() })).returns<{ workspace: string; layout: Layout }>(),
  /** Replaces the layout; a title is kept without its secrets. The text of a tab that is in it no more is forgotten. */
  save: call(layout).returns<null>(),
  /**
   * Keeps the text of a tab, without the secrets in it: `***` stands where they stood. `masked` says that there were
   * some, now or when the text was kept before.
   */
  write: call(z.strictObject({ tab: tabId, text: z.string().max(longestKept) })).returns<{ masked: boolean }>(),
  /** Null where none was kept. */
  text: call(z.strictObject({ tab: tabId })).returns<KeptText>(),
}
