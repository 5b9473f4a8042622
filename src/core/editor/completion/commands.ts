import type { KnownKind } from './names.ts'
import { placeInExpression, placeInQuery } from './place.ts'
import { columns, holderOf, namesIn, nothing, type Place, queryWords, relation, words } from './places.ts'
import { beginsQuery, isQueryGroup } from './query.ts'
import { columnsOf, emptyScope, type Reading, type ScopeColumn } from './scope.ts'
import { columnDefinition, placeInTableElements } from './tableElements.ts'
import { type Group, type Item, isCursor, isGroup, isName, isSymbol, isWord } from './tree.ts'

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

/** A statement that is no query, as far as it is written before the cursor. */
interface Command {
  readonly before: readonly Item[]
  readonly last: Item | undefined
  /** The parentheses that the cursor is in. */
  readonly group: Group | null
  readonly items: readonly Item[]
  readonly reading: Reading
}

const kindsOf: Readonly<Record<string, readonly KnownKind[]>> = {
  table: ['table', 'partitioned table'],
  view: ['view', 'materialized view'],
  sequence: ['sequence'],
}

const tables: readonly KnownKind[] = ['table', 'partitioned table', 'foreign table']

const objects = [
  ...['table', 'view', 'materialized view', 'index', 'function', 'procedure', 'sequence', 'schema', 'type', 'trigger'],
  ...['policy', 'role', 'extension', 'domain', 'foreign table', 'event trigger', 'publication', 'subscription'],
]

/** Words between a command and the name that it is about. */
const fill = ['if', 'not', 'exists', 'only', 'concurrently', 'verbose', 'full', 'freeze', 'analyze']

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

function expression(items: readonly Item[], reading: Reading, of: readonly ScopeColumn[] = []): Place {
  const source = { name: '', aliased: false, kind: 'relation' as const, relation: null, columns: of }
  const scope = { ...emptyScope, sources: of.length > 0 ? [source] : [] }
  return placeInExpression(items, { scope, clause: null, reading })
}

/** The columns of the relation whose name begins at `from`, behind the words that may stand before it. */
function columnsAt(items: readonly Item[], from: number, reading: Reading): ScopeColumn[] {
  let at = from
  while (isWord(items[at], ...fill)) at += 1
  const name: string[] = []
  for (let part = items[at]; isName(part); part = items[at]) {
    name.push(part.value)
    if (!isSymbol(items[at + 1], '.')) break
    at += 2
  }
  const found = reading.names.relation(name)
  return found === undefined ? [] : columnsOf(found)
}

/** Is a name expected rather than what follows it: nothing but words that may stand before it, or a comma? */
function wantsName({ before, last }: Command, from: number): boolean {
  return isSymbol(last, ',') || before.slice(from).every((item) => isWord(item, ...fill, 'table') || isGroup(item))
}

function ofRelation(
  command: Command,
  from: number,
  kinds: readonly KnownKind[] | null,
  more: readonly string[],
): Place {
  const { group, items, reading } = command
  const start = isWord(items[from], 'table') ? from + 1 : from
  if (group !== null) {
    const of = columnsAt(items, start, reading)
    return of.length > 0 ? columns(of, namesIn(group)) : nothing
  }
  return wantsName(command, from) ? relation([], { kinds, words: more }) : words(...more)
}

function placeInCreate(command: Command): Place {
  const { before, last, group, items, reading } = command
  const on = items.findIndex((item) => isWord(item, 'on'))
  if (has(before, 'index')) {
    if (group !== null)
      return isWord(last, 'with') ? nothing : expression(group.items, reading, columnsAt(items, on + 1, reading))
    if (isWord(last, 'on')) return relation([], { kinds: ['table', 'partitioned table', 'materialized view'] })
    if (isWord(last, 'using')) return words('btree', 'hash', 'gin', 'gist', 'brin', 'spgist')
    if (isWord(last, 'index')) return words('concurrently', 'if not exists', 'on')
    if (has(before, 'where')) return expression(items, reading, columnsAt(items, on + 1, reading))
    return on !== -1 && on < before.length ? words('using', 'where', 'include', 'with', 'tablespace') : words('on')
  }
  if (has(before, 'policy', 'trigger')) {
    if (group !== null) return expression(group.items, reading, columnsAt(items, on + 1, reading))
    if (isWord(last, 'on')) return relation([], { kinds: ['table', 'partitioned table', 'view', 'foreign table'] })
    if (isWord(last, 'function', 'procedure')) return { kind: 'routine', procedures: false }
    if (isWord(last, 'of')) return columns(columnsAt(items, on + 1, reading))
    return has(before, 'policy')
      ? words('on', 'for select', 'for insert', 'for update', 'for delete', 'for all', 'to', 'using', 'with check')
      : words(
          'before',
          'after',
          'instead of',
          'insert',
          'update',
          'delete',
          'truncate',
          'on',
          'for each row',
          'execute function',
        )
  }
  if (has(before, 'function', 'procedure')) {
    if (group !== null) return placeInArguments(group)
    if (isWord(last, 'returns', 'setof')) return { kind: 'type', words: ['table', 'setof', 'trigger', 'void'] }
    if (isWord(last, 'language')) return words('plpgsql', 'sql')
    return words(
      'returns',
      'language',
      'as',
      'immutable',
      'stable',
      'volatile',
      'strict',
      'security definer',
      'set search_path',
    )
  }
  if (has(before, 'table')) {
    if (group !== null) return placeInTableElements(group, reading)
    if (isWord(last, 'of', 'inherits')) return relation([], { kinds: tables })
    if (isWord(last, 'as')) return words(...queryWords)
    if (isWord(last, 'table')) return words('if not exists')
    return words('as', 'partition of', 'partition by range', 'partition by list', 'inherits', 'tablespace')
  }
  if (isWord(last, 'as')) return words(...queryWords)
  if (has(before, 'view')) return words('as', 'if not exists')
  return before.length === 1
    ? words('or replace', 'unique index', 'temporary table', 'unlogged table', ...objects)
    : words(...objects)
}

