import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { Fault } from '../fault.ts'
import type { TreeRow } from './tree.ts'

/** How the catalog that is shown was come by. */
export interface CatalogStanding {
  /** Read from the server since the connection was opened; false for the copy that this machine kept. */
  live: boolean
  /** ISO 8601, UTC. */
  readAt: string
  /** What could not be read, and why: one sentence each. */
  notes: readonly string[]
  /** Why the copy is shown, where the server was asked and did not answer. */
  problem: Fault | null
}

export interface TreeWindow extends CatalogStanding {
  /** The rows from `from` on, as many as were asked for. */
  rows: TreeRow[]
  /** How many rows there are in all. */
  total: number
}

const nodeId = z.string().min(1).max(200)

/** Kinds of objects whose definition can be shown. */
export const definedKinds = ['relation', 'routine', 'type', 'index', 'trigger'] as const
export type DefinedKind = (typeof definedKinds)[number]

export const catalog = {
  /**
   * A window of the object tree, as it stands with these nodes open. With `search`, only what has the words in its
   * name, under the nodes that lead to it, and `expanded` is not looked at.
   *
   * @throws Failure `unavailable` offline, where this machine has kept nothing of the database
   */
  tree: call(
    z.strictObject({
      connection: connectionId,
      expanded: z.array(nodeId).max(5_000),
      search: z.string().max(200).default(''),
      from: z.int().min(0),
      count: z.int().min(1).max(500),
    }),
  ).returns<TreeWindow>(),
  /** The statement that would make the object, as the server's own functions print it. */
  definition: call(
    z.strictObject({ connection: connectionId, kind: z.enum(definedKinds), oid: z.int().min(1).max(4_294_967_295) }),
  ).returns<{ sql: string }>(),
  /** Reads the catalog again, now. */
  refresh: call(z.strictObject({ connection: connectionId })).returns<CatalogStanding>(),
  /** Ends when it is cancelled; tells each time when the catalog of this connection was read anew. */
  watch: call(z.strictObject({ connection: connectionId }))
    .emits<{ readAt: string }>()
    .returns<null>(),
}
