import { type Command, columnsAt, expression, fill, has, objects, ofKind, tables, wantsName } from './command.ts'
import { columns, holderOf, namesIn, nothing, type Place, queryWords, relation, words } from './places.ts'
import type { ScopeColumn } from './scope.ts'
import { columnDefinition, placeInTableElements } from './tableElements.ts'
import { type Group, isSymbol, isWord } from './tree.ts'

/** The place in `create …`. */
export function placeInCreate(command: Command): Place {
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

/** The place in `alter …`. */
export function placeInAlter(command: Command): Place {
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

/** The place in `drop …`. */
export function placeInDrop(command: Command): Place {
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
