import type { Lexeme } from './lexemes.ts'

/** What stands in a pair of parentheses, of which the second may not be written yet. */
export interface Group {
  readonly kind: 'group'
  /** Where the opening parenthesis stands. */
  readonly start: number
  /** Behind the closing one, or behind the last lexeme in it. */
  end: number
  closed: boolean
  /** The cursor is in it, or in a group in it. */
  holdsCursor: boolean
  readonly items: Item[]
}

export type Item = Lexeme | Group

export const isGroup = (item: Item | undefined): item is Group => item?.kind === 'group'

/** Is it this word, unquoted? */
export const isWord = (item: Item | undefined, ...words: readonly string[]): boolean =>
  item?.kind === 'word' && words.includes(item.value)

export const isSymbol = (item: Item | undefined, symbol: string): boolean =>
  item?.kind === 'symbol' && item.text === symbol

/** Could it be a name: a word or a quoted name? */
export const isName = (item: Item | undefined): item is Lexeme => item?.kind === 'word' || item?.kind === 'name'

export const isCursor = (item: Item | undefined): boolean => item?.kind === 'cursor'

/** Deeper parentheses are read as if they were not there: nobody has written them by hand. */
const deepest = 200

/** Puts what stands in parentheses into groups. A closing one without its opening one is left out. */
export function treeOf(lexemes: readonly Lexeme[]): Item[] {
  const root: Item[] = []
  const open: Group[] = []
  let unread = 0
  for (const lexeme of lexemes) {
    const inside = open.at(-1)
    const items = inside?.items ?? root
    if (isSymbol(lexeme, '(') && open.length >= deepest) unread += 1
    else if (isSymbol(lexeme, '(')) {
      const group: Group = {
        kind: 'group',
        start: lexeme.start,
        end: lexeme.end,
        closed: false,
        holdsCursor: false,
        items: [],
      }
      items.push(group)
      open.push(group)
    } else if (isSymbol(lexeme, ')') && unread > 0) unread -= 1
    else if (isSymbol(lexeme, ')')) {
      const group = open.pop()
      if (group !== undefined) {
        group.end = lexeme.end
        group.closed = true
      }
    } else items.push(lexeme)
    for (const group of open) {
      group.end = lexeme.end
      if (isCursor(lexeme)) group.holdsCursor = true
    }
  }
  return root
}

/** The parts between commas; never empty, though a part may be. */
export function splitByCommas(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [[]]
  for (const item of items) {
    if (isSymbol(item, ',')) parts.push([])
    else parts.at(-1)?.push(item)
  }
  return parts
}
