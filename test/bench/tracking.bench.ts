/**
 * npm run bench:tracking [-- PART … MAJOR …]: the framework's budgets, on PostgreSQL 15 and 18, each against the same
 * commands in the same server without the framework. It refuses nothing: it says which budgets hold.
 */
import { type Figure, holds, sayFigure } from './figure.ts'
import { Ground, type Part } from './tracking/ground.ts'

const parts = import.meta.glob<Record<string, Part>>('./tracking/{ddl,calls,storage,views,seals,rows,versions}.ts', {
  eager: true,
})
const majors = [15, 18] as const

type Judged = Figure & { holds: boolean | null }

export default async function measure(wanted: string[]): Promise<unknown> {
  const names = ['ddl', 'calls', 'storage', 'views', 'seals', 'rows', 'versions'].filter(
    (name) => `./tracking/${name}.ts` in parts,
  )
  const unknown = wanted.filter((each) => !names.includes(each) && !majors.some((major) => String(major) === each))
  if (unknown.length > 0) throw new Error(`Neither a part (${names.join(', ')}) nor 15 nor 18: ${unknown.join(', ')}`)
  const chosen = <T>(all: readonly T[]): T[] => {
    const some = all.filter((each) => wanted.includes(String(each)))
    return some.length > 0 ? some : [...all]
  }
  const results: { major: number; part: string; figures: Judged[] }[] = []
  for (const major of chosen(majors)) {
    const ground = await Ground.start(major)
    try {
      for (const name of chosen(names)) {
        const [part] = Object.values(parts[`./tracking/${name}.ts`] ?? {})
        if (part === undefined) throw new Error(`test/bench/tracking/${name}.ts exports nothing.`)
        const figures = (await part(ground)).map((figure) => ({ ...figure, holds: holds(figure) }))
        for (const figure of figures) console.error(`${major}  ${name.padEnd(8)} ${sayFigure(figure)}`)
        results.push({ major, part: name, figures })
      }
    } finally {
      await ground.stop()
    }
  }
  return results
}
