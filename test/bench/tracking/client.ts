/**
 * A client in a process of its own, so that two of them do not share one thread: client.ts URL SETTINGS START END.
 * For each line N on standard input it makes N executions, one round trip to start and one to end each, and answers
 * how long they took, in ms. SETTINGS is run once; where END is empty, START is all there is to do.
 */
import { createInterface } from 'node:readline'
import pg from 'pg'

const [url, settings, start, end, frame] = process.argv.slice(2)
if (url === undefined || settings === undefined || start === undefined || end === undefined) {
  throw new Error('client.ts URL SETTINGS START END [transaction]')
}
const client = new pg.Client({ connectionString: url })
await client.connect()
await client.query(settings)
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
