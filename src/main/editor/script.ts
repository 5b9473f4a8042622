import { basename } from 'node:path'
import { mayBePlaceholder } from '../../core/editor/parameters.ts'
import { createSplitter, type ForeignPart } from '../../core/editor/split.ts'
import { statementAt } from '../../core/editor/statementAt.ts'
import { Failure } from '../../core/fault.ts'
import { createRedactor, type PreparedSecrets, redact, secretsIn } from '../../core/history/redact.ts'
import type { Span } from '../../core/token.ts'
import { parse, scan } from './parser.ts'
import { tokenize } from './tokenize.ts'

/** A script that has been read. Offsets are UTF-16 units into `sql`. */
export interface Script {
  sql: string
  /** What stands before it in the text of which it is a part. */
  before: string
  statements: Span[]
  /** What no server can be sent, where there is such a thing. */
  foreign: ForeignPart | null
  secrets: Span[]
  /** Which statements have something in them that may be a parameter. */
  parametrized: ReadonlySet<number>
}

/** The body of a function or of a `do` block is read for secrets up to this length, in UTF-16 units. */
const readBodyCharacters = 200_000

/**
 * What was prepared in any session since the start: a statement that is prepared by one run gets its arguments in another.
 * No prepared statement outlives the program's sessions.
 */
export const preparedSecrets: PreparedSecrets = new Map()

/** Of a script, the statements among which one is looked for that can give it a name. */
const namingStatements = 10

/**
 * Reads a script of any size, as the server gets it: half of a surrogate pair is sent as U+FFFD.
 *
 * @param before the text that it stands behind, where it is a part of one
 * @throws Failure `refused` for a NUL character, which no statement of PostgreSQL can hold
 */
export async function readScript(text: string, signal?: AbortSignal, before = ''): Promise<Script> {
  const sql = text.toWellFormed()
  refuseNul(sql, before)
  const splitter = createSplitter()
  const redactor = createRedactor(
    sql,
    (body) => (body.length > readBodyCharacters ? null : scan(body)),
    preparedSecrets,
  )
  const places: number[] = []
  for await (const piece of tokenize(sql, signal)) {
    if ('unreadable' in piece) {
      splitter.pushUnreadable(piece.unreadable)
      redactor.pushUnreadable(piece.unreadable)
      continue
    }
    for (const token of piece.tokens) {
      if (mayBePlaceholder(token)) places.push(token.start)
      splitter.push(token)
      redactor.push(token)
    }
  }
  const { statements, foreign } = splitter.end()
  return { sql, before, statements, foreign, secrets: redactor.spans(), parametrized: holding(statements, places) }
}

/**
 * The statement that is meant by a place in a script, found without reading on behind it, and without looking for secrets.
 *
 * @throws Failure `refused` for a NUL character
 */
export async function findStatement(text: string, cursor: number, signal?: AbortSignal): Promise<Span | null> {
  const sql = text.toWellFormed()
  refuseNul(sql, '')
  const splitter = createSplitter()
  for await (const piece of tokenize(sql, signal)) {
    if ('unreadable' in piece) splitter.pushUnreadable(piece.unreadable)
    else for (const token of piece.tokens) splitter.push(token)
    // What follows this one can change nothing any more.
    if ((splitter.statements.at(-1)?.end ?? -1) >= cursor) return statementAt(splitter.statements, sql, cursor) ?? null
  }
  return statementAt(splitter.end().statements, sql, cursor) ?? null
}

function refuseNul(sql: string, before: string): void {
  const nul = sql.indexOf('\0')
  if (nul !== -1) throw nulFailure(before + sql, before.length + nul)
}

/** The indexes of the statements in which the places are; both ascend. */
function holding(statements: readonly Span[], places: readonly number[]): Set<number> {
  const found = new Set<number>()
  let at = 0
  for (const place of places) {
    while (at < statements.length && (statements[at]?.end ?? 0) <= place) at += 1
    if (at < statements.length) found.add(at)
  }
  return found
}

/**
 * Refuses what the server could only misunderstand, before anything is sent.
 *
 * @throws Failure `refused` or `invalid_input`, saying what to do
 */
export function checkSendable({ sql, before, statements, foreign }: Script): void {
  if (foreign !== null) throw foreignFailure(before + sql, { ...foreign, at: before.length + foreign.at })
  if (statements.length === 0) throw new Failure({ code: 'invalid_input', message: 'There is no statement to run.' })
}

/** The statements, one text each. */
export function statementTexts({ sql, statements }: Script): string[] {
  return statements.map(({ start, end }) => sql.slice(start, end))
}

/** The script as it may be kept: with its secrets masked. */
export function redactedText(script: Script): string {
  return redact(script.sql, script.secrets)
}

/** The secrets themselves, for the search in what the server says. */
export function secretTexts(script: Script): string[] {
  return secretsIn(script.sql, script.secrets)
}

/** What the run is called in the history: its file, or the first line of its first statement that does something. */
export function nameOf(script: Script, filePath: string | undefined): string {
  if (filePath) return basename(filePath)
  const statements = script.statements.slice(0, namingStatements)
  const doing = statements.find(({ start, end }) => parse(script.sql.slice(start, end)).class !== 'TCL')
  const first = doing ?? statements[0] ?? { start: 0, end: 0 }
  // Cut before masking: a secret that is cut in half must not be shown in half.
  const within = script.secrets.filter((secret) => secret.start < first.end && secret.start >= first.start)
  const moved = within.map(({ start, end }) => ({ start: start - first.start, end: end - first.start }))
  const line = redact(script.sql.slice(first.start, first.end), moved).trim().split('\n', 1)[0] ?? ''
  const others = script.statements.length - 1
  const name = line.length > 80 ? `${line.slice(0, 79)}…` : line
  return others === 0 ? name : `${name} (+ ${others.toLocaleString('en')})`
}

function nulFailure(sql: string, at: number): Failure {
  return new Failure({
    code: 'refused',
    message: `The text holds a NUL character at line ${lineOf(sql, at)} (offset ${at}), which PostgreSQL cannot take.`,
    hint: 'Remove it. Was the file saved as UTF-16, or is it a binary file?',
    position: at + 1,
  })
}

function foreignFailure(sql: string, { kind, at, text }: ForeignPart): Failure {
  const line = lineOf(sql, at)
  const position = at + 1
  if (kind === 'psql') {
    const word = /^\\\S*/.exec(sql.slice(at, at + 50))?.[0] ?? text
    return new Failure({
      code: 'refused',
      message: `Line ${line} has ${word}, a command of psql, which the server does not know. Nothing was run.`,
      hint: 'Remove it, or run the script by psql.',
      position,
    })
  }
  return new Failure({
    code: 'refused',
    message: `Line ${line} has COPY … FROM STDIN, which takes its rows from the client. Nothing was run.`,
    hint: 'Use INSERT, or COPY … FROM a file of the server, or run the script by psql. A dump made by pg_dump --inserts holds INSERT.',
    position,
  })
}

function lineOf(sql: string, at: number): number {
  let line = 1
  for (let i = sql.indexOf('\n'); i !== -1 && i < at; i = sql.indexOf('\n', i + 1)) line += 1
  return line
}
