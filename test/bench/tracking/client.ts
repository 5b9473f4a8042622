/**
 * A client in a process of its own, so that two of them do not share one thread:
 * client.ts URL SETTINGS START END [FRAME [CPU-OF-CLIENT CPU-OF-SERVER]].
 * For each line N on standard input it makes N executions, one round trip to start and one to end each, and answers
 * how long they took, in ms. SETTINGS is run once. FRAME `transaction` puts each execution between begin and commit.
 * Where CPUs are named, the client keeps to the one and its server process to the other.
 */
import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import pg from 'pg'

const [url, settings, start, end, frame, ownCpu, serverCpu] = process.argv.slice(2)
if (url === undefined || settings === undefined || start === undefined || end === undefined) {
  throw new Error('client.ts URL SETTINGS START END [transaction [CPU CPU]]')
}
const client = new pg.Client({ connectionString: url })
await client.connect()
await client.query(settings)
if (ownCpu !== undefined && serverCpu !== undefined) {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  keepTo(ownCpu, process.pid)
  keepTo(serverCpu, rows[0]?.pid)
}
process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) {
  const began = performance.now()
  for (let i = 0; i < Number(line); i++) await execution(start, end)
  process.stdout.write(`${performance.now() - began}\n`)
}
await client.end()

async function execution(started: string, ended: string): Promise<void> {
  if (frame === 'transaction') await client.query('begin')
  const { rows } = await client.query<{ hk: Buffer }>(`select ${started}($1) as hk`, ['nightly load'])
  await client.query(`select ${ended}($1)`, [rows[0]?.hk])
  if (frame === 'transaction') await client.query('commit')
}

function keepTo(cpu: string, pid: number | undefined): void {
  execFileSync('taskset', ['-acp', cpu, String(pid)], { stdio: ['ignore', 'ignore', 'inherit'] })
}
