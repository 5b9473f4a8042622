/** What a piece of SQL is to PostgreSQL's tokenizer, as far as the product cares. */
export type TokenKind = 'word' | 'quotedName' | 'string' | 'comment' | 'symbol'

/** One token of a text. Offsets are UTF-16 units into that text; `end` is exclusive. */
export interface Token {
  readonly start: number
  readonly end: number
  readonly kind: TokenKind
  /** As it was written. */
  readonly text: string
}

/** A part of a text, in UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Is there nothing but blanks in a text, as PostgreSQL's tokenizer sees it? To it a no-break space is a part of a name. */
export function isBlank(text: string): boolean {
  return /^[ \t\n\r\f\v]*$/.test(text)
}

/** Tells the kind of a token by how it is written, which needs no table of the tokenizer's numbers. */
export function kindOf(text: string): TokenKind {
  if (text.startsWith('--') || text.startsWith('/*')) return 'comment'
  if (/^(?:[ebxn]?'|u&')/i.test(text) || /^\$(?!\d)[^$]*\$/.test(text)) return 'string'
  if (/^(?:u&)?"/i.test(text)) return 'quotedName'
  if (/^[A-Za-z_\u0080-\uffff]/.test(text)) return 'word'
  return 'symbol'
}
