import { existsSync, readFileSync } from 'node:fs'
import { homedir, platform, userInfo } from 'node:os'
import { join } from 'node:path'
import type { FoundConnections, FoundPlace } from '../../core/connections/contract.ts'
import { environmentKeywords, readServices, type Service } from '../../core/connections/serviceFile.ts'
import type { Endpoint } from '../postgres/endpoint.ts'
import { readPasswordCommands } from './passwordPrograms.ts'

interface ServiceFile {
  file: string
  services: Service[]
}

/** What other programs of this machine know of databases, and how to reach them. Passwords stay out of it. */
export function findConnections(dataFolder: string): FoundConnections {
  const { commands, file, problem } = readPasswordCommands(dataFolder)
  const services = serviceFiles().flatMap(({ file, services }) =>
    services.map(
      ({ name, keywords }): FoundPlace => ({ service: name, from: file, keywords: withoutSecrets(keywords) }),
    ),
  )
  const environment = environmentPlace()
  return {
    user: userInfo().username,
    places: environment === null ? services : [environment, ...services],
    sshHosts: sshHosts(),
    passwordCommands: [...commands.keys()],
    commandsFile: file,
    problem,
  }
}

/** The password that a service names for this very place, as libpq would take it. */
export function passwordInServices({ host, port, database, user }: Endpoint): { text: string; file: string } | null {
  const wanted = new Map([
    ['host', host],
    ['port', String(port)],
    ['dbname', database],
    ['user', user],
  ])
  for (const { file, services } of serviceFiles()) {
    for (const { keywords } of services) {
      const password = keywords.get('password')
      // One without a host is for whoever asks: that it is meant for this server is not known.
      if (!password || !keywords.has('host')) continue
      if ([...wanted].every(([keyword, value]) => (keywords.get(keyword) ?? value) === value))
        return { text: password, file }
    }
  }
  return null
}

/** The person's own file first, as in libpq. */
function serviceFiles(): ServiceFile[] {
  const own =
    process.env['PGSERVICEFILE'] ||
    (platform() === 'win32'
      ? join(process.env['APPDATA'] ?? homedir(), 'postgresql', '.pg_service.conf')
      : join(homedir(), '.pg_service.conf'))
  const system = join(process.env['PGSYSCONFDIR'] || '/etc/postgresql-common', 'pg_service.conf')
  return [own, system].map((file) => ({ file, services: readServices(textOf(file)) }))
}

function environmentPlace(): FoundPlace | null {
  const keywords: Record<string, string> = {}
  for (const [variable, keyword] of Object.entries(environmentKeywords)) {
    const value = process.env[variable]
    if (value) keywords[keyword] = value
  }
  const named = serviceFiles()
    .flatMap(({ services }) => services)
    .find(({ name }) => name === process.env['PGSERVICE'])
  // As in libpq, a service says more than the variables beside it.
  if (named !== undefined) Object.assign(keywords, withoutSecrets(named.keywords))
  return Object.keys(keywords).length === 0 ? null : { service: null, from: 'environment', keywords }
}

/** The hosts that `~/.ssh/config` gives a name; patterns are none. */
function sshHosts(): string[] {
  const lines = textOf(join(homedir(), '.ssh', 'config')).split(/\r?\n/)
  const names = lines.flatMap((line) => /^\s*host[\s=]+(.+)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? [])
  return [...new Set(names.filter((name) => /^[\w.-]+$/.test(name)))]
}

function withoutSecrets(keywords: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...keywords].filter(([keyword]) => !/password|secret/.test(keyword)))
}

/** Nothing where there is no such file, or none that this user may read: then it is of no use to anybody here. */
function textOf(file: string): string {
  if (!existsSync(file)) return ''
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
