import { z } from 'zod'
import { type KeptTab, keptTab, type Layout, mostClosed, mostTabs } from '../../core/workspace/contract.ts'
import type { Cache } from '../cache/open.ts'
import { createTexts } from './texts.ts'

/** Workspaces that nobody has used for longest are forgotten beyond this number. */
const mostWorkspaces = 50

const workspaceRow = z.object({
  id: z.string(),
  instance: z.string().nullable(),
  current: z.string().nullable(),
  active: z.string().nullable(),
})
const tabRow = z.object({
  id: z.string(),
  connection: z.string().nullable(),
  view: z.string(),
  target: z.string(),
  title: z.string().nullable(),
  closed: z.literal([0, 1]),
})

/** The workspaces in the cache. */
export function createWorkspaceStore(cache: Cache) {
  const { db } = cache
  const texts = createTexts(cache)
  const list = cache.query(
    `select w.* from workspace w
     order by exists (select 1 from workspace_tab t where t.workspace = w.id) desc, w.used_at desc, w.id`,
    workspaceRow,
  )
  const find = cache.query('select * from workspace where id = ?', workspaceRow)
  const claim = db.prepare(`
    insert into workspace (id, instance, used_at) values (:id, :instance, :at)
    on conflict (id) do update set instance = excluded.instance, used_at = excluded.used_at`)
  const release = db.prepare('update workspace set instance = null, used_at = ? where id = ?')
  const dropEmpty = db.prepare(`
    delete from workspace where id = ? and not exists (select 1 from workspace_tab where workspace = workspace.id)`)
  const dropOldest = db.prepare(`
    delete from workspace where instance is null and id in (
      select id from workspace order by used_at desc limit -1 offset ?
    )`)
  const update = db.prepare('update workspace set current = ?, active = ?, used_at = ? where id = ?')
  const tabs = cache.query('select * from workspace_tab where workspace = ? order by closed, position', tabRow)
  const dropTabs = db.prepare('delete from workspace_tab where workspace = ?')
  const insertTab = db.prepare(`
    insert or replace into workspace_tab (workspace, id, connection, view, target, title, position, closed)
    values (:workspace, :id, :connection, :view, :target, :title, :position, :closed)`)
  return {
    /** The one that was used last comes first; those that hold nothing come last. */
    list: () => list.all(),
    find: (id: string) => find.get(id),
    claim: (id: string, instance: string): void => void claim.run({ id, instance, at: new Date().toISOString() }),
    /** Nobody has it any more. One without any tab is not worth keeping. */
    release: (id: string): void =>
      cache.transaction(() => {
        release.run(new Date().toISOString(), id)
        dropEmpty.run(id)
        dropOldest.run(mostWorkspaces)
      }),
    layout: (id: string): Layout => {
      const kept = find.get(id)
      const all = tabs.all(id).flatMap(({ closed, ...tab }) => {
        // A tab that another version has written, and that is none here, keeps the others from nothing.
        const parsed = keptTab.safeParse(tab)
        return parsed.success ? [{ closed, tab: parsed.data }] : []
      })
      const those = (wanted: 0 | 1): KeptTab[] => all.filter(({ closed }) => closed === wanted).map(({ tab }) => tab)
      return {
        tabs: those(0).slice(0, mostTabs),
        closed: those(1).slice(-mostClosed),
        active: kept?.active ?? null,
        current: kept?.current ?? null,
      }
    },
    save: (workspace: string, { tabs: open, closed, active, current }: Layout): void =>
      cache.transaction(() => {
        update.run(current, active, new Date().toISOString(), workspace)
        dropTabs.run(workspace)
        for (const [position, tab] of closed.entries()) insertTab.run({ ...tab, workspace, position, closed: 1 })
        for (const [position, tab] of open.entries()) insertTab.run({ ...tab, workspace, position, closed: 0 })
        texts.dropGone(workspace)
      }),
    texts,
  }
}
