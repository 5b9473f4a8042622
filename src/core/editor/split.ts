import type { Span, Token } from '../token.ts'

/** What a script holds that a server cannot be sent: a psql command, or data after `copy … from stdin`. */
export interface ForeignPart {
  kind: 'psql' | 'copy'
  /** Where it begins, in UTF-16 units. */
  at: number
  /** How it begins, as it was written. */
  text: string
}

export interface Splitter {
  /** Those that have ended so far. */
  readonly statements: readonly Span[]
  push(token: Token): void
  /** A part that no tokenizer can read: a statement of its own, for the server to say what is wrong with it. */
  pushUnreadable(part: Span): void
  /** Ends the last statement. */
  end(): { statements: Span[]; foreign: ForeignPart | null }
}

/**
 * Finds the statements in a stream of tokens. A statement ends at a semicolon outside of parentheses and
 * of the `begin atomic … end` body of an SQL-standard routine. Empty statements are dropped. A statement
 * begins at its first token, or at the hint (`/*+ … *\/`) before it; comments before a semicolon belong to it.
 */
export function createSplitter(): Splitter {
  const statements: Span[] = []
  let foreign: ForeignPart | null = null
  let open = newStatement()

  function finish(end: number): void {
    if (open.tokens > 0) statements.push({ start: open.start, end })
    open = newStatement()
  }

  return {
    statements,
    push: (token) => {
      if (token.kind === 'comment') return pushComment(open, token)
      if (token.kind === 'symbol' && token.text === ';' && open.parentheses === 0 && open.atomic === 0) {
        return finish(open.endWithComments)
      }
      pushToken(open, token)
      foreign ??= foreignPart(open, token)
    },
    pushUnreadable: (part) => {
      if (open.tokens === 0 && open.start === -1) open.start = part.start
      open.tokens += 1
      open.end = part.end
      open.endWithComments = part.end
    },
    end: () => {
      finish(open.end)
      return { statements, foreign }
    },
  }
}

interface OpenStatement {
  start: number
  end: number
  endWithComments: number
  tokens: number
  firstWords: string[]
  /** The newest token where it is a word, else the empty text; and the one before it. */
  lastWord: string
  wordBefore: string
  lastSymbol: string
  parentheses: number
  /** Blocks that `end` must still close: the atomic body, and each `case` in it. */
  atomic: number
}

function newStatement(): OpenStatement {
  return {
    start: -1,
    end: -1,
    endWithComments: -1,
    tokens: 0,
    firstWords: [],
    lastWord: '',
    wordBefore: '',
    lastSymbol: '',
    parentheses: 0,
    atomic: 0,
  }
}

function pushComment(open: OpenStatement, token: Token): void {
  if (open.start === -1 && token.text.startsWith('/*+')) open.start = token.start
  if (open.tokens > 0) open.endWithComments = token.end
}

function pushToken(open: OpenStatement, token: Token): void {
  if (open.start === -1) open.start = token.start
  open.end = token.end
  open.endWithComments = token.end
  open.tokens += 1
  const word = token.kind === 'word' ? token.text.toLowerCase() : ''
  if (open.tokens <= 5) open.firstWords.push(word)
  if (token.text === '(') open.parentheses += 1
  else if (token.text === ')') open.parentheses = Math.max(0, open.parentheses - 1)
  else if (word !== '') countBlocks(open, word)
  open.wordBefore = open.lastWord
  open.lastWord = word
  open.lastSymbol = token.kind === 'symbol' ? token.text : ''
}

function countBlocks(open: OpenStatement, word: string): void {
  if (open.atomic === 0) {
    const opens = word === 'atomic' && open.lastWord === 'begin' && open.parentheses === 0 && createsRoutine(open)
    if (opens) open.atomic = 1
    return
  }
  // After `as` or a dot these are names: select 1 as end.
  if (open.lastWord === 'as' || open.lastSymbol === '.') return
  if (word === 'case') open.atomic += 1
  else if (word === 'end') open.atomic -= 1
}

/** `create [or replace] function | procedure` */
function createsRoutine({ firstWords: [first, ...others] }: OpenStatement): boolean {
  return first === 'create' && (others.includes('function') || others.includes('procedure'))
}

function foreignPart(open: OpenStatement, token: Token): ForeignPart | null {
  if (token.kind === 'symbol' && token.text === '\\') return { kind: 'psql', at: token.start, text: token.text }
  const isClient = token.kind === 'word' && /^std(?:in|out)$/i.test(token.text)
  if (isClient && open.firstWords[0] === 'copy' && open.parentheses === 0 && open.wordBefore === 'from') {
    return { kind: 'copy', at: open.start, text: token.text }
  }
  return null
}
