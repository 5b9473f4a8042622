import { setFlagsFromString } from 'node:v8'
import { loadModule, type Node, parseSync, scanSync } from 'libpg-query'
import type { StatementClass } from '../../core/editor/contract.ts'
import { cutAfter } from '../../core/editor/cut.ts'
import type { TransactionControl } from '../../core/editor/transaction.ts'
import { isBlank, kindOf, type Token } from '../../core/token.ts'

/** What PostgreSQL's own parser says of one statement. */
export interface Parsed {
  class: StatementClass
  /** Null for a statement that is not about transactions. */
  control: TransactionControl | null
  /** Reads rows and changes nothing, so that its rows can be taken page by page. */
  reads: boolean
}

export const unparsed: Parsed = { class: 'UNKNOWN', control: null, reads: false }

/** Longer statements are not parsed: their tree takes many times their own memory. */
export const parsedCharacters = 100_000

/** Characters that are read in search of a first word. */
const readAtOnce = 1_000

/**
 * To be said before the parser is loaded, in a process that stays: V8 leaves the parser as it first translates it. To
 * translate the largest of its functions again, for speed, would take V8 some 550 MB of memory for two seconds; what it
 * gains is 20 to 70 µs a statement.
 */
export function keepParserSmall(): void {
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
}

/** Loads the parser, small; needed once in each thread, before the functions below. */
export async function loadParser(): Promise<void> {
  keepParserSmall()
  await loadModule()
}

/**
 * The tokens of `sql` by PostgreSQL's own tokenizer, their offsets moved by `offset`. Null where it cannot
 * read the text. For texts of moderate size: memory grows with the number of tokens.
 */
export function scan(sql: string, offset = 0): Token[] | null {
  if (isBlank(sql)) return []
  const scanned = scanOrNull(asScanned(sql))
  // The library answers a text that is too large for it with no tokens at all, without a word.
  if (scanned === null || scanned.tokens.length === 0) return null
  const at = unitsOfBytes(sql)
  return scanned.tokens.map((token) => {
    const start = at(token.start)
    const end = at(token.end)
    const text = sql.slice(start, end)
    return { start: start + offset, end: end + offset, kind: kindOf(text), text }
  })
}

/**
 * The text with the same tokens at the same bytes, in which the library can tell them: its answer breaks at control
 * characters, and half of a surrogate pair makes it lose the end of the text.
 */
function asScanned(sql: string): string {
  const whole = sql.toWellFormed()
  // A brace is what such a character is to the tokenizer: a token by itself, and in quotes one character of many.
  return whole.replaceAll(/[\f\v]/g, ' ').replaceAll(/[^\P{Cc}\t\n\r\u007f-\u009f]/gu, '{')
}

function scanOrNull(sql: string): ReturnType<typeof scanSync> | null {
  try {
    return scanSync(sql)
  } catch {
    return null // A text that PostgreSQL's tokenizer refuses; the server will say why, and better.
  }
}

/** Turns offsets in UTF-8 bytes, asked for in ascending order, into offsets in UTF-16 units. */
function unitsOfBytes(sql: string): (bytes: number) => number {
  let unit = 0
  let byte = 0
  return (wanted) => {
    while (byte < wanted && unit < sql.length) {
      const character = sql.codePointAt(unit) ?? 0
      byte += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4
      unit += character < 0x10000 ? 1 : 2
    }
    return unit
  }
}

/** Parses one statement. What does not parse is `UNKNOWN`: the server may be newer than this parser. */
export function parse(sql: string): Parsed {
  const node = nodeOf(sql)
  if (node === null) return unparsed
  return { class: classOf(node), control: controlOf(node), reads: 'SelectStmt' in node && !changes(node) }
}

/** The tree of one statement, or of the first of several; null for what is no SQL to this parser, and for long texts. */
export function nodeOf(sql: string): Node | null {
  if (sql.length > parsedCharacters) return null
  try {
    return parseSync(sql).stmts?.[0]?.stmt ?? null
  } catch {
    return null // Not a statement to this parser; what is wrong with it is for the server to say.
  }
}

/**
 * Would this statement let a read-only session or transaction write: `begin read write`, `set transaction_read_only`,
 * `set_config('…read_only', …)`, also inside a `do` block?
 */
