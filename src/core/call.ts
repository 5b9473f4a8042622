import type { z } from 'zod'

/**
 * One call that the window, a browser or the command line may make of the main process. `input` is
 * checked at run time, because whoever calls is not trusted. `Output` and `Event` are types alone:
 * the main process is ours.
 */
export interface Call<Input extends z.ZodType = z.ZodType, Output = unknown, Event = unknown> {
  readonly input: Input
  /** Never set; it only carries the two types. */
  readonly carries?: { output: Output; event: Event }
}

/** Calls by slice and name: `contract.editor.run` is the call `editor.run`. */
export type Contract = Readonly<Record<string, Readonly<Record<string, Call>>>>

export type InputOf<C> = C extends Call<infer Input> ? z.input<Input> : never
export type ParsedInputOf<C> = C extends Call<infer Input> ? z.output<Input> : never
export type OutputOf<C> = C extends Call<z.ZodType, infer Output, unknown> ? Output : never
export type EventOf<C> = C extends Call<z.ZodType, unknown, infer Event> ? Event : never

/**
 * Defines a call.
 *
 * @example
 * const list = call(z.strictObject({ limit: z.int() })).returns<Entry[]>()
 * const run = call(runInput).emits<Progress>().returns<Outcome>()
 */
export function call<Input extends z.ZodType>(input: Input) {
  return {
    returns: <Output>(): Call<Input, Output, never> => ({ input }),
    emits: <Event>() => ({
      returns: <Output>(): Call<Input, Output, Event> => ({ input }),
    }),
  }
}
