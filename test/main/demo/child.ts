// A process of its own that starts the demo in the folder it is given, tells of each step, and stays until
// it is killed or its input ends. Vite loads the product as it does for the tests.
import { join } from 'node:path'
import { runnerImport } from 'vite'

const [dataFolder = ''] = process.argv.slice(2)
const { module } = await runnerImport<typeof import('./process.ts')>(join(import.meta.dirname, 'process.ts'))
const program = module.startProgram(dataFolder)
const tell = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
const { connection } = await program.api.start({}, { onEvent: ({ step }) => tell({ step }) })
tell({ port: connection.port })
process.stdin.resume().on('end', () => {
  program.close().then(() => process.exit(0))
})
