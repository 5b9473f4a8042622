import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { isAlive } from '../ground/processes.ts'

const scripts = pathToFileURL(join(import.meta.dirname, '../../scripts/node.js')).href

it('ends what it started, through every process between, where it is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-node-'))
  const [outer, middle, inner] = ['outer.mjs', 'middle.mjs', 'inner.mjs'].map((name) => join(folder, name))
  const starting = (script = '') =>
    `import { runUnderOwnNode } from '${scripts}'\nprocess.exitCode = await runUnderOwnNode(${JSON.stringify(script)}, [])`
  try {
    await writeFile(outer ?? '', starting(middle))
    await writeFile(middle ?? '', starting(inner))
    await writeFile(inner ?? '', 'console.log(process.pid, process.ppid); setInterval(() => {}, 1000)')
    const child = spawn(process.execPath, [outer ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const pids = String(line).split(' ').map(Number)
    expect(pids.map(isAlive)).toEqual([true, true])
    child.kill('SIGKILL')
    while (pids.some(isAlive)) await sleep(20)
  } finally {
    await rm(folder, { recursive: true })
  }
})
