import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionSettings } from '../../../src/core/connection.ts'
import { contract } from '../../../src/core/contract.ts'
import { type Client, connect, memoryWires, serve } from '../../../src/core/wire.ts'
import { type Cache, openCache } from '../../../src/main/cache/open.ts'
import { type Connections, createConnections } from '../../../src/main/connections/index.ts'
import { createFramework, trackingState } from '../../../src/main/framework/index.ts'
import { createHistory, type History } from '../../../src/main/history/index.ts'
import { memorySecrets } from '../../../src/main/host.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { onlyValue, TestDatabase } from '../../sql/tracked.ts'

const { connections: connectionCalls, framework: frameworkCalls } = contract
const calls = { connections: connectionCalls, framework: frameworkCalls }

/** What a superuser does who rewrites the seals from one on, and everything that hangs on them. */
const rewrite = (seal: number) => `
  do $$
  declare
    relation regclass;
    each script_tracking.seal;
    before bytea;
  begin
    for relation in select t.tgrelid::regclass from pg_trigger t where t.tgname = 'insert_only' loop
      execute format('alter table %s disable trigger insert_only', relation);
    end loop;
    for each in select * from script_tracking.seal order by seal_number loop
      if each.seal_number >= ${seal} then
        each.sealed_by := 'somebody';
        each.previous_head := before;
        each.head := script_tracking.seal_head(each);
        update script_tracking.seal s set sealed_by = each.sealed_by, previous_head = each.previous_head, head = each.head
        where s.seal_number = each.seal_number;
      end if;
      before := each.head;
    end loop;
    for relation in select t.tgrelid::regclass from pg_trigger t where t.tgname = 'insert_only' loop
      execute format('alter table %s enable always trigger insert_only', relation);
    end loop;
  end $$`

