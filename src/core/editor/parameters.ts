import type { Token } from '../token.ts'

/** A place in a text where a value is to be filled in. Offsets are UTF-16 units. */
export interface Placeholder {
  /** `:name` has the name `name`, `$1` has the name `$1`. */
  readonly name: string
  readonly start: number
  readonly end: number
}

/** A statement as it is sent: `$1`, `$2` … where its parameters stood. */
export interface Bound {
  readonly text: string
  /** The names of `$1`, `$2`, … in this order. A number that the statement leaves out is `null`. */
  readonly names: readonly (string | null)[]
  /** Turns an offset into `text` to an offset into the statement as it was written. */
  readonly origin: (offset: number) => number
}

/**
 * Finds the parameters of one statement in its tokens. A colon is a parameter's where its name follows at once and
 * where it can have no other meaning: it separates the bounds of a slice (`a[lo:hi]`, `a[:hi]`), and key from value in
 * `json_object`. `(:name)` is a parameter wherever it stands.
 */
export function findPlaceholders(tokens: readonly Token[]): Placeholder[] {
  const found: Placeholder[] = []
  const open: Bracket[] = []
  let before: Token | undefined
  let beforeThat: Token | undefined
  const step = (token: Token): void => {
    beforeThat = before
    before = token
  }
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'comment') continue
    const { text } = token
    if (text === '[') open.push(endsOperand(before) ? 'slice' : 'list')
    else if (text === '(') open.push(isJsonObject(before, beforeThat) ? 'json' : 'list')
    else if (text === ']' || text === ')') open.pop()
    else if (/^\$\d+$/.test(text)) found.push({ name: text, start: token.start, end: token.end })
    else if (text === ':') {
      const next = tokens[index + 1]
      const isName = next?.kind === 'word' && next.start === token.end
      if (isName && !separates(open.at(-1), before)) {
        found.push({ name: next.text, start: token.start, end: next.end })
      }
    }
    step(token)
  }
  return found
}

/** Only where such a token is can a parameter be. */
export function mayBePlaceholder({ kind, text }: Token): boolean {
  return kind === 'symbol' && (text === ':' || /^\$\d/.test(text))
}

/** What a bracket holds: bounds of a slice, keys and values, or anything else. */
type Bracket = 'slice' | 'json' | 'list'

function separates(bracket: Bracket | undefined, before: Token | undefined): boolean {
  if (bracket === 'slice') return true
  return bracket === 'json' && endsOperand(before)
}

function isJsonObject(before: Token | undefined, beforeThat: Token | undefined): boolean {
  return before?.kind === 'word' && /^json_object(agg)?$/i.test(before.text) && beforeThat?.text !== '.'
}

/** Can a value end with this token, so that what follows belongs to it? */
function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'word') return !/^(array|key|value)$/i.test(token.text)
  if (token.kind === 'quotedName' || token.kind === 'string') return true
  return /^[)\]]$|^\$\d+$|^[\d.]/.test(token.text)
}

/** Puts `$n` where the placeholders stand. Names are numbered after the highest number that is written out. */
export function bindPlaceholders(sql: string, placeholders: readonly Placeholder[]): Bound {
  const written = placeholders.filter(({ name }) => name.startsWith('$')).map(({ name }) => Number(name.slice(1)))
  const names: (string | null)[] = []
  for (const number of written) {
    if (number >= 1 && number <= mostParameters) names[number - 1] = `$${number}`
  }
  const numbers = new Map<string, number>()
  const moves: { at: number; origin: number; length: number }[] = []
  let text = ''
  let from = 0
  for (const { name, start, end } of placeholders) {
    let number = name.startsWith('$') ? Number(name.slice(1)) : numbers.get(name)
    if (number === undefined) {
      names.push(name)
      number = names.length
      numbers.set(name, number)
    }
    text += sql.slice(from, start)
    const placed = `$${number}`
    moves.push({ at: text.length, origin: start, length: placed.length })
    text += placed
    from = end
    moves.push({ at: text.length, origin: end, length: Number.POSITIVE_INFINITY })
  }
  text += sql.slice(from)
  return {
    text,
    names: Array.from(names, (name) => name ?? null),
    origin: (offset) => {
      const move = moves.findLast(({ at }) => at <= offset)
      if (move === undefined) return offset
      return move.length === Number.POSITIVE_INFINITY ? move.origin + offset - move.at : move.origin
    },
  }
}

/** The protocol counts parameters in two bytes. */
export const mostParameters = 65_535
