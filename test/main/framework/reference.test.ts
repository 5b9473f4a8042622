import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sqlReference } from '../../../scripts/reference.js'
import { majors, sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'

const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'sql-reference.md')

it.skipIf(!majors().includes(18))('docs/sql-reference.md says what is installed: else say npm run docs', async () => {
  const database = await TestDatabase.tracked(sharedServer(18))
  try {
    const made = await sqlReference(await database.session())
    if (process.env['UPDATE_DOCS'] !== undefined) await writeFile(path, made)
    const kept = await readFile(path, 'utf8')
    expect(kept === made, `docs/sql-reference.md is not what is installed. To make it anew: npm run docs`).toBe(true)
    for (const text of ['### track_operation', '### script_execution_s', '## Internals: functions']) {
      expect(made).toContain(text)
    }
  } finally {
    await database.close()
  }
})
