import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { CloudPassword, ConnectionSettings } from '../../core/connection.ts'
import { Failure } from '../../core/fault.ts'
import { redactMessage, redactText } from '../../core/history/redact.ts'

/** Tokens are good for ten minutes and more: several sessions that are opened together ask once. */
const goodForMs = 60_000
/** Much more than any password or token has, in characters. */
const longest = 20_000

type Target = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user' | 'passwordFrom'>

/** The commands of a person's own, by name. The window chooses among them; it can neither read nor write them. */
export interface PasswordCommands {
  readonly file: string
  readonly commands: ReadonlyMap<string, string>
  /** Why the file is not used. */
  readonly problem: string | null
}

/** Reads `password-commands.json` in the data folder: `{"vault": "vault kv get -field=password db/clinic"}`. */
export function readPasswordCommands(dataFolder: string): PasswordCommands {
  const file = join(dataFolder, 'password-commands.json')
  const none = (problem: string | null) => ({ file, commands: new Map<string, string>(), problem })
  try {
    const status = statSync(file, { throwIfNoEntry: false })
    if (status === undefined) return none(null)
    if (platform() !== 'win32' && (status.mode & 0o022) !== 0)
      return none(`${file} is ignored: others can write to it. Run chmod 600 on it.`)
    const parsed = z.record(z.string(), z.string().min(1)).parse(JSON.parse(readFileSync(file, 'utf8')))
    return { file, commands: new Map(Object.entries(parsed)), problem: null }
  } catch {
    return none(`${file} is ignored: it is no JSON object of commands by name, such as {"vault": "vault kv get …"}.`)
  }
}

/** Makes the password of `target` by a program, anew when the last one is a minute old. */
export function passwordProgram(target: Target, dataFolder: string): (signal: AbortSignal) => Promise<string> {
  let last: { at: number; text: Promise<string> } | null = null
  return async (signal) => {
    while (last !== null && performance.now() - last.at < goodForMs) {
      const asked = last
      try {
        return await asked.text
      } catch {
        // Whoever asked may have been cancelled: who waited for the same asks anew.
        signal.throwIfAborted()
        if (last === asked) last = null
      }
    }
    const own = { at: performance.now(), text: run(target, dataFolder, signal) }
    last = own
    return own.text
  }
}

async function run(target: Target, dataFolder: string, signal: AbortSignal): Promise<string> {
  const { name, program, args, shell } = programOf(target, dataFolder)
  const { host, port, database, user } = target
  const child = spawn(program, args, {
    shell,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // What a command needs to know of the connection, under libpq's names: nothing is put into its text.
    env: { ...process.env, PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user },
  })
  let answer = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer = (answer + text).slice(0, longest)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000)
  })
  const how = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', (cause) => {
      signal.aborted ? reject(signal.reason) : reject(notStarted(name, cause))
    })
    child.once('close', (code, ended) => resolve(code ?? ended))
  })
  // What goes wrong may be told with the password in it, as by a shell with `set -x`.
  const secrets = answer.split(/\r?\n/).filter((line) => line.length > 2)
  const told = redactMessage(redactText(said), secrets).trim()
  if (how !== 0) throw failed(`${name} ended with ${how} and made no password.`, told)
  // A line end is the program's; a password in several lines is none.
  const password = answer.replace(/\r?\n$/, '')
  if (password === '') throw failed(`${name} said nothing where it should say the password.`, told)
  if (/[\r\n]/.test(password)) throw failed(`${name} said more than one line where it should say the password.`, told)
  return password
}

interface Program {
  /** For a person. */
  name: string
  program: string
  args: string[]
  shell: boolean
}

const cloudPrograms: Readonly<Record<CloudPassword, (target: Target) => Program>> = {
  aws: ({ host, port, user }) =>
    program('aws', 'rds', 'generate-db-auth-token', `--hostname=${host}`, `--port=${port}`, `--username=${user}`),
  gcloud: () => program('gcloud', 'sql', 'generate-login-token'),
  azure: () =>
    program('az', 'account', 'get-access-token', '--resource-type=oss-rdbms', '--query=accessToken', '--output=tsv'),
}

function program(name: string, ...args: string[]): Program {
  return { name, program: name, args, shell: false }
}

function programOf(target: Target, dataFolder: string): Program {
  const { passwordFrom } = target
  if (passwordFrom === 'aws' || passwordFrom === 'gcloud' || passwordFrom === 'azure')
    return cloudPrograms[passwordFrom](target)
  const name = passwordFrom.replace(/^command:/, '')
  const { commands, file, problem } = readPasswordCommands(dataFolder)
  const command = commands.get(name)
  if (command !== undefined) return { name: `The command ${name}`, program: command, args: [], shell: true }
  throw new Failure({
    code: 'password_command',
    message: `There is no command ${name} for the password.`,
    detail: problem ?? `${file} does not name it.`,
    hint: `Write it there: {"${name}": "the command, which prints the password"}. It is run by the shell of this machine.`,
  })
}

function failed(message: string, detail: string): Failure {
  return new Failure({ code: 'password_command', message, ...(detail !== '' && { detail }) })
}

function notStarted(name: string, cause: Error): Failure {
  return new Failure(
    {
      code: 'password_command',
      message: `${name} could not be started.`,
      detail: cause.message,
      hint: 'Is it installed, and does PATH lead to it?',
    },
    { cause },
  )
}
