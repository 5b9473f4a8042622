/** A piece of a text as it can be shown: as it is, or a sign that stands for a character nobody would see. */
export interface Shown {
  /** Where it begins in the text, in UTF-16 units. */
  readonly at: number
  readonly text: string
  /** What the sign stands for: `U+202E right-to-left override`; null for text that shows itself. */
  readonly sign: string | null
}

/**
 * Characters that hide, or that move what stands beside them: controls, formats (zero widths, marks of direction,
 * soft hyphen, tags), separators of lines and paragraphs, and halves of surrogate pairs.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const names: Readonly<Record<number, string>> = {
  0: 'null',
  8: 'backspace',
  9: 'tab',
  10: 'line feed',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  133: 'next line',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
}

const short: Readonly<Record<number, string>> = { 9: '⇥', 10: '↵', 13: '␍', 127: '␡' }

/** Nothing in it hides, or moves what stands beside it. */
export function showsItself(text: string): boolean {
  return text.search(unseen) === -1
}

/**
 * Cuts a text into what shows itself and what needs a sign.
 *
 * @example shownParts('a\nb') // a, ↵ (U+000A line feed), b
 */
export function shownParts(text: string, options: { lines?: 'signs' | 'kept' } = {}): Shown[] {
  const parts: Shown[] = []
  const keepsLines = options.lines === 'kept'
  let from = 0
  for (const { 0: found, index } of text.matchAll(unseen)) {
    if (keepsLines && (found === '\n' || found === '\t')) continue
    if (index > from) parts.push({ at: from, text: text.slice(from, index), sign: null })
    parts.push({ at: index, ...signOf(found.codePointAt(0) ?? 0) })
    from = index + found.length
  }
  if (from < text.length) parts.push({ at: from, text: text.slice(from), sign: null })
  return parts
}

/**
 * Where a text has to end so that not more than `most` signs are drawn in it, each of which costs a page as much as a
 * paragraph. In UTF-16 units.
 */
export function endOfSigns(text: string, most: number): number {
  let signs = 0
  for (const { 0: found, index } of text.matchAll(unseen)) {
    if (found === '\n' || found === '\t') continue
    if (signs === most) return index
    signs += 1
  }
  return text.length
}

function signOf(code: number): Omit<Shown, 'at'> {
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  const name = names[code]
  // Unicode has a picture for each of the 32 old controls.
  const picture = short[code] ?? (code < 0x20 ? String.fromCharCode(0x2400 + code) : point)
  return { text: picture, sign: name === undefined ? point : `${point} ${name}` }
}
