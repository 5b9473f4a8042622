import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Node, parsePlPgSQLSync, parseSync } from 'libpg-query'
import { type Confirmation, confirmationOf, type Danger, isConfirmed, typedName } from '../../core/editor/guard.ts'
import { Failure } from '../../core/fault.ts'
import type { Token } from '../../core/token.ts'
import { isFalse, isTrue } from './condition.ts'
import { parsedCharacters, scan } from './parser.ts'
import { tokenize } from './tokenize.ts'
import { fields, isTree, nameParts, type Tree, textAt, textOf, treesAt } from './tree.ts'

/** Only a statement that has one of these words in it can be one to be asked about. The parser decides. */
const mayBeDangerous = /drop|truncate|delete|update|merge|\bdo\b/i

/** Parsing this much in one go keeps nobody waiting, in characters; to look for a word takes a hundredth of it. */
const charactersATurn = 50_000

interface Guarded {
  statements: readonly string[]
  /** Explains by running: what is written will be rolled back, but it is done. */
  analyze: boolean
  database: string
  confirmed: readonly string[]
}

/**
 * Stops what cannot be taken back until its objects' names have been typed.
 *
 * @throws Failure `confirmation_required`
 */
export async function demandConfirmation(guarded: Guarded): Promise<void> {
  const confirmation = confirmationOf(await dangersOf(guarded), guarded.database)
  if (confirmation.dangers.length > 0 && !isConfirmed(confirmation, guarded.confirmed)) throw unconfirmed(confirmation)
}

function unconfirmed(confirmation: Confirmation): Failure {
  const names = confirmation.typed.map(({ kind, name }) => `${kind} ${name}`).join(', ')
  return new Failure({
    code: 'confirmation_required',
    message: `This is a production database, and the run would do what cannot be taken back. Nothing was run. To be typed: ${names}.`,
    hint: 'Type the names to confirm it. On a terminal, name them with --confirm.',
    data: confirmation,
  })
}

async function dangersOf({ statements, analyze }: Guarded): Promise<Danger[]> {
  const dangers: Danger[] = []
  let characters = 0
  for (const [statement, sql] of statements.entries()) {
    const parses = analyze || mayBeDangerous.test(sql)
    characters += parses ? sql.length : sql.length / 100
    if (characters > charactersATurn) {
      characters = 0
      await nextTurn()
    }
    if (!parses) continue
    const found =
      sql.length > parsedCharacters ? await unreadDangers(sql) : analyze ? analyzeDangers(sql) : statementDangers(sql)
    dangers.push(...found.map((danger) => ({ ...danger, statement })))
  }
  return dangers
}

export type Found = Omit<Danger, 'statement'>

/** What one statement would do that cannot be taken back, as far as the parser sees. */
export function statementDangers(sql: string): Found[] {
  const trees = parseOrNull(sql)
  if (trees === null) return mentionsDanger(sql) ? [{ action: 'unread', kind: 'statement', name: '' }] : []
  const found: Found[] = []
  for (const tree of trees) collect(tree, found)
  return found
}

/** Of a statement that is too long to be parsed: whether one of the words stands in it. */
async function unreadDangers(sql: string): Promise<Found[]> {
  for await (const piece of tokenize(sql)) {
    if ('unreadable' in piece || piece.tokens.some(isDangerousWord)) {
      return [{ action: 'unread', kind: 'statement', name: '' }]
    }
  }
  return []
}

/** Explain by running: the relations that are written, whatever the condition. */
function analyzeDangers(sql: string): Found[] {
  const trees = parseOrNull(sql)
  if (trees === null) return [{ action: 'unread', kind: 'statement', name: '' }]
  const found: Found[] = []
  for (const tree of trees) collectWrites(tree, found)
  return found
}

function parseOrNull(sql: string): Node[] | null {
  if (sql.length > parsedCharacters) return null
  try {
    return (parseSync(sql).stmts ?? []).flatMap(({ stmt }) => stmt ?? [])
  } catch {
    return null // Newer SQL than this parser's, or none at all: then the server says so.
  }
}

const dangerousWords = new Set(['drop', 'truncate', 'delete', 'update', 'merge', 'do'])

/** Of what cannot be parsed: does one of the words stand in it, outside of texts and comments? */
function mentionsDanger(sql: string): boolean {
  const tokens = scan(sql)
  if (tokens === null) return mayBeDangerous.test(sql)
  return tokens.some(isDangerousWord)
}

function isDangerousWord({ kind, text }: Token): boolean {
  return kind === 'word' && dangerousWords.has(text.toLowerCase())
}

