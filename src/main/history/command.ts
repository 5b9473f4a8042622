import { InvalidArgumentError } from 'commander'
import type { HistoryEntry } from '../../core/history/contract.ts'
import { type AddCommands, printable, type TargetOptions, table, targetUrl, withTarget } from '../terminal.ts'
import { addExportCommand } from './exportCommand.ts'

interface HistoryOptions extends TargetOptions {
  offline?: boolean
  search?: string
  limit: number
}

/** `pgsteward history` */
export const addHistoryCommands: AddCommands = (program, terminal) => {
  const history = withTarget(program.command('history'))
    .description('the operations that were recorded, newest first')
    .option('--offline', 'from this machine’s cache alone, without the server')
    .option('--search <text>', 'only those whose SQL, name or error holds these words')
    .option('--limit <count>', 'how many at most', parseLimit, 100)
    .action(async (options: HistoryOptions) => {
      const connection = options.offline ? undefined : await synchronised(options)
      const { entries, more } = await found({ text: options.search ?? '', connection, limit: options.limit })
      terminal.print(options, { entries, more }, [
        ...table(
          ['started', 'status', 'type', 'ms', 'rows', 'user', 'database', 'sql'],
          entries.map((entry) => [
            entry.startedAt,
            entry.waiting ? `${entry.status} (waiting)` : entry.status,
            entry.type,
            entry.durationMs === null ? '' : String(Math.round(entry.durationMs)),
            entry.rows === null ? '' : String(entry.rows),
            entry.user,
            entry.database,
            entry.excerpt.slice(0, 80),
          ]),
        ),
        ...(more ? [`… and more: --limit ${options.limit * 10}`] : []),
      ])
    })
  addExportCommand(history, terminal, synchronised)

  /** A page ends where looking further back takes long; here one waits for it. */
  async function found({ limit, ...filter }: { text: string; connection: string | undefined; limit: number }) {
    const entries: HistoryEntry[] = []
    let before: number | undefined
    do {
      const page = await terminal.api.history.search({ ...filter, before, limit: limit - entries.length })
      entries.push(...page.entries)
      before = page.next ?? undefined
    } while (before !== undefined && entries.length < limit)
    return { entries, more: before !== undefined }
  }

  async function synchronised(options: TargetOptions): Promise<string | undefined> {
    if (targetUrl(options) === null) return undefined
    const { connection } = await terminal.open(options)
    const { sent, received, waiting } = await terminal.api.history.sync({ connection: connection.id })
    terminal.say(printable(`${connection.name}: sent ${sent}, received ${received}, waiting ${waiting}`))
    return connection.id
  }
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new InvalidArgumentError('a whole number from 1 to 1000')
  }
  return limit
}
