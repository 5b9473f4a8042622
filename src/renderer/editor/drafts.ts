import { z } from 'zod'

/** The text of a tab that was not closed, so that a reload or a crash of the window does not lose it. */
export interface Draft {
  readonly id: string
  readonly connection: string
  readonly sql: string
  /** ISO 8601: the order of the tabs. */
  readonly begun: string
}

/** Why a run is made; said once, kept for the connection's next runs. */
export interface Reasons {
  readonly ticket: string
  readonly justification: string
}

/** What of the browser's storage is used. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const draftPrefix = 'pgsteward.draft.'
const reasonsPrefix = 'pgsteward.reasons.'

/** A browser keeps some five million characters for a page; one long script shall not push the others out. */
const longestKept = 1_000_000

const draftShape = z.object({ id: z.string(), connection: z.string(), sql: z.string(), begun: z.string() })
const reasonsShape = z.object({ ticket: z.string(), justification: z.string() })

/** Keeps the draft. False when it is too long to be kept, or the storage is full. */
export function keepDraft(storage: DraftStorage, draft: Draft): boolean {
  const key = draftPrefix + draft.id
  if (draft.sql.trim() === '' || draft.sql.length > longestKept) {
    storage.removeItem(key)
    return draft.sql.length <= longestKept
  }
  return put(storage, key, draft)
}

export function dropDraft(storage: DraftStorage, id: string): void {
  storage.removeItem(draftPrefix + id)
}

export function readDraft(storage: DraftStorage, id: string): Draft | null {
  return read(storage, draftPrefix + id, draftShape)
}

/** The drafts of a connection, oldest first. */
export function draftsOf(storage: DraftStorage, connection: string): Draft[] {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index))
  return keys
    .filter((key) => key?.startsWith(draftPrefix))
    .flatMap((key) => read(storage, key ?? '', draftShape) ?? [])
    .filter((draft) => draft.connection === connection)
    .sort((a, b) => a.begun.localeCompare(b.begun))
}

export function keepReasons(storage: DraftStorage, connection: string, reasons: Reasons): void {
  if (reasons.ticket === '' && reasons.justification === '') storage.removeItem(reasonsPrefix + connection)
  else put(storage, reasonsPrefix + connection, reasons)
}

export function readReasons(storage: DraftStorage, connection: string): Reasons {
  return read(storage, reasonsPrefix + connection, reasonsShape) ?? { ticket: '', justification: '' }
}

function put(storage: DraftStorage, key: string, value: object): boolean {
  try {
    storage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false // The storage is full or shut off: the caller says that the text is not kept.
  }
}

function read<T>(storage: DraftStorage, key: string, shape: z.ZodType<T>): T | null {
  const parsed = shape.safeParse(fromJson(storage.getItem(key)))
  return parsed.success ? parsed.data : null
}

function fromJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null // Not ours, or cut: the shape refuses it like any other stranger.
  }
}
