import { type FileHandle, open, unlink } from 'node:fs/promises'
import type pg from 'pg'
import { z } from 'zod'

const pageRows = 200

/** A row with every value as text in PostgreSQL's own form, so that no reader of JSON rounds a number of 64 bits. */
const asTexts = (row: string, own = '') =>
  `(select json_object_agg(e.key, e.value) from jsonb_each_text(to_jsonb(${row})${own}) e)`

/**
 * One JSON document a line, oldest first: where this was, what was installed, what could not be recorded, every state
 * as people read it (`execution`) beside the ledger's own row, from which its hash can be computed again (`row`), the
 * long texts, and the seals. docs/seal-format.md says how the whole is checked. `otherTablesSql` has what follows.
 */
const linesSql = `
  select line from (
    select 0 as part, null::timestamptz as at, 0::bigint as number,
      json_build_object('kind', 'place', 'row', json_build_object(
        'system_identifier', p.system_identifier::text, 'timeline', p.timeline::text, 'database_oid', p.database_oid::text,
        'database_name', p.database_name, 'ledger_snapshot', txid_current_snapshot()::text,
        'encoding', getdatabaseencoding()))::text as line
    from script_tracking.this_place() p
    union all
    select 1, f.applied_at, 0, json_build_object('kind', 'file', 'row', row_to_json(f))::text
    from script_tracking.applied_file f
    union all
    select 2, e.failed_at, 0, json_build_object('kind', 'error', 'row', row_to_json(e))::text
    from script_tracking.tracking_error e
    union all
    select 3, l.recorded_at, l.version_number,
      json_build_object('kind', 'state', 'execution', row_to_json(s), 'row', ${asTexts(
        'l',
        ` || jsonb_build_object('objects', l.objects::text, 'detail', l.detail::text, 'metadata', l.metadata::text)`,
      )})::text
    from script_tracking.ledger l
    join script_tracking.execution_state s on s.version_number = l.version_number and s.load_date = l.recorded_at
    union all
    select 4, l.recorded_at, l.version_number,
      json_build_object('kind', 'state', 'execution', null, 'row', ${asTexts(
        'l',
        ` || jsonb_build_object('objects', l.objects::text, 'detail', l.detail::text, 'metadata', l.metadata::text)`,
      )})::text
    from script_tracking.archived_ledger l
    union all
    select 5, t.recorded_at, 0, json_build_object('kind', 'text', 'row', ${asTexts('t')})::text
    from script_tracking.kept_text t
    union all
    select 6, s.sealed_at, s.seal_number, json_build_object('kind', 'seal', 'row', ${asTexts('s')})::text
    from script_tracking.seal s
    union all
    select 7, null, c.seal_number, json_build_object('kind', 'section', 'row', ${asTexts('c')})::text
    from script_tracking.seal_section c
    union all
    select 8, null, b.seal_number, json_build_object('kind', 'block', 'row', ${asTexts(
      'b',
      ` || jsonb_build_object('versions', b.versions::text)`,
    )})::text
    from script_tracking.seal_block b
    union all
    select 9, a.recorded_at, 0, json_build_object('kind', 'archive', 'row', ${asTexts('a')})::text
    from script_tracking.archive a
  ) lines
  order by part, at, number`

/**
 * The other tables that hold something: row changes, the audit, tenants, versions, all that is governed. Not what
 * keys are masked with: whoever had it could find short values by trying.
 */
const otherTablesSql = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition
    and (n.nspname = 'script_tracking' and c.relname not in (
          'ledger', 'text', 'archived_ledger', 'archived_text', 'seal', 'seal_section', 'seal_block', 'archive',
          'applied_file', 'installed_object', 'tracking_error', 'client_state', 'row_audit_secret')
      or n.nspname = 'project_schema' and c.relname = any (project_schema.tables()))
  order by n.nspname, c.relname`

const tables = z.array(z.object({ name: z.string() }))
const encodingSql = 'select getdatabaseencoding() as encoding'
const encoding = z.object({ encoding: z.string() })

const page = z.array(z.object({ line: z.string() }))
const pageOfBytes = z.array(z.object({ line: z.instanceof(Buffer) }))
const count = z.object({ executions: z.string() })

async function nextPage(client: pg.Client, isBytes: boolean): Promise<string[]> {
  const { rows } = await client.query(`fetch ${pageRows} from trail`)
  if (!isBytes) return page.parse(rows).map(({ line }) => line)
  return pageOfBytes.parse(rows).map(({ line }) => line.toString('latin1'))
}

/** isBytes: the database has no encoding; each byte becomes the character of that number, so that none is lost. */
async function writeLines(client: pg.Client, file: FileHandle, sql: string, isBytes: boolean): Promise<void> {
  const lineSql = isBytes ? `select convert_to(line, 'SQL_ASCII') as line from (${sql}) lines_of_bytes` : sql
  await client.query(`declare trail no scroll cursor for ${lineSql}`)
  for (let lines = await nextPage(client, isBytes); lines.length > 0; lines = await nextPage(client, isBytes)) {
    await file.write(lines.map((line) => `${line}\n`).join(''))
  }
  await client.query('close trail')
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
    // Bytes as hexadecimal digits, whatever the session writes them as.
    await client.query('set local bytea_output = hex')
    const isBytes = encoding.parse((await client.query(encodingSql)).rows[0]).encoding === 'SQL_ASCII'
    await writeLines(client, file, linesSql, isBytes)
    for (const { name } of tables.parse((await client.query(otherTablesSql)).rows)) {
      // Whole names, of our own making: the alias cannot be a column of theirs.
      await writeLines(
        client,
        file,
        `select json_build_object('kind', 'row', 'table', '${name}', 'row', ${asTexts('row_of_table')})::text as line
         from ${name} row_of_table`,
        isBytes,
      )
    }
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
