import type { StoreApi } from 'zustand'
import type { RunOutcome, Statement, TransactionState } from '../../core/editor/contract.ts'
import type { Fault } from '../../core/fault.ts'
import type { Scope } from '../session/scope.ts'
import type { DraftStorage, Reasons } from './drafts.ts'
import type { Run } from './run.ts'

/** A part of the tab's text that is to be run. */
export interface Part {
  readonly sql: string
  /** Where it begins in the text, in UTF-16 units. */
  readonly base: number
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
  /** False when the text is too long to be kept for after a reload. */
  readonly kept: boolean
  /** The statements of the text, as of the last change that was told. */
  readonly statements: readonly Statement[]

  /** Finds the text for the tab, and brings back the drafts that the last window left, each in a tab. */
  begin(): void
  /** The text has changed: keeps it, and finds its statements. */
  changed(sql: string): Promise<void>
}

export interface ServerState {
  readonly transaction: TransactionState
  readonly backendPid: number | null
  readonly lost: Lost | null
}

export interface RunState {
  readonly run: Run | null
  readonly mark: FailureMark | null
  /** The result in front, by its statement's index, or the messages. */
  readonly shown: number | 'messages'

  /** Runs what stands at the cursor. */
  runStatement(sql: string, cursor: number): Promise<void>
  runPart(part: Part): Promise<void>
  cancel(): void
  show(shown: number | 'messages'): void
  /** The text has changed: a mark in it would stand at the wrong place. */
  unmark(): void
}

export interface ReasonsState {
  readonly reasons: Reasons
  /** A part that waits until somebody said why it is run in production. */
  readonly asking: Part | null

  /** Must somebody say first why it is run? */
  asksReasons(): boolean
  /** Goes on with the part that waits. Without reasons, this tab does not ask again. */
  answer(reasons: Reasons | null): Promise<void>
  dismiss(): void
  setReasons(reasons: Reasons): void
}

export interface RowsState {
  fetchMore(index: number): Promise<void>
}

export interface EditorState extends TextState, ServerState, RunState, ReasonsState, RowsState {}

export interface EditorStorage {
  /** Lives as long as this window, through its reloads. */
  readonly drafts: DraftStorage
  readonly reasons: DraftStorage
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
