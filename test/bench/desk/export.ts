import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newQuery, outcome, panel, runAll } from '../../e2e/window.ts'
import type { Figure } from '../figure.ts'
import { spread } from '../harness.ts'
import type { Part } from './ground.ts'
import { openPsql } from './psql.ts'

const pairs = 5
const warmUp = 1

/** The ways that the window offers, the one that it proposes first. */
const ways = [
  { choice: 'Run the query again (fastest)', what: 'by running its query again' },
  { choice: 'As shown', what: 'as shown' },
] as const

/** The export of a result to CSV by the window, until the file is whole, against psql's `\copy` of the same query. */
export const exporting: Part = async (desk) => {
  const rows = desk.upTo(1_000_000)
  const server = await desk.server()
  const database = await desk.visits(rows)
  const { page } = await desk.appAt(database)
  const file = join(await desk.folder(), 'psql.csv')
  const psql = await openPsql(server.url(database))
  await newQuery(page)

  const atPsql = (): Promise<number> =>
    psql.whole(`\\copy (select * from visit) to '${file}' with (format csv, header)`)

  async function atApp(choice: string): Promise<{ ms: number; bytes: number }> {
    await runAll(page, 'select * from visit')
    await outcome(page).getByText('More rows at the server').waitFor()
    await panel(page).getByRole('button', { name: 'Export', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Export the result' })
    await dialog.getByRole('combobox', { name: 'Rows' }).click()
    await page.getByRole('option', { name: choice, exact: true }).click()
    const downloading = page.waitForEvent('download')
    const began = performance.now()
    await dialog.getByRole('button', { name: 'Export' }).click()
    const download = await downloading
    const path = await download.path()
    const ms = performance.now() - began
    const bytes = (await stat(path)).size
    await download.delete()
    await panel(page).getByRole('region', { name: 'Export' }).getByText(rows.toLocaleString('en')).first().waitFor()
    return { ms, bytes }
  }

  const figures: Figure[] = []
  for (const { choice, what } of ways) {
    const times: { psql: number; app: number }[] = []
    let size = 0
    for (let pair = 0; pair < warmUp + pairs; pair += 1) {
      const psqlMs = await atPsql()
      const { ms, bytes } = await atApp(choice)
      times.push({ psql: psqlMs, app: ms })
      size = bytes
    }
    const counted = times.slice(warmUp)
    const ratio = spread(counted.map(({ psql, app }) => app / psql))
    figures.push({
      what: `export of ${rows.toLocaleString('en')} rows to CSV ${what}, of the time of psql ${psql.version} with \\copy`,
      value: ratio.median,
      unit: 'ratio',
      most: 2,
      detail: {
        ratio,
        psql: spread(counted.map(({ psql }) => psql)),
        app: spread(counted.map(({ app }) => app)),
        bytes: { psql: (await stat(file)).size, app: size },
      },
    })
  }
  await psql.close()
  return figures
}
