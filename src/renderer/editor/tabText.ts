import type { SessionStore } from '../session/scope.ts'
import type { Tab } from '../session/targets.ts'
import { type Draft, type DraftStorage, draftsOf, dropDraft, keepDraft, readDraft } from './drafts.ts'

/** The text of one editor tab, beyond the life of its view: through a reconnect and through a reload. */
export interface TabText {
  /** The text to begin with. The first empty tab takes over what the last window left, and opens tabs for the rest. */
  begin(): string
  /** False when the text is too long to be kept for after a reload. */
  keep(sql: string): boolean
  /** Asked while the tab is there, run when it has closed: what was in it is not wanted again. */
  draftDropper(): () => void
}

const longestTitle = 32

export function createTabText(
  session: SessionStore,
  storage: DraftStorage,
  tabId: string | null,
  connection: string,
): TabText {
  const begun = new Date().toISOString()
  const tab = (): Tab | undefined => session.getState().tabs.find(({ id }) => id === tabId)

  const draftOf = ({ target }: Tab): string | undefined => (target.view === 'editor' ? target.draft : undefined)

  /** Drafts that stand in no tab: the window that wrote them has gone. */
  const orphans = () => {
    const open = new Set(session.getState().tabs.map(draftOf))
    return draftsOf(storage, connection).filter(({ id }) => !open.has(id))
  }

  /** Its view is made when the tab is first shown, so that until then it has its title from here. */
  const bringBack = ({ id, sql }: Draft): void => {
    session.getState().open({ view: 'editor', draft: id })
    const { active, retitle } = session.getState()
    if (active !== null) retitle(active, titleOf(sql))
  }

  return {
    begin: () => {
      const mine = tab()
      if (mine?.target.view !== 'editor') return ''
      const { target } = mine
      const [first, ...others] = target.sql === undefined && target.draft === undefined ? orphans() : []
      const draft = target.draft ?? first?.id ?? crypto.randomUUID()
      const sql = target.sql ?? first?.sql ?? readDraft(storage, draft)?.sql ?? ''
      session.getState().keep(mine.id, { ...target, draft, sql })
      session.getState().retitle(mine.id, target.name ?? titleOf(sql))
      for (const other of others) bringBack(other)
      if (others.length > 0) session.getState().activate(mine.id)
      return sql
    },
    keep: (sql) => {
      const mine = tab()
      const id = mine === undefined ? undefined : draftOf(mine)
      if (mine?.target.view !== 'editor' || id === undefined) return true
      session.getState().keep(mine.id, { ...mine.target, sql })
      if (mine.target.name === undefined) session.getState().retitle(mine.id, titleOf(sql))
      return keepDraft(storage, { id, connection, sql, begun })
    },
    draftDropper: () => {
      const mine = tab()
      const id = mine === undefined ? undefined : draftOf(mine)
      return () => {
        if (id !== undefined) dropDraft(storage, id)
      }
    },
  }
}

/** The first line that says something, cut; null where there is none. */
export function titleOf(sql: string): string | null {
  const line = sql
    .slice(0, 2000)
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '' && !each.startsWith('--') && !each.startsWith('/*'))
  if (line === undefined) return null
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1)}…`
}
