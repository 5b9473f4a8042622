import { cursorAt } from './cursor.ts'
import type { KnownRoutine, NameIndex } from './names.ts'
import { argumentText, givenArguments } from './routines.ts'
import { type Group, type Item, isCursor, isGroup, isName, isSymbol } from './tree.ts'
import { grammarCalls } from './vocabulary.ts'

export interface Signature {
  /** `price_of(sku text, on_day date = …) → numeric` */
  readonly label: string
  /** Each is a part of the label. */
  readonly parameters: readonly string[]
  readonly comment: string | null
}

/** The call that the cursor is in. */
export interface SignatureHelp {
  readonly signatures: readonly Signature[]
  /** The one that fits what is written so far. */
  readonly active: number
  /** The argument that the cursor is in, from 0. */
  readonly parameter: number
}

const mostSignatures = 20

/** The signatures of the routine whose arguments stand at `offset`; null where no known one is called there. */
export function signatureAt(names: NameIndex, sql: string, offset: number): SignatureHelp | null {
  const cursor = cursorAt(sql, offset)
  if (cursor === null) return null
  for (const { name, group } of callsAround(cursor.items)) {
    const signatures = signaturesOf(names, name)
    if (signatures.length === 0) continue
    const parameter = commasBeforeCursor(group)
    const fits = signatures.findIndex(({ parameters }) => parameters.length > parameter)
    return {
      signatures: signatures.slice(0, mostSignatures),
      active: Math.max(0, Math.min(fits, mostSignatures - 1)),
      parameter,
    }
  }
  return null
}

/** The groups around the cursor that have a name before them, innermost first. */
function callsAround(items: readonly Item[]): { name: string[]; group: Group }[] {
  const calls: { name: string[]; group: Group }[] = []
  let level = items
  for (;;) {
    const at = level.findIndex((item) => isGroup(item) && item.holdsCursor)
    const group = level[at]
    if (!isGroup(group)) return calls
    const name = nameBefore(level, at)
    if (name.length > 0) calls.unshift({ name, group })
    level = group.items
  }
}

function nameBefore(items: readonly Item[], at: number): string[] {
  const name: string[] = []
  for (let index = at - 1; ; index -= 2) {
    const item = items[index]
    if (!isName(item)) return name
    name.unshift(item.value)
    if (!isSymbol(items[index - 1], '.')) return name
  }
}

function commasBeforeCursor({ items }: Group): number {
  const at = items.findIndex((item) => isCursor(item) || (isGroup(item) && item.holdsCursor))
  return items.slice(0, at).filter((item) => isSymbol(item, ',')).length
}

function signaturesOf(names: NameIndex, name: readonly string[]): Signature[] {
  const own = names.routines(name).map(signatureOf)
  const grammar = name.length > 1 ? [] : grammarCalls.filter((call) => call.name === name[0])
  return [
    ...own.toSorted((a, b) => a.parameters.length - b.parameters.length),
    ...grammar.map(({ name, args, does }) => ({
      label: `${name}(${args.join(', ')})`,
      parameters: args,
      comment: does,
    })),
  ]
}

function signatureOf(routine: KnownRoutine): Signature {
  const parameters = givenArguments(routine).map(argumentText)
  const result = routine.result === null ? '' : ` → ${routine.result}`
  return { label: `${routine.name}(${parameters.join(', ')})${result}`, parameters, comment: routine.comment }
}
