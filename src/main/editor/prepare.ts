import type { z } from 'zod'
import type { runInput } from '../../core/editor/contract.ts'
import { Failure } from '../../core/fault.ts'
import { redactText } from '../../core/history/redact.ts'
import { lacksReasons } from '../../core/reasons.ts'
import { demandReasonsFor } from '../connections/index.ts'
import { bindStatement, type GivenValues, readyStatement } from './bind.ts'
import { demandConfirmation } from './guard.ts'
import { secretParameters } from './parameters.ts'
import { nodeOf, parse } from './parser.ts'
import { type Script, secretTexts, statementTexts } from './script.ts'
import type { Session } from './session.ts'

type RunInput = z.output<typeof runInput>

/** What a run needs beside its script, once nothing speaks against it. */
export interface Preparation {
  given: GivenValues
  /** The values that may be kept for the next time. */
  kept: GivenValues
  /** What must not be repeated in any record: secrets of the script and values of secret parameters. */
  secrets: readonly string[]
  /** The values as they are recorded with the operation; null where it has no parameters. */
  metadata: { parameters: Record<string, string | null> } | null
}

/** Longer values are recorded by their beginning, in UTF-16 units. */
const recordedCharacters = 1_000

/**
 * Refuses a run before anything is sent: where a value is missing, where the connection demands a ticket, where
 * something in production is not confirmed.
 *
 * @throws Failure `invalid_input`, `refused`, `reasons_required`, `confirmation_required`
 */
export async function prepare(input: RunInput, script: Script, session: Session): Promise<Preparation> {
  const { settings, server } = session.database
  demandReasons(input, script, session)
  const statements = statementTexts(script)
  if (input.explain !== undefined) checkExplainable(statements)
  const given = new Map(input.params.map(({ name, value }) => [name, value]))
  const used = new Set<string>()
  for (const index of script.parametrized) {
    const sql = statements[index] ?? ''
    for (const name of bindStatement(sql).names) if (name !== null) used.add(name)
    statements[index] = readyStatement(sql, given).text
  }
  if (settings.kind === 'production' && input.explain !== 'plan') {
    await demandConfirmation({
      statements,
      analyze: input.explain === 'analyze',
      database: server.database,
      confirmed: input.confirmed,
    })
  }
  return { given, ...keepable(script, new Map([...given].filter(([name]) => used.has(name)))) }
}

function keepable(script: Script, given: GivenValues): Omit<Preparation, 'given'> {
  const inScript = secretTexts(script)
  if (given.size === 0) return { kept: given, secrets: inScript, metadata: null }
  const secret = secretParameters(script)
  const isSecret = ([name, value]: [string, string | null]): boolean =>
    secret.has(name) || (value !== null && redactText(value) !== value)
  const hidden = [...given].filter(isSecret)
  const secrets = [...inScript, ...hidden.flatMap(([, value]) => (value !== null && value.length >= 3 ? [value] : []))]
  const recorded = [...given].map((each): [string, string | null] => {
    const [name, value] = each
    if (value === null) return [name, null]
    if (isSecret(each)) return [name, '***']
    return [name, value.length > recordedCharacters ? `${value.slice(0, recordedCharacters - 1)}…` : value]
  })
  return {
    kept: new Map([...given].filter((each) => !isSecret(each))),
    secrets: secrets.sort((a, b) => b.length - a.length),
    metadata: { parameters: Object.fromEntries(recorded) },
  }
}

/** To end a transaction nobody is asked for a reason: what was done in it had one. */
function demandReasons(input: RunInput, script: Script, session: Session): void {
  if (!lacksReasons(session.database.settings, input)) return
  const ends = statementTexts(script).every((sql) =>
    /^(commit|rollback|rollbackTo|release)$/.test(parse(sql).control?.kind ?? ''),
  )
  if (!ends) demandReasonsFor('runs', session.database, input)
}

/** One statement, of a kind that has a plan. */
function checkExplainable(statements: readonly string[]): void {
  const [sql = '', ...others] = statements
  if (others.length > 0) {
    throw new Failure({
      code: 'refused',
      message: 'One statement can be explained at a time, and this is a script. Nothing was run.',
      hint: 'Put the cursor into the statement, or select it.',
    })
  }
  const node = nodeOf(bindStatement(sql).text)
  if (node === null) return // The server says what is wrong with it.
  const kind = Object.keys(node)[0] ?? ''
  if (/^(Select|Insert|Update|Delete|Merge|CreateTableAs|Execute|DeclareCursor)Stmt$/.test(kind)) return
  const isExplain = kind === 'ExplainStmt'
  throw new Failure({
    code: 'refused',
    message: isExplain
      ? 'This statement is an explain already. Nothing was run.'
      : 'This statement has no plan: only queries and changes of data have one. Nothing was run.',
    hint: isExplain ? 'Run it, or explain what stands behind its "explain".' : 'Run it.',
  })
}
