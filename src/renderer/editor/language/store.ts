import { createStore, type StoreApi } from 'zustand'
import type { SignatureHelp } from '../../../core/editor/completion/signature.ts'
import {
  type CompletionAnswer,
  type FormatAnswer,
  type HoverAnswer,
  mostFormatted,
} from '../../../core/editor/language.ts'
import { Failure, type Fault, toFault } from '../../../core/fault.ts'
import { sliceHook } from '../../session/context.ts'
import type { Scope } from '../../session/scope.ts'

/** What is asked about a text while it is written. An answer is null where it is not wanted any more, or cannot be had. */
export interface Language {
  complete(sql: string, offset: number, signal: AbortSignal): Promise<CompletionAnswer | null>
  hover(sql: string, offset: number, signal: AbortSignal): Promise<HoverAnswer | null>
  signature(sql: string, offset: number, signal: AbortSignal): Promise<SignatureHelp | null>
}

export interface LanguageState {
  readonly language: Language
  /** What the last formatting left as it is. */
  readonly left: FormatAnswer['left']
  readonly fault: Fault | null

  /** Null where it failed; `fault` says why. */
  format(sql: string, cursor: number): Promise<FormatAnswer | null>
  dismiss(): void
}

export function createLanguageStore({ api, signal, connection }: Scope): StoreApi<LanguageState> {
  const at = (sql: string, offset: number) => ({ connection: connection ?? '', sql, offset })

  /** Who types is not told of each question that has no answer: the text is theirs, with or without. */
  async function orNull<T>(own: AbortSignal, ask: (both: AbortSignal) => Promise<T>): Promise<T | null> {
    try {
      return await ask(AbortSignal.any([signal, own]))
    } catch {
      return null
    }
  }

  return createStore<LanguageState>()((set) => ({
    language: {
      complete: (sql, offset, own) => orNull(own, (both) => api.editor.complete(at(sql, offset), { signal: both })),
      hover: (sql, offset, own) => orNull(own, (both) => api.editor.hover(at(sql, offset), { signal: both })),
      signature: (sql, offset, own) => orNull(own, (both) => api.editor.signature(at(sql, offset), { signal: both })),
    },
    left: [],
    fault: null,

    format: async (sql, cursor) => {
      set({ left: [], fault: null })
      try {
        if (sql.length > mostFormatted) throw new Failure(tooLong)
        const answer = await api.editor.format({ sql, cursor }, { signal })
        set({ left: answer.left })
        return answer
      } catch (thrown) {
        if (!signal.aborted) set({ fault: toFault(thrown) })
        return null
      }
    },
    dismiss: () => set({ left: [], fault: null }),
  }))
}

const tooLong: Fault = {
  code: 'refused',
  message: `No more than ${mostFormatted.toLocaleString('en')} characters can be formatted at once.`,
  hint: 'Select a part of the text, and format that.',
}

/** Each tab has its own. */
export const useLanguage = sliceHook('tab', createLanguageStore)
