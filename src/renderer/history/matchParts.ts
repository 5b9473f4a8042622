/** A piece of a text in which a search matched. */
export interface MatchPart {
  /** Where it begins among what is shown, in UTF-16 units. */
  readonly at: number
  readonly text: string
  readonly matches: boolean
}

const begins = '\u0002'
const ends = '\u0003'

/** Cuts the marks out of an excerpt: what stood between U+0002 and U+0003 is what matched. */
export function matchParts(excerpt: string): MatchPart[] {
  const parts: MatchPart[] = []
  let matches = false
  let text = ''
  let at = 0
  const close = (next: boolean): void => {
    if (text !== '') parts.push({ at, text, matches })
    at += text.length
    text = ''
    matches = next
  }
  for (const letter of excerpt) {
    if (letter === begins) close(true)
    else if (letter === ends) close(false)
    else text += letter
  }
  close(false)
  return parts
}
