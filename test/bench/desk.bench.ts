/**
 * npm run bench:desk [-- PART … COUNT]: the budgets of the desk, in the built program in Chromium, each against psql where
 * it has a peer. COUNT rows and operations in place of all is for a trial, and judges nothing.
 */
import { build } from '../../scripts/build.js'
import { exporting } from './desk/export.ts'
import { Desk, type Part } from './desk/ground.ts'
import { rows } from './desk/rows.ts'
import { scroll } from './desk/scroll.ts'
import { start } from './desk/start.ts'
import { typing } from './desk/typing.ts'
import { type Figure, holds, sayFigure } from './figure.ts'

const parts: Readonly<Record<string, Part>> = { start, rows, scroll, export: exporting, history: typing }
const names = Object.keys(parts)

export default async function measure(wanted: string[]): Promise<unknown> {
  const counts = wanted.filter((each) => /^\d+$/.test(each)).map(Number)
  const unknown = wanted.filter((each) => !names.includes(each) && !/^\d+$/.test(each))
  if (unknown.length > 0) throw new Error(`No part (${names.join(', ')}) and no number: ${unknown.join(', ')}`)
  const broken = await build({ quiet: true })
  if (broken !== '') throw new Error(broken)
  const results: { part: string; figures: (Figure & { holds: boolean | null })[] }[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (names.some((each) => wanted.includes(each)) && !wanted.includes(name)) continue
    // A server and a browser of its own for each: what one leaves in memory is no other's.
    const desk = await Desk.open(counts[0])
    try {
      const figures = (await part(desk)).map((figure) => judged(figure, counts[0] !== undefined))
      for (const figure of figures) console.error(`${name.padEnd(8)} ${sayFigure(figure)}`)
      results.push({ part: name, figures })
    } finally {
      await desk.close()
    }
  }
  return results
}

function judged(figure: Figure, isTrial: boolean): Figure & { holds: boolean | null } {
  const { most: _most, least: _least, ...bare } = figure
  const shown = isTrial ? bare : figure
  return { ...shown, holds: holds(shown) }
}
