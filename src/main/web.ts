import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connectionSettings } from '../core/connection.ts'
import { parseUrl } from '../core/connections/url.ts'
import { contract } from '../core/contract.ts'
import { type Fault, toFault } from '../core/fault.ts'
import { defaultDataFolder } from './dataFolder.ts'
import { openInBrowser } from './door/browser.ts'
import { createDownloads } from './door/downloads.ts'
import { startWeb, type Web } from './door/loopback.ts'
import { createUploads } from './door/uploads.ts'
import { memorySecrets } from './host.ts'
import { callInside } from './inside.ts'
import { removeUnfinished } from './savedFile.ts'
import { createServices, type Main } from './services.ts'
import { whenStarterEnds } from './starter.ts'
import { faultLines } from './terminal.ts'

const usage = `Usage: pgsteward serve [options]

Opens pgSteward in the browser, on this machine alone. Ends with its terminal.

  --port <number>         the port of 127.0.0.1; any free one without it
  --url <url>             keep this database among the connections; its password in memory alone
  --no-open               print the link, and open no browser
  --data-folder <folder>  where the cache lives
  --json                  print one JSON document, {"link": …}, and nothing else, on standard output
  --until-input-ends      end when standard input does, for programs that start this one
`

interface ServeOptions {
  port: number
  url: string | undefined
  open: boolean
  dataFolder: string
  json: boolean
  untilInputEnds: boolean
}

/** Null where the help was asked for. Throws for what it does not know. */
function readOptions(args: string[]): ServeOptions | null {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      port: { type: 'string', default: '0' },
      url: { type: 'string' },
      open: { type: 'boolean', default: (process.env['CI'] ?? '') === '' },
      'data-folder': { type: 'string', default: defaultDataFolder() },
      json: { type: 'boolean', default: false },
      'until-input-ends': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) {
    throw new TypeError(`--port takes a number from 0 to 65535, not "${values.port}".`)
  }
  return {
    port: Number(values.port),
    url: values.url,
    open: values.open,
    dataFolder: values['data-folder'],
    json: values.json,
    untilInputEnds: values['until-input-ends'],
  }
}

/** The browser door. Returns the exit code, after the door has closed again. */
async function main(args: string[]): Promise<number> {
  let options: ServeOptions | null
  try {
    options = readOptions(args)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(`${message}\n\n${usage}`)
    if (args.includes('--json')) printDocument({ fault: { code: 'invalid_input', message } })
    return 2
  }
  if (options === null) {
    console.log(usage)
    return 0
  }

  const end = endOf(options)
  let behind: Main | undefined
  try {
    // The browser keeps what this door hands out; a terminal that was killed may have left half a file.
    removeUnfinished(options.dataFolder)
    const downloads = createDownloads()
    const uploads = createUploads()
    behind = createServices({
      door: 'browser',
      secrets: memorySecrets(),
      dataFolder: options.dataFolder,
      saveFile: downloads.saveFile,
      receiveFile: uploads.receiveFile,
    })
    if (behind.notice !== null) console.error(behind.notice)
    if (options.url !== undefined) await keepConnection(options.url, behind)
    const web = await startWeb({
      contract,
      services: behind.services,
      rendererFolder: join(import.meta.dirname, '../renderer'),
      downloads,
      uploads,
      port: options.port,
    })
    greet(web, options)
    await end
    await web.close()
    return 0
  } catch (error) {
    const fault = faultOf(error, options.port)
    console.error([...faultLines(fault)].join('\n'))
    if (options.json) printDocument({ fault })
    return fault.code === 'invalid_input' ? 2 : 1
  } finally {
    await behind?.close()
  }
}

/** Has the window offer the database of `--url`: the connection that there is, or a new one. */
async function keepConnection(url: string, { services }: Main): Promise<void> {
  const { api, close } = callInside(services)
  try {
    const { places, user } = await api.connections.found({})
    const service = (name: string) => places.find((place) => place.service === name)?.keywords
    const { settings, password, warnings } = parseUrl(url, { user, service })
    for (const warning of warnings) console.error(warning)
    const { connections } = await api.connections.list({})
    const wanted = connectionSettings.parse(settings)
    const same = connections.find(
      ({ host, port, database, user, ssh }) =>
        host === wanted.host &&
        port === wanted.port &&
        database === wanted.database &&
        user === wanted.user &&
        ssh === wanted.ssh,
    )
    if (same === undefined) await api.connections.save({ settings: wanted, password })
    else {
      const { id, hasPassword: _, lastOpenedAt: __, ...known } = same
      await api.connections.save({ id, settings: { ...known, ...settings, name: known.name }, password })
    }
  } finally {
    close()
  }
}

/** Resolves when the terminal, the user or the program that started this one wants it to end. */
function endOf({ untilInputEnds }: ServeOptions): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      // An input that is still being read would keep the process from ending.
      process.stdin.pause()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
    whenStarterEnds(end)
    if (untilInputEnds) process.stdin.on('end', end).resume()
  })
}

function printDocument(document: { link: string } | { fault: Fault }): void {
  console.log(JSON.stringify(document, null, 2))
}

function greet(web: Web, { open, json }: ServeOptions): void {
  if (json) printDocument({ link: web.link })
  else console.log(`pgSteward is open, for this machine alone, until this terminal ends (Ctrl+C):\n${web.link}`)
  if (!open) return
  openInBrowser(web.mintLink(), (reason) =>
    console.error(`No browser could be opened (${reason}). Open the link yourself.`),
  )
}

function faultOf(error: unknown, port: number): Fault {
  const fault = toFault(error)
  if (error instanceof Error && Reflect.get(error, 'syscall') === 'listen') {
    const hint = 'Name another one with --port, or none for any free one.'
    if (fault.code === 'EADDRINUSE') return { ...fault, message: `Port ${port} is taken by another program.`, hint }
    if (fault.code === 'EACCES') {
      return { ...fault, message: `This user may not open port ${port}: those below 1024 are the system’s.`, hint }
    }
  }
  return fault
}

process.exitCode = await main(process.argv.slice(2))
