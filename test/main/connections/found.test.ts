import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseUrl } from '../../../src/core/connections/url.ts'
import { passwordProgram } from '../../../src/main/connections/passwordPrograms.ts'
import { sharedServer } from '../../ground/shared.ts'
import { faultOf, settingsFor } from '../postgres/entry.ts'
import { type Program, startProgram } from './program.ts'

const server = sharedServer()
let home: string
let program: Program

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pgsteward-home-'))
  vi.stubEnv('HOME', home)
  vi.stubEnv('PGSYSCONFDIR', join(home, 'etc'))
  for (const name of [
    'PGHOST',
    'PGPORT',
    'PGUSER',
    'PGDATABASE',
    'PGSSLMODE',
    'PGSERVICE',
    'PGSERVICEFILE',
    'PGPASSWORD',
  ])
    vi.stubEnv(name, '')
  program = startProgram()
})
afterEach(async () => {
  await program.stop()
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const services = () => `# ours
[clinic]
host=${server.host}
port=${server.port}
dbname=postgres
user=postgres
password=${server.password}
application_name = psql

[clinic]
host=second.is.passed.over

[__proto__]
host=strange
nonsense
`

describe('what this machine knows', () => {
  it('is nothing where there is nothing', async () => {
    expect(await program.api.found({})).toEqual({
      user: expect.any(String),
      places: [],
      sshHosts: [],
      passwordCommands: [],
      commandsFile: join(program.folder, 'password-commands.json'),
      problem: null,
    })
  })

  it('is the services, the person’s own first, without their passwords', async () => {
    writeFileSync(join(home, '.pg_service.conf'), services())
    mkdirSync(join(home, 'etc'))
    writeFileSync(join(home, 'etc', 'pg_service.conf'), '[all]\nhost=for.all\n')
    const { places } = await program.api.found({})
    expect(places.map(({ service, keywords }) => [service, keywords['host']])).toEqual([
      ['clinic', server.host],
      ['__proto__', 'strange'],
      ['all', 'for.all'],
    ])
    expect(JSON.stringify(places)).not.toContain(server.password)
  })

  it('is the environment, in which a service says more than the variables', async () => {
    vi.stubEnv('PGHOST', 'db.example.org')
    vi.stubEnv('PGUSER', 'eve')
    expect((await program.api.found({})).places).toEqual([
      { service: null, from: 'environment', keywords: { host: 'db.example.org', user: 'eve' } },
    ])
    writeFileSync(join(home, 'services'), services())
    vi.stubEnv('PGSERVICEFILE', join(home, 'services'))
    vi.stubEnv('PGSERVICE', 'clinic')
    const [environment] = (await program.api.found({})).places
    expect(environment?.keywords).toMatchObject({ host: server.host, user: 'postgres' })
  })

  it('is what ~/.ssh/config gives a name', async () => {
    mkdirSync(join(home, '.ssh'))
    writeFileSync(join(home, '.ssh', 'config'), 'Host *\n  User eve\nhost bastion inner\n Host=third\nHost !x web*\n')
    expect((await program.api.found({})).sshHosts).toEqual(['bastion', 'inner', 'third'])
  })

  it('opens a service that a URL names, with the password of its file', async () => {
    writeFileSync(join(home, '.pg_service.conf'), services())
    const { places } = await program.api.found({})
    const service = (name: string) => places.find((place) => place.service === name)?.keywords
    const { settings, password } = parseUrl('postgresql:///?service=clinic&dbname=template1', { service })
    expect(settings).toMatchObject({ host: server.host, database: 'template1', user: 'postgres' })
    expect(password).toBeNull()
    expect(() => parseUrl('service=other', { service })).toThrow('no service of that name')
    // The password is for what the service names, and for no other database.
    const own = parseUrl('service=clinic', { service }).settings
    expect((await program.api.open({ settings: own })).server.user).toBe('postgres')
    expect(await faultOf(program.api.open({ settings }))).toMatchObject({ code: 'password_required' })
  })
})

describe('a password that a program makes', () => {
  const settings = (passwordFrom: string) => settingsFor(server, { passwordFrom })
  const write = (commands: unknown) =>
    writeFileSync(join(program.folder, 'password-commands.json'), JSON.stringify(commands), { mode: 0o600 })

  it('is that of a command in the owner’s file, which knows where it goes', async () => {
    write({
      vault: `test "$PGUSER@$PGDATABASE" = postgres@postgres && test "$PGPORT" = ${server.port} && echo '${server.password}'`,
    })
    expect((await program.api.found({})).passwordCommands).toEqual(['vault'])
    const opened = await program.api.open({ settings: settings('command:vault') })
    expect(opened.server.user).toBe('postgres')
  })

  it('is made anew, once for sessions that begin together', async () => {
    const times = join(home, 'times')
    write({ vault: `echo x >> '${times}'; echo '${server.password}'` })
    const { connection } = await program.api.open({ settings: settings('command:vault') })
    const database = program.connections.database(connection.id)
    const client = await database.connect('test')
    await client.end()
    expect(readFileSync(times, 'utf8')).toBe('x\n')
  })

  it('is made once for those who ask at the same time, also where the first of them is cancelled', async () => {
    const times = join(home, 'times')
    const go = join(home, 'go')
    write({ vault: `echo x >> '${times}'; while [ ! -e '${go}' ]; do sleep 0.02; done; echo made` })
    const make = passwordProgram(settings('command:vault'), program.folder)
    const first = new AbortController()
    const cancelled = make(first.signal)
    const others = [make(new AbortController().signal), make(new AbortController().signal)]
    await vi.waitFor(() => expect(existsSync(times)).toBe(true))
    first.abort(new Error('cancelled'))
    await expect(cancelled).rejects.toThrow('cancelled')
    writeFileSync(go, '')
    expect(await Promise.all(others)).toEqual(['made', 'made'])
    expect(readFileSync(times, 'utf8')).toBe('x\nx\n')
  })

  it.each([
    ['exit 3', { message: 'The command vault ended with 3 and made no password.' }],
    ['echo the reason >&2; exit 1', { detail: 'the reason' }],
    ['echo hunter2; echo "+ echo hunter2, token=hunter3" >&2; exit 1', { detail: '+ echo ***, token=***' }],
    ['true', { message: expect.stringContaining('said nothing') }],
    ['echo one; echo two', { message: expect.stringContaining('more than one line') }],
  ])('where %j makes none, it says so', async (command, fault) => {
    write({ vault: command })
    expect(await faultOf(program.api.open({ settings: settings('command:vault') }))).toMatchObject({
      code: 'password_command',
      ...fault,
    })
  })

  it('that is wrong is told by where it came from, and never shown', async () => {
    write({ vault: 'echo not-the-password' })
    const fault = await faultOf(program.api.open({ settings: settings('command:vault') }))
    expect(fault).toMatchObject({ sqlstate: '28P01', hint: 'The password was the one that command vault made.' })
    expect(JSON.stringify(fault)).not.toContain('not-the-password')
  })

  it('comes from no file that others can write to, and from no name that is not in it', async () => {
    write({ vault: 'echo x' })
    expect(await faultOf(program.api.open({ settings: settings('command:other') }))).toMatchObject({
      message: 'There is no command other for the password.',
    })
    chmodSync(join(program.folder, 'password-commands.json'), 0o666)
    expect(await program.api.found({})).toMatchObject({
      passwordCommands: [],
      problem: expect.stringContaining('chmod 600'),
    })
    expect(await faultOf(program.api.open({ settings: settings('command:vault') }))).toMatchObject({
      detail: expect.stringContaining('others can write to it'),
    })
  })

  it('of a cloud provider is asked for with the place as arguments', async () => {
    const programs = join(home, 'programs')
    mkdirSync(programs)
    for (const name of ['aws', 'gcloud', 'az'])
      writeFileSync(join(programs, name), `#!/bin/sh\necho "$0 $*" >> '${home}/asked'\necho '${server.password}'\n`, {
        mode: 0o755,
      })
    vi.stubEnv('PATH', `${programs}:${process.env['PATH']}`)
    for (const from of ['aws', 'gcloud', 'azure']) {
      expect((await program.api.test({ settings: settings(from) })).user).toBe('postgres')
    }
    const asked = readFileSync(join(home, 'asked'), 'utf8').trim().split('\n')
    expect(asked.map((line) => line.slice(programs.length + 1))).toEqual([
      `aws rds generate-db-auth-token --hostname=${server.host} --port=${server.port} --username=postgres`,
      'gcloud sql generate-login-token',
      'az account get-access-token --resource-type=oss-rdbms --query=accessToken --output=tsv',
    ])
  })

  it('is no command that a window could write', async () => {
    for (const passwordFrom of ['sh -c id', 'command:', 'command:$(id)', 'other'])
      expect(await faultOf(program.api.open({ settings: { ...settings(''), passwordFrom } }))).toMatchObject({
        code: 'invalid_input',
      })
  })
})
