import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import type { ExportReport } from '../../core/framework/contract.ts'
import { readDocument } from './document.ts'
import { inspect } from './inspect.ts'
import { exportTrail } from './trail.ts'

export interface ExportOptions {
  /** Where the trail is written; a new file in `exportFolder` when absent. */
  exportTo?: string | undefined
  exportFolder: string
}

/** The file that an export of this database goes to. */
export function exportFile(
  database: string,
  { exportTo, exportFolder }: ExportOptions,
  what: 'trail' | 'seals' = 'trail',
): string {
  return resolve(exportTo ?? join(exportFolder, fileName(what, database)))
}

/** The same; its folder is made where it is missing. */
export async function exportPath(
  database: string,
  options: ExportOptions,
  what: 'trail' | 'seals' = 'trail',
): Promise<string> {
  const path = exportFile(database, options, what)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return path
}

/**
 * Writes the whole trail to a file, as it stands at one moment; nothing changes and nobody waits.
 *
 * @throws Failure `refused` for a role that does not see all of it: an export that leaves out what one may not see
 * would pass for the whole
 */
export async function exportWhole(client: pg.Client, options: ExportOptions): Promise<ExportReport> {
  const { framework, role } = (await inspect(client)).installed
  if (framework === null) throw refused('The framework is not installed here: there is no trail.')
  if (!role.superuser && !role.ownsFramework) {
    throw refused(
      `Only ${framework.owner}, its members and superusers may export the whole trail; ${role.name} is none of them.`,
    )
  }
  const database = await readDocument(client, z.string(), databaseSql)
  const exportedTo = await exportPath(database, options)
  await client.query('begin transaction isolation level repeatable read read only')
  try {
    await client.query(
      'set local search_path = pg_catalog, pg_temp; set local row_security = off; set local statement_timeout = 0',
    )
    const executions = await exportTrail(client, exportedTo)
    return { exportedTo, executions }
  } finally {
    // It only read; and a session that is cut has ended it by itself.
    await client.query('rollback').catch(() => undefined)
  }
}

const databaseSql = 'select pg_catalog.to_json(pg_catalog.current_database())::text as document'

function fileName(what: string, database: string): string {
  const safe = database.replaceAll(/[^\p{L}\p{N}_-]/gu, '_')
  return `${what}-${safe}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`
}

function refused(message: string): Failure {
  return new Failure({ code: 'refused', message })
}
