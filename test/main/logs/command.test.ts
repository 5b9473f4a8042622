import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { unreadable } from '../../../src/main/logs/localFile.ts'
import { line } from '../../core/logs/read.ts'
import { buildDoor } from '../built.ts'

let door: Awaited<ReturnType<typeof buildDoor>>
let folder: string
beforeAll(async () => {
  door = await buildDoor('cli')
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-logs-'))
})
afterAll(async () => {
  await door.remove()
  await rm(folder, { recursive: true, force: true })
})

async function pgsteward(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [door.entry, '--data-folder', join(folder, 'data'), ...args])
  const [, stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { code: child.exitCode, stdout, stderr }
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** The message of the fault that a command printed in place of its answer. */
function faultIn(stdout: string): string {
  return z.object({ fault: z.object({ message: z.string() }) }).parse(JSON.parse(stdout)).fault.message
}

const log =
  line("LOG:  statement: create role a password 'S3CRET'") +
  line('LOG:  duration: 1.500 ms') +
  line('LOG:  statement: select 2', { second: 1 })

describe('pgsteward logs parse', () => {
  it('prints one JSON object an operation, and the counts apart', async () => {
    const summary = join(folder, 'summary.json')
    const { code, stdout, stderr } = await pgsteward(
      'logs',
      'parse',
      await file('a.log', log),
      '--json',
      '--summary',
      summary,
    )
    expect(code).toBe(0)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as { statement: string; duration_ms: number })
    expect(events.map(({ statement, duration_ms }) => [statement, duration_ms])).toEqual([
      ['create role a password ***', 1.5],
      ['select 2', null],
    ])
    expect(stderr).toContain('2 operations and events of 3 messages')
    expect(JSON.parse(await readFile(summary, 'utf8'))).toMatchObject({ events: 2, merged: 1, redacted: 1, refused: 0 })
    expect(stdout + stderr).not.toContain('S3CRET')
  })

  it('uses what could be read of an archive that is cut, and says what is lost', async () => {
    const packed = gzipSync(log.repeat(2000))
    const { code, stdout, stderr } = await pgsteward(
      'logs',
      'parse',
      await file('cut.log.gz', packed.subarray(0, packed.length / 2)),
      '--json',
    )
    expect(code).toBe(0)
    expect(stdout.split('\n').length).toBeGreaterThan(1000)
    expect(stderr).toMatch(/The gzip archive is cut: it ends too early\. What could be read before that, \d+ bytes/)
  })

  it.each([
    ['gz', gzipSync],
    ['zst', zstdCompressSync],
  ])('unpacks %s', async (ending, pack) => {
    const packed = await pgsteward('logs', 'parse', await file(`b.log.${ending}`, pack(log)), '--json')
    expect(packed.stdout.trimEnd().split('\n')).toHaveLength(2)
  })

  it('asks for the prefix of a log that it cannot explain', async () => {
    const path = await file('c.log', '[[ann]] {7} LOG:  statement: select 1\n')
    const unsure = await pgsteward('logs', 'parse', path, '--json')
    expect(unsure.code).toBe(1)
    expect(faultIn(unsure.stdout)).toBe(
      'How this log is written is not certain: no prefix that is known explains any of its lines.',
    )
    const sure = await pgsteward('logs', 'parse', path, '--json', '--prefix', '[[%u]] {%p} ')
    expect(JSON.parse(sure.stdout)).toMatchObject({ user: 'ann', pid: 7, statement: 'select 1' })
  })

  it('asks for the prefix where two explain a log equally well', async () => {
    const path = await file('d.log', '2026-11-21 10:00:00 UTC ann shop LOG:  statement: select 1\n')
    const unsure = await pgsteward('logs', 'parse', path, '--json')
    expect(unsure.code).toBe(1)
    expect(faultIn(unsure.stdout)).toBe(
      'How this log is written is not certain: "%t %d %u " and "%t %u %d " explain its lines equally well.',
    )
    const sure = await pgsteward('logs', 'parse', path, '--json', '--prefix', '%t %u %d ')
    expect(JSON.parse(sure.stdout)).toMatchObject({ user: 'ann', database: 'shop', statement: 'select 1' })
  })

  it.each([
    ['nothing.log', '', 'The file is empty: take one that the server has written to.'],
    ['some.zip', 'PK\u0003\u0004', 'The zip archive is cut: it ends too early. Nothing could be read of it.'],
  ])('refuses %s in one sentence', async (name, content, sentence) => {
    const { code, stdout } = await pgsteward('logs', 'parse', await file(name, content), '--json')
    expect(code).toBe(1)
    expect(faultIn(stdout)).toBe(sentence)
  })

  it('says what is no file that can be read, and what to do', async () => {
    const missing = await pgsteward('logs', 'parse', join(folder, 'none.log'))
    expect(missing.stderr).toBe(
      `error: There is no file ${join(folder, 'none.log')}.\nhint: Is it spelled as it is on the disk?\n`,
    )
    const inFile = await pgsteward('logs', 'detect', join(await file('b.log', log), 'c.log'))
    expect(inFile.stderr).toContain('There is no file')
    const directory = await pgsteward('logs', 'parse', folder)
    expect(directory.stderr).toBe(`error: ${folder} is a folder.\nhint: Name the files in it, such as its *.log.\n`)
    expect((await pgsteward('logs', 'detect', '/dev/zero')).stderr).toContain('is no file, but a pipe or a device')
    expect([missing.code, inFile.code, directory.code]).toEqual([1, 1, 1])
  })

  it('says which zone there is not', async () => {
    const path = await file('d.log', log)
    expect((await pgsteward('logs', 'parse', path, '--timezone', 'Mars/Base')).stderr).toContain(
      'There is no time zone Mars/Base.',
    )
  })
})

describe('what the system says of a file', () => {
  it.each([
    ['EACCES', 'You may not read /x.log.', 'Run pgsteward as a user who may'],
    ['EPERM', 'You may not read /x.log.', 'or make a copy'],
    ['EIO', '/x.log cannot be read.', 'Is its disk there'],
  ])('is put into words: %s', (code, message, hint) => {
    const cause = Object.assign(new Error('no'), { code })
    expect(unreadable('/x.log', cause).fault).toMatchObject({ message, hint: expect.stringContaining(hint) })
  })
})

describe('pgsteward logs detect', () => {
  it('says which escape there is not, as parse does', async () => {
    const path = await file('f.log', log)
    for (const command of ['detect', 'parse']) {
      const { code, stderr } = await pgsteward('logs', command, path, '--prefix', '%t %y ')
      expect(stderr).toContain('error: %y is no escape of log_line_prefix.')
      expect(stderr).toContain('show log_line_prefix')
      expect(code).not.toBe(0)
    }
  })

  it('says format, prefix and what they explain', async () => {
    const { code, stdout } = await pgsteward('logs', 'detect', await file('e.log', log), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'stderr',
      prefix: '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
      explains: 1,
      lines: 3,
    })
  })
})
