import type { ExplainedPlan } from '../../core/editor/contract.ts'
import { readPlan } from '../../core/editor/plan/read.ts'
import { planText } from '../../core/editor/plan/text.ts'
import type { TransactionControl } from '../../core/editor/transaction.ts'
import { Failure } from '../../core/fault.ts'
import { redactMessage } from '../../core/history/redact.ts'
import type { ReadyStatement } from './bind.ts'
import type { Parsed } from './parser.ts'
import { decodeRows } from './rowBytes.ts'
import type { Session } from './session.ts'

/** Longer plans are shown by no window, in UTF-16 units. */
const longestPlan = 50_000_000

/** What `explain` is asked for; settings from 12 on, buffers without analyze and wal from 13 on. */
export function explainPrefix(analyze: boolean, serverVersion: number): string {
  const options = ['format json', 'settings', ...(analyze ? ['analyze'] : [])]
  if (analyze || serverVersion >= 130_000) options.push('buffers')
  if (analyze && serverVersion >= 130_000) options.push('wal')
  return `explain (${options.join(', ')}) `
}

interface Explaining {
  statement: ReadyStatement
  parsed: Parsed
  analyze: boolean
  operation: string
  signal: AbortSignal
}

/** Explains a statement in the session. By `analyze` it is run, and what it may have written is rolled back. */
export async function explain(session: Session, explaining: Explaining): Promise<ExplainedPlan> {
  const { analyze, parsed } = explaining
  if (!analyze || parsed.reads) return { ...(await ask(session, explaining)), undone: false }
  const bracket = session.transaction === 'idle' ? wholeTransaction : savepoint
  const { operation } = explaining
  await session.control(bracket.begin, bracket.beginControl, operation)
  try {
    return { ...(await ask(session, explaining)), undone: true }
  } finally {
    // Whatever came of it. A session that is lost has rolled back by itself.
    if (session.lost === null) await session.control(bracket.undo, bracket.undoControl, operation)
    if (session.lost === null && bracket.release !== null) {
      await session.control(bracket.release, { kind: 'release', name: savepointName }, operation)
    }
  }
}

const savepointName = 'pgsteward_explain'

interface Bracket {
  begin: string
  beginControl: TransactionControl
  undo: string
  undoControl: TransactionControl
  release: string | null
}

const wholeTransaction: Bracket = {
  begin: 'begin',
  beginControl: { kind: 'begin', name: '' },
  undo: 'rollback',
  undoControl: { kind: 'rollback', name: '' },
  release: null,
}

const savepoint: Bracket = {
  begin: `savepoint ${savepointName}`,
  beginControl: { kind: 'savepoint', name: savepointName },
  undo: `rollback to savepoint ${savepointName}`,
  undoControl: { kind: 'rollbackTo', name: savepointName },
  release: `release savepoint ${savepointName}`,
}

async function ask(session: Session, { statement, analyze, operation, signal }: Explaining) {
  const lines: string[] = []
  const prefix = explainPrefix(analyze, session.database.server.versionNumber)
  try {
    const { portal } = await session.start(
      { text: prefix + statement.text, values: statement.values, control: null },
      { kind: 'whole', onRows: (rows) => lines.push(...decodeRows(rows).map(([line]) => line ?? '')) },
      signal,
    )
    await session.advance({ operation, control: null, tag: portal.tag })
  } catch (thrown) {
    await session.advance({ operation, control: null, tag: null })
    throw moved(thrown, prefix.length)
  }
  const json = lines.join('\n')
  if (json.length > longestPlan) throw tooLong()
  return { json, text: planText(readPlan(json)) }
}

/** The place of an error is told in the statement, without what was put before it. */
function moved(thrown: unknown, by: number): unknown {
  const position: unknown = thrown instanceof Error ? Reflect.get(thrown, 'position') : undefined
  if (typeof position === 'string' && thrown instanceof Error && Number(position) > by) {
    Reflect.set(thrown, 'position', String(Number(position) - by))
  }
  return thrown
}

function tooLong(): Failure {
  return new Failure({ code: 'refused', message: 'The plan is too long to be shown: over 50 million characters.' })
}

/** The plan as it may be kept: a plan repeats the values that a query compares with. */
export function redactedPlan(
  { text, json }: ExplainedPlan,
  secrets: readonly string[],
): { text: string; json: string } {
  if (secrets.length === 0) return { text, json }
  const masked = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? redactMessage(value, secrets) : value
  return { text: redactMessage(text, secrets), json: JSON.stringify(JSON.parse(json), masked, 2) }
}
