import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import { mask, redact } from '../../core/history/redact.ts'
import type { Span } from '../../core/token.ts'
import type { Peer, Services } from '../../core/wire.ts'
import type { KeptTab, Layout } from '../../core/workspace/contract.ts'
import type { Cache } from '../cache/open.ts'
import { createWorkspaceStore } from './store.ts'
import { Turns } from './turns.ts'

export interface Workspaces {
  service: Services<Api>['workspace']
  /** What is being written is kept first. */
  close(): Promise<void>
}

interface Dependencies {
  cache: Cache
  /** Where passwords and other secrets stand in a text that is being written. */
  secretsIn(text: string): Promise<readonly Span[]>
}

/** How long a window that is loaded again waits for its former self to let go, in milliseconds. */
const handOverMs = 2_000

/** Who has which workspace. A window has at most one, and a workspace at most one window. */
export function createWorkspaces({ cache, secretsIn }: Dependencies): Workspaces {
  const store = createWorkspaceStore(cache)
  const byPeer = new Map<number, string>()
  /** Of each workspace that a window of this process has: told when it lets go. */
  const holders = new Map<string, PromiseWithResolvers<void>>()
  const turns = new Turns()

  function isFree({ id, instance }: { id: string; instance: string | null }): boolean {
    if (holders.has(id)) return false
    return instance === null || instance === cache.instance || !cache.isAlive(instance)
  }

  function take(peer: Peer, id: string): void {
    store.claim(id, cache.instance)
    byPeer.set(peer.id, id)
    holders.set(id, Promise.withResolvers())
    peer.onClose(() => letGo(peer.id))
  }

  function letGo(peer: number): void {
    const id = byPeer.get(peer)
    if (id === undefined) return
    byPeer.delete(peer)
    // The next one that has it must not find less than this one has sent.
    if (turns.isBusy(id)) void turns.ended(id).then(() => release(id))
    else release(id)
  }

  function release(id: string): void {
    // The cache may be closed by now: then this process is ending, and its mark goes with it.
    if (cache.db.open) store.release(id)
    holders.get(id)?.resolve()
    holders.delete(id)
  }

  async function open(previous: string | null, peer: Peer): Promise<string> {
    const own = byPeer.get(peer.id)
    if (own !== undefined) return own
    // The page that is loaded again may be here before the wire of the one before it has closed.
    if (previous !== null) await Promise.race([holders.get(previous)?.promise, sleep(handOverMs, null, { ref: false })])
    // Looking and taking are one: of two programs that start together, each gets another one.
    return cache.transaction(() => {
      const before = previous === null ? undefined : store.find(previous)
      const free = before !== undefined && isFree(before) ? before : store.list().find(isFree)
      const id = free?.id ?? randomUUID()
      take(peer, id)
      return id
    })
  }

  function of(peer: Peer): string {
    const id = byPeer.get(peer.id)
    if (id !== undefined) return id
    throw new Failure({ code: 'refused', message: 'This window has no workspace yet.' })
  }

  async function withoutSecrets(text: string): Promise<string> {
    return redact(text, await secretsIn(text))
  }

  /** The title of a tab begins as its text does. */
  async function entitled(tabs: readonly KeptTab[]): Promise<KeptTab[]> {
    const kept: KeptTab[] = []
    for (const tab of tabs) kept.push({ ...tab, title: tab.title === null ? null : await withoutSecrets(tab.title) })
    return kept
  }

  function save(workspace: string, { tabs, closed, ...layout }: Layout): Promise<null> {
    return turns.take(workspace, 'layout', async () => {
      store.save(workspace, { ...layout, tabs: await entitled(tabs), closed: await entitled(closed) })
      return null
    })
  }

  function write(workspace: string, tab: string, text: string): Promise<{ masked: boolean }> {
    return turns.take(workspace, tab, async () => {
      const secrets = await secretsIn(text)
      // Where the mask still stands in the place of a secret, the text has been kept without one.
      const wasMasked = store.texts.isMasked({ workspace, tab }) && text.includes(mask)
      const masked = secrets.length > 0 || wasMasked
      await store.texts.write({ workspace, tab }, redact(text, secrets), masked)
      return { masked }
    })
  }

  return {
    service: {
      open: async ({ previous }, { peer }) => {
        const workspace = await open(previous, peer)
        return { workspace, layout: store.layout(workspace) }
      },
      save: (layout, { peer }) => save(of(peer), layout),
      write: ({ tab, text }, { peer }) => write(of(peer), tab, text),
      text: async ({ tab }, { peer }) => {
        const workspace = of(peer)
        await turns.ended(workspace, tab)
        return store.texts.read({ workspace, tab })
      },
    },
    close: async () => {
      for (const peer of byPeer.keys()) letGo(peer)
      await Promise.all([...holders.values()].map(({ promise }) => promise))
    },
  }
}