function placeInArguments(group: Group): Place {
  const at = holderOf(group.items)
  const comma = group.items.slice(0, at).findLastIndex((item) => isSymbol(item, ','))
  const own = group.items.slice(comma + 1, at)
  if (own.length === 0) return { kind: 'type', words: ['in', 'out', 'inout', 'variadic'] }
  return own.length <= 2 ? { kind: 'type', words: ['default'] } : words('default')
}

function placeInAlter(command: Command): Place {
  const { before, group, items, reading } = command
  if (before.length === 1) return words(...objects, 'default privileges', 'system set', 'database')
  const kind = before
    .slice(1, 3)
    .find((item) => isWord(item, 'table', 'view', 'sequence', 'function', 'procedure', 'schema', 'type'))
  if (kind === undefined || kind.kind !== 'word') return words('owner to', 'rename to', 'set schema', 'set', 'reset')
  const start = before.indexOf(kind) + 1
  if (wantsName(command, start) && group === null) return ofKind(kind.value)
  if (kind.value !== 'table')
    return words('owner to', 'rename to', 'set schema', 'add value', 'restart', 'depends on extension')
  const of = columnsAt(items, start, reading)
  if (group !== null) return has(before, 'check') ? expression(group.items, reading, of) : columns(of, namesIn(group))
  return placeInAlterTable(command, of)
}

const tableChanges = [
  ...['add column', 'drop column', 'alter column', 'rename column', 'rename to', 'add constraint', 'drop constraint'],
  ...['validate constraint', 'owner to', 'set schema', 'enable row level security', 'disable row level security'],
  ...[
    'force row level security',
    'enable trigger',
    'disable trigger',
    'attach partition',
    'detach partition',
    'set logged',
  ],
]

function placeInAlterTable({ before: all, last, reading }: Command, of: readonly ScopeColumn[]): Place {
  const before = all.slice(1)
  const verb = before.findLastIndex((item) =>
    isWord(item, 'add', 'drop', 'alter', 'rename', 'attach', 'detach', 'owner'),
  )
  const behind = before.slice(verb + 1).filter((item) => !isWord(item, 'column', ...fill))
  if (verb === -1 || isSymbol(last, ',')) return words(...tableChanges)
  if (isWord(before[verb], 'attach', 'detach'))
    return behind.length === 1 ? relation([], { kinds: tables }) : words('partition', 'for values')
  if (isWord(before[verb], 'add')) {
    if (isWord(last, 'add')) return words('column', 'constraint', 'primary key', 'foreign key', 'unique', 'check')
    if (isWord(last, 'column') || has(before.slice(verb), 'constraint')) {
      return has(before, 'references') && isWord(last, 'references')
        ? relation([], { kinds: tables })
        : has(before.slice(verb), 'constraint') && behind.length === 2
          ? words('primary key', 'foreign key', 'unique', 'check')
          : words('references', 'not valid')
    }
    return columnDefinition(behind, reading)
  }
  if (behind.length === 0) {
    const more = isWord(last, 'column') ? [] : ['column', 'constraint', 'to']
    return columns(of, [], more)
  }
  if (isWord(last, 'type')) return { kind: 'type', words: [] }
  if (isWord(before[verb], 'alter')) {
    return words('type', 'set not null', 'drop not null', 'set default', 'drop default', 'set statistics', 'using')
  }
  return words('to', 'cascade', 'restrict')
}

function placeInDrop(command: Command): Place {
  const { before } = command
  if (before.length === 1) return words(...objects)
  const kind = before
    .slice(1, 3)
    .find((item) => isWord(item, 'table', 'view', 'sequence', 'function', 'procedure', 'schema', 'type'))
  if (kind === undefined || kind.kind !== 'word')
    return isWord(before[1], 'trigger', 'policy') && isWord(command.last, 'on')
      ? relation([])
      : words('if exists', 'on', 'cascade')
  const place = wantsName(command, before.indexOf(kind) + 1) ? ofKind(kind.value) : words('cascade', 'restrict')
  return place.kind === 'relation' ? { ...place, words: ['if exists'] } : place
}

function ofKind(word: string): Place {
  if (word === 'function' || word === 'procedure') return { kind: 'routine', procedures: word === 'procedure' }
  if (word === 'schema') return { kind: 'schema' }
  if (word === 'type') return { kind: 'type', words: [] }
  return relation([], { kinds: Object.hasOwn(kindsOf, word) ? (kindsOf[word] ?? null) : null, words: ['if exists'] })
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

function has(items: readonly Item[], ...list: readonly string[]): boolean {
  return items.some((item) => isWord(item, ...list))
}
