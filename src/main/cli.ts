import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import type { Call } from '../core/call.ts'
import { parseUrl } from '../core/connections/url.ts'
import { contract } from '../core/contract.ts'
import { Failure, toFault } from '../core/fault.ts'
import { defaultDataFolder } from './dataFolder.ts'
import { memorySecrets, type SaveTarget } from './host.ts'
import { callInside } from './inside.ts'
import { savedFiles } from './savedFile.ts'
import { commands, createServices } from './services.ts'
import { whenStarterEnds } from './starter.ts'
import { faultLines, type OutputOptions, type TargetOptions, type Terminal, targetUrl, withTarget } from './terminal.ts'

const exitCode = { done: 0, failed: 1, usage: 2 } as const

/** Starts a main process of the command's own. */
function startInside(dataFolder: string) {
  const files = savedFiles(dataFolder)
  const { services, notice, close } = createServices({
    door: 'terminal',
    secrets: memorySecrets(),
    dataFolder,
    takesPaths: true,
    saveFile: async ({ path }) => {
      if (path === undefined) throw usageFailure('Name the file.')
      return path === '-' ? standardOutput() : files.at(path)
    },
  })
  if (notice !== null) process.stderr.write(`${notice}\n`)
  const inside = callInside(services)
  return {
    ...inside,
    close: async () => {
      inside.close()
      await close()
    },
  }
}

/** For a pipe: what was written cannot be taken back. */
function standardOutput(): SaveTarget {
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  return { file: '-', url: null, open: async () => ({ write, commit: async () => {}, abort: async () => {} }) }
}

/** Faults of whoever called, such as a call that does not exist. */
const usageFaults = new Set(['invalid_input', 'unknown_call'])

function usageFailure(message: string, options?: ErrorOptions): Failure {
  return new Failure({ code: 'invalid_input', message }, options)
}

/** The command line's door. Returns the exit code. */
async function main(argv: string[]): Promise<number> {
  const interrupt = new AbortController()
  const stop = (): void => interrupt.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  whenStarterEnds(stop)

  let inside: ReturnType<typeof startInside> | undefined
  let code: number = exitCode.done
  const printing = watchOutput()
  const program = new Command('pgsteward')
  const dataFolder = (): string => program.opts<{ dataFolder?: string }>().dataFolder ?? defaultDataFolder()

  // Opened when a command first needs it: `--help` and a mistyped command open no cache.
  const started = () => {
    inside ??= startInside(dataFolder())
    return inside
  }
  const terminal: Terminal = {
    get api() {
      return started().api
    },
    get callByName() {
      return started().callByName
    },
    signal: interrupt.signal,
    open: (options) => open(terminal, options),
    print,
    say: (line) => void process.stderr.write(`${line}\n`),
    fail: () => {
      code = exitCode.failed
    },
    within: async (folder, work) => {
      const own = startInside(folder)
      try {
        return await work(own.api)
      } finally {
        await own.close()
      }
    },
  }

  program
    .description('The companion of those who answer for a PostgreSQL database')
    .option('--data-folder <folder>', 'where the cache lives')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) })
  for (const add of commands) add(program, terminal)
  addCall(program, terminal)
  // The browser door is a program of its own, which bin/pgsteward starts; here it is for the help alone.
  program
    .command('serve')
    .description('open pgSteward in the browser, on this machine alone (serve --help tells more)')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw usageFailure('The browser door is opened by bin/pgsteward serve.')
    })

  try {
    await program.parseAsync(argv, { from: 'user' })
    const unprinted = await printing.problem()
    if (unprinted === null) return code
    terminal.say(`error: the answer could not be written: ${unprinted}`)
    return exitCode.failed
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCode.done
    const asJson = argv.includes('--json')
    // Commander has told the person already.
    const isTold = thrown instanceof CommanderError
    const fault = isTold
      ? usageFailure(thrown.message.replace(/^error: /, ''), { cause: thrown }).fault
      : toFault(thrown)
    if (asJson) print({ json: true }, { fault }, [])
    if (!isTold) for (const line of faultLines(fault)) terminal.say(line)
    return usageFaults.has(fault.code) ? exitCode.usage : exitCode.failed
  } finally {
    await inside?.close()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

/**
 * Keeps the program whole where its output cannot be written. A reader that has seen enough (`| head`) is no problem;
 * a full disk is one.
 */
function watchOutput(): { problem(): Promise<string | null> } {
  let failed: NodeJS.ErrnoException | null = null
  process.stdout.on('error', (error) => {
    failed ??= error
  })
  // Nobody is left to be told.
  process.stderr.on('error', () => {})
  return {
    problem: async () => {
      // What was printed before is written, or has failed, by then.
      await new Promise((resolve) => process.stdout.write('', resolve))
      return failed === null || failed.code === 'EPIPE' ? null : failed.message
    },
  }
}

async function open(terminal: Terminal, options: TargetOptions) {
  const url = targetUrl(options)
  if (url === null) {
    throw usageFailure('Name the database: --url postgres://user@host:port/name')
  }
  const { places, user } = await terminal.api.connections.found({})
  const { settings, password, warnings } = parseUrl(url, {
    user,
    service: (name) => places.find(({ service }) => service === name)?.keywords,
  })
  for (const warning of warnings) terminal.say(warning)
  const { ssh, passwordFrom } = options
  const more = { ...(ssh !== undefined && { ssh }), ...(passwordFrom !== undefined && { passwordFrom }) }
  return terminal.api.connections.open({ settings: { ...settings, ...more }, password }, { signal: terminal.signal })
}

function addCall(program: Command, terminal: Terminal): void {
  withTarget(program.command('call <name> [input]'))
    .description('make one call of the contract, such as: call history.search \'{"text":"drop"}\'')
    .action(async (name: string, json: string | undefined, options: TargetOptions) => {
      const input = parseInput(json ?? '{}')
      // A call about a connection is about the one that --url opens, unless its input names another.
      if (targetUrl(options) !== null && !Object.hasOwn(input, 'connection') && asksForConnection(name)) {
        const { connection } = await terminal.open(options)
        Object.assign(input, { connection: connection.id })
      }
      const output = await terminal.callByName(name, input, {
        signal: terminal.signal,
        onEvent: (event) => terminal.say(JSON.stringify(event)),
      })
      terminal.print({ json: true }, output, [])
    })
}

function parseInput(json: string): object {
  try {
    return z.looseObject({}).parse(JSON.parse(json))
  } catch (cause) {
    throw usageFailure('The input of a call is one JSON object, such as {"text":"drop"}.', { cause })
  }
}

function asksForConnection(name: string): boolean {
  const calls = new Map<string, Call>(
    Object.entries(contract).flatMap(([slice, methods]) =>
      Object.entries(methods).map(([method, definition]) => [`${slice}.${method}`, definition]),
    ),
  )
  const input = calls.get(name)?.input
  return input instanceof z.ZodObject && Object.hasOwn(input.shape, 'connection')
}

function print(options: OutputOptions, document: unknown, lines: Iterable<string>): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  for (const line of lines) process.stdout.write(`${line}\n`)
}

process.exitCode = await main(process.argv.slice(2))
