import type { TransactionLog, Verdict } from '../../core/editor/transaction.ts'
import type { ExecutionStatus } from '../../core/execution.ts'
import type { OpenRecord } from '../history/index.ts'

type Outcome = NonNullable<Parameters<OpenRecord['finish']>[1]>

/** An operation whose end is not decided. */
export interface OpenOperation {
  readonly record: OpenRecord
  /** Its statements are still being run. */
  running: boolean
  /** Its last result as long as that is still open at the server: how many of its rows came. */
  resultOpen: { readonly seen: number } | null
  committed: number
  rolledBack: number
  outcome: Outcome
}

/**
 * The operations of a session whose end is open: while they run, while the transaction that they ran in is
 * undecided, and while the server still holds rows of theirs.
 */
export class Operations {
  readonly #log: TransactionLog
  readonly #open = new Map<string, OpenOperation>()

  constructor(log: TransactionLog) {
    this.#log = log
  }

  begin(record: OpenRecord): OpenOperation {
    const operation: OpenOperation = {
      record,
      running: true,
      resultOpen: null,
      committed: 0,
      rolledBack: 0,
      outcome: {},
    }
    this.#open.set(record.operation, operation)
    return operation
  }

  judge(verdicts: readonly Verdict[]): void {
    for (const { operation: id, committed, rolledBack } of verdicts) {
      const operation = this.#open.get(id)
      if (operation === undefined) continue
      operation.committed += committed
      operation.rolledBack += rolledBack
      this.settle(operation)
    }
  }

  /** The transaction is about to be rolled back by this program: the operations in it say why. */
  sayWhy(reason: string): void {
    for (const operation of this.#open.values()) {
      if (!operation.running && this.#log.holds(operation.record.operation)) {
        operation.outcome = { ...operation.outcome, errorMessage: reason }
      }
    }
  }

  /** Ends an operation that went well, as soon as all is decided. Says its status by now. */
  settle(operation: OpenOperation): ExecutionStatus {
    const id = operation.record.operation
    if (operation.running || operation.resultOpen !== null || this.#log.holds(id)) return 'STARTED'
    const { committed, rolledBack } = operation
    const status = rolledBack > 0 && committed === 0 ? 'ROLLED_BACK' : 'COMPLETED'
    const partly = rolledBack > 0 && committed > 0
    const counts = { statements_committed: committed, statements_rolled_back: rolledBack }
    const metadata = partly ? { ...operation.outcome.metadata, ...counts } : (operation.outcome.metadata ?? null)
    this.end(operation, status, { ...operation.outcome, metadata })
    return status
  }

  end(operation: OpenOperation, status: ExecutionStatus, outcome: Outcome): void {
    if (!this.#open.delete(operation.record.operation)) return
    // Of a result that was cut while it was read, the rows that had come.
    const cut = operation.resultOpen === null ? {} : { rows: (operation.outcome.rows ?? 0) + operation.resultOpen.seen }
    operation.record.finish(status, { ...operation.outcome, ...cut, ...outcome })
  }

  /**
   * The session is gone. What was still running says so itself, with the server's words.
   *
   * @param undecided the transaction was being committed
   */
  interrupt(undecided: boolean): void {
    const fate = undecided
      ? 'The connection was lost while its transaction was being committed: whether it was, the server alone knows.'
      : 'The connection was lost before its transaction was committed: the server has rolled it back.'
    for (const operation of [...this.#open.values()].filter((each) => !each.running)) {
      this.end(operation, 'INTERRUPTED', {
        errorMessage:
          operation.resultOpen === null
            ? fate
            : `The connection was lost before the last result was read to its end (after ${operation.resultOpen.seen.toLocaleString('en')} rows).`,
      })
    }
  }
}