describe.each(majors())('seals in the application, on PostgreSQL %i', (major) => {
  let folder: string
  let cache: Cache
  let connections: Connections
  let history: History
  let api: Client<typeof calls>
  let database: TestDatabase
  let client: pg.Client
  let connection: string
  const server = () => sharedServer(major)
  const own = () => {
    const { host, port, superuser: user, password } = server()
    return {
      settings: connectionSettings.parse({ name: 'Clinic', host, port, database: database.name, user }),
      password,
    }
  }

  beforeAll(async () => {
    database = await TestDatabase.tracked(server())
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-seals-'))
    cache = openCache(folder)
    const host = { door: 'terminal', secrets: memorySecrets(), dataFolder: folder } as const
    connections = createConnections({ host, cache, trackingState })
    history = createHistory({ cache, connections, saveFile: async () => null })
    const framework = createFramework({ connections, recorder: history.recorder, host, cache })
    const [near, far] = memoryWires()
    serve(near, calls, { connections: connections.service, framework: framework.service })
    api = connect(far, calls)
    connection = (await api.connections.open(own())).connection.id
  })
  afterEach(async () => {
    await history.close()
    await connections.close()
    cache.close()
    await rm(folder, { recursive: true })
  })

  it('seals, lists and verifies', async () => {
    await client.query(`select track_operation('one')`)
    const sealed = await api.framework.seal({ connection })
    expect(sealed).toMatchObject({ newest: { epoch: 1, by: 'postgres' }, findings: [] })
    expect(sealed.rows).toBeGreaterThan(0)
    expect(await api.framework.seal({ connection })).toEqual({ ...sealed, rows: 0 })
    const list = await api.framework.seals({ connection })
    expect(list.seals[0]).toEqual(sealed.newest)
    const { seals } = await api.framework.verify({ connection })
    expect(seals.at(-1)).toEqual({
      number: sealed.newest?.number,
      at: sealed.newest?.at,
      rows: sealed.newest?.rows,
      head: sealed.newest?.head,
      ok: true,
      wrongVersion: null,
      problem: null,
    })
    expect(
      (await api.framework.verify({ connection, from: '2000-01-01T00:00:00Z', to: '2000-01-02T00:00:00Z' })).seals,
    ).toEqual([])
    await expect(api.framework.verify({ connection, from: 'yesterday' })).rejects.toMatchObject({
      fault: { code: 'invalid_input' },
    })
  })

  it('knows seals that were rewritten, though the server finds nothing wrong with them', async () => {
    await client.query(`select track_operation('two')`)
    const { newest } = await api.framework.seal({ connection })
    await client.query(rewrite(newest?.number ?? 0))
    const { seals, findings } = await api.framework.verify({ connection })
    expect(seals.filter(({ ok }) => ok !== true)).toEqual([])
    expect(findings).toEqual([
      {
        number: newest?.number,
        kind: 'tampered',
        message: expect.stringContaining(`Seal ${newest?.number} had the head ${newest?.head.slice(0, 16)}`),
      },
    ])
    // It does not forget it for having seen the other one too.
    expect((await api.framework.seals({ connection })).findings.length).toBeGreaterThan(0)
  })

  it('knows that its newest seals are gone, and whether a restore explains it', async () => {
    await client.query(`select track_operation('three')`)
    const { newest } = await api.framework.seal({ connection })
    await client.query('begin')
    try {
      await client.query(`
        do $$ declare relation regclass; begin
          for relation in select t.tgrelid::regclass from pg_trigger t where t.tgname = 'insert_only' loop
            execute format('alter table %s disable trigger insert_only', relation);
          end loop;
        end $$`)
      for (const table of ['seal', 'seal_section', 'seal_block']) {
        await client.query(`delete from script_tracking.${table} where seal_number = $1`, [newest?.number])
      }
      await client.query('commit')
    } finally {
      await client.query('rollback')
    }
    const [finding, ...more] = (await api.framework.seals({ connection })).findings
    expect(more).toEqual([])
    expect(finding).toEqual({
      number: newest?.number,
      kind: 'tampered',
      message: expect.stringMatching(/was here on .*, and is not any more\. The server shows no restore/),
    })
    // As if it had been sealed on another timeline.
    cache.db.prepare('update known_seal set timeline = 7').run()
    expect((await api.framework.seals({ connection })).findings).toMatchObject([
      { number: newest?.number, kind: 'restored' },
    ])
    await api.framework.seal({ connection })
  })

  it('exports seals that can be checked without the database, and by whom they were signed', async () => {
    await client.query(`select track_operation('four')`)
    await api.framework.seal({ connection })
    const file = join(folder, 'seals.json')
    const report = await api.framework.exportSeals({ connection, exportTo: file })
    expect(report).toEqual({
      exportedTo: file,
      seals: (await api.framework.seals({ connection })).seals.length,
      signer: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    for (const name of ['seals.json', 'seal-key.pem']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    const checked = await api.framework.check({ file })
    expect(checked).toMatchObject({ kind: 'seals', ok: true, problems: [], signer: report.signer })
    expect(checked.seals.map(({ number, head }) => ({ number, head }))).toEqual(
      (await api.framework.seals({ connection })).seals.toReversed().map(({ number, head }) => ({ number, head })),
    )
    // The same key the next time, and no file is written over.
    const second = await api.framework.exportSeals({ connection })
    expect(second.signer).toBe(report.signer)
    await expect(api.framework.exportSeals({ connection, exportTo: file })).rejects.toMatchObject({
      fault: { code: 'EEXIST' },
    })

    const text = await readFile(file, 'utf8')
    const forged = join(folder, 'forged.json')
    await writeFile(forged, text.replace('"database":"', '"database":"x'))
    expect(await api.framework.check({ file: forged })).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^The signature is not that of this file/)],
    })
    await writeFile(forged, text.replace(/"sealed_by":"postgres"/, '"sealed_by":"nobody"'))
    expect((await api.framework.check({ file: forged })).seals[0]).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^The seal was changed/),
    })
    await writeFile(forged, text.replace(/"publicKey":"[^"]*"/, '"publicKey":"AAAA"'))
    expect(await api.framework.check({ file: forged })).toMatchObject({ ok: false })
    for (const nothing of ['', 'x', '{}', '{"kind":"seals"}\n{}\n', '\0\0']) {
      await writeFile(forged, nothing)
      await expect(api.framework.check({ file: forged })).rejects.toMatchObject({
        fault: { code: 'invalid', message: expect.stringMatching(/^This is neither/) },
      })
    }
    await expect(api.framework.check({ file: join(folder, 'none') })).rejects.toMatchObject({
      fault: { code: 'ENOENT' },
    })
  })

  it('checks an exported trail against seals that somebody kept', async () => {
    await client.query(`select track_operation('five')`)
    await api.framework.seal({ connection })
    const [seals, trail, rewritten] = ['s.json', 't.jsonl', 'r.jsonl'].map((name) => join(folder, name))
    await api.framework.exportSeals({ connection, exportTo: seals ?? '' })
    await api.framework.exportTrail({ connection, exportTo: trail })
    expect(await api.framework.check({ file: trail ?? '', against: seals })).toMatchObject({
      kind: 'trail',
      ok: true,
      problems: [],
    })
    const newest = Number(await onlyValue(client, 'select max(seal_number)::int from script_tracking.seal'))
    await client.query(rewrite(newest))
    await api.framework.exportTrail({ connection, exportTo: rewritten })
    expect(await api.framework.check({ file: rewritten ?? '' })).toMatchObject({ ok: true })
    expect(await api.framework.check({ file: rewritten ?? '', against: seals })).toMatchObject({
      ok: false,
      problems: [`Seal ${newest} has another head in the signed file, or is not in the trail.`],
    })
  })
})
