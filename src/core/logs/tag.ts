export type StatementKind = 'DDL' | 'DML' | 'SELECT' | 'DCL' | 'TCL' | 'UTILITY'

export interface Tag {
  /** As PostgreSQL's command tag: `CREATE TABLE`, `SELECT`. */
  tag: string | null
  class: StatementKind | null
}

const none: Tag = { tag: null, class: null }

const classes: Readonly<Record<string, StatementKind>> = {
  SELECT: 'SELECT',
  TABLE: 'SELECT',
  VALUES: 'SELECT',
  FETCH: 'SELECT',
  INSERT: 'DML',
  UPDATE: 'DML',
  DELETE: 'DML',
  MERGE: 'DML',
  COPY: 'DML',
  CREATE: 'DDL',
  ALTER: 'DDL',
  DROP: 'DDL',
  TRUNCATE: 'DDL',
  COMMENT: 'DDL',
  SECURITY: 'DDL',
  IMPORT: 'DDL',
  REFRESH: 'DDL',
  GRANT: 'DCL',
  REVOKE: 'DCL',
  REASSIGN: 'DCL',
  BEGIN: 'TCL',
  START: 'TCL',
  COMMIT: 'TCL',
  END: 'TCL',
  ROLLBACK: 'TCL',
  ABORT: 'TCL',
  SAVEPOINT: 'TCL',
  RELEASE: 'TCL',
  PREPARE: 'UTILITY',
  SET: 'UTILITY',
  RESET: 'UTILITY',
  SHOW: 'UTILITY',
  EXPLAIN: 'UTILITY',
  ANALYZE: 'UTILITY',
  VACUUM: 'UTILITY',
  REINDEX: 'UTILITY',
  CLUSTER: 'UTILITY',
  CHECKPOINT: 'UTILITY',
  LOCK: 'UTILITY',
  DECLARE: 'UTILITY',
  MOVE: 'UTILITY',
  CLOSE: 'UTILITY',
  EXECUTE: 'UTILITY',
  DEALLOCATE: 'UTILITY',
  DISCARD: 'UTILITY',
  DO: 'UTILITY',
  CALL: 'UTILITY',
  LISTEN: 'UTILITY',
  UNLISTEN: 'UTILITY',
  NOTIFY: 'UTILITY',
  LOAD: 'UTILITY',
}

/** What may stand between `create` and the type of the object. */
const adjectives = new Set([
  'OR',
  'REPLACE',
  'TEMP',
  'TEMPORARY',
  'LOCAL',
  'GLOBAL',
  'UNLOGGED',
  'UNIQUE',
  'RECURSIVE',
  'TRUSTED',
  'PROCEDURAL',
  'CONSTRAINT',
])

/** Types of objects that have two words or more, by their first one. */
const longTypes: Readonly<Record<string, readonly string[]>> = {
  MATERIALIZED: ['VIEW'],
  FOREIGN: ['TABLE', 'DATA'],
  EVENT: ['TRIGGER'],
  USER: ['MAPPING'],
  ACCESS: ['METHOD'],
  TEXT: ['SEARCH'],
  OPERATOR: ['CLASS', 'FAMILY'],
  DEFAULT: ['PRIVILEGES'],
  LARGE: ['OBJECT'],
}
const thirdWords: Readonly<Record<string, readonly string[]>> = {
  'FOREIGN DATA': ['WRAPPER'],
  'TEXT SEARCH': ['CONFIGURATION', 'DICTIONARY', 'PARSER', 'TEMPLATE'],
}

/** Blanks and comments, then a word, a string, or a sign: enough to find the verb, however it is written. */
const lexeme =
  /(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)*(?:([A-Za-z_][\w$]*)|('(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_]*\$)[\s\S]*?\3)|(.))/y

/** The verb stands early; and a hostile text of unfinished comments must not take its length squared. */
const longestRead = 16_384

/** The tag and class of a text's first statement, by its words: what a log holds may be cut, and need not parse. */
export function tagOf(sql: string): Tag {
  return tagOfHead(sql.slice(0, longestRead))
}

function tagOfHead(sql: string): Tag {
  const words = wordsOf(sql)
  const first = words.next().value ?? ''
  if (first === 'WITH') return withTag(words)
  const kind = Object.hasOwn(classes, first) ? classes[first] : undefined
  if (kind === undefined) return first === '(' ? tagOfHead(sql.slice(sql.indexOf('(') + 1)) : none
  if (first === 'END') return { tag: 'COMMIT', class: kind }
  if (first === 'ABORT') return { tag: 'ROLLBACK', class: kind }
  if (first === 'TABLE' || first === 'VALUES') return { tag: 'SELECT', class: kind }
  const second = words.next().value ?? ''
  if (first === 'CREATE' || first === 'ALTER' || first === 'DROP')
    return { tag: objectTag(first, second, words), class: kind }
  return { tag: twoWords(first, second), class: first === 'PREPARE' && second === 'TRANSACTION' ? 'TCL' : kind }
}

function twoWords(first: string, second: string): string {
  const pair = `${first} ${second}`
  const known = [
    'START TRANSACTION',
    'PREPARE TRANSACTION',
    'TRUNCATE TABLE',
    'LOCK TABLE',
    'DECLARE CURSOR',
    'SECURITY LABEL',
    'REASSIGN OWNED',
    'IMPORT FOREIGN',
    'REFRESH MATERIALIZED',
    'DISCARD ALL',
  ]
  if (first === 'SELECT' || !known.includes(pair)) {
    return { TRUNCATE: 'TRUNCATE TABLE', LOCK: 'LOCK TABLE', DECLARE: 'DECLARE CURSOR' }[first] ?? first
  }
  return (
    { 'IMPORT FOREIGN': 'IMPORT FOREIGN SCHEMA', 'REFRESH MATERIALIZED': 'REFRESH MATERIALIZED VIEW' }[pair] ?? pair
  )
}

function objectTag(verb: string, second: string, words: Iterator<string>): string {
  let type = second
  while (adjectives.has(type)) type = words.next().value ?? ''
  // A user and a group are roles.
  const next = longTypes[type] === undefined ? '' : (words.next().value ?? '')
  if (type === 'GROUP' || (type === 'USER' && next !== 'MAPPING')) return `${verb} ROLE`
  if (!/^[A-Z]+$/.test(type)) return verb
  if (longTypes[type]?.includes(next) !== true) return `${verb} ${type}`
  const two = `${type} ${next}`
  const third = thirdWords[two] === undefined ? '' : (words.next().value ?? '')
  return thirdWords[two]?.includes(third) === true ? `${verb} ${two} ${third}` : `${verb} ${two}`
}

/** After `with`: the first verb outside of all parentheses. */
function withTag(words: Generator<string>): Tag {
  let depth = 0
  for (const word of words) {
    if (word === '(') depth += 1
    else if (word === ')') depth -= 1
    else if (depth === 0 && (classes[word] === 'SELECT' || classes[word] === 'DML')) {
      return { tag: word === 'TABLE' || word === 'VALUES' ? 'SELECT' : word, class: classes[word] ?? null }
    }
  }
  return none
}

function* wordsOf(sql: string): Generator<string, undefined> {
  let at = 0
  while (at < sql.length) {
    lexeme.lastIndex = at
    const found = lexeme.exec(sql)
    if (found === null) return
    at = lexeme.lastIndex
    if (found[2] === undefined) yield (found[1] ?? found[4] ?? '').toUpperCase()
  }
}
