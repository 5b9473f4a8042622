import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectionSettings } from '../../../src/core/connection.ts'
import { endSession, openSession } from '../../../src/main/postgres/session.ts'
import { sharedServer } from '../../ground/shared.ts'
import { putSsh } from '../../ground/ssh.ts'
import { faultOf, given, settingsFor } from './entry.ts'

const server = sharedServer()
let folder: string
let ssh: { path: string; calls: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgsteward-ssh-'))
  ssh = await putSsh(folder)
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => void vi.stubEnv('PATH', ssh.path))
afterEach(() => void vi.unstubAllEnvs())

const through = (host: string, more: Parameters<typeof settingsFor>[1] = {}) =>
  openSession({
    endpoint: settingsFor(server, { ...more, ssh: host }),
    password: given(server.password),
    applicationName: 'test',
  })

async function calls(): Promise<string[][]> {
  const lines = (await readFile(ssh.calls, 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

describe('a session through ssh', () => {
  it.each(['disable', 'prefer'] as const)('carries what any other does, with sslmode=%s', async (sslMode) => {
    const client = await through('bastion', { sslMode })
    const { rows } = await client.query("select repeat('x', 3000000) as text, current_user as who")
    expect(rows).toEqual([{ text: 'x'.repeat(3_000_000), who: 'postgres' }])
    const back = await client.query('select length($1) as length', ['y'.repeat(2_000_000)])
    expect(back.rows).toEqual([{ length: '2000000' }])
    await endSession(client)
  })

  it('asks ssh for nothing but the line, and nobody for a passphrase', async () => {
    await endSession(await through('bastion'))
    const last = (await calls()).at(-1)
    expect(last?.slice(-4)).toEqual(['-W', `${server.host}:${server.port}`, '--', 'bastion'])
    expect(last).toContain('BatchMode=yes')
  })

  it('that is refused is told in ssh’s own words, and is not tried again in the clear', async () => {
    const before = (await calls()).length
    expect(await faultOf(through('elsewhere', { sslMode: 'prefer' }))).toMatchObject({
      code: 'ssh',
      message: expect.stringContaining('through elsewhere'),
      detail: 'elsewhere: Permission denied (publickey).',
      hint: expect.stringContaining('ssh-add'),
    })
    expect((await calls()).length).toBe(before + 1)
  })

  it('that finds no server behind the host says so', async () => {
    expect(await faultOf(through('bastion', { port: 1 }))).toMatchObject({
      code: 'ssh',
      detail: expect.stringContaining('Connection refused'),
      hint: expect.stringContaining('bastion was reached'),
    })
  })

  it('without the program says what to install', async () => {
    vi.stubEnv('PATH', '/nowhere')
    expect(await faultOf(through('bastion'))).toMatchObject({
      message: 'The program ssh could not be started.',
      hint: expect.stringContaining('Install OpenSSH'),
    })
  })

  it('is not possible to a socket', async () => {
    expect(await faultOf(through('bastion', { host: '/tmp' }))).toMatchObject({ code: 'invalid_input' })
  })

  it('that is cut is a lost one, with ssh’s last words', async () => {
    const client = await through('bastion')
    client.on('error', () => {})
    const ended = new Promise((resolve) => client.once('end', () => resolve(null)))
    await expect(client.query("select 'cut the line'")).rejects.toThrow('Broken pipe')
    await ended
  })

  it('that the server ends is ended', async () => {
    const client = await through('bastion')
    client.on('error', () => {})
    const ended = new Promise((resolve) => client.once('end', () => resolve(null)))
    await expect(client.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({ code: '57P01' })
    await ended
  })
})

describe('the name of the host', () => {
  const settings = (host: string) =>
    connectionSettings.safeParse({ name: 'x', database: 'x', user: 'x', ssh: host }).success

  it.each(['bastion', 'eve@bastion.example.org', '10.0.0.1', ''])('may be %j', (host) => {
    expect(settings(host)).toBe(true)
  })

  it.each(['-oProxyCommand=sh', '$(id)', 'a b', 'eve@-F', '`id`', 'a;b', "'", 'ssh://x'])('may not be %j', (host) => {
    expect(settings(host)).toBe(false)
  })
})

function hasSsh(): boolean {
  try {
    execFileSync('ssh', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

it.skipIf(!hasSsh())('OpenSSH understands the arguments', async () => {
  await endSession(await through('bastion'))
  const args = (await calls()).at(-1) ?? []
  vi.unstubAllEnvs()
  const understood = execFileSync('ssh', ['-F', '/dev/null', '-G', ...args], { encoding: 'utf8' })
  for (const line of ['hostname bastion', 'batchmode yes', 'permitlocalcommand no', 'serveraliveinterval 30'])
    expect(understood.split('\n')).toContain(line)
})
