import { z } from 'zod'
import type {
  KnownSeal,
  SealExport,
  SealFinding,
  SealList,
  SealReport,
  SealVerdict,
  VerifyReport,
} from '../../core/seal/contract.ts'
import { type Queryable, readDocument } from './document.ts'
import { type ExportOptions, exportPath } from './export.ts'
import { type ExportedSeal, exportedSeal, writeSealFile } from './sealFile.ts'
import type { SealMemory, ServerSeal } from './sealMemory.ts'

/** A database, and how this machine remembers it. */
export interface SealedDatabase extends Queryable {
  readonly identity: string
}

const utc = (timestamp: string) => `to_char(${timestamp} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

const overview = z.object({
  timeline: z.int(),
  databaseOid: z.string(),
  seals: z.array(
    z.object({
      number: z.int(),
      epoch: z.int(),
      timeline: z.int(),
      databaseOid: z.string(),
      at: z.string(),
      by: z.string(),
      rows: z.int(),
      head: z.string(),
    }),
  ),
})

const overviewSql = `
  select json_build_object(
    'timeline', case
      when pg_is_in_recovery() then (select timeline_id from pg_control_checkpoint())
      else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer
    end,
    'databaseOid', (select oid::text from pg_database where datname = current_database()),
    'seals', coalesce((
      select json_agg(json_build_object(
        'number', s.seal_number, 'epoch', s.epoch, 'timeline', s.timeline, 'databaseOid', s.database_oid::text,
        'at', ${utc('s.sealed_at')}, 'by', s.sealed_by, 'rows', s.row_count, 'head', encode(s.head, 'hex')) order by s.seal_number)
      from script_tracking.seal s), '[]'))::text as document`

const verdicts = z.array(
  z.object({
    number: z.int(),
    at: z.string().nullable(),
    rows: z.int().nullable(),
    head: z.string().nullable(),
    ok: z.boolean().nullable(),
    wrongVersion: z.string().nullable(),
    problem: z.string().nullable(),
  }),
)

const verifySql = `
  select coalesce(json_agg(json_build_object(
    'number', v.seal_number, 'at', ${utc('v.sealed_at')}, 'rows', v.row_count, 'head', encode(s.head, 'hex'),
    'ok', v.ok, 'wrongVersion', v.wrong_version::text, 'problem', v.problem) order by v.seal_number), '[]')::text as document
  from script_tracking.verify(coalesce($1::timestamptz, '-infinity'), coalesce($2::timestamptz, 'infinity')) v
  left join script_tracking.seal s on s.seal_number = v.seal_number`

const exportSql = `
  select coalesce(json_agg((select json_object_agg(e.key, e.value) from jsonb_each_text(to_jsonb(s)
    || jsonb_build_object('merkle_root', encode(s.merkle_root, 'hex'), 'previous_head', encode(s.previous_head, 'hex'), 'head', encode(s.head, 'hex'))
  ) e) order by s.seal_number), '[]')::text as document
  from script_tracking.seal s`

async function look(
  database: SealedDatabase,
  memory: SealMemory,
): Promise<{ seals: ServerSeal[]; findings: SealFinding[] }> {
  const { seals, ...place } = await readDocument(database, overview, overviewSql)
  return { seals, findings: memory.meet(database.identity, seals, place) }
}

/** Seals what was recorded since the last seal, and remembers the head. */
export async function sealTrail(database: SealedDatabase, memory: SealMemory): Promise<SealReport> {
  const rows = await readDocument(
    database,
    z.int(),
    'select s.row_count::text as document from script_tracking.seal() s',
  )
  const { seals, findings } = await look(database, memory)
  const newest = seals.at(-1)
  return { rows, newest: newest === undefined ? null : knownSeal(newest), findings }
}

/** Has the server recompute the seals of a time, and compares them with what this machine remembers. */
export async function verifyTrail(
  database: SealedDatabase,
  memory: SealMemory,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): Promise<VerifyReport> {
  const seals: SealVerdict[] = await readDocument(database, verdicts, verifySql, [from ?? null, to ?? null])
  return { seals, findings: (await look(database, memory)).findings }
}

/** All seals, newest first. */
export async function listSeals(database: SealedDatabase, memory: SealMemory): Promise<SealList> {
  const { seals, findings } = await look(database, memory)
  return { seals: seals.map(knownSeal).toReversed(), findings }
}

/** Writes all seals to a new file that is signed with this machine's key. */
export async function exportSeals(
  database: SealedDatabase,
  memory: SealMemory,
  options: ExportOptions & { name: string; keyFolder: string },
): Promise<SealExport> {
  const seals: ExportedSeal[] = await readDocument(database, z.array(exportedSeal), exportSql)
  await look(database, memory)
  const path = await exportPath(options.name, options, 'seals')
  const signer = await writeSealFile(path, options.keyFolder, {
    identity: database.identity,
    database: options.name,
    seals,
  })
  return { exportedTo: path, seals: seals.length, signer }
}

function knownSeal({ number, epoch, at, by, rows, head }: ServerSeal): KnownSeal {
  return { number, epoch, at, by, rows, head }
}
