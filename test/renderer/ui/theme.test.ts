import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_THEME, mergeMantineTheme } from '@mantine/core'
import { describe, expect, it } from 'vitest'
import { connectionColours, connectionKinds } from '../../../src/core/connection.ts'
import { theme, tokens } from '../../../src/renderer/ui/theme.ts'

const variables = tokens(mergeMantineTheme(DEFAULT_THEME, theme))
const light: Readonly<Record<string, string>> = variables.light
const dark: Readonly<Record<string, string>> = variables.dark

/** WCAG 2.2's relative luminance of `#rrggbb`. */
function luminance(color: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const grounds = ['--ground', '--sidebar', '--surface', '--raised']
const texts = ['--mantine-color-text', '--mantine-color-dimmed', '--mantine-color-anchor', '--mantine-color-error']
// The grounds of fields.
const fields = ['--surface', '--raised']
const tones = ['good', 'warn', 'bad', 'info', 'quiet']

// By its name is a colour chosen and by its letter read: it must be legible wherever a connection is marked.
const tints = connectionColours.filter((colour) => colour !== 'by kind').map((colour) => `--tint-${colour}`)

const pairs = [
  ...grounds.flatMap((ground) =>
    [...texts, ...tints, ...tones.map((tone) => `--${tone}`)].map((text) => [text, ground]),
  ),
  ...tones.flatMap((tone) => [
    [`--${tone}`, `--${tone}-ground`],
    ['--mantine-color-text', `--${tone}-ground`],
    ['--mantine-color-dimmed', `--${tone}-ground`],
  ]),
  ...fields.map((field) => ['--mantine-color-placeholder', field]),
  ['--selected-text', '--selected'],
]

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s colours', (_name, scheme) => {
  it('are all plain, so that they can be measured', () => {
    for (const [text = '', ground = ''] of pairs) {
      for (const token of [text, ground]) expect(scheme[token], token).toMatch(/^#[0-9a-f]{6}$/)
    }
  })

  it.each(pairs)('%s can be read on %s', (text = '', ground = '') => {
    expect(contrast(scheme[text] ?? '', scheme[ground] ?? '')).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['development', 'staging', 'production'])('the mark of %s stands out', (kind) => {
    expect(contrast(scheme[`--kind-${kind}`] ?? '', scheme['--surface'] ?? '')).toBeGreaterThanOrEqual(3)
  })
})

it('every kind and every colour of a connection sets the tint', () => {
  const rules = readFileSync(join(import.meta.dirname, '../../../src/renderer/ui/base.css'), 'utf8')
  for (const kind of connectionKinds) expect(rules).toContain(`[data-tint="${kind}"] {\n  --tint: var(--kind-${kind});`)
  for (const tint of tints) expect(rules).toContain(`[data-tint="${tint.slice(7)}"] {\n  --tint: var(${tint});`)
})
