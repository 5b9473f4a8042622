import { expect, it } from 'vitest'
import type { RunEvent, StatementResult } from '../../../src/core/editor/contract.ts'
import { reporter } from '../../../src/main/editor/progress.ts'

const result: StatementResult = {
  index: 0,
  command: 'SELECT',
  rowCount: 1,
  columns: [],
  rows: [['a row that no message can hold']],
  cut: [],
  result: null,
  known: 0,
  done: true,
  fault: null,
  dateStyle: 'ISO, MDY',
  durationMs: 1,
}

it('shows a result without its rows, and says why, where no message can hold them', () => {
  const told: RunEvent[] = []
  const { result: tell } = reporter(1, (event) => {
    if (event.kind === 'result' && event.result.rows.length > 0) throw new RangeError('Invalid string length')
    told.push(event)
  })
  tell(result)
  expect(told).toMatchObject([
    { kind: 'result', result: { rowCount: 1, rows: [] } },
    { kind: 'notice', index: 0, notice: { severity: 'WARNING' } },
  ])
})
