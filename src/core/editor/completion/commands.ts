import { type Command, columnsAt, expression, kindsOf, objects, ofKind, ofRelation, tables } from './command.ts'
import { placeInAlter, placeInCreate, placeInDrop } from './definitions.ts'
import { placeInQuery } from './place.ts'
import { columns, holderOf, namesIn, nothing, type Place, queryWords, relation, words } from './places.ts'
import { beginsQuery, isQueryGroup } from './query.ts'
import { emptyScope, type Reading } from './scope.ts'
import { type Group, type Item, isCursor, isGroup, isSymbol, isWord } from './tree.ts'

/** The place of the cursor in a statement of any kind. */
export function placeIn(items: readonly Item[], reading: Reading): Place {
  const at = holderOf(items)
  const before = items.slice(0, at)
  const query = queryStart(items, at)
  if (query !== null) return placeInQuery(query, emptyScope, reading)
  const holder = items[at]
  if (isGroup(holder) && isQueryGroup(holder)) return placeInQuery(innermost(holder).items, emptyScope, reading)
  const first = items[0]
  const group = isGroup(holder) ? holder : null
  if (isCursor(first)) return { kind: 'statement' }
  const command: Command = { before, last: before.at(-1), group, items, reading }
  const read = first?.kind === 'word' && Object.hasOwn(commands, first.value) ? commands[first.value] : undefined
  return read === undefined ? otherwise(command) : read(command)
}

function innermost(group: Group): Group {
  let inner = group
  while (isGroup(inner.items[0])) inner = inner.items[0]
  return inner
}

/** Words behind which a query stands in a statement that is none itself. */
const beforeQuery = [
  'as',
  'query',
  'for',
  'in',
  'begin',
  'then',
  'else',
  'loop',
  'analyze',
  'verbose',
  'explain',
  'instead',
  'also',
  'declare',
]

/** Statements that name the verbs of queries and hold no query. */
const noQuery = ['grant', 'revoke', 'comment', 'reindex', 'security', 'alter', 'drop']

/** `perform` is PL/pgSQL's `select` of which nobody wants the rows. */
const selectWord: Item = { kind: 'word', start: 0, end: 0, text: 'select', value: 'select', open: false }

/** The items of the query that the cursor is in, from its first word on; null where there is none. */
function queryStart(items: readonly Item[], at: number): readonly Item[] | null {
  const [first] = items
  if (isWord(first, ...noQuery) || (isWord(first, 'create') && isWord(items[1], 'policy', 'trigger'))) return null
  for (let index = at - 1; index >= 0; index -= 1) {
    const item = items[index]
    if (isWord(item, 'perform')) return [selectWord, ...items.slice(index + 1)]
    if (isWord(items[index - 1], 'then') && items.some((each) => isWord(each, 'merge'))) continue
    if (!beginsQuery(item) || isWord(item, 'table')) {
      if (!(isWord(item, 'table') && index === 0)) continue
    }
    const before = items[index - 1]
    const isFirst =
      index === 0 || isWord(before, ...beforeQuery) || (isGroup(before) && isWord(first, 'explain', 'prepare'))
    if (isFirst) return earliest(items, index)
  }
  return null
}

/** A query may hold words that could begin another one: what counts is the first of them. */
function earliest(items: readonly Item[], found: number): readonly Item[] {
  for (let index = 0; index < found; index += 1) {
    const before = items[index - 1]
    if (!beginsQuery(items[index]) || isWord(items[index], 'table', 'values')) continue
    const belongs = index === 0 || isWord(before, ...beforeQuery)
    const same = !items.slice(index + 1, found + 1).some((item) => isWord(item, 'loop', 'then', 'begin', 'else'))
    if (belongs && same) return items.slice(index)
  }
  return items.slice(found)
}

