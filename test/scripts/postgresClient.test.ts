import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clientPlaces, findPostgresClient } from '../../scripts/postgresClient.js'

it('looks for the client programs on PATH too, and takes the first folder that has both', async () => {
  expect(clientPlaces({ PATH: '/opt/a:/opt/b' }).slice(-2)).toEqual(['/opt/a', '/opt/b'])
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
  try {
    const half = join(folder, 'half')
    const whole = join(folder, 'whole')
    for (const each of [half, whole]) await mkdir(each)
    for (const path of [join(half, 'psql'), join(whole, 'psql'), join(whole, 'pg_dump')]) {
      await writeFile(path, '')
      await chmod(path, 0o755)
    }
    expect(findPostgresClient([join(folder, 'absent'), half, whole])).toBe(whole)
    expect(findPostgresClient([half])).toBeNull()
  } finally {
    await rm(folder, { recursive: true })
  }
})
