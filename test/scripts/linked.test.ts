import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

it('knows its own Node where node_modules is a link to another folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-linked-'))
  try {
    await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true })
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(
      join(folder, 'ask.js'),
      "import { isOwnNode } from './scripts/node.js'\nconsole.log(isOwnNode() ? 'own' : 'another')",
    )
    const program = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    const { stdout } = await promisify(execFile)(program, [join(folder, 'ask.js')])
    expect(stdout.trim()).toBe('own')
  } finally {
    await rm(folder, { recursive: true })
  }
})
