import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Failure } from '../../../src/core/fault.ts'
import type { LogUpload } from '../../../src/core/logs/contract.ts'
import { createUploads, type Uploads } from '../../../src/main/door/uploads.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { buildDoor } from '../built.ts'
import { busyLog, busyPrefix, leftIn } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

const whole = busyLog({ messages: 2000 })

async function leftUndisturbed(content: string): Promise<Record<string, unknown>> {
  const database = await TestDatabase.tracked(sharedServer())
  const desk = await openDesk({ server: sharedServer(), database: database.name })
  await desk.import(await desk.file('whole.log', content), { prefix: busyPrefix })
  const left = await leftIn(database)
  await desk.close()
  await database.close()
  return left
}

/** The bytes as a window sends them, a piece at a time; counts what was asked for. */
async function* sent(bytes: Uint8Array, asked: { bytes: number }): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) {
    const piece = bytes.slice(at, at + 10_000)
    asked.bytes += piece.length
    yield piece
  }
}

describe('a file that a window holds', () => {
  let database: TestDatabase
  let desk: Desk
  let uploads: Uploads
  beforeAll(async () => {
    uploads = createUploads(2_000)
    database = await TestDatabase.tracked(sharedServer())
    desk = await openDesk({
      server: sharedServer(),
      database: database.name,
      batchBytes: 30_000,
      host: { receiveFile: uploads.receiveFile, takesPaths: false },
    })
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
  })

  const answer = (bytes: Uint8Array, asked: { bytes: number }) => (event: { kind: string }) => {
    const upload = event as LogUpload
    if (upload.kind === 'upload')
      void uploads.take(upload.url, sent(bytes.subarray(0, upload.bytes ?? bytes.length), asked))
  }

  it('is detected by its first bytes, imported as it streams, and known again', async () => {
    const packed = gzipSync(whole)
    for (const bytes of [packed, Buffer.from(whole)]) {
      const source = { kind: 'upload', name: 'C:\\logs\\a.log', size: bytes.length } as const
      const asked = { bytes: 0 }
      const onEvent = answer(bytes, asked)
      const detection = await desk.api.logs.detect(
        { source, prefix: busyPrefix, connection: desk.connection },
        { onEvent },
      )
      expect(detection).toMatchObject({ format: 'stderr', packing: bytes === packed ? 'gzip' : 'plain', overlaps: [] })
      expect(detection.events.length).toBeGreaterThan(10)
      const zone = await desk.api.logs.preview({ sample: detection.sample, prefix: '%t ' })
      expect(zone).toMatchObject({ prefix: '%t ', explains: 0 })
      const summary = await desk.api.logs.import(
        { connection: desk.connection, source, prefix: busyPrefix },
        { onEvent },
      )
      expect(summary.outcome).toBe(bytes === packed ? 'imported' : 'nothing new')
    }
    expect(await leftIn(database)).toEqual(await leftUndisturbed(whole))
  })

  it('is not read by a path that a window names', async () => {
    const source = { kind: 'path', path: '/etc/passwd' } as const
    await expect(desk.api.logs.detect({ source })).rejects.toMatchObject({ fault: { code: 'refused' } })
  })

  it('fails in words when the window does not send it, and takes no file that nobody waits for', async () => {
    expect(await uploads.take(`/upload/${randomBytes(8).toString('hex')}`, sent(Buffer.from('x'), { bytes: 0 }))).toBe(
      false,
    )
    const source = { kind: 'upload', name: 'a.log', size: 3 } as const
    await expect(desk.api.logs.detect({ source })).rejects.toThrow('The window has not begun to send the file')
  })

  it('has the years of its days from when it was last changed, also when it goes on in the next year', async () => {
    const line = (day: string, pid: number) =>
      `${day} 10:00:00 db postgres[${pid}]: [1-1] 2 LOG:  duration: 1.5 ms  statement: select ${pid}\n`
    const until = async (content: string, modified: string) => {
      const bytes = Buffer.from(content)
      const source = { kind: 'upload', name: 'syslog', size: bytes.length, modified: Date.parse(modified) } as const
      const onEvent = answer(bytes, { bytes: 0 })
      const manner = { format: 'syslog', prefix: '%l ', timeZone: 'UTC' }
      const { events, sample } = await desk.api.logs.detect({ source, ...manner }, { onEvent })
      const again = await desk.api.logs.preview({ sample, ...manner })
      expect(again.events).toEqual(events)
      await desk.api.logs.import({ connection: desk.connection, source, ...manner }, { onEvent })
      return events.map(({ time }) => time)
    }
    const december = line('Dec 31', 1)
    expect(await until(december, '2025-12-31T10:00:01Z')).toEqual(['2025-12-31T10:00:00Z'])
    const both = december + line('Jan  1', 2)
    expect(await until(both, '2026-01-01T10:00:01Z')).toEqual(['2025-12-31T10:00:00Z', '2026-01-01T10:00:00Z'])
    const rows = await rowsOf(
      await database.session(),
      `select statement, (logged_at at time zone 'UTC')::text as time
       from script_tracking.imported_operation
       where statement in ('select 1', 'select 2') and pid in (1, 2)
       order by 1`,
    )
    expect(rows).toEqual([
      { statement: 'select 1', time: '2025-12-31 10:00:00' },
      { statement: 'select 2', time: '2026-01-01 10:00:00' },
    ])
  })

  it('is another window’s sample no more than its import', async () => {
    const source = { kind: 'upload', name: 'a.log', size: whole.length } as const
    const { sample } = await desk.api.logs.detect(
      { source, prefix: busyPrefix },
      { onEvent: answer(Buffer.from(whole), { bytes: 0 }) },
    )
    await expect(desk.join().logs.preview({ sample })).rejects.toMatchObject({ fault: { code: 'not_found' } })
  })
})

