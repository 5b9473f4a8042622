import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chromiumPlaces, findChromium } from '../../scripts/chromium.js'

describe('where a Chromium is looked for', () => {
  it('is first where CHROMIUM_PATH says, then on the usual paths, then on PATH', () => {
    const places = chromiumPlaces({ platform: 'linux', env: { CHROMIUM_PATH: '/opt/mine', PATH: '/usr/bin:/opt/bin' } })
    expect(places.slice(0, 5)).toEqual([
      '/opt/mine',
      '/usr/bin/chromium',
      '/usr/local/bin/chromium',
      '/snap/bin/chromium',
      '/opt/bin/chromium',
    ])
    expect(places.indexOf('/opt/bin/chromium')).toBeLessThan(places.indexOf('/usr/bin/google-chrome'))
    expect(new Set(places).size).toBe(places.length)
  })

  it('knows the places of macOS and Windows', () => {
    expect(chromiumPlaces({ platform: 'darwin', env: {} })[0]).toMatch(/^\/Applications\//)
    expect(chromiumPlaces({ platform: 'win32', env: { ProgramFiles: 'C:\\Program Files' } })[0]).toMatch(/chrome\.exe$/)
  })

  it('takes the first that can be run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
    try {
      const [absent, noProgram, program, later] = ['absent', 'text', 'chromium', 'later'].map((name) =>
        join(folder, name),
      )
      if (!absent || !noProgram || !program || !later) throw new Error('Four names were given.')
      for (const path of [noProgram, program, later]) await writeFile(path, '')
      await chmod(program, 0o755)
      await chmod(later, 0o755)
      expect(findChromium([absent, noProgram, program, later])).toBe(program)
      expect(findChromium([absent, noProgram])).toBeNull()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
