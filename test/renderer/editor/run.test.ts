import { describe, expect, it } from 'vitest'
import { asSent } from '../../../src/core/editor/arrange.ts'
import type { RunOutcome } from '../../../src/core/editor/contract.ts'
import type { Fault } from '../../../src/core/fault.ts'
import { newPages } from '../../../src/renderer/editor/grid/pages.ts'
import { mostResults, newRun, type Run, standingOf, withEvents } from '../../../src/renderer/editor/run.ts'

const started: RunOutcome = {
  operation: '0190a1b2-0000-7000-8000-000000000001',
  status: 'STARTED',
  statements: 1,
  completed: 1,
  durationMs: 3,
  transaction: 'idle',
  recorded: 'server',
  failure: null,
  recordingFault: null,
  plan: null,
}

function runWith(done: boolean, fault: Fault | null = null, outcome: RunOutcome | null = started): Run {
  const result = {
    index: 0,
    command: 'SELECT',
    columns: [{ name: 'n', type: 'integer', typeOid: 23 }],
    id: 'result',
    known: 1,
    done,
    first: newPages(1, [['1']], []),
    reading: null,
    fault,
    dateStyle: 'ISO, MDY',
    durationMs: 1,
    arrangement: asSent,
    base: null,
  }
  return { ...newRun(0, 0), state: 'done', results: [result], outcome }
}

describe('how a run stands', () => {
  it('is what its outcome says, once that is decided', () => {
    expect(standingOf(runWith(true, null, { ...started, status: 'ROLLED_BACK' }), 'idle', false)).toBe('ROLLED_BACK')
    expect(standingOf(runWith(true, null, null), 'idle', false)).toBeNull()
  })

  it('is open while the server holds rows or the transaction is open', () => {
    expect(standingOf(runWith(false), 'idle', false)).toBe('reading')
    expect(standingOf(runWith(true), 'open', false)).toBe('undecided')
    expect(standingOf(runWith(true), 'idle', false)).toBe('COMPLETED')
  })

  it('is undone where its transaction went without another run', () => {
    const inTransaction = { ...started, transaction: 'open' } as const
    expect(standingOf(runWith(true, null, inTransaction), 'open', false)).toBe('undecided')
    expect(standingOf(runWith(true, null, inTransaction), 'idle', true)).toBe('INTERRUPTED')
    expect(standingOf(runWith(true, null, inTransaction), 'idle', false)).toBe('ROLLED_BACK')
    expect(standingOf(runWith(true), 'idle', true)).toBe('COMPLETED')
  })

  it('is failed where the reading of its rows failed, and not where nobody read them', () => {
    expect(standingOf(runWith(false, { code: 'postgres', sqlstate: '22012', message: '' }), 'idle', false)).toBe(
      'FAILED',
    )
    expect(standingOf(runWith(false, { code: 'connection_lost', message: '' }), 'idle', false)).toBe('INTERRUPTED')
    expect(standingOf(runWith(false, { code: 'unavailable', message: '' }), 'idle', false)).toBe('COMPLETED')
  })
})

describe('events', () => {
  it('of more results than are kept go to the messages alone', () => {
    const events = Array.from({ length: mostResults + 5 }, (_, index) => ({
      kind: 'result' as const,
      result: {
        index,
        command: 'SELECT',
        rowCount: 1,
        columns: [{ name: 'n', type: 'integer', typeOid: 23 }],
        rows: [['1']],
        cut: [],
        result: 'r',
        known: 1,
        done: true,
        fault: null,
        dateStyle: 'ISO, MDY',
        durationMs: 1,
      },
    }))
    const run = withEvents(newRun(0, 0), events)
    expect(run.results).toHaveLength(mostResults)
    expect(run.messages).toHaveLength(mostResults + 5)
  })

  it('say that more rows may follow only while their number is not known', () => {
    const page = {
      command: 'SELECT',
      columns: [],
      rows: [['1']],
      cut: [],
      result: 'r',
      fault: null,
      dateStyle: 'ISO, MDY',
      durationMs: 1,
    }
    const run = withEvents(newRun(0, 0), [
      { kind: 'result', result: { ...page, index: 0, rowCount: 1, known: 1, done: false } },
      { kind: 'result', result: { ...page, index: 1, rowCount: 3000, known: 3000, done: true } },
    ])
    expect(run.messages).toMatchObject([{ more: true }, { more: false }])
  })
})
