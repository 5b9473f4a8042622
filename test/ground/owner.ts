/** A process that starts a server, says where it is in one line, and then waits until somebody kills it. */
import { startServer } from './server.ts'

const server = await startServer()
process.stdout.write(`${JSON.stringify({ folder: server.folder, url: server.url() })}\n`)
setInterval(() => {}, 60_000)
