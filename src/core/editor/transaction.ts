import type { TransactionState } from './contract.ts'

/** What a statement does to transactions, as PostgreSQL's parser tells it. */
export interface TransactionControl {
  kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackTo' | 'prepare' | 'other'
  /** The savepoint's name, for the three kinds that have one. */
  name: string
}

/** A statement that has ended, well or not. */
export interface Step {
  operation: string
  /** Null for a statement that is not about transactions. */
  control: TransactionControl | null
  /** PostgreSQL's command tag; null where it failed. A `commit` or `prepare` that does not take place is tagged `ROLLBACK`. */
  tag: string | null
  after: TransactionState
}

/** What became of statements of one operation. */
export interface Verdict {
  operation: string
  committed: number
  rolledBack: number
}

interface Work {
  operation: string
  statements: number
}

const controlOfTags: Readonly<Record<string, TransactionControl['kind']>> = {
  BEGIN: 'begin',
  'START TRANSACTION': 'begin',
  COMMIT: 'commit',
  'PREPARE TRANSACTION': 'prepare',
  ROLLBACK: 'rollback',
}

/** What the server says that a statement was which no parser has read, such as one with a very long comment in it. */
function controlOfTag(tag: string): { kind: TransactionControl['kind'] | null; name: string } {
  return { kind: controlOfTags[tag] ?? null, name: '' }
}

/** Follows one session's transaction and tells, when it ends, what became of the work of each operation in it. */
export class TransactionLog {
  #state: TransactionState = 'idle'
  #work: Work[] = []
  #undone: Work[] = []
  #savepoints: { name: string; at: number }[] = []

  get state(): TransactionState {
    return this.#state
  }

  /** Has this operation done something that is not decided yet? */
  holds(operation: string): boolean {
    return [...this.#work, ...this.#undone].some((work) => work.operation === operation)
  }

  advance({ operation, control, tag, after }: Step): Verdict[] {
    const before = this.#state
    this.#state = after
    if (tag === null) return before !== 'idle' && after === 'idle' ? this.#decide(false) : []
    const { kind, name } = control ?? controlOfTag(tag)
    switch (kind) {
      case null:
        if (before === 'idle' && after === 'idle') return [{ operation, committed: 1, rolledBack: 0 }]
        this.#add(operation)
        break
      case 'commit':
      case 'prepare':
        // Of a transaction that has failed, PostgreSQL answers ROLLBACK to both: who asked did not get it either.
        if (tag === 'ROLLBACK') this.#add(operation)
        return this.#decide(tag !== 'ROLLBACK')
      case 'rollback':
        return this.#decide(false)
      case 'savepoint':
        this.#savepoints.push({ name, at: this.#work.length })
        break
      case 'release':
        this.#savepoints.length = this.#findSavepoint(name)
        break
      case 'rollbackTo':
        this.#rollBackTo(this.#findSavepoint(name))
        break
    }
    return []
  }

  /** The session is gone, and with it whatever it had not committed. */
  lose(): Verdict[] {
    this.#state = 'idle'
    return this.#decide(false)
  }

  #add(operation: string): void {
    const last = this.#work.at(-1)
    const afterSavepoint = (this.#savepoints.at(-1)?.at ?? 0) === this.#work.length
    if (last?.operation === operation && !afterSavepoint) last.statements += 1
    else this.#work.push({ operation, statements: 1 })
  }

  #findSavepoint(name: string): number {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    return index === -1 ? this.#savepoints.length : index
  }

  #rollBackTo(index: number): void {
    const savepoint = this.#savepoints[index]
    if (savepoint === undefined) return
    // The savepoint itself stays; those after it are gone.
    this.#savepoints.length = index + 1
    this.#undone.push(...this.#work.splice(savepoint.at))
  }

  #decide(committed: boolean): Verdict[] {
    const verdicts = new Map<string, Verdict>()
    const verdictOf = (operation: string): Verdict => {
      const verdict = verdicts.get(operation) ?? { operation, committed: 0, rolledBack: 0 }
      verdicts.set(operation, verdict)
      return verdict
    }
    for (const { operation, statements } of this.#undone) verdictOf(operation).rolledBack += statements
    for (const { operation, statements } of this.#work) {
      verdictOf(operation)[committed ? 'committed' : 'rolledBack'] += statements
    }
    this.#work = []
    this.#undone = []
    this.#savepoints = []
    return [...verdicts.values()]
  }
}
