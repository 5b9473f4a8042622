import { createHash } from 'node:crypto'
import { Failure } from '../../../src/core/fault.ts'
import type { Layout } from '../../../src/core/workspace/contract.ts'
import type { App } from './app.ts'

/** Something that writes rows at the server, under a number of its own. */
export interface Deed {
  number: number
  kind: 'statements' | 'failing' | 'transaction' | 'statement' | 'manual' | 'edit'
  /** Rows that it writes when all of it is committed. */
  rows: number
  /** As soon as the window has been told. */
  operation: string | null
  /** What the window was told of its end. */
  told: string | null
}

/** An export that the browser fetches. */
export interface Fetched {
  operation: string
  /** SHA-256 of what came, where the transfer came to a regular end; `broken` where it did not. */
  came: Promise<{ sha256: string } | 'broken'>
  /** SHA-256 that the window was told at the end. */
  told: string | null
}

/** Something that is sent again and again: what was answered the last time, and what was sent after that. */
export interface Sent<T> {
  answered: T | null
  underWay: T | null
}

/** All that was done at a window until it was killed. */
export interface Work {
  deeds: Deed[]
  fetched: Fetched[]
  layout: Sent<Layout>
  /** By tab. */
  texts: Map<string, Sent<string>>
}

export const exportedRows = 60_000

interface Place {
  app: App
  connection: string
  chance(below: number): number
  /** Numbers for deeds, each given once. */
  next(): number
}

/**
 * Runs, exports, edits and writes at one window, all at once and again and again, until its process ends.
 *
 * @returns what is being done, at once; `under` resolves when each of them has begun, `ended` when all have noticed the end
 */
export function workUntilKilled(place: Place): { work: Work; under: Promise<unknown>; ended: Promise<unknown> } {
  const work: Work = {
    deeds: [],
    fetched: [],
    layout: { answered: null, underWay: null },
    texts: new Map(),
  }
  const loops = [runs, edits, exports, writes].map((loop) => {
    const begun = Promise.withResolvers<void>()
    return { begun: begun.promise, ended: untilClosed(() => loop(place, work, begun.resolve)) }
  })
  const ended = Promise.all(loops.map((loop) => loop.ended))
  // Whoever waits for `under` hears of a failure there, before this is waited for.
  ended.catch(() => {})
  return {
    work,
    // One that fails before it begins is not waited for.
    under: Promise.all(loops.map((loop) => Promise.race([loop.begun, loop.ended]))),
    ended,
  }
}

/** Every call fails when the process is gone; any other failure is one of the test. */
async function untilClosed(loop: () => Promise<never>): Promise<void> {
  try {
    await loop()
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.fault.code !== 'wire_closed') throw thrown
  }
}

async function runs({ app, connection, chance, next }: Place, work: Work, begun: () => void): Promise<never> {
  const { editor } = app.api
  const { session } = await editor.open({ connection })
  const run = async (deed: Deed | null, sql: string, transaction: 'auto' | 'manual' = 'auto'): Promise<void> => {
    const { operation, status } = await editor.run(
      { session, sql, transaction },
      {
        onEvent: (event) => {
          if (event.kind === 'started' && deed !== null) deed.operation = event.operation
          begun()
        },
      },
    )
    if (deed !== null) Object.assign(deed, { operation, told: status })
  }
  for (;;) {
    const kinds = ['statements', 'failing', 'transaction', 'statement', 'manual'] as const
    const kind = kinds[chance(kinds.length)] ?? 'statements'
    const rows = 1 + chance(12)
    const deed: Deed = { number: next(), kind, rows, operation: null, told: null }
    work.deeds.push(deed)
    const inserts = Array.from(
      { length: rows },
      (_, step) => `insert into deed select ${deed.number}, ${step} from pg_sleep(0.004);`,
    ).join('\n')
    switch (kind) {
      case 'statements':
        await run(deed, inserts)
        break
      case 'failing':
        await run(deed, `${inserts} select 1/0;`)
        break
      case 'transaction':
        await run(deed, `begin; ${inserts} commit;`)
        break
      case 'statement':
        await run(
          deed,
          `insert into deed select ${deed.number}, step from generate_series(0, ${rows - 1}) step, pg_sleep(0.03)`,
        )
        break
      case 'manual':
        await run(deed, inserts, 'manual')
        await run(null, chance(2) === 0 ? 'commit' : 'rollback')
    }
  }
}

