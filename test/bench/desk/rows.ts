import { newQuery, runAll, write } from '../../e2e/window.ts'
import type { Figure } from '../figure.ts'
import { spread } from '../harness.ts'
import type { Part } from './ground.ts'
import { painted } from './painted.ts'
import { openPsql } from './psql.ts'

const pairs = 9
const warmUp = 2

/** The first rows of a large table, from the key that runs the query until they are painted, against psql. */
export const rows: Part = async (desk) => {
  const database = await desk.visits(desk.upTo(10_000_000))
  const server = await desk.server()
  const { page } = await desk.appAt(database)
  await newQuery(page)
  const times: { psql: number; app: number }[] = []
  let version = ''
  for (let pair = 0; pair < warmUp + pairs; pair += 1) {
    // As many rows at a time as the window asks for.
    const psql = await openPsql(server.url(database), { FETCH_COUNT: '200' })
    version = psql.version
    const atPsql = await psql.firstRows('select * from visit')
    await psql.close()

    await runAll(page, "select 'something else' as visit")
    await page.getByRole('gridcell', { name: 'something else' }).waitFor()
    await write(page, 'select * from visit')
    const shown = await painted(page, {
      key: 'Enter',
      selector: '[role=tabpanel]:not([hidden]) [role=gridcell]',
      text: 'ward 1',
    })
    await page.keyboard.press('ControlOrMeta+Shift+Enter')
    times.push({ psql: atPsql, app: await shown() })
  }
  const counted = times.slice(warmUp)
  const later = spread(counted.map(({ psql, app }) => app - psql))
  const figures: Figure[] = [
    {
      what: `first rows on screen, later than psql ${version} with FETCH_COUNT=200 has them`,
      value: later.median,
      unit: 'ms',
      most: 300,
      detail: {
        later,
        psql: spread(counted.map(({ psql }) => psql)),
        app: spread(counted.map(({ app }) => app)),
      },
    },
  ]
  return figures
}
