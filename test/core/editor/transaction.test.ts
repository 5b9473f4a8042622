import { describe, expect, it } from 'vitest'
import { type TransactionControl, TransactionLog, type Verdict } from '../../../src/core/editor/transaction.ts'

const control = (kind: TransactionControl['kind'], name = ''): TransactionControl => ({ kind, name })

/** Plays statements of operations: `a: insert`, `a: begin`, …; says what was decided, in order. */
function play(steps: string[]): { verdicts: Verdict[]; log: TransactionLog } {
  const log = new TransactionLog()
  const verdicts: Verdict[] = []
  for (const step of steps) {
    const [operation = '', statement = ''] = step.split(': ')
    verdicts.push(...log.advance({ operation, ...meaningOf(statement, log) }))
  }
  return { verdicts, log }
}

function meaningOf(statement: string, log: TransactionLog) {
  const [word, ...rest] = statement.split(' ')
  const name = rest.at(-1) ?? ''
  const { state } = log
  switch (word) {
    case 'begin':
      return { control: control('begin'), tag: 'BEGIN', after: 'open' as const }
    case 'commit':
      return { control: control('commit'), tag: state === 'failed' ? 'ROLLBACK' : 'COMMIT', after: 'idle' as const }
    case 'chain':
      return { control: control('commit'), tag: 'COMMIT', after: 'open' as const }
    case 'rollback':
      return { control: control('rollback'), tag: 'ROLLBACK', after: 'idle' as const }
    case 'savepoint':
      return { control: control('savepoint', name), tag: 'SAVEPOINT', after: 'open' as const }
    case 'release':
      return { control: control('release', name), tag: 'RELEASE', after: 'open' as const }
    case 'back':
      return { control: control('rollbackTo', name), tag: 'ROLLBACK', after: 'open' as const }
    case 'fails':
      return { control: null, tag: null, after: state === 'idle' ? ('idle' as const) : ('failed' as const) }
    case 'prepare':
      return {
        control: control('prepare'),
        tag: state === 'failed' ? 'ROLLBACK' : 'PREPARE TRANSACTION',
        after: 'idle' as const,
      }
    case 'unread-commit':
      return { control: null, tag: state === 'failed' ? 'ROLLBACK' : 'COMMIT', after: 'idle' as const }
    case 'commit-fails':
      return { control: control('commit'), tag: null, after: 'idle' as const }
    default:
      return { control: null, tag: 'INSERT 0 1', after: state }
  }
}

const decided = (operation: string, committed: number, rolledBack: number): Verdict => ({
  operation,
  committed,
  rolledBack,
})

describe('what becomes of statements', () => {
  it.each<[string, string[], Verdict[]]>([
    ['alone', ['a: insert', 'b: insert'], [decided('a', 1, 0), decided('b', 1, 0)]],
    [
      'committed together',
      ['a: begin', 'a: insert', 'b: insert', 'b: insert', 'c: commit'],
      [decided('a', 1, 0), decided('b', 2, 0)],
    ],
    ['rolled back', ['a: begin', 'a: insert', 'b: rollback'], [decided('a', 0, 1)]],
    [
      'failed, then "commit"',
      ['a: begin', 'a: insert', 'b: fails', 'c: commit'],
      [decided('a', 0, 1), decided('c', 0, 1)],
    ],
    ['prepared', ['a: begin', 'a: insert', 'b: prepare'], [decided('a', 1, 0)]],
    [
      'failed, then "prepare transaction"',
      ['a: begin', 'a: insert', 'b: fails', 'c: prepare'],
      [decided('a', 0, 1), decided('c', 0, 1)],
    ],
    [
      'committed by a statement too long for the parser',
      ['a: begin', 'a: insert', 'a: unread-commit'],
      [decided('a', 1, 0)],
    ],
    [
      'failed, then a commit too long for the parser',
      ['a: begin', 'a: insert', 'b: fails', 'c: unread-commit'],
      [decided('a', 0, 1)],
    ],
    ['a commit that fails', ['a: begin', 'a: insert', 'a: commit-fails'], [decided('a', 0, 1)]],
    ['failed alone', ['a: fails', 'a: insert'], [decided('a', 1, 0)]],
    [
      'commit and chain',
      ['a: begin', 'a: insert', 'a: chain', 'b: insert', 'b: rollback'],
      [decided('a', 1, 0), decided('b', 0, 1)],
    ],
    [
      'to a savepoint',
      ['a: begin', 'a: insert', 'a: savepoint s', 'a: insert', 'b: insert', 'b: back s', 'b: insert', 'c: commit'],
      [decided('a', 1, 1), decided('b', 1, 1)],
    ],
    [
      'to the outer of two that share a name',
      [
        'a: begin',
        'a: savepoint s',
        'b: insert',
        'b: savepoint s',
        'c: insert',
        'c: back s',
        'c: release s',
        'd: back s',
        'd: commit',
      ],
      [decided('c', 0, 1), decided('b', 0, 1)],
    ],
    [
      'to one savepoint twice',
      ['a: begin', 'a: savepoint s', 'a: insert', 'a: back s', 'a: insert', 'a: back s', 'a: insert', 'a: commit'],
      [decided('a', 1, 2)],
    ],
    ['nothing in it', ['a: begin', 'b: commit'], []],
    ['a rollback where nothing is open', ['a: rollback'], []],
  ])('%s', (_, steps, expected) => {
    const { verdicts } = play(steps)
    expect(verdicts).toHaveLength(expected.length)
    expect(verdicts).toEqual(expect.arrayContaining(expected))
  })

  it('is not decided before the end, and rolled back when the session is lost', () => {
    const { log, verdicts } = play(['a: begin', 'a: insert'])
    expect(verdicts).toEqual([])
    expect([log.holds('a'), log.holds('b'), log.state]).toEqual([true, false, 'open'])
    expect(log.lose()).toEqual([decided('a', 0, 1)])
    expect([log.holds('a'), log.state]).toEqual([false, 'idle'])
  })
})
