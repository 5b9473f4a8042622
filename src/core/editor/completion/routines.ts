import type { KnownArgument, KnownRoutine } from './names.ts'

/** What is given when it is called: all but what it only gives back. */
export function givenArguments(routine: KnownRoutine): KnownArgument[] {
  return routine.args.filter(({ mode }) => mode !== 'out' && mode !== 'table')
}

/** `amount numeric`, or the type alone where the argument has no name. */
export function argumentText({ name, type, mode, hasDefault }: KnownArgument): string {
  const variadic = mode === 'variadic' ? 'variadic ' : ''
  return `${variadic}${name === '' ? type : `${name} ${type}`}${hasDefault ? ' = …' : ''}`
}

/** `(amount numeric, currency text = …) → numeric` */
export function routineSignature(routine: KnownRoutine): string {
  const args = givenArguments(routine).map(argumentText).join(', ')
  return `(${args})${routine.result === null ? '' : ` → ${routine.result}`}`
}

/** What is written for a call: its parentheses too, where none follow, with the cursor between them if it takes any. */
export function routineInsert(
  routine: KnownRoutine,
  name: string,
  called: boolean,
): { insert: string; snippet?: boolean; goesOn?: 'arguments' } {
  if (called) return { insert: name }
  if (givenArguments(routine).length === 0) return { insert: `${name}()` }
  return { insert: `${snippetText(name)}($0)`, snippet: true, goesOn: 'arguments' }
}

/** A text that the editor's notation for snippets leaves as it is. */
export function snippetText(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&')
}
