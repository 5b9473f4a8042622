import { type Fault, toFault } from '../../core/fault.ts'
import { longestKept } from '../../core/workspace/contract.ts'
import type { Scope } from '../session/scope.ts'
import type { Tab } from '../session/targets.ts'

/** The text of one editor tab, beyond the life of its view: through a reconnect, and through the program's end. */
export interface TabText {
  /** The text to begin with; a promise where the main process has to be asked, which rejects when it does not answer. */
  begin(): string | Promise<string>
  /** Keeps the text, soon: at once where it is short. */
  keep(sql: string): void
}

/** How the text was kept, or why it was not. */
export type Keeping = { readonly masked: boolean } | { readonly fault: Fault }

const longestTitle = 32

/** Texts up to this length are kept at every pause of the fingers; longer ones when the pause is longer. */
const shortText = 100_000
/** Milliseconds of pause for each million characters, which are searched for secrets in about that time. */
const pauseAMillion = 1_000

export function createTabText({ api, session, signal, tab: tabId }: Scope, onKept: (kept: Keeping) => void): TabText {
  const tab = (): Tab | undefined => session.getState().tabs.find(({ id }) => id === tabId)
  /** What the workspace has, as far as this view knows. */
  let kept: string | null = null
  let waiting: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  let writing = false

  const write = (): void => {
    clearTimeout(timer)
    if (tabId === null || waiting === null) return
    // One at a time, so that a long text is not searched for secrets several times at once.
    if (writing && !signal.aborted) return
    const text = waiting
    waiting = null
    kept = text
    writing = true
    // Without the tab's signal: the last words of a tab that closes are kept too.
    api.workspace.write({ tab: tabId, text }).then(
      ({ masked }) => {
        onKept({ masked })
        writing = false
        write()
      },
      (thrown: unknown) => {
        kept = null
        onKept({ fault: toFault(thrown) })
        writing = false
        write()
      },
    )
  }
  signal.addEventListener('abort', write)

  const entitle = (sql: string): void => {
    const mine = tab()
    if (mine?.target.view !== 'editor') return
    session.getState().keep(mine.id, { ...mine.target, sql })
    session.getState().retitle(mine.id, mine.target.name ?? titleOf(sql))
  }

  return {
    begin: () => {
      const target = tab()?.target
      if (tabId === null || target?.view !== 'editor') return ''
      if (target.sql !== undefined || target.kept !== true) {
        const sql = target.sql ?? ''
        entitle(sql)
        return sql
      }
      return api.workspace.text({ tab: tabId }, { signal }).then(({ text, masked }) => {
        kept = text ?? ''
        onKept({ masked })
        entitle(kept)
        return kept
      })
    },
    keep: (sql) => {
      if (tab() !== undefined) entitle(sql)
      if (sql === kept) return
      if (sql.length > longestKept) {
        onKept({ fault: tooLong })
        return
      }
      waiting = sql
      clearTimeout(timer)
      if (sql.length <= shortText) write()
      else timer = setTimeout(write, (sql.length / 1_000_000) * pauseAMillion)
    },
  }
}

const tooLong: Fault = {
  code: 'refused',
  message: `The text is too long to be kept for the next start: ${longestKept.toLocaleString('en')} characters are.`,
  hint: 'Save what you need in a file.',
}

const leadingComments = /^(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)*/

/** The first line that says something, cut; null where there is none. */
export function titleOf(sql: string): string | null {
  const line = sql
    .slice(0, 2000)
    .replace(leadingComments, '')
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '' && !each.startsWith('--') && !each.startsWith('/*'))
  if (line === undefined) return null
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1)}…`
}
