import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { Peer, Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import { createWorkspaceStore } from './store.ts'

export interface Workspaces {
  service: Services<Api>['workspace']
  close(): void
}

/** How long a window that is loaded again waits for its former self to let go, in milliseconds. */
const handOverMs = 2_000

/** Who has which workspace. A window has at most one, and a workspace at most one window. */
export function createWorkspaces({ cache }: { cache: Cache }): Workspaces {
  const store = createWorkspaceStore(cache)
  const byPeer = new Map<number, string>()
  /** Of each workspace that a window of this process has: told when it lets go. */
  const holders = new Map<string, PromiseWithResolvers<void>>()

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

  return {
    service: {
      open: async ({ previous }, { peer }) => {
        const workspace = await open(previous, peer)
        return { workspace, layout: store.layout(workspace) }
      },
      save: (layout, { peer }) => {
        store.save(of(peer), layout)
        return null
      },
      write: ({ tab, text }, { peer }) => {
        store.write(of(peer), tab, text)
        return null
      },
      text: ({ tab }, { peer }) => ({ text: store.text(of(peer), tab) }),
    },
    close: () => {
      for (const peer of byPeer.keys()) letGo(peer)
    },
  }
}