describe('the server’s own log', () => {
  let server: Server
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    server = await startServer({
      major: sharedServer().major,
      settings: {
        logging_collector: 'on',
        log_directory: 'log',
        log_filename: "it's.log",
        log_line_prefix: busyPrefix,
      },
    })
    database = await TestDatabase.tracked(server)
    desk = await openDesk({ server, database: database.name })
  })
  afterAll(async () => {
    await desk.close()
    await server.stop()
  })

  it('is listed and imported by SQL, as the file itself would be', async () => {
    const { files, problem, prefix } = await desk.api.logs.serverFiles({ connection: desk.connection })
    expect({ problem, prefix, names: files.map(({ name }) => name) }).toEqual({
      problem: null,
      prefix: busyPrefix,
      names: ["it's.log"],
    })
    // Longer than what is asked for at once.
    const path = join(server.dataFolder, 'log', "it's.log")
    const before = await readFile(path, 'utf8')
    const content = before + busyLog({ messages: 18_000 })
    expect(Buffer.byteLength(content)).toBeGreaterThan(2_200_000)
    await writeFile(path, content)
    const source = { kind: 'server', connection: desk.connection, name: "it's.log" } as const
    const summary = await desk.api.logs.import({ connection: desk.connection, source, prefix })
    expect(summary.to).toBeGreaterThanOrEqual(Buffer.byteLength(content))
    expect(await desk.import(path, { prefix: busyPrefix })).toMatchObject({ file: summary.file })
    for (const name of ['../PG_VERSION', 'none.log', "x' || (select 1) || '"]) {
      const other = { ...source, name }
      await expect(desk.api.logs.detect({ source: other })).rejects.toMatchObject({ fault: { code: 'not_found' } })
    }
  })

  it('is set to be useful, for a superuser who says so', async () => {
    const before = await desk.api.logs.settings({ connection: desk.connection })
    expect(before.problem).toBeNull()
    expect(before.settings.find(({ name }) => name === 'log_lock_waits')).toMatchObject({
      sql: "alter system set log_lock_waits = 'on'",
      needsRestart: false,
    })
    const names = ['log_min_duration_statement', 'log_temp_files']
    await desk.api.logs.applySettings({ connection: desk.connection, names, confirmed: true })
    await expect
      .poll(async () => {
        const { settings } = await desk.api.logs.settings({ connection: desk.connection })
        return settings.filter(({ name }) => names.includes(name)).map(({ current, good }) => [current, good])
      })
      .toEqual([
        ['0', true],
        ['0', true],
      ])
    const client = await database.session()
    expect(
      await rowsOf(
        client,
        `select script_content as sql from script_tracking.script_execution_current where script_name = 'Settings of the server log'`,
      ),
    ).toEqual([
      {
        sql: "alter system set log_min_duration_statement = '0';\nalter system set log_temp_files = '0';\nselect pg_catalog.pg_reload_conf();",
      },
    ])
    await expect(
      desk.api.logs.applySettings({ connection: desk.connection, names: ['listen_addresses'], confirmed: true }),
    ).rejects.toBeInstanceOf(Failure)
  })

  it('is nobody else’s to read or to set', async () => {
    const other = await openDesk({ server, database: database.name, user: await database.role('reader') })
    const { files, problem } = await other.api.logs.serverFiles({ connection: other.connection })
    expect(files).toEqual([])
    expect(problem?.hint).toContain('pg_monitor')
    expect((await other.api.logs.settings({ connection: other.connection })).problem).toContain('superuser')
    await expect(
      other.api.logs.applySettings({ connection: other.connection, names: ['log_temp_files'], confirmed: true }),
    ).rejects.toMatchObject({ fault: { code: 'refused' } })
    await other.close()
  })
})

