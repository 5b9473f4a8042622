import { authTables } from './auth.ts'
import { careTables, claimCount, hasClaim } from './care.ts'
import { copyLine } from './copy.ts'
import { countFlaws } from './fate.ts'
import { type Flaw, type FlawId, flaws } from './flaws.ts'
import { peopleTables } from './people.ts'
import { isReader, shopTables } from './shop.ts'
import type { Table } from './table.ts'
import { type Planned, plans, type SampleOptions, World } from './world.ts'

export interface PlantedFlaw extends Flaw {
  id: FlawId
  /** How many there are: exactly what the query in `sql` counts. */
  count: number
}

export interface Sample {
  /** In an order in which every row finds what it refers to, the circles between tables apart. */
  tables: Table[]
  flaws: PlantedFlaw[]
}

export const defaultSample: SampleOptions = { scale: 1, seed: 20_260_701 }

/**
 * The sample database, row by row: a group of clinics with a web shop. The same options make the same rows
 * on every machine. All people, addresses, numbers and illnesses are invented.
 *
 * @throws RangeError for a scale or seed out of range
 */
export function makeSample(options: SampleOptions = defaultSample): Sample {
  const world = new World(options)
  return {
    tables: [...peopleTables(world), ...careTables(world), ...shopTables(world), ...authTables(world)],
    flaws: plantedFlaws(world),
  }
}

/** The rows of a table as COPY's text, in pieces of about 64 kB. */
export function* copyText(table: Table): Generator<{ text: string; rows: number }, void, undefined> {
  let text = ''
  let rows = 0
  for (const row of table.rows()) {
    text += copyLine(row)
    rows += 1
    if (text.length > 65_536) {
      yield { text, rows }
      text = ''
      rows = 0
    }
  }
  if (rows > 0) yield { text, rows }
}

function plantedFlaws(world: World): PlantedFlaw[] {
  const counts = new Map<FlawId, number>()
  const count = (planned: Planned, rows: number, isInTable?: (row: number) => boolean) =>
    countFlaws(counts, plans[planned], world.fate[planned], rows, isInTable)
  count('person', world.people)
  count('address', world.people)
  count('employee', world.employees)
  count('visit', world.visits)
  count('labResult', world.labResults)
  count('claim', claimCount(world), (row) => hasClaim(world, row))
  count('labImport', world.labImports)
  count('product', world.products)
  count('order', world.orders)
  count('payment', world.orders)
  count('review', world.reviews)
  count('newsletter', world.newsletters, (row) => isReader(world, row))
  count('account', world.people, (row) => world.hasAccount(row))
  count('session', world.sessions)
  count('loginAttempt', world.loginAttempts)
  return [...counts].map(([id, found]) => ({ id, count: found, ...flaws[id] }))
}
