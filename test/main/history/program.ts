// A process of its own that runs one script and tells on its output what happens, until it is killed or its input
// ends. Vite loads the product as it does for the tests.
import { join } from 'node:path'
import { runnerImport } from 'vite'

const [options = '{}', sql = ''] = process.argv.slice(2)
const { module } = await runnerImport<typeof import('../editor/station.ts')>(
  join(import.meta.dirname, '..', 'editor', 'station.ts'),
)
const tell = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
const station = await module.openStation(JSON.parse(options))
const { outcome } = await station.run(sql, { onEvent: tell })
tell({ kind: 'outcome', outcome })
process.stdin.resume().on('end', () => {
  station.close().then(() => process.exit(0))
})
