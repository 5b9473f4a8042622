import { onOneLine } from '../../core/exportFile.ts'
import { newestMigration, plan } from '../../core/framework/plan.ts'
import { quoteValue } from '../../core/quote.ts'
import type { Undertaking } from '../history/index.ts'
import { bundled } from './bundle.ts'
import type { Queryable } from './document.ts'
import { inspect } from './inspect.ts'

/** What is done with the framework, as the history names it. */
export type Deed = Pick<Undertaking, 'name' | 'sql' | 'filePath'> & Required<Pick<Undertaking, 'type' | 'category'>>

const maintenance = { type: 'MAINTENANCE', category: 'FRAMEWORK' } as const

/** An installation, or an upgrade where something is installed, with the files that it would run. */
export async function installation(database: Queryable): Promise<Deed> {
  const { installed } = await inspect(database)
  const { steps } = plan(installed, bundled)
  const what = installed.framework === null ? 'Installation' : 'Upgrade'
  return {
    ...maintenance,
    name: `${what} of the tracking framework`,
    sql: [
      `-- ${what} of the tracking framework, version ${newestMigration(bundled)}: ${steps.length} steps`,
      ...steps.map(({ kind, name, checksum }) => `-- ${kind} ${name}, SHA-256 ${checksum}`),
    ].join('\n'),
  }
}

/** An installation or an upgrade of which not even that could be read. */
export const unplanned: Deed = {
  ...maintenance,
  name: 'Installation or upgrade of the tracking framework',
  sql: '-- what is installed could not be read, and nothing was changed',
}

export function removal(file: string): Deed {
  return {
    ...maintenance,
    name: 'Removal of the tracking framework',
    sql: `-- the trail is exported to ${onOneLine(file)}, then the tracking framework is removed`,
    filePath: file,
  }
}

export const sealing: Deed = {
  ...maintenance,
  category: 'SEALS',
  name: 'Sealing of the trail',
  sql: 'select * from script_tracking.seal()',
}

/** @param from, to ISO 8601; all seals where they are absent */
export function verification({ from, to }: { from?: string | undefined; to?: string | undefined }): Deed {
  const span = from === undefined && to === undefined ? [] : [from ?? '-infinity', to ?? 'infinity']
  return {
    ...maintenance,
    category: 'SEALS',
    name: 'Verification of the seals',
    sql: `select * from script_tracking.verify(${span.map(quoteValue).join(', ')})`,
  }
}

export function exportOf(what: 'trail' | 'seals', file: string): Deed {
  return {
    type: 'EXPORT',
    category: what === 'trail' ? 'FRAMEWORK' : 'SEALS',
    name: `Export of the ${what}`,
    sql: `-- export of the whole ${what === 'trail' ? 'trail' : 'list of seals'} to ${onOneLine(file)}`,
    filePath: file,
  }
}
