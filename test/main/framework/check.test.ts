import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hexOf } from '../../../src/core/seal/bytes.ts'
import { TrailCheck, type TrailVerdict } from '../../../src/core/seal/check.ts'
import { digestOf } from '../../../src/core/seal/row.ts'
import { leafOf, rootByPath } from '../../../src/core/seal/tree.ts'
import { installFramework } from '../../../src/main/framework/install.ts'
import { checkFile } from '../../../src/main/framework/sealFile.ts'
import { exportTrail } from '../../../src/main/framework/trail.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from '../../sql/tracked.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

function check(lines: string[]): TrailVerdict {
  const trail = new TrailCheck(sha256)
  for (const line of lines) trail.add(line)
  return trail.verdict()
}

const wrong = (verdict: TrailVerdict) =>
  verdict.seals
    .filter(({ ok }) => ok !== true)
    .map(({ number, wrongVersion, problem }) => ({ number, wrongVersion, problem }))

describe.each(majors())('checking an export of PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let folder: string
  let lines: string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-check-'))
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    await client.query(`create table "ü ""x""" (id serial); comment on table "ü ""x""" is '${'länger '.repeat(50)}'`)
    for (let seal = 1; seal <= 3; seal += 1) {
      await client.query(
        `create schema if not exists s${seal}; create view s${seal}.v as select 1 as one; drop schema s${seal} cascade`,
      )
      await client.query(`select track_operation(n || ' 🐘', 'MANUAL') from generate_series(1, 1030) n`)
      await client.query(
        `select script_tracking.complete_script_execution(
           script_tracking.track_script_execution('s', 'MANUAL', 'X', repeat('content ', 40) || $1, '/tmp/ü.sql', '1.0', null, repeat('why ', 90), 'T-1'),
           'FAILED', 12, 3, 'no', '42P01', array['a.b', 'c'], null, null, array['a'])`,
        [seal],
      )
      await client.query('select script_tracking.seal()')
    }
    await client.query(`select track_operation('not sealed')`)
    lines = await exported()
  })
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  let files = 0
  async function exported(): Promise<string[]> {
    files += 1
    const path = join(folder, `${files}.jsonl`)
    await client.query(`set timezone = 'Asia/Kathmandu'; begin; set local bytea_output = 'escape'`)
    await exportTrail(client, path)
    await client.query('commit; reset timezone')
    return (await readFile(path, 'utf8')).trimEnd().split('\n')
  }

  it('finds it right, with the heads that the server has', async () => {
    const verdict = check(lines)
    expect(verdict.problems).toEqual([])
    expect(wrong(verdict)).toEqual([])
    expect(verdict.seals.map(({ number, rows, head, ok, at }) => ({ number, rows, head, ok, at }))).toEqual(
      await rowsOf(
        client,
        `select v.seal_number::int as number, v.row_count::int as rows, encode(s.head, 'hex') as head, v.ok,
           to_char(s.sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
         from script_tracking.verify() v join script_tracking.seal s using (seal_number)`,
      ),
    )
    expect(verdict.rows).toBe(await onlyValue(client, 'select count(*)::int from script_tracking.ledger'))
    expect(verdict.unsealed).toBe(1)
  })

  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replaceAll('\0', ''))
  const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
  const int4 = fc.integer().map(String)
  const oid = fc.nat({ max: 4294967295 }).map(String)
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `\\x${hexOf(bytes)}`)
  const at = fc
    .date({ min: new Date('1950-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString())
  const letter = fc.constantFrom('S', 'C', 'F', 'M')
  const json = fc
    .jsonValue({ noUnicodeString: false, maxDepth: 2 })
    .map((value) => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')) as unknown)
  const row = fc.record(
    {
      version_number: int8,
      xid: int8,
      recorded_at: at,
      statement_at: at,
      execution_timestamp: at,
      caused_by: fc.uuid(),
      operation: fc.uuid(),
      state_ordinal: int4,
      client_port: int4,
      backend_pid: int4,
      object_part: int4,
      object_class: oid,
      object_id: oid,
      execution_duration_ms: int8,
      rows_affected: int8,
      source: fc.constantFrom('D', 'S', 'C', 'L', 'X'),
      status: letter,
      object_action: letter,
      client_ip: fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.constantFrom('::', '::1', '10.0.0.0/8', 'fe80::/10', '::ffff:1.2.3.4'),
      ),
      session_user_name: text,
      executed_by: text,
      application_name: text,
      command_tag: text,
      object_type: text,
      object_schema: text,
      object_identity: text,
      script_name: text,
      script_type: text,
      script_category: text,
      script_file_path: text,
      script_version: text,
      error_message: text,
      error_code: text,
      related_ticket: text,
      content: text,
      content_hash: hash,
      justification: text,
      justification_hash: hash,
      tenant_hk: hash,
      recorded_by: text,
      objects: json,
      detail: json,
      metadata: json,
    },
    { requiredKeys: ['version_number', 'source'] },
  )

  it('hashes any row as the server does', async () => {
    await client.query(`set timezone = 'America/St_Johns'`)
    await fc.assert(
      fc.asyncProperty(row, async (values) => {
        const [answer] = z
          .array(
            z.object({ digest: z.string(), at_once: z.string(), row: z.record(z.string(), z.string().nullable()) }),
          )
          .parse(
            await rowsOf(
              client,
              `select encode(script_tracking.row_digest(l), 'hex') as digest,
               encode(script_tracking.digest_in_utf8(l), 'hex') as at_once,
               (select json_object_agg(e.key, e.value) from jsonb_each_text(to_jsonb(l)
                 || jsonb_build_object('objects', l.objects::text, 'detail', l.detail::text, 'metadata', l.metadata::text)) e) as row
             from jsonb_populate_record(null::script_tracking.ledger, $1) l`,
              [JSON.stringify(values)],
            ),
          )
        expect(hexOf(digestOf(sha256, answer?.row ?? {}))).toBe(answer?.digest)
        // What verify computes for many rows at once.
        expect(answer?.at_once).toBe(answer?.digest)
      }),
      { numRuns: 150 },
    )
  })

  it('knows every column that the hash has to cover', async () => {
    const columns = z
      .array(z.object({ name: z.string() }))
      .parse(
        await rowsOf(
          client,
          `select attname as name from pg_attribute where attrelid = 'script_tracking.ledger'::regclass and attnum > 0 and not attisdropped`,
        ),
      )
      .map(({ name }) => name)
    const base = Object.fromEntries(columns.map((name) => [name, null]))
    const plain = digestOf(sha256, { ...base, source: 'S' })
    const sample: Record<string, string> = {
      recorded_at: '2026-01-01T00:00:00Z',
      statement_at: '2026-01-01T00:00:00Z',
      execution_timestamp: '2026-01-01T00:00:00Z',
      caused_by: '00000000-0000-4000-8000-000000000000',
      operation: '00000000-0000-4000-8000-000000000000',
      content_hash: '\\x00',
      justification_hash: '\\x00',
      tenant_hk: '\\x00',
      client_ip: '::1',
      source: 'C',
    }
    const uncovered = columns.filter((name) => {
      const changed = digestOf(sha256, { ...base, source: 'S', [name]: sample[name] ?? '1' })
      return hexOf(changed) === hexOf(plain)
    })
    expect(uncovered).toEqual(['row_hash'])
  })

  it('proves what the server proves', async () => {
    const versions = z
      .array(z.object({ v: z.string() }))
      .parse(
        await rowsOf(
          client,
          `select v from script_tracking.seal_block b, unnest(b.versions) v where seal_number = 2 and random() < 0.02`,
        ),
      )
    expect(versions.length).toBeGreaterThan(0)
    const proof = z.object({
      row_hash: z.instanceof(Buffer),
      place: z.coerce.number(),
      section_rows: z.coerce.number(),
      path: z.array(z.instanceof(Buffer)),
      section_root: z.instanceof(Buffer),
    })
    for (const { v } of versions) {
      const [answer] = z.array(proof).parse(await rowsOf(client, 'select * from script_tracking.proof($1)', [v]))
      if (answer === undefined) throw new Error('no proof')
      const reached = rootByPath(sha256, leafOf(sha256, answer.row_hash), {
        place: answer.place,
        size: answer.section_rows,
        path: answer.path,
      })
      expect(reached === null ? null : hexOf(reached)).toBe(answer.section_root.toString('hex'))
    }
  })

  it('reads the bytes of a database that has no encoding, and lines with any character in them', async () => {
    const name = `${database.name}_ascii`
    await client.query(`create database ${name} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`)
    const ascii = TestDatabase.open(sharedServer(major), name)
    try {
      const session = await ascii.session()
      await installFramework(session)
      // Latin 1, which is no UTF-8; and the characters that some take for the end of a line.
      await session.query(`select track_operation(convert_from(decode('6ce46e676572', 'hex'), 'SQL_ASCII'))`)
      await session.query(
        `select script_tracking.track_script_execution(convert_from(decode('e9', 'hex'), 'SQL_ASCII'), 'MANUAL', 'X', repeat(convert_from(decode('e980fc', 'hex'), 'SQL_ASCII'), 200))`,
      )
      await session.query(`select track_operation($1)`, ['a\u2028b\u2029c\u0085d ü 🐘'])
      await session.query('select script_tracking.seal()')
      const path = join(folder, 'ascii.jsonl')
      await session.query('begin')
      await exportTrail(session, path)
      await session.query('commit')
      const report = await checkFile(path, undefined, new AbortController().signal)
      expect(report.problems).toEqual([])
      expect(report.seals.map(({ ok, problem }) => ({ ok, problem }))).toEqual([{ ok: true, problem: null }])
      expect(report.rows?.all).toBeGreaterThan(2)
      expect(await readFile(path, 'utf8')).toContain('länger')
    } finally {
      await ascii.close()
    }
  })

  describe('that was tampered with', () => {
    const kindOf = (line: string) => z.object({ kind: z.string() }).parse(JSON.parse(line)).kind
    const indexesOf = (kind: string) => lines.flatMap((line, index) => (kindOf(line) === kind ? [index] : []))
    const changed = (index: number, change: (row: Record<string, string>) => void) => {
      const document = z.looseObject({ row: z.record(z.string(), z.any()) }).parse(JSON.parse(lines[index] ?? ''))
      change(document.row)
      return lines.with(index, JSON.stringify(document))
    }
    /** A state that the second seal covers, and its version. */
    const stateOfSecond = async () => {
      const version = String(
        await onlyValue(
          client,
          'select versions[700] from script_tracking.seal_block where seal_number = 2 and block = 0',
        ),
      )
      return { version, index: lines.findIndex((line) => line.includes(`"version_number" : "${version}"`)) }
    }

    it('names the row that was altered', async () => {
      const { version, index } = await stateOfSecond()
      expect(wrong(check(changed(index, (row) => Object.assign(row, { status: 'F' }))))).toEqual([
        {
          number: 2,
          wrongVersion: version,
          problem: `Row ${version} was altered: what it says does not have its hash.`,
        },
      ])
      const hashed = changed(index, (row) => {
        row['status'] = 'F'
        row['row_hash'] = `\\x${hexOf(digestOf(sha256, row))}`
      })
      expect(wrong(check(hashed))).toEqual([
        { number: 2, wrongVersion: null, problem: expect.stringMatching(/do not make the root of their section/) },
      ])
    })

    it('names the row that says what its hash does not cover, or whose text has a forged copy', () => {
      const ofTriggers = lines.findIndex((line) => line.includes('"source" : "D"'))
      const altered = expect.stringMatching(/^Row \d+ was altered: what it says does not have its hash\.$/)
      expect(ofTriggers).toBeGreaterThan(-1)
      expect(wrong(check(changed(ofTriggers, (row) => Object.assign(row, { script_name: 'x' }))))).toMatchObject([
        { problem: altered },
      ])
      const withText = lines.findIndex((line) => /"content_hash" : "/.test(line))
      expect(withText).toBeGreaterThan(-1)
      expect(wrong(check(changed(withText, (row) => Object.assign(row, { content: 'x' }))))).toMatchObject([
        { problem: altered },
      ])
      const text = lines.findIndex((line) => line.startsWith('{"kind": "text"') || line.includes('"kind" : "text"'))
      expect(text).toBeGreaterThan(-1)
      const forged = changed(text, (row) => Object.assign(row, { body: 'forged' }))[text] ?? ''
      expect(wrong(check([...lines, forged]))).toContainEqual(
        expect.objectContaining({ problem: expect.stringMatching(/has lost its text/) }),
      )
    })

    it('is not deceived by an archive that says the month is elsewhere, of which no row of the trail says so', async () => {
      const month = String(await onlyValue(client, `select to_char(now() at time zone 'UTC', 'YYYY-MM')`))
      const row = {
        month: `${month}-01`,
        is_here: 'false',
        recorded_at: '2026-01-01 00:00:00+00',
        recorded_by: 'postgres',
      }
      const claim = JSON.stringify({ kind: 'archive', row: { ...row, row_count: '9', file_hash: '\\x00' } })
      const withoutStates = lines.filter((line) => kindOf(line) !== 'state' && kindOf(line) !== 'text')
      expect(wrong(check([...withoutStates, claim]))).toEqual(
        [1, 2, 3].map((number) => ({
          number,
          wrongVersion: expect.any(String),
          problem: expect.stringMatching(/^Row \d+ was deleted\.$/),
        })),
      )
    })

    it('names the row that was removed, and the one that was put in', async () => {
      const { version, index } = await stateOfSecond()
      expect(wrong(check(lines.toSpliced(index, 1)))).toEqual([
        { number: 2, wrongVersion: version, problem: `Row ${version} was deleted.` },
      ])
      const [forged = ''] = [
        changed(index, (row) => {
          row['version_number'] = '77777777'
          row['row_hash'] = `\\x${hexOf(digestOf(sha256, row))}`
        })[index],
      ]
      expect(wrong(check([...lines, forged]))).toEqual([
        {
          number: 2,
          wrongVersion: '77777777',
          problem: expect.stringMatching(/^Row 77777777 of .* was inserted into what was sealed/),
        },
      ])
      expect(wrong(check([...lines, lines[index] ?? '']))).toMatchObject([
        { wrongVersion: version, problem: `Row ${version} is there more than once.` },
      ])
    })

    it('says which seal was altered, removed or forged', () => {
      const [, second = 0] = indexesOf('seal')
      for (const change of [
        { sealed_at: '2026-01-01T00:00:00+00:00' },
        { sealed_by: 'x' },
        { epoch: '7' },
        { ledger_snapshot: '1:1:' },
        { database_name: 'x' },
      ]) {
        expect(wrong(check(changed(second, (row) => Object.assign(row, change))))).toMatchObject([
          { number: 2, problem: expect.stringMatching(/^The seal was changed/) },
        ])
      }
      expect(wrong(check(lines.toSpliced(second, 1)))).toMatchObject([
        { number: 2, problem: 'The seal is missing: it was removed.' },
      ])
      const far = changed(second, (row) => Object.assign(row, { seal_number: '9007199254740991' }))
      expect(wrong(check(far))).toContainEqual(
        expect.objectContaining({ problem: expect.stringMatching(/^The seals \d+ to 9007199254740990 are missing/) }),
      )
    })

    it('says that lists, sections or texts were changed', () => {
      const [block = 0] = indexesOf('block')
      expect(wrong(check(lines.toSpliced(block, 1))).length).toBeGreaterThan(0)
      const [section = 0] = indexesOf('section')
      expect(wrong(check(changed(section, (row) => Object.assign(row, { row_count: '1' }))))).toMatchObject([
        { number: 1, problem: expect.stringMatching(/^The sections of the seal were changed/) },
      ])
      for (const text of indexesOf('text').slice(0, 2)) {
        const found = wrong(check(changed(text, (row) => Object.assign(row, { body: 'nothing' }))))
        expect(found[0]?.problem).toMatch(/^Row \d+ has lost its text/)
      }
    })

    it('says which line is none', () => {
      expect(check([...lines, '{"kind": "state"', '{"kind": "other", "row": {}}']).problems).toEqual([
        expect.stringMatching(new RegExp(`^Line ${lines.length + 1} is no line of a trail`)),
        expect.stringMatching(new RegExp(`^Line ${lines.length + 2} is no line of a trail`)),
      ])
    })
  })
})
