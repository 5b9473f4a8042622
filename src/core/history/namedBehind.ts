import type { Span, Token } from '../token.ts'

/** A text and its place in its row, counted by commas. */
interface Placed {
  readonly place: number
  readonly text: Span
}

/** What stands between two parentheses, or in the statement outside of them. */
interface Frame {
  /** Texts since the last comma: one expression's. */
  item: Span[]
  place: number
  /** All texts in it; none outside of parentheses. */
  readonly texts: Placed[]
  /** Texts of the rows that stood in it. */
  readonly rows: Placed[]
  /** The rows that the names in it are names for; null where it does not follow such rows. */
  readonly named: readonly Placed[] | null
  /** Tables are listed: what follows them is a table's name. */
  listsTables: boolean
}

/** Of one pair of parentheses, so many texts are kept in mind: a list of values can be as long as a file. */
const mostTexts = 100_000

const comparisons = new Set(['=', '<>', '!='])
const beginsTables = new Set(['from', 'join'])
const endsTables = new Set(['select', 'where', 'union', 'values', 'returning', 'having', 'group', 'order', 'on', 'set'])

/**
 * Follows one statement for the secrets that get their name after they were written: `'x' as password`,
 * `'x' = u.password`, `(values ('ada', 'x')) as v (name, password)`.
 */
export class NamedBehind {
  #frames: Frame[] = [newFrame(null)]
  /** What the token before was, where a name may follow it. */
  #before: 'text' | 'closed' | 'cast' | 'type' | 'as' | 'alias' | '' = ''
  /** The rows in the parentheses that were closed last. */
  #rows: readonly Placed[] = []
  /** The text that is compared with what follows. */
  #compared: Span | null = null
  /** Behind a comparison: its other side begins, as `u.password` or `password`, or goes on behind a name. */
  #comparing: 'begins' | 'named' | '' = ''

  /**
   * @param name what the token names, in lower case where it has no quotes; null where it names nothing
   * @param secret does the name say that it is a secret's?
   * @returns the texts that the token says are secrets
   */
  push(token: Token, name: string | null, secret: boolean): readonly Span[] {
    const found = secret ? [...this.#named(), ...this.#comparedWith()] : []
    this.#compare(token, name)
    this.#take(token, name)
    return found
  }

  get #top(): Frame {
    return this.#frames.at(-1) ?? newFrame(null)
  }

  #named(): readonly Span[] {
    const { named, place, item, listsTables } = this.#top
    if (named !== null) return named.filter((each) => each.place === place).map(({ text }) => text)
    const isName = /^(?:as|text|closed|type)$/.test(this.#before)
    return isName && !listsTables ? item : []
  }

  #comparedWith(): readonly Span[] {
    return this.#comparing === 'begins' && this.#compared !== null ? [this.#compared] : []
  }

  #compare({ kind, text, start, end }: Token, name: string | null): void {
    if (kind === 'string') this.#compared = { start, end }
    if (this.#comparing === 'begins' && name !== null) this.#comparing = 'named'
    else if (this.#comparing === 'named' && text === '.') this.#comparing = 'begins'
    else this.#comparing = this.#before === 'text' && comparisons.has(text) ? 'begins' : ''
  }

  #take({ kind, text, start, end }: Token, name: string | null): void {
    const before = this.#before
    const top = this.#top
    this.#before = ''
    if (kind === 'string') this.#takeText({ start, end })
    else if (text === '(') this.#frames.push(newFrame(before === 'alias' ? this.#rows : null))
    else if (text === ')') this.#close()
    else if (text === ',') {
      top.item = []
      top.place += 1
    } else if (text === '::') this.#before = 'cast'
    else if (kind === 'word' && name === 'as') this.#before = 'as'
    else if (kind === 'word' && (beginsTables.has(name ?? '') || endsTables.has(name ?? ''))) {
      top.item = []
      top.listsTables = beginsTables.has(name ?? '')
    } else if (name !== null && before === 'cast') this.#before = 'type'
    else if (name !== null && (before === 'as' || before === 'closed')) this.#before = 'alias'
  }

  #takeText(text: Span): void {
    const { item, place, texts } = this.#top
    item.push(text)
    if (this.#frames.length > 1 && texts.length < mostTexts) texts.push({ place, text })
    this.#before = 'text'
  }

  #close(): void {
    if (this.#frames.length === 1) return
    const { texts, rows } = this.#frames.pop() ?? newFrame(null)
    const { item, rows: rowsAbove } = this.#top
    for (const placed of texts) {
      item.push(placed.text)
      if (this.#frames.length > 1 && rowsAbove.length < mostTexts) rowsAbove.push(placed)
    }
    this.#rows = rows
    this.#before = 'closed'
  }
}

function newFrame(named: Frame['named']): Frame {
  return { item: [], place: 0, texts: [], rows: [], named, listsTables: false }
}
