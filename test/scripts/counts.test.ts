import { describe, expect, it } from 'vitest'
import { countOne, countPlaywright, countVitest, summarise, withOutcome } from '../../scripts/counts.js'

const stage = (name: string, passed: number, failed: number, skipped: string[] = [], problems: string[] = []) => ({
  name,
  counts: { passed, failed, skipped },
  seconds: 1.4,
  problems,
})

describe('the counts of Vitest', () => {
  it('are those of its tests, and one for a file that could not be loaded', () => {
    const report = {
      testResults: [
        {
          name: 'a.test.ts',
          status: 'failed',
          message: '',
          assertionResults: [
            { fullName: 'adds', status: 'passed' },
            { fullName: 'divides', status: 'failed' },
            { fullName: 'waits', status: 'todo' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'Cannot find module x\nat …', assertionResults: [] },
      ],
    }
    expect(countVitest(report)).toEqual({
      counts: { passed: 1, failed: 2, skipped: ['a.test.ts: waits (todo)'] },
      problems: ['a.test.ts: divides', 'b.test.ts: Cannot find module x'],
    })
  })

  it('refuse what is no report', () => {
    expect(() => countVitest({ numPassedTests: 3 })).toThrow()
  })
})

describe('the counts of Playwright', () => {
  it('go through nested suites, give the reason of a skip, and take a flaky test for failed', () => {
    const spec = (title: string, status: string, annotations: object[] = []) => ({
      title,
      file: 'a.spec.ts',
      tests: [{ projectName: 'browser', status, annotations }],
    })
    const report = {
      suites: [
        {
          specs: [spec('opens', 'expected'), spec('breaks', 'unexpected')],
          suites: [
            {
              specs: [
                spec('wavers', 'flaky'),
                spec('waits', 'skipped', [{ type: 'skip', description: 'no binary of Electron' }]),
              ],
            },
          ],
        },
      ],
      errors: [{ message: 'No tests found\nin …' }],
    }
    expect(countPlaywright(report)).toEqual({
      counts: { passed: 1, failed: 3, skipped: ['a.spec.ts: waits [browser]: no binary of Electron'] },
      problems: ['No tests found', 'a.spec.ts: breaks [browser]', 'a.spec.ts: wavers [browser] (flaky)'],
    })
  })
})

describe('a tool that fails without a failed test', () => {
  const fine = { counts: { passed: 3, failed: 0, skipped: [] }, problems: [] }
  it.each([
    ['ends well', fine, { ok: true, problem: '' }, { passed: 3, failed: 0 }, []],
    [
      'fails beside its tests',
      fine,
      { ok: false, problem: 'ended with exit code 1' },
      { passed: 3, failed: 1 },
      ['ended with exit code 1'],
    ],
    [
      'ran no test',
      { counts: { passed: 0, failed: 0, skipped: [] }, problems: [] },
      { ok: true, problem: '' },
      { passed: 0, failed: 1 },
      ['no test ran'],
    ],
    [
      'failed as its tests did',
      { counts: { passed: 1, failed: 2, skipped: [] }, problems: ['x', 'y'] },
      { ok: false, problem: 'ended with exit code 1' },
      { passed: 1, failed: 2 },
      ['x', 'y'],
    ],
  ])('counts: it %s', (_, read, outcome, counts, problems) => {
    expect(withOutcome(read, outcome)).toEqual({ counts: { ...counts, skipped: [] }, problems })
  })
})

describe('the summary', () => {
  it('closes with the total and nothing else', () => {
    const { lines, ok } = summarise([stage('types', 6, 0), stage('tests', 120, 0)])
    expect(lines).toEqual([
      'types  6 passed, 0 failed  (1 s)',
      'tests  120 passed, 0 failed  (1 s)',
      '',
      '126 passed, 0 failed',
    ])
    expect(ok).toBe(true)
  })

  it('names what failed and what was skipped above the total', () => {
    const { lines, ok } = summarise([
      stage('lint', 0, 1, [], ['ended with exit code 1']),
      stage('e2e', 9, 0, ['window: no binary']),
    ])
    expect(lines.at(-1)).toBe('9 passed, 1 failed, 1 skipped')
    expect(lines).toContain('  failed: ended with exit code 1')
    expect(lines).toContain('  skipped: window: no binary')
    expect(ok).toBe(false)
  })

  it('is no success when nothing ran', () => {
    expect(summarise([])).toEqual({ lines: ['', '0 passed, 0 failed'], ok: false })
    expect(summarise([stage('e2e', 0, 0, ['all of it'])]).ok).toBe(false)
    expect(countOne(true)).toEqual({ passed: 1, failed: 0, skipped: [] })
  })
})
