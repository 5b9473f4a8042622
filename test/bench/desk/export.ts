import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newQuery, outcome, panel, runAll } from '../../e2e/window.ts'
import { spread } from '../harness.ts'
import type { Part } from './ground.ts'
import { openPsql } from './psql.ts'

const pairs = 5
const warmUp = 1

/** The export of a result to CSV by the window, until the file is whole, against psql's `\copy` of the same query. */
export const exporting: Part = async (desk) => {
  const rows = desk.upTo(1_000_000)
  const server = await desk.server()
  const database = await desk.visits(rows)
  const { page } = await desk.appAt(database)
  const file = join(await desk.folder(), 'psql.csv')
  const psql = await openPsql(server.url(database))
  await newQuery(page)
  const times: { psql: number; app: number }[] = []
  const sizes: { psql: number; app: number }[] = []
  for (let pair = 0; pair < warmUp + pairs; pair += 1) {
    const atPsql = await psql.whole(`\\copy (select * from visit) to '${file}' with (format csv, header)`)

    await runAll(page, 'select * from visit')
    await outcome(page).getByText('More rows at the server').waitFor()
    await panel(page).getByRole('button', { name: 'Export', exact: true }).click()
    const button = page.getByRole('dialog', { name: 'Export the result' }).getByRole('button', { name: 'Export' })
    await button.waitFor()
    const downloading = page.waitForEvent('download')
    const began = performance.now()
    await button.click()
    const download = await downloading
    const path = await download.path()
    times.push({ psql: atPsql, app: performance.now() - began })
    sizes.push({ psql: (await stat(file)).size, app: (await stat(path)).size })
    await download.delete()
    await panel(page).getByRole('region', { name: 'Export' }).getByText(rows.toLocaleString('en')).first().waitFor()
  }
  await psql.close()
  const counted = times.slice(warmUp)
  const ratio = spread(counted.map(({ psql, app }) => app / psql))
  return [
    {
      what: `export of ${rows.toLocaleString('en')} rows to CSV, of the time of psql ${psql.version} with \\copy`,
      value: ratio.median,
      unit: 'ratio',
      most: 2,
      detail: {
        ratio,
        psql: spread(counted.map(({ psql }) => psql)),
        app: spread(counted.map(({ app }) => app)),
        bytes: sizes.at(-1),
      },
    },
  ]
}
