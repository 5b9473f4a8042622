/** The words that a statement begins with. */
export const statementWords = [
  ...['select', 'insert into', 'update', 'delete from', 'with', 'create', 'alter', 'drop', 'truncate', 'explain'],
  ...['begin', 'commit', 'rollback', 'savepoint', 'grant', 'revoke', 'analyze', 'vacuum', 'copy', 'merge into', 'call'],
  ...['comment on', 'set', 'show', 'reset', 'refresh materialized view', 'reindex', 'cluster', 'lock table', 'do'],
  ...[
    'listen',
    'notify',
    'prepare',
    'execute',
    'deallocate',
    'values',
    'table',
    'declare',
    'discard',
    'explain analyze',
  ],
]

/** Words that stand for a value or begin one. */
export const valueWords = [
  ...['case', 'null', 'true', 'false', 'not', 'exists', 'distinct', 'array', 'cast', 'interval', 'current_date'],
  ...['current_timestamp', 'current_user', 'row', 'date', 'timestamp', 'all', 'any'],
]

/** Words that follow a value, wherever it stands. */
export const afterValue = [
  ...['and', 'or', 'is', 'is null', 'is not null', 'in', 'not in', 'like', 'ilike', 'between', 'not', 'then', 'else'],
  ...[
    'end',
    'when',
    'over',
    'filter',
    'collate',
    'at time zone',
    'similar to',
    'not like',
    'is distinct from',
    'within group',
  ],
]

/** Calls that are grammar to PostgreSQL, so that its catalog does not list them, with what they take. */
export const grammarCalls: readonly {
  readonly name: string
  readonly args: readonly string[]
  readonly does: string
}[] = [
  { name: 'coalesce', args: ['value', '...'], does: 'The first of its values that is not null.' },
  { name: 'nullif', args: ['value', 'other'], does: 'Null where both are equal, else the first one.' },
  { name: 'greatest', args: ['value', '...'], does: 'The largest of its values; nulls are passed over.' },
  { name: 'least', args: ['value', '...'], does: 'The smallest of its values; nulls are passed over.' },
  { name: 'extract', args: ['field from source'], does: 'A part of a time, such as its year.' },
  { name: 'cast', args: ['value as type'], does: 'The value as another type.' },
  { name: 'position', args: ['part in text'], does: 'Where the part begins, from 1; 0 where it is not there.' },
  { name: 'substring', args: ['text from start for length'], does: 'A part of a text.' },
  { name: 'trim', args: ['both characters from text'], does: 'The text without these characters at its ends.' },
  { name: 'overlay', args: ['text placing part from start for length'], does: 'The text with a part replaced.' },
  { name: 'grouping', args: ['expression', '...'], does: 'Which of these the row is not grouped by, as bits.' },
]

/** Functions that are offered before anything is typed. */
export const commonCalls = new Set([
  ...['count', 'sum', 'avg', 'min', 'max', 'now', 'coalesce', 'date_trunc', 'string_agg', 'array_agg', 'jsonb_agg'],
  ...['lower', 'upper', 'length', 'round', 'to_char', 'row_number', 'generate_series', 'greatest', 'least', 'nullif'],
])

/** Types as people write them, with the names by which the catalog knows some of them. */
export const commonTypes = [
  ...['integer', 'bigint', 'smallint', 'numeric', 'text', 'varchar', 'boolean', 'date', 'timestamp', 'timestamptz'],
  ...['time', 'interval', 'uuid', 'json', 'jsonb', 'bytea', 'real', 'double precision', 'char', 'inet', 'cidr', 'oid'],
  ...['regclass', 'tstzrange', 'daterange', 'int4range', 'xml', 'money', 'serial', 'bigserial', 'timetz', 'macaddr'],
  ...['bit', 'tsvector', 'tsquery', 'point', 'polygon', 'regtype', 'regproc', 'name'],
]
