import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import type { KeptText } from '../../core/workspace/contract.ts'
import type { Cache } from '../cache/open.ts'

/** Characters that are written at once, in UTF-16 units: a few milliseconds, after which others have a turn. */
const pieceCharacters = 250_000

const textRow = z.object({ generation: z.int(), masked: z.literal([0, 1]) })
const pieceRow = z.object({ content: z.string() })
const place = 'workspace = :workspace and tab = :tab'

interface Place {
  workspace: string
  tab: string
}

/**
 * The texts of the tabs, in pieces. Until the last piece of a new text is there, the one before is the text: a
 * process that is killed in between leaves that one.
 */
export function createTexts(cache: Cache) {
  const { db } = cache
  const find = cache.query(`select generation, masked from workspace_text where ${place}`, textRow)
  const pieces = cache.query(
    `select content from workspace_piece where ${place} and generation = :generation order by position`,
    pieceRow,
  )
  const drop = db.prepare(`delete from workspace_text where ${place}`)
  const dropPieces = db.prepare(`delete from workspace_piece where ${place}`)
  const dropUnused = db.prepare(`
    delete from workspace_piece where ${place}
      and generation is not (select generation from workspace_text where ${place})`)
  const dropGone = ['workspace_text', 'workspace_piece'].map((table) =>
    db.prepare(`
      delete from ${table} where workspace = :workspace
        and tab not in (select id from workspace_tab where workspace = :workspace)`),
  )
  const insert = db.prepare(`
    insert into workspace_piece (workspace, tab, generation, position, content)
    values (:workspace, :tab, :generation, :position, :content)`)
  const turn = db.prepare(`
    insert into workspace_text (workspace, tab, generation, masked) values (:workspace, :tab, :generation, :masked)
    on conflict (workspace, tab) do update set generation = excluded.generation, masked = excluded.masked`)

  return {
    read: (at: Place): KeptText => {
      const kept = find.get({ ...at })
      if (kept === undefined) return { text: null, masked: false }
      const contents = pieces.all({ ...at, generation: kept.generation })
      return { text: contents.map(({ content }) => content).join(''), masked: kept.masked === 1 }
    },
    isMasked: (at: Place): boolean => find.get({ ...at })?.masked === 1,
    /** Of one tab, one at a time. */
    write: async (at: Place, content: string, masked: boolean): Promise<void> => {
      if (content === '') {
        cache.transaction(() => {
          drop.run(at)
          dropPieces.run(at)
        })
        return
      }
      const generation = (find.get({ ...at })?.generation ?? 0) + 1
      const parts = partsOf(content)
      const last = parts.pop() ?? ''
      // What an unfinished write has left has this number too.
      dropUnused.run(at)
      for (const [position, part] of parts.entries()) {
        insert.run({ ...at, generation, position, content: part })
        await nextTurn()
      }
      cache.transaction(() => {
        insert.run({ ...at, generation, position: parts.length, content: last })
        turn.run({ ...at, generation, masked: masked ? 1 : 0 })
        dropUnused.run(at)
      })
    },
    /** Forgets the texts of tabs that are there no more. */
    dropGone: (workspace: string): void => {
      for (const statement of dropGone) statement.run({ workspace })
    },
  }
}

/** None of them ends in the middle of a surrogate pair. */
function partsOf(content: string): string[] {
  const parts: string[] = []
  for (let at = 0; at < content.length; ) {
    let end = Math.min(content.length, at + pieceCharacters)
    if (end < content.length && /[\ud800-\udbff]/.test(content.charAt(end - 1))) end -= 1
    parts.push(content.slice(at, end).toWellFormed())
    at = end
  }
  return parts
}
