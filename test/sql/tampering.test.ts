import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

const triggersOff = `
  do $$
  declare
    relation regclass;
  begin
    for relation in
      select t.tgrelid::regclass from pg_trigger t where t.tgname = 'insert_only'
    loop
      execute format('alter table %s disable trigger insert_only', relation);
    end loop;
  end
  $$`

// What a superuser can do who has switched the triggers off, and what is said of it afterwards.
describe.each(majors())('tampering on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  /** The version of the row that has this place, from 1, in a seal. */
  let versionAt: (seal: number, place: number) => Promise<string>
  let month: string

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    versionAt = async (seal, place) =>
      String(
        await onlyValue(
          client,
          `select (array_agg(v order by b.block, v))[$2] from script_tracking.seal_block b, unnest(b.versions) v where b.seal_number = $1`,
          [seal, place],
        ),
      )
    for (let seal = 1; seal <= 3; seal += 1) {
      await client.query(`create table t${seal} (id int); comment on table t${seal} is '${'long '.repeat(80)}${seal}'`)
      await client.query(
        `select script_tracking.track_script_execution('s' || n, 'MANUAL', 'X', repeat('content ', 40) || n) from generate_series(1, 20) n`,
      )
      await client.query(`select track_operation(n::text) from generate_series(1, 1100) n`)
      await client.query('select script_tracking.seal()')
    }
    month = String(await onlyValue(client, `select to_char(now() at time zone 'UTC', 'YYYY-MM')`))
  })
  afterAll(async () => {
    await database.close()
  })

  /** What verify names after statements that are then rolled back. */
  async function found(...statements: string[]): Promise<Record<string, unknown>[]> {
    await client.query('begin')
    try {
      await client.query(triggersOff)
      for (const statement of statements) await client.query(statement)
      return await rowsOf(
        client,
        `select seal_number::int as seal, wrong_version as version, problem from script_tracking.verify() where ok is not true`,
      )
    } finally {
      await client.query('rollback')
    }
  }

  it('finds nothing where nothing was done', async () => {
    expect(await found()).toEqual([])
    expect(await found('select 1 from script_tracking.ledger for update')).toEqual([])
  })

  it('is refused as long as the triggers stand, also to a replica', async () => {
    await client.query('begin; set local session_replication_role = replica')
    for (const table of ['seal', 'seal_section', 'seal_block', 'archive', 'ledger']) {
      await client.query('savepoint s')
      await expect(client.query(`delete from script_tracking.${table}`)).rejects.toThrow('The trail is insert-only')
      await client.query('rollback to s')
    }
    await client.query('rollback')
  })

  it.each([
    ['status', `status = 'F'`],
    ['recorded_at', `recorded_at = recorded_at - interval '1 microsecond'`],
    ['session_user_name', `session_user_name = 'nobody'`],
    ['client_port', 'client_port = 1'],
    ['metadata', `metadata = '{"a": 1}'`],
    ['xid', 'xid = xid - 1'],
    ['state_ordinal', 'state_ordinal = 7'],
  ])('names the row whose %s was altered', async (_, change) => {
    const version = await versionAt(2, 700)
    expect(await found(`update script_tracking.ledger set ${change} where version_number = ${version}`)).toEqual([
      { seal: 2, version, problem: `Row ${version} was altered: what it says does not have its hash.` },
    ])
  })

  it('names the first of several that were altered', async () => {
    const [first, second] = [await versionAt(2, 30), await versionAt(2, 1100)]
    expect(
      await found(`update script_tracking.ledger set status = 'F' where version_number in (${second}, ${first})`),
    ).toMatchObject([{ seal: 2, version: first }])
  })

  it('names the row that was altered with its hash made to fit', async () => {
    const version = await versionAt(1, 1050)
    expect(
      await found(
        `update script_tracking.ledger set status = 'F' where version_number = ${version}`,
        `update script_tracking.ledger l set row_hash = script_tracking.row_digest(l) where version_number = ${version}`,
      ),
    ).toEqual([
      { seal: 1, version, problem: `Row ${version} was altered, and its hash with it: another one was sealed.` },
    ])
  })

  it('is not deceived by marks that were made to fit as well', async () => {
    const version = await versionAt(1, 1050)
    const [problem] = await found(
      `update script_tracking.ledger set status = 'F' where version_number = ${version}`,
      `update script_tracking.ledger l set row_hash = script_tracking.row_digest(l) where version_number = ${version}`,
      `update script_tracking.seal_block b set marks = (
         select string_agg(substr(l.row_hash, 1, 4), '' order by l.version_number)
         from script_tracking.ledger l where l.version_number = any (b.versions))
       where b.seal_number = 1 and b.block = 1`,
    )
    expect(problem).toMatchObject({ seal: 1, version: await versionAt(1, 1025) })
    expect(problem?.['problem']).toMatch(/^Row \d+ or one of the \d+ sealed after it was altered\.$/)
  })

  it('follows nodes that were made to fit up to the head of the seal', async () => {
    const version = await versionAt(1, 1050)
    const forged = [
      `update script_tracking.ledger set status = 'F' where version_number = ${version}`,
      `update script_tracking.ledger l set row_hash = script_tracking.row_digest(l) where version_number = ${version}`,
      `update script_tracking.seal_block b set (marks, node) = (
         select string_agg(substr(l.row_hash, 1, 4), '' order by l.version_number),
           script_tracking.tree_root(string_agg(sha256('\\x00'::bytea || l.row_hash), '' order by l.version_number))
         from script_tracking.ledger l where l.version_number = any (b.versions))
       where b.seal_number = 1`,
    ]
    expect(await found(...forged)).toEqual([
      {
        seal: 1,
        version: null,
        problem: `The list of the rows of ${month} was changed: it does not make the root of its section.`,
      },
    ])
    forged.push(`update script_tracking.seal_section c set merkle_root = (
      select script_tracking.tree_root(string_agg(b.node, '' order by b.block))
      from script_tracking.seal_block b where b.seal_number = c.seal_number)`)
    expect(await found(...forged)).toEqual([
      {
        seal: 1,
        version: null,
        problem: 'The sections of the seal were changed: they do not make its root.',
      },
    ])
    forged.push(`update script_tracking.seal s set merkle_root = (
      select script_tracking.tree_root(script_tracking.section_leaf(c)) from script_tracking.seal_section c where c.seal_number = s.seal_number)`)
    expect(await found(...forged)).toEqual([
      { seal: 1, version: null, problem: 'The seal was changed: its head is not the hash of what it says.' },
    ])
    forged.push('update script_tracking.seal s set head = script_tracking.seal_head(s)')
    expect(await found(...forged)).toEqual([
      { seal: 2, version: null, problem: 'The seal does not follow the one before it: that one was replaced.' },
    ])
  })

  it('names the row that was made to say what its hash does not cover', async () => {
    const isDdl = `version_number in (select unnest(b.versions) from script_tracking.seal_block b where b.seal_number = 2) and source = 'D'`
    for (const change of [`script_name = 'x'`, `related_ticket = 'T-1'`, `justification = 'x'`, `detail = '{}'`]) {
      const [problem, ...more] = await found(`update script_tracking.ledger set ${change} where ${isDdl}`)
      expect([problem?.['problem'], more]).toEqual([
        expect.stringMatching(/^Row \d+ was altered: what it says does not have its hash\.$/),
        [],
      ])
    }
    const version = String(
      await onlyValue(
        client,
        'select min(version_number) from script_tracking.ledger where content_hash is not null and version_number >= $1',
        [await versionAt(2, 1)],
      ),
    )
    expect(await found(`update script_tracking.ledger set content = 'x' where version_number = ${version}`)).toEqual([
      { seal: 2, version, problem: `Row ${version} was altered: what it says does not have its hash.` },
    ])
  })

  it('names the row whose text has a forged copy beside it', async () => {
    const version = String(
      await onlyValue(
        client,
        'select min(version_number) from script_tracking.ledger where content_hash is not null and version_number >= $1',
        [await versionAt(2, 1)],
      ),
    )
    expect(
      await found(
        `insert into script_tracking.text (hash, recorded_at, body)
         select content_hash, recorded_at, 'forged' from script_tracking.ledger where version_number = ${version}`,
      ),
    ).toContainEqual({
      seal: 2,
      version,
      problem: `Row ${version} has lost its text: the text is not there, or was altered.`,
    })
  })

  it('is not deceived by lists of rows that no section or seal has', async () => {
    const row = await versionAt(2, 500)
    const forged = (later: string) => [
      `insert into script_tracking.ledger
       select (jsonb_populate_record(l, jsonb_build_object('version_number', 99999999, 'recorded_at', l.recorded_at + interval '${later}'))).*
       from script_tracking.ledger l where version_number = ${row}`,
      'update script_tracking.ledger l set row_hash = script_tracking.row_digest(l) where version_number = 99999999',
    ]
    const listed = (seal: number) =>
      `insert into script_tracking.seal_block (seal_number, month, block, versions, marks, node)
       select ${seal}, script_tracking.month_of(l.recorded_at), 0, array[l.version_number], substr(l.row_hash, 1, 4), sha256('\\x00'::bytea || l.row_hash)
       from script_tracking.ledger l where version_number = 99999999`
    expect(await found(...forged('0'), listed(0))).toEqual([
      { seal: 0, version: null, problem: 'There is no such seal: the list of its rows was made up.' },
    ])
    expect(await found(...forged('31 days'), listed(1))).toEqual([
      {
        seal: 1,
        version: null,
        problem: expect.stringMatching(
          /^A list of rows of \d+-\d+ was added to the seal: no section of it covers them\.$/,
        ),
      },
    ])
  })

  it('names what was altered in a month that is said to have left, and ranges that were altered', async () => {
    const version = await versionAt(2, 700)
    const altered = [
      `update script_tracking.ledger set status = 'F' where version_number = ${version}`,
      `insert into script_tracking.archive
       select c.month, 1, false, now(), session_user, 1, 1, 1, 1, 1, 3, 'file', sha256('') from script_tracking.seal_section c where c.seal_number = 2`,
    ]
    const problem = `Row ${version} was altered: what it says does not have its hash.`
    expect(await found(...altered)).toEqual([{ seal: 2, version, problem }])
    // Also where the trail has a record of it, whose rows are here all the same.
    const gone = `Archived and no longer here, so that it cannot be recomputed: ${month}.`
    expect(
      await found(
        ...altered,
        `do $$ declare entry script_tracking.ledger; begin
           entry.version_number := null;
           entry := script_tracking.stamp(entry);
           entry.operation := md5('removal')::uuid;
           entry.state_ordinal := 1;
           entry.source := 'S';
           entry.status := 'C';
           entry.script_name := 'remove_archived_month(${month})';
           entry.script_type := 'MAINTENANCE';
           entry.script_category := 'RETENTION';
           entry.metadata := jsonb_build_object('rows', 1, 'sha256', encode(sha256(''), 'hex'), 'gone_before', 'none');
           perform script_tracking.append(entry);
         end $$`,
      ),
    ).toEqual([
      { seal: 1, version: null, problem: gone },
      { seal: 2, version, problem: `${problem} ${gone}` },
      { seal: 3, version: null, problem: gone },
    ])
    expect(
      await found('update script_tracking.seal_section set last_version = first_version where seal_number = 2'),
    ).toEqual([
      {
        seal: 2,
        version: null,
        problem: `The list of the rows of ${month} was changed: it does not make the root of its section.`,
      },
    ])
  })

  it('names the row that was deleted', async () => {
    const version = await versionAt(3, 1)
    expect(await found(`delete from script_tracking.ledger where version_number = ${version}`)).toEqual([
      { seal: 3, version, problem: `Row ${version} was deleted.` },
    ])
    const last = await versionAt(3, 1122)
    expect(await found(`delete from script_tracking.ledger where version_number = ${last}`)).toEqual([
      { seal: 3, version: last, problem: `Row ${last} was deleted.` },
    ])
  })

  it('names the row that was inserted into what was sealed', async () => {
    const row = await versionAt(2, 500)
    const inserted = '99999999'
    const copy = `insert into script_tracking.ledger select (jsonb_populate_record(l, '{"version_number": ${inserted}}')).* from script_tracking.ledger l where version_number = ${row}`
    const expected = [
      {
        seal: 2,
        version: inserted,
        problem: `Row ${inserted} of ${month} was inserted into what was sealed: no seal covers it.`,
      },
    ]
    expect(await found(copy)).toEqual(expected)
    // Also with a hash of its own, and as the work of a transaction that is yet to come.
    const hashed = `update script_tracking.ledger l set row_hash = script_tracking.row_digest(l) where version_number = ${inserted}`
    expect(await found(copy, hashed)).toEqual(expected)
    const late = `update script_tracking.ledger l set xid = 1::bigint << 40 where version_number = ${inserted}`
    expect(await found(copy, late, hashed)).toEqual(expected)
  })

  it('names a row that was renumbered, and says where it is', async () => {
    const version = await versionAt(2, 500)
    expect(
      await found(`update script_tracking.ledger set version_number = 99999999 where version_number = ${version}`),
    ).toMatchObject([
      {
        seal: 2,
        problem: expect.stringContaining(`Row ${version} was moved: it is there as row 99999999 of ${month}.`),
      },
    ])
  })

  it('names two rows that changed places', async () => {
    const [a, b] = [await versionAt(2, 500), await versionAt(2, 501)]
    expect(
      await found(
        `update script_tracking.ledger set version_number = -1 where version_number = ${a}`,
        `update script_tracking.ledger set version_number = ${a} where version_number = ${b}`,
        `update script_tracking.ledger set version_number = ${b} where version_number = -1`,
      ),
    ).toEqual([{ seal: 2, version: a, problem: `Row ${a} was altered: what it says does not have its hash.` }])
  })

  it('names a row that is there twice', async () => {
    const version = await versionAt(2, 500)
    const partition = `ledger_${month.replace('-', '_')}`
    expect(
      await found(
        `alter table script_tracking.${partition} drop constraint ${partition}_pkey`,
        `insert into script_tracking.ledger select * from script_tracking.ledger where version_number = ${version}`,
      ),
    ).toEqual([{ seal: 2, version, problem: `Row ${version} is there more than once.` }])
  })

  it('says that all rows are gone', async () => {
    const counted = async (seal: number) => ({
      seal,
      version: await versionAt(seal, 1),
      problem: `All 1122 rows of ${month} are gone, from row ${await versionAt(seal, 1)} on.`,
    })
    expect(await found('truncate script_tracking.ledger')).toEqual([
      await counted(1),
      await counted(2),
      await counted(3),
    ])
    expect(await found(`drop table script_tracking.ledger_${month.replace('-', '_')} cascade`)).toHaveLength(3)
  })

  it('names the row whose text was altered or removed', async () => {
    const version = String(
      await onlyValue(
        client,
        `select version_number from script_tracking.execution_state where script_content like '%content 7' order by version_number limit 1`,
      ),
    )
    const problem = `Row ${version} has lost its text: the text is not there, or was altered.`
    const others = (rows: Record<string, unknown>[]) => rows.find((row) => row['seal'] === 1)
    expect(
      others(await found(`update script_tracking.text set body = 'nothing' where body like '%content 7'`)),
    ).toEqual({ seal: 1, version, problem })
    expect(others(await found(`delete from script_tracking.text where body like '%content 7'`))).toEqual({
      seal: 1,
      version,
      problem,
    })
  })

  it.each([
    ['sealed_at', `sealed_at = sealed_at - interval '1 day'`],
    ['sealed_by', `sealed_by = 'somebody'`],
    ['row_count', 'row_count = row_count + 1'],
    ['snapshot', `ledger_snapshot = '1:1:'`],
    ['system', 'system_identifier = 1'],
    ['database', `database_name = 'x'`],
    ['epoch', 'epoch = 2'],
  ])('says that the %s of a seal was changed', async (_, change) => {
    expect(await found(`update script_tracking.seal set ${change} where seal_number = 2`)).toEqual([
      { seal: 2, version: null, problem: 'The seal was changed: its head is not the hash of what it says.' },
    ])
  })

  it('says that a seal was removed', async () => {
    expect(await found('delete from script_tracking.seal where seal_number = 2')).toEqual([
      { seal: 2, version: null, problem: 'The seal is missing: it was removed.' },
    ])
    expect(await found('delete from script_tracking.seal where seal_number = 3')).toEqual([
      { seal: 3, version: null, problem: 'The seal is missing: it was removed, and the list of its rows was left.' },
    ])
    expect(await found('delete from script_tracking.seal where seal_number = 1')).toMatchObject([{ seal: 1 }])
    expect(await found('delete from script_tracking.seal where seal_number in (1, 2)')).toEqual([
      { seal: 1, version: null, problem: 'The seals 1 to 2 are missing: they were removed.' },
    ])
  })

  it('says that the list of a seal’s rows was changed or removed', async () => {
    expect(await found('delete from script_tracking.seal_block where seal_number = 2 and block = 1')).toMatchObject([
      {
        seal: 2,
        problem: expect.stringContaining(`The list of the rows of ${month} was changed`),
      },
    ])
    expect(await found('delete from script_tracking.seal_section where seal_number = 2')).toMatchObject([
      { seal: 2, problem: 'The sections of the seal were changed: they do not make its root.' },
    ])
  })

  it('looks at the seals of the time that is asked for', async () => {
    const version = await versionAt(3, 5)
    await client.query('begin')
    await client.query(triggersOff)
    await client.query(`delete from script_tracking.ledger where version_number = ${version}`)
    const between = async (from: number, to: number) =>
      await rowsOf(
        client,
        `select v.seal_number::int as seal, v.ok from script_tracking.verify(
           (select sealed_at from script_tracking.seal where seal_number = $1),
           (select sealed_at from script_tracking.seal where seal_number = $2)) v`,
        [from, to],
      )
    expect(await between(1, 2)).toEqual([
      { seal: 1, ok: true },
      { seal: 2, ok: true },
    ])
    expect(await between(2, 3)).toEqual([
      { seal: 2, ok: true },
      { seal: 3, ok: false },
    ])
    await client.query('rollback')
  })
})