describe('pgsteward logs import', () => {
  let door: Awaited<ReturnType<typeof buildDoor>>
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    door = await buildDoor('cli')
    database = await TestDatabase.tracked(sharedServer())
    desk = await openDesk({ server: sharedServer(), database: database.name })
  })
  afterAll(async () => {
    await door.remove()
    await desk.close()
    await database.close()
  })

  async function pgsteward(...args: string[]) {
    const child = spawn(
      process.execPath,
      [door.entry, '--data-folder', join(desk.folder, 'cli'), 'logs', 'import', ...args],
      {
        env: { ...process.env, PGSTEWARD_URL: sharedServer().url(database.name) },
      },
    )
    const [, stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
    return { code: child.exitCode, stdout, stderr }
  }

  const results = z.object({ files: z.array(z.looseObject({ name: z.string(), outcome: z.string() })) })

  it('imports several files, goes on after one that fails, and says what came of each', async () => {
    const paths = [
      await desk.file('a.log', whole),
      await desk.file('empty.log', ''),
      await desk.file('b.log.gz', gzipSync(busyLog({ messages: 200, seed: 3 }))),
    ]
    const { code, stdout, stderr } = await pgsteward(...paths, '--prefix', busyPrefix, '--json')
    expect(code).toBe(1)
    expect(results.parse(JSON.parse(stdout)).files.map(({ outcome }) => outcome)).toEqual([
      'imported',
      'failed',
      'imported',
    ])
    expect(stderr).toContain('The file is empty: take one that the server has written to.')
    expect(stdout + stderr).not.toContain('S3CRET')
    const again = await pgsteward(paths[0] ?? '', '--prefix', busyPrefix)
    expect(again).toMatchObject({ code: 0, stdout: 'a.log: nothing new; all of it was imported before\n' })
    const client = await database.session()
    expect(
      await rowsOf(
        client,
        `select script_name as name, execution_status as status from script_tracking.script_execution_current where script_type = 'LOG_IMPORT' order by 1`,
      ),
    ).toEqual([
      { name: 'Import of a.log', status: 'COMPLETED' },
      { name: 'Import of b.log.gz', status: 'COMPLETED' },
    ])
  })

  it('says that a database is not tracked', async () => {
    const bare = await TestDatabase.create(sharedServer())
    const { code, stderr } = await pgsteward(
      await desk.file('c.log', whole),
      '--prefix',
      busyPrefix,
      '--url',
      sharedServer().url(bare.name),
    )
    expect(code).toBe(1)
    expect(stderr).toContain('the tracking framework is not installed')
    await bare.close()
  })
})
