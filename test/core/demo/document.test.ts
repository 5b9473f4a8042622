import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeSample } from '../../../src/core/demo/sample.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/sample-database.md'), 'utf8')
const sample = makeSample()

describe('the page about the sample database', () => {
  it.each(sample.flaws)(
    'tells how many of $id there are, and how to find them',
    ({ id, dimension, count, about, sql }) => {
      expect(page).toContain(`**${id}** (${dimension}, ${count} rows): ${about}\n\n\`\`\`sql\n${sql}\n\`\`\`\n`)
    },
  )

  it('lists every table, and no other flaw', () => {
    const listed = [...page.matchAll(/^\| `([a-z_.]+)` \|/gm)].map(([, name]) => name)
    expect(listed).toEqual(sample.tables.map(({ schema, name }) => `${schema}.${name}`))
    expect(page.match(/^\*\*[a-z_.]+\*\*/gm)).toHaveLength(sample.flaws.length)
  })
})
