import type { Clause } from './query.ts'
import { chainOf, type Reading, type Scope } from './scope.ts'
import { type Item, isGroup, isName, isSymbol, isWord } from './tree.ts'

/** What an expression stands in. */
export interface Around {
  readonly scope: Scope
  readonly clause: Clause | null
  readonly reading: Reading
  readonly expected?: string | null
  readonly words?: readonly string[]
}

/** Words behind which a value stands. */
const beforeOperand = new Set(
  'and or not when then else like ilike between case distinct all any some by similar to from in on if return with over using where select set array filter of elsif while until perform exists'.split(
    ' ',
  ),
)

/** The second value of `in (…, …)` is compared with the same as the first. */
export function inList(before: readonly Item[], expected: string | null): string | null {
  return isSymbol(before.at(-1), ',') ? expected : null
}

/** `*` stands for all columns where no factor comes before it. */
function isWholeRow(before: Item | undefined): boolean {
  return (
    before === undefined ||
    isSymbol(before, '.') ||
    isSymbol(before, ',') ||
    isWord(before, 'distinct', 'all', 'select')
  )
}

export function expectsOperand(before: readonly Item[]): boolean {
  const last = before.at(-1)
  if (last === undefined) return true
  if (isSymbol(last, '*')) return !isWholeRow(before.at(-2))
  if (last.kind === 'symbol') return last.text !== ']' && last.text !== ')'
  return last.kind === 'word' && beforeOperand.has(last.value)
}

/** The type of the column before an operator of comparison, or before `in`. */
export function comparedType(before: readonly Item[], { scope, reading }: Around): string | null {
  let end = before.length
  while (
    isSymbol(before[end - 1], '=') ||
    isSymbol(before[end - 1], '<') ||
    isSymbol(before[end - 1], '>') ||
    isSymbol(before[end - 1], '!')
  )
    end -= 1
  while (isWord(before[end - 1], 'not', 'in')) end -= 1
  if (end === before.length && !isName(before.at(-1))) return null
  let start = end
  while (isName(before[start - 1]) && isSymbol(before[start - 2], '.')) start -= 2
  if (isName(before[start - 1])) start -= 1
  const chain = before.slice(start, end)
  return chainOf(chain) === null ? null : (reading.columnOf(chain, scope)?.type ?? null)
}

export function textOf(item: Item | undefined): string {
  return item === undefined || isGroup(item) ? '' : item.value
}

/** The names directly in parentheses. */