/** Each edit changes the rows of deed 0, and adds rows of its own. */
async function edits({ app, connection, next }: Place, work: Work, begun: () => void): Promise<never> {
  const { editor } = app.api
  const { session } = await editor.open({ connection })
  for (;;) {
    const number = next()
    const results: (string | null)[] = []
    await editor.run(
      { session, sql: 'select number, step, note from deed where number = 0 order by step' },
      { onEvent: (event) => (event.kind === 'result' ? results.push(event.result.result) : undefined) },
    )
    const deed: Deed = { number, kind: 'edit', rows: 10, operation: null, told: null }
    work.deeds.push(deed)
    const made = editor.applyEdits({
      result: results[0] ?? '',
      changes: Array.from({ length: 10 }, (_, step) => [
        { kind: 'update' as const, row: step, set: [{ column: 2, to: { text: `${number}` } }] },
        {
          kind: 'insert' as const,
          set: [
            { column: 0, to: { text: `${number}` } },
            { column: 1, to: { text: `${step}` } },
          ],
        },
      ]).flat(),
    })
    begun()
    const { operation, made: isMade } = await made
    Object.assign(deed, { operation, told: isMade ? 'COMPLETED' : 'not made' })
  }
}

async function exports({ app, connection }: Place, work: Work, begun: () => void): Promise<never> {
  const { editor } = app.api
  const { session } = await editor.open({ connection })
  for (;;) {
    const results: (string | null)[] = []
    await editor.run(
      { session, sql: `select n, md5(n::text) from generate_series(1, ${exportedRows}) n` },
      { onEvent: (event) => (event.kind === 'result' ? results.push(event.result.result) : undefined) },
    )
    let operation = ''
    let fetched: Fetched | undefined
    const outcome = await editor.export(
      { result: results[0] ?? '', format: { kind: 'csv' }, fileName: 'numbers' },
      {
        onEvent: (event) => {
          if (event.kind === 'started') operation = event.operation
          if (event.kind !== 'download') return
          fetched = { operation, came: fetchFile(app, event.url), told: null }
          work.fetched.push(fetched)
          begun()
        },
      },
    )
    if (fetched !== undefined && outcome !== null) fetched.told = outcome.sha256
  }
}

/** As a browser does: what ends before its end is no file. */
async function fetchFile({ origin, cookie }: App, url: string): Promise<{ sha256: string } | 'broken'> {
  try {
    const response = await fetch(origin + url, { headers: { cookie } })
    if (response.status !== 200) return 'broken'
    return {
      sha256: createHash('sha256')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('hex'),
    }
  } catch {
    return 'broken'
  }
}

/** Opens tabs, closes tabs, and types in them. */
async function writes({ app, connection, chance }: Place, work: Work, begun: () => void): Promise<never> {
  const { workspace } = app.api
  let count = 0
  let open: Layout['tabs'] = []
  // What an earlier window has left is closed: its texts go with it.
  const nothing: Layout = { tabs: [], closed: [], active: null, current: null }
  work.layout.underWay = nothing
  await workspace.save(nothing)
  work.layout = { answered: nothing, underWay: null }
  for (;;) {
    if (open.length === 0 || chance(6) === 0) {
      count += 1
      const id = `tab-${count}`
      open = [
        ...open,
        { id, connection, view: 'editor', target: '{"view":"editor","kept":true}', title: `Tab ${count}` },
      ]
      if (open.length > 4) open = open.slice(1)
      const layout: Layout = { tabs: open, closed: [], active: open.at(-1)?.id ?? null, current: connection }
      work.layout.underWay = layout
      await workspace.save(layout)
      work.layout = { answered: layout, underWay: null }
    }
    const tab = open[chance(open.length)]?.id ?? ''
    const text = `select ${chance(1_000_000)} -- ${'x'.repeat(chance(20_000))}`
    const sent = work.texts.get(tab) ?? { answered: null, underWay: null }
    work.texts.set(tab, sent)
    sent.underWay = text
    await workspace.write({ tab, text })
    sent.answered = text
    sent.underWay = null
    begun()
  }
}
