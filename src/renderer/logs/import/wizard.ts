import type { LogSource } from '../../../core/logs/contract.ts'
import type { Scope } from '../../session/scope.ts'
import type { ImportItem } from './item.ts'

/** Where a log comes from. */
export interface Origin {
  readonly source: LogSource
  readonly file: File | null
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
