/** A text as it is compared: small letters without their marks. Length and places may differ from the original's. */
export interface Folded {
  readonly text: string
  /** Where each UTF-16 unit of `text` stood in the original; null where nothing has moved. */
  readonly origins: readonly number[] | null
}

const ascii = /^[\0-\x7f]*$/

/** Two texts that differ in case or accents alone fold to the same. */
export function fold(original: string): Folded {
  if (ascii.test(original)) return { text: original.toLowerCase(), origins: null }
  let text = ''
  const origins: number[] = []
  let at = 0
  for (const character of original) {
    const plain = character.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '')
    text += plain
    for (let unit = 0; unit < plain.length; unit += 1) origins.push(at)
    at += character.length
  }
  return { text, origins }
}

const mostTerms = 20

/** What is looked for: each of these, anywhere in what is known of an operation, also within a word. */
export function termsOf(typed: string): string[] {
  const terms = typed
    .split(/[\s\p{Cc}]+/u)
    .map((term) => fold(term).text)
    .filter((term) => term !== '')
  return [...new Set(terms)].slice(0, mostTerms)
}

/**
 * The surroundings of the first of `terms` in `original`, on one line, with every match among it between U+0002 and
 * U+0003; null where none is in it.
 */
export function excerptAround(original: string, terms: readonly string[], characters = 200): string | null {
  const folded = fold(original)
  const originOf = (at: number): number => (folded.origins === null ? at : (folded.origins[at] ?? original.length))
  const first = Math.min(...terms.map((term) => folded.text.indexOf(term)).filter((at) => at >= 0))
  if (!Number.isFinite(first)) return null
  // A narrow list shows some forty characters: the match is among them.
  const lead = 14
  // Near the beginning, all of the beginning is shown.
  const from = first <= lead ? 0 : first - lead
  const to = Math.min(folded.text.length, from + characters)
  const marks: { start: number; end: number }[] = []
  for (let at = from; at < to; ) {
    const term = terms.filter((each) => folded.text.startsWith(each, at)).sort((a, b) => b.length - a.length)[0]
    if (term === undefined) at += 1
    else {
      marks.push({ start: at, end: at + term.length })
      at += term.length
    }
  }
  const bare = (start: number, end: number): string =>
    original.slice(originOf(start), originOf(end)).toWellFormed().replaceAll('\u0002', '').replaceAll('\u0003', '')
  let shown = from > 0 ? '…' : ''
  let at = from
  for (const { start, end } of marks) {
    shown += `${bare(at, start)}\u0002${bare(start, end)}\u0003`
    at = end
  }
  return shown + bare(at, Math.max(at, to)) + (to < folded.text.length ? '…' : '')
}