const commands: Readonly<Record<string, (command: Command) => Place>> = {
  create: placeInCreate,
  alter: placeInAlter,
  drop: placeInDrop,
  grant: placeInGrant,
  revoke: placeInGrant,
  truncate: (command) => ofRelation(command, 1, tables, ['table', 'only', 'cascade', 'restart identity']),
  lock: (command) => ofRelation(command, 1, tables, ['table', 'in access exclusive mode', 'in share mode', 'nowait']),
  analyze: (command) => ofRelation(command, 1, ['table', 'partitioned table', 'materialized view'], ['verbose']),
  vacuum: (command) => ofRelation(command, 1, ['table', 'materialized view'], ['full', 'analyze', 'verbose', 'freeze']),
  cluster: (command) => ofRelation(command, 1, ['table'], ['using']),
  copy: (command) => ofRelation(command, 1, tables, ['from', 'to', 'stdin', 'stdout', 'with']),
  table: (command) => ofRelation(command, 1, null, []),
  reindex: (command) =>
    command.before.length === 1
      ? words('table', 'index', 'schema', 'database', 'concurrently')
      : ofRelation(command, 2, kindsOf['table'] ?? null, ['concurrently']),
  refresh: (command) =>
    command.before.length < 3
      ? words('materialized view')
      : ofRelation(command, 3, ['materialized view'], ['concurrently', 'with data', 'with no data']),
  comment: placeInComment,
  call: ({ group, items, last, reading }) =>
    group !== null || !isWord(last, 'call') ? expression(items, reading) : { kind: 'routine', procedures: true },
  explain: ({ before, group, last }) => {
    if (group !== null)
      return words('analyze', 'buffers', 'verbose', 'settings', 'wal', 'format json', 'costs off', 'timing off')
    return before.length === 1 || isWord(last, 'analyze', 'verbose') || isGroup(last)
      ? words('analyze', 'verbose', '(analyze, buffers)', ...queryWords)
      : nothing
  },
  set: ({ before, last }) => {
    if (before.length === 1) return words(...settings)
    return isWord(last, 'local', 'session') ? words(...settings) : isSymbol(last, '=') ? nothing : words('to', '=')
  },
  reset: () => words('all', ...settings),
  show: () => words('all', ...settings),
  begin: ({ before }) =>
    before.length === 1 ? words('isolation level', 'read only', 'read write', ...queryWords) : nothing,
  start: () => words('transaction'),
  rollback: () => words('to savepoint', 'transaction'),
}

const settings = [
  ...['search_path', 'role', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'work_mem'],
  ...['maintenance_work_mem', 'timezone', 'application_name', 'client_min_messages', 'enable_seqscan', 'local'],
  ...['session authorization', 'transaction isolation level', 'default_transaction_read_only', 'jit'],
]

/** Statements of PL/pgSQL, and whatever else is not known: a query may begin, or a value is asked for. */
function otherwise({ items, last, reading }: Command): Place {
  if (isWord(last, 'begin', 'then', 'else', 'loop')) return { kind: 'statement' }
  return isWord(last, ...beforeQuery) ? words(...queryWords) : expression(items, reading)
}

const privileges = [
  'select',
  'insert',
  'update',
  'delete',
  'truncate',
  'references',
  'trigger',
  'all',
  'usage',
  'execute',
  'connect',
  'create',
  'maintain',
]

function placeInGrant({ before, last, group, items, reading }: Command): Place {
  const on = items.findIndex((item) => isWord(item, 'on'))
  if (group !== null)
    return columns(columnsAt(items, isWord(items[on + 1], 'table') ? on + 2 : on + 1, reading), namesIn(group))
  if (on === -1 || on >= before.length) {
    return before.length === 1 || isSymbol(last, ',') ? words(...privileges) : words('on', 'to', 'from')
  }
  if (isWord(last, 'schema')) return { kind: 'schema' }
  if (isWord(last, 'function', 'procedure')) return { kind: 'routine', procedures: isWord(last, 'procedure') }
  if (isWord(last, 'to', 'from')) return words('public', 'current_user', 'session_user')
  const more = [
    'table',
    'schema',
    'sequence',
    'function',
    'all tables in schema',
    'all sequences in schema',
    'database',
  ]
  if (isWord(last, 'on', 'table', 'sequence') || isSymbol(last, ',')) return relation([], { words: more })
  return words('to', 'from', 'with grant option', 'cascade')
}

function placeInComment({ before, last, items, reading }: Command): Place {
  if (before.length === 1) return words('on')
  if (before.length === 2) return words('column', ...objects)
  if (before.length === 3 && isWord(last, 'column')) return relation([])
  if (before.length === 3 || (before.length === 4 && isWord(items[2], 'materialized'))) {
    return ofKind(isWord(items[2], 'materialized') ? 'view' : last?.kind === 'word' ? last.value : '')
  }
  return isWord(last, 'is') ? words('null') : columnsAt(items, 3, reading).length > 0 ? words('is') : words('is', 'on')
}
