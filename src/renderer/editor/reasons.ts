import { z } from 'zod'
import { noReasons, type Reasons } from '../ui/reasons.ts'

/** What of the browser's storage is used. */
export type ReasonsStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const reasonsPrefix = 'pgsteward.reasons.'

const reasonsShape = z.object({ ticket: z.string(), justification: z.string() })

/** Reasons are said once, and kept for the next runs of the connection. */
export function keepReasons(storage: ReasonsStorage, connection: string, reasons: Reasons): void {
  if (reasons.ticket === '' && reasons.justification === '') storage.removeItem(reasonsPrefix + connection)
  else put(storage, reasonsPrefix + connection, reasons)
}

export function readReasons(storage: ReasonsStorage, connection: string): Reasons {
  return read(storage, reasonsPrefix + connection, reasonsShape) ?? noReasons
}

function put(storage: ReasonsStorage, key: string, value: object): void {
  try {
    storage.setItem(key, JSON.stringify(value))
  } catch {
    // The storage is full or shut off: reasons are asked for again in the next window.
  }
}

function read<T>(storage: ReasonsStorage, key: string, shape: z.ZodType<T>): T | null {
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
