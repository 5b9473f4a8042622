import { z } from 'zod'
import type { Api } from '../../core/contract.ts'
import { toFault } from '../../core/fault.ts'
import type { Client } from '../../core/wire.ts'
import { type KeptTab, type Layout, mostTabs } from '../../core/workspace/contract.ts'
import type { SessionStore } from './scope.ts'
import type { SessionState } from './state.ts'
import type { Tab, Target } from './targets.ts'

const text = z.string().exactOptional()

/** What may stand in a kept tab: another version, or another hand, may have written it. */
const keptTarget = z.discriminatedUnion('view', [
  z.object({ view: z.literal('connection'), id: text, copyOf: text }),
  z.object({ view: z.literal('editor'), name: text, filePath: text, kept: z.literal(true), saved: text }),
  z.object({
    view: z.literal('framework'),
    section: z.enum(['health', 'seals', 'settings', 'installation']).exactOptional(),
  }),
  z.object({ view: z.literal('history'), entry: text }),
  z.object({ view: z.literal('logs'), file: z.int().nullable().exactOptional() }),
  z.object({ view: z.literal('logImport') }),
])

const workspaceKey = 'pgsteward.workspace'
const longestTitle = 500

/**
 * Brings back the tabs that the last window left, and from then on keeps every change of them. Call it before
 * anything is opened. Where tabs cannot be kept, the session says why in `unkept`.
 */
export async function keepWorkspace(
  api: Client<Api>,
  session: SessionStore,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): Promise<void> {
  try {
    // Lives with the window, through its reloads: the same window gets the same tabs.
    const previous = z.uuid().nullable().catch(null).parse(storage.getItem(workspaceKey))
    const { workspace, layout } = await api.workspace.open({ previous })
    storage.setItem(workspaceKey, workspace)
    session.getState().restore({
      tabs: layout.tabs.flatMap(tabOf),
      closed: layout.closed.flatMap(tabOf),
      active: layout.active,
      current: layout.current,
    })
  } catch (thrown) {
    session.setState({ unkept: toFault(thrown) })
    return
  }
  follow(api, session)
}

/** Tells the main process of every change of the layout, at once, and of many at once once. */
function follow(api: Client<Api>, session: SessionStore): void {
  let told = JSON.stringify(layoutOf(session.getState()))
  let due = false
  const tell = (): void => {
    due = false
    const layout = layoutOf(session.getState())
    const now = JSON.stringify(layout)
    if (now === told) return
    told = now
    api.workspace.save(layout).then(
      () => {
        if (session.getState().unkept !== null) session.setState({ unkept: null })
      },
      (thrown: unknown) => {
        told = ''
        session.setState({ unkept: toFault(thrown) })
      },
    )
  }
  session.subscribe((now, before) => {
    const same =
      now.tabs === before.tabs &&
      now.closed === before.closed &&
      now.active === before.active &&
      now.current === before.current
    if (same || due) return
    due = true
    queueMicrotask(tell)
  })
}

function layoutOf({ tabs, closed, active, current }: SessionState): Layout {
  return { tabs: tabs.slice(-mostTabs).map(keptTabOf), closed: closed.map(keptTabOf), active, current }
}

function keptTabOf({ id, connection, view, target, title }: Tab): KeptTab {
  return {
    id,
    connection,
    view,
    target: JSON.stringify(withoutText(target)),
    title: title?.slice(0, longestTitle).toWellFormed() ?? null,
  }
}

/** Texts go their own way; a URL, and what was searched for, may hold a password. What was to be run once is not run at the next start. */
function withoutText(target: Target): Target {
  if (target.view === 'editor') {
    const { sql: _sql, run: _run, ...rest } = target
    return { ...rest, kept: true }
  }
  if (target.view === 'connection') {
    const { url: _url, ...rest } = target
    return rest
  }
  if (target.view === 'history') {
    const { text: _text, ...rest } = target
    return rest
  }
  return target
}

function tabOf({ id, connection, target, title }: KeptTab): Tab[] {
  const parsed = keptTarget.safeParse(fromJson(target))
  return parsed.success ? [{ id, connection, view: parsed.data.view, target: parsed.data, title }] : []
}

function fromJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null // The shape refuses it like any other stranger.
  }
}
