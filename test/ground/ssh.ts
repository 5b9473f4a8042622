import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/**
 * A program `ssh` that knows two hosts: `bastion` leads wherever `-W` says, as OpenSSH's does, and all others refuse.
 * A statement with the words `cut the line` cuts it. It notes how it was called.
 *
 * @returns a PATH in which it is found first, and the file with one JSON array of arguments a line
 */
export async function putSsh(folder: string): Promise<{ path: string; calls: string }> {
  const programs = join(folder, 'programs')
  const calls = join(folder, 'ssh-calls')
  await mkdir(programs, { recursive: true })
  await writeFile(join(programs, 'ssh'), `#!${process.execPath}\n${program(calls)}`, { mode: 0o755 })
  return { path: `${programs}${delimiter}${process.env['PATH']}`, calls }
}

const program = (calls: string): string => `
const args = process.argv.slice(2)
require('node:fs').appendFileSync(${JSON.stringify(calls)}, JSON.stringify(args) + '\\n')
if (args.at(-1) !== 'bastion') {
  console.error(args.at(-1) + ': Permission denied (publickey).')
  process.exit(255)
}
const [, host, port] = /^\\[?([^\\]]*)\\]?:(\\d+)$/.exec(args[args.indexOf('-W') + 1])
const line = require('node:net').connect(Number(port), host)
line.on('error', () => {
  console.error('channel 0: open failed: connect failed: Connection refused')
  process.exit(255)
})
line.on('close', () => process.exit(0))
process.stdin.on('data', (bytes) => {
  if (!bytes.includes('cut the line')) return
  console.error('client_loop: send disconnect: Broken pipe')
  process.exit(255)
})
process.stdin.pipe(line).pipe(process.stdout)
`
