/** How a name fits what was typed, best first. */
export const matchClasses = ['exact', 'prefix', 'wordStart', 'inside', 'fuzzy'] as const

/** The place of a match among `matchClasses`; null where the name does not fit. What was typed is in lower case. */
export function matchOf(name: string, typed: string): number | null {
  if (typed === '') return 1
  if (typed.length > name.length) return null
  const lower = name.toLowerCase()
  if (lower.startsWith(typed)) return lower.length === typed.length ? 0 : 1
  const at = lower.indexOf(typed)
  if (at > 0) return startsWord(lower, typed, at) ? 2 : 3
  return typed.length > 2 && isSpread(lower, typed) ? 4 : null
}

function startsWord(name: string, typed: string, from: number): boolean {
  for (let at = from; at !== -1; at = name.indexOf(typed, at + 1)) {
    if (!/[a-z0-9\u0080-\uffff]/.test(name.charAt(at - 1))) return true
  }
  return false
}

/** `crat` is spread over `created_at`: its letters in order, the first one at the beginning. */
function isSpread(name: string, typed: string): boolean {
  if (name.charCodeAt(0) !== typed.charCodeAt(0)) return false
  let at = 0
  for (let index = 0; index < typed.length; index += 1) {
    at = name.indexOf(typed.charAt(index), at) + 1
    if (at === 0) return false
  }
  return true
}
