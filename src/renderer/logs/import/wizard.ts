import type { LogSource } from '../../../core/logs/contract.ts'
import type { Scope } from '../../session/scope.ts'
import type { HeldFile } from './files.ts'
import type { ImportItem } from './item.ts'

/** Where a log comes from. */
export interface Origin {
  readonly source: LogSource
  /** Null where main reads it by itself. */
  readonly held: HeldFile | null
}

/** How main is told of a file that the window holds. */
export function sourceOf(name: string, file: File): LogSource {
  return { kind: 'upload', name: name.slice(-1000), size: file.size, modified: file.lastModified }
}

/** The log as it is now: the server may have written to it since it was dropped. */
export async function presentOf(origin: Origin): Promise<Origin> {
  const { held } = origin
  if (held?.again === undefined) return origin
  try {
    const file = await held.again()
    return { source: sourceOf(held.name, file), held: { ...held, file } }
  } catch {
    return origin // It is gone: to send it fails, and is told of.
  }
}

/** The logs in the wizard, for what works on them. */
export interface Wizard {
  readonly scope: Scope
  /** What is no state: where each log comes from, and what runs for it. */
  readonly origins: Map<number, Origin>
  readonly running: Map<number, AbortController>
  itemOf(id: number): ImportItem | undefined
  change(id: number, part: Partial<ImportItem>): void
}
