import type { StoreApi } from 'zustand'
import type {
  Row,
  RunOutcome,
  ScriptParameter,
  Statement,
  TransactionEvent,
  TransactionState,
} from '../../core/editor/contract.ts'
import type { Confirmation } from '../../core/editor/guard.ts'
import type { Fault } from '../../core/fault.ts'
import type { Scope } from '../session/scope.ts'
import type { Reasons } from '../ui/reasons.ts'
import type { ArrangeState } from './arranging.ts'
import type { EditState } from './editing.ts'
import type { ExportState } from './exporting.ts'
import type { Pages } from './grid/pages.ts'
import type { ReasonsStorage } from './reasons.ts'
import type { Run } from './run.ts'

/** What is to be run: mostly a part of the tab’s text. */
export interface Part {
  readonly sql: string
  /** Where it begins in the text, in UTF-16 units; null where it does not stand in it. */
  readonly base: number | null
}

/** Where the last run failed, in UTF-16 units of the tab's text. */
export interface FailureMark {
  readonly offset: number
  /** The whole statement is meant when the server named no place in it. */
  readonly end: number | null
  readonly fault: Fault
}

/** What went with a session that the server or the network ended. */
export interface Lost {
  readonly fault: Fault
  /** The transaction that the session had open. */
  readonly transaction: TransactionState
}

export interface TextState {
  /** What the tab begins with: what it was opened for, or what was left in it. Null until `begin`. */
  readonly text: string | null
  /** Why the text that was kept is not to be had. */
  readonly textFault: Fault | null
  /** Why the text is not kept for the next start, such as its length; null while it is. */
  readonly unkept: Fault | null
  /** The text is kept without the secrets in it, or was when it was kept before. */
  readonly masked: boolean
  /** The statements of the text, as of the last change that was told. */
  readonly statements: readonly Statement[]

  /** Finds the text for the tab: what it was opened for, or what was kept of it. */
  begin(): void
  /** The text has changed: keeps it, and finds its statements. */
  changed(sql: string): Promise<void>
}

export interface ServerState {
  readonly backendPid: number | null
  readonly lost: Lost | null
}

/** The open transaction as the main process has told of it last. */
export interface Standing extends TransactionEvent {
  /** `performance.now()` when it was told: ages and delays count from here. */
  readonly at: number
}

export interface TransactionPart {
  readonly transaction: TransactionState
  /** Null while no session is open. */
  readonly standing: Standing | null
  /** Why the program has ended the last transaction; null when somebody else has, or it was read. */
  readonly ended: string | null
  /** `manual`: a transaction begins with the first statement, and stays open until somebody ends it. */
  readonly mode: 'auto' | 'manual'

  setMode(mode: 'auto' | 'manual'): void
  endTransaction(how: 'commit' | 'rollback'): Promise<void>
  /** The open transaction is not to be rolled back for being idle. */
  keepOpen(): Promise<void>
  dismissEnded(): void
}

export interface RunState {
  readonly run: Run | null
  readonly mark: FailureMark | null
  /** The result in front, by its statement's index, the plan, or the messages. */
  readonly shown: Shown

  cancel(): void
  show(shown: Shown): void
  /** The text has changed: a mark in it would stand at the wrong place. */
  unmark(): void
}

export type Shown = number | 'plan' | 'messages'

/** A part that is to be run, with what has been asked about it so far. */
export interface Request {
  readonly part: Part
  readonly explain: 'plan' | 'analyze' | null
  /** Null until it is known which there are. */
  readonly params: readonly GivenParameter[] | null
  /** The names that were typed to confirm what cannot be taken back. */
  readonly confirmed: readonly string[]
  /** Changes in the results of the last run, which go with it, may be lost. */
  readonly discards: boolean
}

export interface GivenParameter {
  readonly name: string
  /** Null is NULL. */
  readonly value: string | null
}

export interface RequestState {
  readonly reasons: Reasons
  /** The statement at the cursor is being looked for, since this `performance.now()`, in a text so long that one waits. */
  readonly looking: { readonly since: number; readonly stop: () => void } | null
  /** A request that waits until somebody said why it is run. */
  readonly asking: { readonly request: Request; readonly required: boolean } | null
  /** A request that waits for its parameters. */
  readonly filling: { readonly request: Request; readonly parameters: readonly ScriptParameter[] } | null
  /** A request that waits for names to be typed. */
  readonly confirming: { readonly request: Request; readonly confirmation: Confirmation } | null

  /** A request that waits because changes in the grid would be lost with it. */
  readonly discarding: Request | null

  /** Runs, or explains, what stands at the cursor. */
  runStatement(sql: string, cursor: number, explain?: Request['explain']): Promise<void>
  /** Runs what is put together already: its parameters are known. */
  runRequest(request: Request): Promise<void>
  runPart(part: Part, explain?: Request['explain']): Promise<void>
  /** Goes on with the request that waits for reasons. Without any, this tab does not ask again. */
  answer(reasons: Reasons | null): Promise<void>
  fill(params: readonly GivenParameter[]): Promise<void>
  confirm(typed: readonly string[]): Promise<void>
  /** Goes on with the request that waits, whatever is lost. */
  discardAndRun(): Promise<void>
  dismiss(): void
  setReasons(reasons: Reasons): void
}

/** What of a result is selected; bounds are inclusive. */
export interface CellRange {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Results are named by their statement's index in the run. */
export interface RowsState {
  /** Rows of results that were loaded since these came, by the results' ids. */
  readonly pages: ReadonlyMap<string, Pages>
  /** Widths that a person gave columns, in pixels, by `widthKey`. */
  readonly widths: ReadonlyMap<string, number>

  /** Rows `from` to `to` (exclusive) are looked at: loads them, and reads on where they come near the end. */
  need(index: number, from: number, to: number): void
  /** Reads a result to its end. True when it came there. */
  readToEnd(index: number): Promise<boolean>
  stopReading(index: number): void
  /** The rows that are at hand; null of a result that is no more. */
  pagesAt(index: number): Pages | null
  /** A part of one value, `count` UTF-16 units at most; null where the value is. */
  valueAt(index: number, row: number, column: number, count: number): Promise<{ text: string | null; length: number }>
  /** Hands over the rows of a range in their order, some at a time: with all columns, those of the range whole. */
  eachPart(index: number, range: CellRange, take: (rows: Row[]) => void): Promise<void>
  setWidth(key: string, width: number): void
}

export interface EditorState
  extends TextState,
    ServerState,
    TransactionPart,
    RunState,
    RequestState,
    RowsState,
    ArrangeState,
    ExportState,
    EditState {}

export interface EditorStorage {
  readonly reasons: ReasonsStorage
  /** Lives as long as the window, also through a reload of it. */
  readonly modes: ReasonsStorage
}

/** What the parts of one tab's store are made with. */
export interface EditorContext {
  readonly scope: Scope
  readonly connection: string
  readonly storage: EditorStorage
  readonly set: StoreApi<EditorState>['setState']
  readonly get: StoreApi<EditorState>['getState']
}

/** Longer scripts are not split at each change; what is run is split when it is run. */
export const longestFollowed = 1_000_000

/** Why a run did not come to its end. */
export type RunFailure = NonNullable<RunOutcome['failure']>
