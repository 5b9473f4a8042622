import { open, unlink } from 'node:fs/promises'
import type pg from 'pg'
import { z } from 'zod'

const pageRows = 200

/**
 * One JSON document a line, oldest first: what was installed, what could not be recorded, and every state as people
 * read it (`execution`) beside the ledger's own row, from which its hash can be computed again (`row`).
 */
const linesSql = `
  select line from (
    select 1 as part, f.applied_at as at, 0::bigint as number,
      json_build_object('kind', 'file', 'row', row_to_json(f))::text as line
    from script_tracking.applied_file f
    union all
    select 2, e.failed_at, 0, json_build_object('kind', 'error', 'row', row_to_json(e))::text
    from script_tracking.tracking_error e
    union all
    select 3, l.recorded_at, l.version_number,
      json_build_object('kind', 'state', 'execution', row_to_json(s), 'row', row_to_json(l))::text
    from script_tracking.ledger l
    join script_tracking.execution_state s on s.version_number = l.version_number and s.load_date = l.recorded_at
  ) lines
  order by part, at, number`

const page = z.array(z.object({ line: z.string() }))
const count = z.object({ executions: z.string() })

async function nextPage(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`fetch ${pageRows} from trail`)
  return page.parse(rows).map(({ line }) => line)
}

/**
 * Writes the trail to a new file that its owner alone may read, within the transaction that is open, and returns when
 * it is on disk.
 *
 * @returns how many executions there are
 * @throws EEXIST where there is such a file; on any error no file is left behind
 */
export async function exportTrail(client: pg.Client, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    await client.query(`declare trail no scroll cursor for ${linesSql}`)
    for (let lines = await nextPage(client); lines.length > 0; lines = await nextPage(client)) {
      await file.write(lines.map((line) => `${line}\n`).join(''))
    }
    await client.query('close trail')
    await file.sync()
  } catch (thrown) {
    await file.close()
    await unlink(path)
    throw thrown
  }
  await file.close()
  const { rows } = await client.query(
    'select pg_catalog.count(*)::text as executions from script_tracking.script_execution_h',
  )
  return Number(count.parse(rows[0]).executions)
}
