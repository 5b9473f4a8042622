import { z } from 'zod'
import type { Erased } from '../../core/history/contract.ts'
import { mask } from '../../core/history/redact.ts'
import type { Cache } from '../cache/open.ts'

const savedRow = z.object({ id: z.string(), folder: z.string(), name: z.string() })
const snippetRow = z.object({ name: z.string() })
const textRow = z.object({
  workspace: z.string(),
  tab: z.string(),
  generation: z.int(),
  closed: z.int().nullable(),
  instance: z.string().nullable(),
})
const pieceRow = z.object({ content: z.string() })

/** No piece of a kept text is longer, in UTF-16 units; see main/workspace/texts.ts. */
const pieceCharacters = 250_000

/** Masks a text in what the cache holds beside the history: what a person has typed, and what was kept of it. */
export function createEraseBeside(cache: Cache) {
  const { db } = cache
  const forgetValues = db.prepare(
    'delete from remembered_parameter where instr(value, :secret) or instr(statement, :secret) or instr(name, :secret)',
  )
  const saved = cache.query(
    'select id, folder, name from saved_query where instr(sql, :secret) or instr(name, :secret) order by folder, name',
    savedRow,
  )
  const maskSaved = db.prepare(
    `update saved_query set sql = replace(sql, :secret, '${mask}'), name = replace(name, :secret, '${mask}'),
       version = version + 1 where id = :id`,
  )
  const snippets = cache.query(
    'select name from snippet where instr(body, :secret) or instr(title, :secret) order by name',
    snippetRow,
  )
  const texts = cache.query(
    `select t.workspace, t.tab, t.generation, tab.closed, w.instance
     from workspace_text t join workspace w on w.id = t.workspace
       left join workspace_tab tab on tab.workspace = t.workspace and tab.id = t.tab`,
    textRow,
  )
  const pieces = cache.query(
    `select content from workspace_piece where workspace = :workspace and tab = :tab and generation = :generation
     order by position`,
    pieceRow,
  )
  const dropPieces = db.prepare('delete from workspace_piece where workspace = :workspace and tab = :tab')
  const putPiece = db.prepare(
    `insert into workspace_piece (workspace, tab, generation, position, content)
     values (:workspace, :tab, :generation, :position, :content)`,
  )
  const setMasked = db.prepare('update workspace_text set masked = 1 where workspace = :workspace and tab = :tab')
  const maskTabs = db.prepare(
    `update workspace_tab set title = replace(title, :secret, '${mask}'), target = replace(target, :json, '${mask}')
     where (instr(title, :secret) or instr(target, :json)) and workspace not in (select value from json_each(:live))`,
  )

  /** A text that a window has open would be kept again with its next change. */
  function isOpen({ instance, closed }: z.output<typeof textRow>): boolean {
    return closed !== 1 && instance !== null && cache.isAlive(instance)
  }

  function maskTexts(secret: string): Pick<Erased, 'tabs' | 'openTabs'> {
    const counts = { tabs: 0, openTabs: 0 }
    for (const text of texts.all()) {
      const { workspace, tab, generation } = text
      const at = { workspace, tab }
      const content = pieces
        .all({ ...at, generation })
        .map((piece) => piece.content)
        .join('')
      if (!content.includes(secret)) continue
      if (isOpen(text)) {
        counts.openTabs += 1
        continue
      }
      counts.tabs += 1
      const masked = content.replaceAll(secret, mask)
      dropPieces.run(at)
      for (let from = 0, position = 0; from < masked.length; position += 1) {
        const end = wholeEnd(masked, from + pieceCharacters)
        putPiece.run({ ...at, generation, position, content: masked.slice(from, end) })
        from = end
      }
      setMasked.run(at)
    }
    const live = texts
      .all()
      .filter(({ instance }) => instance !== null && cache.isAlive(instance))
      .map(({ workspace }) => workspace)
    maskTabs.run({ secret, json: JSON.stringify(secret).slice(1, -1), live: JSON.stringify(live) })
    return counts
  }

  /** @param inSaved also in saved queries: they are a person's own, and are run as they stand */
  return (secret: string, inSaved: boolean): Omit<Erased, 'operations' | 'inFile'> =>
    cache.transaction(() => {
      const parameters = forgetValues.run({ secret }).changes
      const holding = saved.all({ secret })
      if (inSaved) for (const { id } of holding) maskSaved.run({ id, secret })
      const left = inSaved ? [] : holding.map(({ folder, name }) => (folder === '' ? name : `${folder}/${name}`))
      return {
        parameters,
        savedQueries: inSaved ? holding.length : 0,
        left: [...left, ...snippets.all({ secret }).map(({ name }) => `the snippet ${name}`)].map((name) =>
          name.replaceAll(secret, mask),
        ),
        ...maskTexts(secret),
      }
    })
}

/** Not in the middle of a surrogate pair. */
function wholeEnd(text: string, end: number): number {
  return end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : Math.min(end, text.length)
}
