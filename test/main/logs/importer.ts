// A process that imports one log, for the test that kills it. Says each event on a line of its own.
import { z } from 'zod'
import { openDesk } from './desk.ts'

const task = z
  .object({
    server: z.object({ host: z.string(), port: z.int(), password: z.string() }),
    database: z.string(),
    path: z.string(),
    prefix: z.string(),
    batchBytes: z.int(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const desk = await openDesk(task)
process.stdout.write('open\n')
const { outcome } = await desk.import(task.path, {
  prefix: task.prefix,
  onEvent: ({ kind }) => void process.stdout.write(`${kind}\n`),
})
process.stdout.write(`${outcome}\n`)
await desk.close()
