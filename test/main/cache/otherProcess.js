import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { runnerImport } from 'vite'

// Opens the cache in the folder that is named, and does what it is told, a line at a time. Answers with lines.
const [folder] = process.argv.slice(2)
const { module } = await runnerImport(new URL('../../../src/main/cache/open.ts', import.meta.url).pathname)

const say = (line) => process.stdout.write(`${line}\n`)
let cache

const commands = {
  open: () => {
    cache = module.openCache(folder)
    say(`${cache.instance} ${cache.notice === null ? 'as it was' : 'begun anew'}`)
  },
  /**
   * Commits without end, and says so after each commit. SQLite keeps no queue of writers: one that took the lock again
   * at once could keep the others out for longer than they wait.
   */
  commit: async () => {
    const insert = cache.db.prepare(
      `insert into connection (
        id, name, kind, host, port, database, user, ssl_mode, ssl_root_cert, ssl_cert, ssl_key, read_only
      ) values (?, 'n', 'development', 'h', 1, 'd', 'u', 'prefer', '', '', '', 0)`,
    )
    for (let i = 0; ; i += 1) {
      cache.transaction(() => insert.run(`${cache.instance} ${i}`))
      say(`${cache.instance} ${i}`)
      await pause(1)
    }
  },
  close: () => {
    cache.close()
    say('closed')
  },
}

say('ready')
for await (const line of createInterface({ input: process.stdin })) commands[line]()
