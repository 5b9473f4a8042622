import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { LogParser } from '../../../src/core/logs/parser.ts'
import type { Refusal } from '../../../src/core/logs/record.ts'
import type { LogFormat, ParserSummary } from '../../../src/core/logs/state.ts'
import { newHasher } from '../../../src/main/logs/read.ts'
import { redactSql, redactText } from '../../../src/main/logs/redaction.ts'
import { type Major, startServer } from '../../ground/server.ts'
import { workload } from './workload.ts'

export type Destination = 'stderr' | 'csv' | 'json'

const endings = { stderr: 'log', csv: 'csv', json: 'json' } as const

/** The zone of the servers' clocks: its abbreviation means several. */
export const logZone = 'Asia/Kolkata'

/** What a server of its own logs of the workload, at once in each format that it has. */
export async function logsOfWorkload(
  major: Major,
  settings: Readonly<Record<string, string>>,
): Promise<Map<Destination, Uint8Array>> {
  const server = await startServer({
    major,
    settings: {
      logging_collector: 'on',
      log_destination: `stderr,csvlog${major >= 15 ? ',jsonlog' : ''}`,
      log_directory: 'log',
      log_filename: 'server.log',
      log_statement: 'all',
      log_min_duration_statement: '0',
      log_connections: 'on',
      log_disconnections: 'on',
      log_checkpoints: 'on',
      log_lock_waits: 'on',
      log_temp_files: '0',
      deadlock_timeout: '50ms',
      log_timezone: logZone,
      shared_preload_libraries: 'auto_explain',
      ...settings,
    },
  })
  try {
    await workload(server.url())
    await server.kill()
    const logs = new Map<Destination, Uint8Array>()
    for (const format of ['stderr', 'csv', 'json'] as const) {
      if (format === 'json' && major < 15) continue
      logs.set(format, await wholeLog(join(server.dataFolder, 'log', `server.${endings[format]}`)))
    }
    return logs
  } finally {
    await server.stop()
  }
}

export interface ServersLog {
  events: LogEvent[]
  refusals: Refusal[]
  summary: ParserSummary
}

/** Reads a log as the product does, secrets masked. */
export function readServersLog(
  log: Uint8Array | string,
  format: LogFormat,
  prefix: string,
  timeZone: string | null = logZone,
): ServersLog {
  const events: LogEvent[] = []
  const refusals: Refusal[] = []
  const parser = new LogParser(
    { format, prefix, timeZone, redact: redactSql, redactText, newHasher, inOrder: true },
    (event) => events.push(event),
    (refusal) => refusals.push(refusal),
  )
  parser.push(typeof log === 'string' ? Buffer.from(log) : log)
  return { events, refusals, summary: parser.end() }
}

/** The log of a server that was stopped: its collector may write for a moment longer. */
async function wholeLog(path: string): Promise<Buffer> {
  for (;;) {
    const log = await readFile(path)
    if (log.includes('database system is shut down') && /\n$/.test(log.toString())) return log
    await setTimeout(20)
  }
}

/**
 * The events of each session, without what a format does not say. Each destination takes the time for itself, and
 * sessions that speak at once may stand in another order.
 */
export function bySession(events: readonly LogEvent[]): Record<string, Partial<LogEvent>[]> {
  const sessions: Record<string, Partial<LogEvent>[]> = {}
  for (const { byte_offset: _o, line: _l, backend_type: _b, query_id: _q, time: _t, ...event } of events) {
    const session = event.session ?? ''
    sessions[session] = [...(sessions[session] ?? []), event]
  }
  return sessions
}
