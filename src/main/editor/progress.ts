import type { Notice, RunEvent, StatementResult } from '../../core/editor/contract.ts'

/** Up to here every statement and result is told; of longer runs, what a person can follow. */
const toldStatements = 1_000
const toldNotices = 1_000
const pauseMs = 100

/** Tells of a run as it goes on, without flooding whoever listens when there are a million statements. */
export function reporter(statements: number, emit: (event: RunEvent) => void) {
  let toldAt = Number.NEGATIVE_INFINITY
  let results = 0
  let notices = 0
  return {
    statement: (index: number): void => {
      const now = performance.now()
      if (statements > toldStatements && index < statements - 1 && now - toldAt < pauseMs) return
      toldAt = now
      emit({ kind: 'statement', index })
    },
    result: (result: StatementResult): void => {
      results += 1
      if (results <= toldStatements || result.index === statements - 1) tellResult(result, emit)
    },
    notice: (index: number, notice: Notice): void => {
      notices += 1
      if (notices <= toldNotices) emit({ kind: 'notice', index, notice })
      if (notices === toldNotices) {
        const message = `The run has sent ${toldNotices} notices; those that follow are not shown.`
        emit({ kind: 'notice', index, notice: { severity: 'WARNING', message } })
      }
    },
  }
}

/** A row that is too long for any message is not shown: no reason to take the statement for failed. */
function tellResult(result: StatementResult, emit: (event: RunEvent) => void): void {
  try {
    emit({ kind: 'result', result })
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    const notice = {
      severity: 'WARNING',
      message: 'The statement ended well, but its first rows are too long to be shown: some 500 million characters.',
      hint: 'Select a part of them, by substr(…) for one.',
    }
    emit({ kind: 'result', result: { ...result, rows: [] } })
    emit({ kind: 'notice', index: result.index, notice })
  }
}
