import type { Command } from 'commander'
import { type Fault, toFault } from '../../core/fault.ts'
import type { ImportEvent, ImportSummary } from '../../core/logs/contract.ts'
import { faultLines, printable, type TargetOptions, type Terminal, withTarget } from '../terminal.ts'

interface ImportOptions extends TargetOptions {
  prefix?: string
  timezone?: string
  force?: boolean
  ticket?: string
  justification?: string
}

/** What came of one file. */
type Result = ImportSummary | { name: string; outcome: 'failed'; fault: Fault }

/** `pgsteward logs import` */
export function addImportCommand(logs: Command, terminal: Terminal): void {
  withTarget(logs.command('import <file...>'))
    .description('import logs into a database that is tracked; a file that was imported before goes on where it ended')
    .option('--prefix <prefix>', 'the server’s log_line_prefix, where it is not detected')
    .option('--timezone <zone>', 'the zone of its times, such as Europe/Berlin or +05:30, where the log does not tell')
    .option('--ticket <ticket>', 'the ticket that asks for it')
    .option('--justification <text>', 'why it is imported')
    .option('--force', 'import it although its beginning is not explained well')
    .action(async (files: string[], options: ImportOptions) => {
      const { connection } = await terminal.open(options)
      const results: Result[] = []
      for (const path of files) {
        const result = await importOne(terminal, connection.id, path, options)
        results.push(result)
        if (terminal.signal.aborted) break
      }
      terminal.print(
        options,
        { files: results },
        results.flatMap((result) => [...resultLines(result)]),
      )
      if (results.some(({ outcome }) => outcome === 'failed' || outcome === 'cancelled')) terminal.fail()
    })
}

async function importOne(
  terminal: Terminal,
  connection: string,
  path: string,
  { prefix, timezone, force, ticket, justification }: ImportOptions,
): Promise<Result> {
  try {
    return await terminal.api.logs.import(
      {
        connection,
        source: { kind: 'path', path },
        timeZone: timezone ?? null,
        ...(prefix === undefined ? {} : { prefix }),
        ...(force === undefined ? {} : { force }),
        ...(ticket === undefined ? {} : { ticket }),
        ...(justification === undefined ? {} : { justification }),
      },
      { signal: terminal.signal, onEvent: (event) => say(terminal, path, event) },
    )
  } catch (thrown) {
    const fault = toFault(thrown)
    for (const line of faultLines(fault)) terminal.say(`${printable(path)}: ${line}`)
    return { name: path, outcome: 'failed', fault }
  }
}

function say(terminal: Terminal, path: string, event: ImportEvent): void {
  const name = printable(path)
  switch (event.kind) {
    case 'started':
      terminal.say(event.from === 0 ? `${name}: importing` : `${name}: going on at byte ${event.from}`)
      break
    case 'waiting':
      terminal.say(`${name}: waiting for another import of the same log`)
      break
    case 'reconnecting':
      terminal.say(`${name}: the connection was lost; trying again (${event.attempt} of ${event.most})`)
      break
    case 'overlap':
      for (const { name: other, format, events, sampled } of event.overlaps) {
        terminal.say(
          `${name}: ${printable(other)} (${format}) tells of the same: ${events} of ${sampled} operations that were looked at. They will count twice.`,
        )
      }
      break
    case 'progress': {
      const { phase, read, events, bytesPerSecond, secondsLeft } = event.progress
      const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`
      terminal.say(
        `${name}: ${phase}, ${megabytes(read)} MB read, ${events} operations, ${megabytes(bytesPerSecond)} MB/s${left}`,
      )
      break
    }
    case 'connected':
      break // What is imported next says so.
    case 'upload':
    case 'enough':
      break // The command line reads its files itself.
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}

function* resultLines(result: Result): Generator<string> {
  const name = printable(result.name)
  if (result.outcome === 'failed') {
    yield `${name}: not imported: ${printable(result.fault.message)}`
    return
  }
  if (result.outcome === 'nothing new') {
    yield `${name}: nothing new; all of it was imported before`
    return
  }
  const { from, to, events, merged, redacted, refused, unfinished, unknownZones, waitingBytes, losses } = result
  const state = result.outcome === 'cancelled' ? 'cancelled; what was read stays, import it again to go on' : 'imported'
  yield `${name}: ${state}: bytes ${from} to ${to}, ${events} operations and events`
  yield `  ${merged} messages were merged, ${redacted} statements held secrets, ${refused} lines were refused`
  if (unfinished > 0) yield `  to ${unfinished} of them, at its end, something may still come`
  for (const loss of losses) yield `  ${printable(loss)}`
  if (waitingBytes > 0) yield `  its last line has no end yet: ${waitingBytes} bytes`
  if (unknownZones.length > 0) {
    yield `  The zone ${unknownZones.join(', ')} has several meanings: its times are missing. Give --timezone.`
  }
}
