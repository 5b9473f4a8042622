import { z } from 'zod'

/** What a statement would do that cannot be taken back. */
export const dangerActions = ['drop', 'truncate', 'delete', 'update', 'merge', 'dynamic', 'unread', 'analyze'] as const
export type DangerAction = (typeof dangerActions)[number]

export interface Danger {
  readonly action: DangerAction
  /** What is meant: `table`, `function`, `database`. */
  readonly kind: string
  /** As it is to be typed. Empty for what has no name: SQL that is made up at run time. */
  readonly name: string
  /** Which statement of the run, from 0. */
  readonly statement: number
}

const dangerShape = z.object({
  action: z.enum(dangerActions),
  kind: z.string(),
  name: z.string(),
  statement: z.int(),
})

/** What the fault `confirmation_required` carries in its `data`. */
export const confirmationShape = z.object({
  dangers: z.array(dangerShape),
  /** The names that have to be typed; the database's own name stands for many, and for what has none. */
  typed: z.array(z.object({ name: z.string(), kind: z.string() })),
})
export type Confirmation = z.output<typeof confirmationShape>

/** More names than this nobody types with a mind: the database's name stands for them all. */
const mostTyped = 4

/** Dangers that are told of, at most. */
const mostTold = 100

/** Of whom the name is, where a danger is about what belongs to somebody. */
const bearers = new Map([
  ['all that is owned by', 'role'],
  ['user mapping for server', 'server'],
])

/** What has to be typed before these are done. */
export function confirmationOf(dangers: readonly Danger[], database: string): Confirmation {
  const named = new Map<string, { name: string; kind: string }>()
  for (const { name, kind } of dangers) if (name !== '') named.set(name, { name, kind: bearers.get(kind) ?? kind })
  const nameless = dangers.some(({ name }) => name === '')
  const typed =
    nameless || named.size > mostTyped ? [{ name: typedName([database]), kind: 'database' }] : [...named.values()]
  return { dangers: dangers.slice(0, mostTold), typed }
}

/** Has all been typed that is asked for? */
export function isConfirmed(confirmation: Confirmation, typed: readonly string[]): boolean {
  return confirmation.typed.every(({ name }) => typed.includes(name))
}

/** A name as a person can type it: what cannot be seen or typed stands as its code, `\u{a}` for a line break. */
export function typedName(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)).join('.')
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

const doings: Readonly<Record<DangerAction, (what: string) => string>> = {
  drop: (what) => `drops ${what}`,
  truncate: (what) => `empties ${what}`,
  delete: (what) => `deletes every row of ${what}`,
  update: (what) => `changes every row of ${what}`,
  merge: (what) => `may change every row of ${what}`,
  dynamic: () => 'runs SQL that is made up at run time, and that may drop, delete or change',
  unread: () => 'is not readable to this program, and may drop, delete or change',
  analyze: (what) => `runs in full, changes ${what}, and is rolled back`,
}

/** A danger in words that follow "Statement 3". */
export function dangerText({ action, kind, name }: Danger): string {
  return doings[action](`${kind} ${name}`.trim())
}