/** Walks the tree. What is only written down (a function's body, a rule, a view) is not done now. */
function collect(tree: unknown, found: Found[]): void {
  if (Array.isArray(tree)) {
    for (const each of tree) collect(each, found)
    return
  }
  if (!isTree(tree)) return
  for (const [kind, value] of fields(tree)) {
    if (kind === 'CreateFunctionStmt' || kind === 'RuleStmt' || kind === 'ViewStmt') continue
    if (kind === 'ExplainStmt' && isTree(value) && !runs(value)) continue
    if (isTree(value)) found.push(...(dangersOfKind[kind]?.(value) ?? []))
    collect(value, found)
  }
}

function collectWrites(tree: unknown, found: Found[]): void {
  if (Array.isArray(tree)) {
    for (const each of tree) collectWrites(each, found)
    return
  }
  if (!isTree(tree)) return
  for (const [kind, value] of fields(tree)) {
    if (/^(Insert|Update|Delete|Merge)Stmt$/.test(kind) && isTree(value)) {
      found.push({ action: 'analyze', kind: 'table', name: relationName(value['relation']) })
    }
    collectWrites(value, found)
  }
}

/** `explain analyze` runs its statement; `explain` does not. */
function runs(explain: Tree): boolean {
  return treesAt(explain, 'options').some((option) => {
    const element = option['DefElem']
    if (!isTree(element) || textAt(element, 'defname')?.toLowerCase() !== 'analyze') return false
    const { arg } = element
    if (!isTree(arg)) return true
    const value = JSON.stringify(arg).toLowerCase()
    return !/"(false|off|0)"|"integer":\{\}|"boolean":\{\}/.test(value)
  })
}

const dangersOfKind: Readonly<Record<string, (statement: Tree) => Found[]>> = {
  DeleteStmt: (statement) => wholeTable('delete', statement),
  UpdateStmt: (statement) => wholeTable('update', statement),
  MergeStmt: (statement) => {
    const join = statement['joinCondition']
    const changes = treesAt(statement, 'mergeWhenClauses').some(({ MergeWhenClause: clause }) => {
      if (!isTree(clause) || !isTrue(clause['condition'])) return false
      if (!/CMD_(DELETE|UPDATE)/.test(textAt(clause, 'commandType') ?? '')) return false
      // What holds for no row leaves every row without a match.
      return textAt(clause, 'matchKind') === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' ? isFalse(join) : isTrue(join)
    })
    return changes ? [{ action: 'merge', kind: 'table', name: relationName(statement['relation']) }] : []
  },
  TruncateStmt: (statement) =>
    treesAt(statement, 'relations')
      .filter((relation) => !isTemporary(relation['RangeVar']))
      .map((relation) => ({ action: 'truncate', kind: 'table', name: relationName(relation['RangeVar']) })),
  DropStmt: (statement) => {
    const kind = objectKind(textAt(statement, 'removeType'))
    return treesAt(statement, 'objects')
      .map(nameParts)
      .filter(({ length, 0: first }) => length === 1 || first !== 'pg_temp')
      .map((parts) => ({ action: 'drop', kind, name: typedName(parts) }))
  },
  DropdbStmt: (statement) => dropped('database', textAt(statement, 'dbname')),
  DropTableSpaceStmt: (statement) => dropped('tablespace', textAt(statement, 'tablespacename')),
  DropSubscriptionStmt: (statement) => dropped('subscription', textAt(statement, 'subname')),
  DropUserMappingStmt: (statement) => dropped('user mapping for server', textAt(statement, 'servername')),
  DropRoleStmt: (statement) => treesAt(statement, 'roles').flatMap((role) => dropped('role', roleName(role))),
  DropOwnedStmt: (statement) =>
    treesAt(statement, 'roles').flatMap((role) => dropped('all that is owned by', roleName(role))),
  AlterTableStmt: (statement) => {
    const relation = relationName(statement['relation'])
    return treesAt(statement, 'cmds').flatMap(({ AlterTableCmd: command }) => {
      if (!isTree(command) || isTemporary(statement['relation'])) return []
      const name = textAt(command, 'name') ?? ''
      const subtype = textAt(command, 'subtype')
      if (subtype === 'AT_DropColumn') return dropped('column', `${relation}.${typedName([name])}`)
      return subtype === 'AT_DropConstraint' ? dropped('constraint', `${relation}.${typedName([name])}`) : []
    })
  },
  DoStmt: (statement) => blockDangers(statement),
}

function wholeTable(action: 'delete' | 'update', statement: Tree): Found[] {
  // A view of the session's own schema can stand for any table.
  const relation = statement['relation']
  if (!isTrue(statement['whereClause'])) return []
  return [{ action, kind: 'table', name: relationName(relation) }]
}

function dropped(kind: string, name: string | undefined): Found[] {
  return [{ action: 'drop', kind, name: name === undefined ? '' : name }]
}

