import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { run } from '../../scripts/run.js'
import { isAlive } from '../ground/processes.ts'

const node = (script: string) => run(process.execPath, ['-e', script], { quiet: true })

describe('running a tool', () => {
  it('gathers what it says, and tells how it ended', async () => {
    expect(await node('console.log("out"); console.error("err")')).toMatchObject({ ok: true, problem: '' })
    expect((await node('console.log("out"); console.error("err")')).output).toMatch(/out\s+err|err\s+out/)
    expect(await node('process.exit(3)')).toMatchObject({ ok: false, problem: 'ended with exit code 3' })
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({ problem: 'ended with SIGKILL' })
    expect(await run('/nowhere/tool', [], { quiet: true })).toMatchObject({
      ok: false,
      problem: expect.stringContaining('could not be started'),
    })
  })

  it('ends it at the time limit, with what it has started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    try {
      const pidFile = join(folder, 'pid')
      const script = `sleep 60 & echo $! > '${pidFile}'; wait`
      const outcome = await run('/bin/sh', ['-c', script], { quiet: true, minutes: 0.03 })
      expect(outcome).toMatchObject({ ok: false, problem: 'took longer than 0.03 minutes' })
      const pid = Number(await readFile(pidFile, 'utf8'))
      while (isAlive(pid)) await sleep(20)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