export function liftsReadOnly(sql: string): boolean {
  // A name in `U&"…"` can be spelled so that no letter of it stands in the text.
  if (!/read_only|\bwrite\b|u&"/i.test(sql)) return false
  const node = nodeOf(sql)
  if (node === null) return /^(set|begin|start|do|$)/i.test(firstWord(sql))
  if ('VariableSetStmt' in node && /transaction_read_only$/i.test(node.VariableSetStmt.name ?? '')) return true
  // In the tree, a name or a text stands as it is; `read write` is the setting with an empty number, which is 0.
  const tree = JSON.stringify(node)
  if ('TransactionStmt' in node || 'VariableSetStmt' in node) {
    return tree.includes('"defname":"transaction_read_only","arg":{"A_Const":{"ival":{}')
  }
  return 'DoStmt' in node || (tree.includes('"set_config"') && /transaction_read_only"/i.test(tree))
}

/**
 * Does a statement change something though its transaction is read-only? PostgreSQL lets these through: what they change
 * is no data of the transaction.
 */
export function passesReadOnly(sql: string): boolean {
  if (!/\b(system|prepared)\b/i.test(sql)) return false
  const node = nodeOf(sql)
  if (node === null) return /^(alter|commit|end|rollback|abort|$)/i.test(firstWord(sql))
  if ('AlterSystemStmt' in node) return true
  return 'TransactionStmt' in node && /_(COMMIT|ROLLBACK)_PREPARED$/.test(node.TransactionStmt.kind ?? '')
}

/**
 * Would a session with `standard_conforming_strings` off read a statement otherwise than this parser does? In an ordinary
 * text `\\'` ends nothing there, so that what is a text to one is SQL to the other.
 */
export function differsByBackslash(sql: string): boolean {
  if (!sql.includes('\\')) return false
  const tokens = scan(sql)
  if (tokens === null) return true
  // The body of a function or a `do` block is read when it runs, by the setting of then.
  return tokens.some(({ kind, text }) => kind === 'string' && /^['$n]/i.test(text) && text.includes('\\'))
}

/** The first word of a statement, behind whatever comments stand before it; empty where it cannot be read. */
function firstWord(sql: string): string {
  for (let from = 0; from < sql.length; ) {
    const end = cutAfter(sql, from, readAtOnce)
    const tokens = scan(sql.slice(from, end))
    const word = tokens?.find(({ kind }) => kind !== 'comment')
    if (tokens === null || word !== undefined) return word?.text ?? ''
    from = end
  }
  return ''
}

function classOf(node: Node): StatementClass {
  const kind = Object.keys(node)[0] ?? ''
  if ('SelectStmt' in node) {
    if (node.SelectStmt.intoClause !== undefined) return 'DDL'
    return changes(node) ? 'DML' : 'SELECT'
  }
  if (/^(Insert|Update|Delete|Merge)Stmt$/.test(kind) || 'CopyStmt' in node) return 'DML'
  if ('TransactionStmt' in node) return 'TCL'
  if (/^(Grant|GrantRole|AlterDefaultPrivileges|ReassignOwned|DropOwned)Stmt$/.test(kind)) return 'DCL'
  const defines =
    /^(Create|Alter|Drop|Rename|Comment|SecLabel|Truncate|Index|View|Rule|Define|CompositeType|ImportForeignSchema)/
  if ((defines.test(kind) || kind === 'RefreshMatViewStmt') && kind !== 'AlterSystemStmt') return 'DDL'
  return 'UTILITY'
}

/** Does a query write: into a new table, or in a `with` clause? */
function changes(node: Node): boolean {
  if (!('SelectStmt' in node)) return true
  const { intoClause, withClause } = node.SelectStmt
  if (intoClause !== undefined) return true
  return (withClause?.ctes ?? []).some((each) => {
    if (!('CommonTableExpr' in each)) return true
    const query = each.CommonTableExpr.ctequery
    return query === undefined || changes(query)
  })
}

/** Statements that PostgreSQL runs outside of transactions alone, as psql knows them. */
export function takesTransaction(sql: string): boolean {
  const node = nodeOf(sql)
  if (node === null) return true
  if ('TransactionStmt' in node) return false
  const kind = Object.keys(node)[0] ?? ''
  if (/^(Createdb|Dropdb|CreateTableSpace|DropTableSpace|AlterSystem)Stmt$/.test(kind)) return false
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd !== true
  if ('IndexStmt' in node) return node.IndexStmt.concurrent !== true
  if ('DropStmt' in node) return node.DropStmt.concurrent !== true
  if ('DiscardStmt' in node) return node.DiscardStmt.target !== 'DISCARD_ALL'
  if ('ClusterStmt' in node) return node.ClusterStmt.relation !== undefined
  if (!('ReindexStmt' in node)) return true
  const { kind: what, params } = node.ReindexStmt
  return /TABLE|INDEX/.test(what ?? '') && !JSON.stringify(params ?? []).includes('"concurrently"')
}

const controlKinds: Readonly<Record<string, TransactionControl['kind']>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollbackTo',
  TRANS_STMT_PREPARE: 'prepare',
}

function controlOf(node: Node): TransactionControl | null {
  if (!('TransactionStmt' in node)) return null
  const { kind, savepoint_name } = node.TransactionStmt
  return { kind: controlKinds[kind ?? ''] ?? 'other', name: savepoint_name ?? '' }
}