function roleName(role: Tree): string {
  const spec = role['RoleSpec']
  if (!isTree(spec)) return ''
  return typedName([
    textAt(spec, 'rolename') ?? (textAt(spec, 'roletype') ?? '').replace('ROLESPEC_', '').toLowerCase(),
  ])
}

function relationName(relation: unknown): string {
  if (!isTree(relation)) return ''
  return typedName(['catalogname', 'schemaname', 'relname'].flatMap((part) => textAt(relation, part) ?? []))
}

/** What is in the session's own schema goes with the session. */
function isTemporary(relation: unknown): boolean {
  return isTree(relation) && textAt(relation, 'schemaname') === 'pg_temp'
}

/** `materialized view` of `OBJECT_MATVIEW`. */
function objectKind(removeType: string | undefined): string {
  if (removeType === 'OBJECT_MATVIEW') return 'materialized view'
  return (removeType ?? 'OBJECT_OBJECT').replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase()
}

/** What a `do` block would do: its statements, and what it executes where that is a text. */
function blockDangers(statement: Tree): Found[] {
  const source = treesAt(statement, 'args').flatMap(({ DefElem: element }) => {
    if (!isTree(element)) return []
    const text = textOf(element['arg'])
    return text === null ? [] : [{ name: textAt(element, 'defname'), text }]
  })
  const language = source.find(({ name }) => name === 'language')?.text ?? 'plpgsql'
  const body = source.find(({ name }) => name === 'as')?.text ?? ''
  const unread: Found[] = [{ action: 'unread', kind: 'do block', name: '' }]
  const tree = language.toLowerCase() === 'plpgsql' ? parseBlock(body) : null
  if (tree === null) return mayBeDangerous.test(body) ? unread : []
  const found: Found[] = []
  collectBlock(tree, { found, writesDanger: () => holdsDanger(body) })
  return found
}

/** Does one of the words stand in the block as a part of a text, which it may execute by whatever way it goes? */
function holdsDanger(body: string): boolean {
  const tokens = scan(body)
  if (tokens === null) return mayBeDangerous.test(body)
  return tokens.some(({ kind, text }) => kind === 'string' && mayBeDangerous.test(text))
}

/** The block's tree by PL/pgSQL's own parser; null where it cannot be read. */
function parseBlock(body: string): unknown {
  let tag = '$block$'
  while (body.includes(tag)) tag = `$b${tag.slice(1)}`
  try {
    return parsePlPgSQLSync(`do ${tag}${body}${tag}`)
  } catch {
    return null // The server may know more of the language than this parser.
  }
}

interface Block {
  readonly found: Found[]
  writesDanger(): boolean
}

function collectBlock(tree: unknown, block: Block): void {
  if (Array.isArray(tree)) {
    for (const each of tree) collectBlock(each, block)
    return
  }
  if (!isTree(tree)) return
  for (const [kind, value] of fields(tree)) {
    const executed = executedBy(kind, value)
    if (executed !== undefined) block.found.push(...dynamicDangers(queryOf(executed), block))
    // The query of a cursor, a loop, an assignment or a condition: a `with` in it can delete.
    else if (kind === 'PLpgSQL_expr' && isTree(value)) {
      block.found.push(...expressionDangers(textAt(value, 'query') ?? ''))
    }
    collectBlock(value, block)
  }
}

/** The expression whose text is run: `execute …`, `for … in execute …`, `open … for execute …`. */
function executedBy(kind: string, value: unknown): unknown {
  if (!isTree(value)) return undefined
  return /^PLpgSQL_stmt_dyn/.test(kind) ? value['query'] : kind === 'PLpgSQL_stmt_open' ? value['dynquery'] : undefined
}

function expressionDangers(query: string): Found[] {
  return mayBeDangerous.test(query) && parseOrNull(query) !== null ? statementDangers(query) : []
}

function queryOf(query: unknown): string {
  const expression = isTree(query) ? query['PLpgSQL_expr'] : undefined
  return isTree(expression) ? (textAt(expression, 'query') ?? '') : ''
}

/**
 * `execute 'drop …'` is read as the SQL that it is. What is put together at run time can only be guessed at: it may come
 * from any text of the block, by a variable or a query.
 */
function dynamicDangers(expression: string, block: Block): Found[] {
  const [tree, ...others] = parseOrNull(`select ${expression}`) ?? []
  const constant = others.length === 0 ? constantText(tree) : null
  if (constant !== null) return statementDangers(constant)
  return block.writesDanger() ? [{ action: 'dynamic', kind: 'do block', name: '' }] : []
}

/** The text of `select 'text'`. */
function constantText(tree: Node | undefined): string | null {
  if (tree === undefined || !('SelectStmt' in tree)) return null
  const [target, ...others] = tree.SelectStmt.targetList ?? []
  if (target === undefined || others.length > 0 || !('ResTarget' in target)) return null
  return textOf(target.ResTarget.val)
}
