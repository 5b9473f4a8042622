// From what the tools report to the one line at the end of npm test.

import { z } from 'zod'

/**
 * @typedef {{ passed: number, failed: number, skipped: string[] }} Counts
 *   skipped: each one's name with its reason
 * @typedef {{ name: string, counts: Counts, seconds: number, problems: string[] }} Stage
 */

/**
 * The counts of a tool that says nothing but yes or no.
 *
 * @param {boolean} ok
 * @returns {Counts}
 */
export function countOne(ok) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] }
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

/**
 * Reads the report of Vitest's json reporter.
 *
 * @param {unknown} report
 * @returns {{ counts: Counts, problems: string[] }}
 */
export function countVitest(report) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: [] }
  /** @type {string[]} */
  const problems = []
  for (const file of vitestReport.parse(report).testResults) {
    let failedHere = 0
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++
      else if (test.status === 'failed') {
        failedHere++
        problems.push(`${file.name}: ${test.fullName}`)
      } else counts.skipped.push(`${file.name}: ${test.fullName} (${test.status})`)
    }
    // A file that cannot be loaded, or whose set-up fails, has tests that never ran.
    if (file.status === 'failed' && failedHere === 0) {
      failedHere = 1
      problems.push(`${file.name}: ${firstLine(file.message)}`)
    }
    counts.failed += failedHere
  }
  return { counts, problems }
}

const playwrightTest = z.object({
  projectName: z.string(),
  status: z.string(),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })).default([]),
})
const playwrightSpec = z.object({ title: z.string(), file: z.string(), tests: z.array(playwrightTest) })
const playwrightSuite = z.object({
  specs: z.array(playwrightSpec).default([]),
  get suites() {
    return z.array(playwrightSuite).default([])
  },
})
const playwrightReport = z.object({
  suites: z.array(playwrightSuite).default([]),
  errors: z.array(z.object({ message: z.string().default('an error without a message') })).default([]),
})

/**
 * Reads the report of Playwright's json reporter.
 *
 * @param {unknown} report
 * @returns {{ counts: Counts, problems: string[] }}
 */
export function countPlaywright(report) {
  const { suites, errors } = playwrightReport.parse(report)
  /** @type {Counts} */
  const counts = { passed: 0, failed: errors.length, skipped: [] }
  const problems = errors.map((error) => firstLine(error.message))
  for (const spec of suites.flatMap(specsOf)) {
    for (const test of spec.tests) {
      const name = `${spec.file}: ${spec.title} [${test.projectName}]`
      if (test.status === 'expected') counts.passed++
      else if (test.status === 'skipped') counts.skipped.push(`${name}: ${reasonOf(test)}`)
      else {
        counts.failed++
        // Playwright calls a test flaky that passed at the second attempt.
        problems.push(test.status === 'flaky' ? `${name} (flaky)` : name)
      }
    }
  }
  return { counts, problems }
}

/**
 * @param {z.infer<typeof playwrightSuite>} suite
 * @returns {z.infer<typeof playwrightSpec>[]}
 */
function specsOf(suite) {
  return [...suite.specs, ...suite.suites.flatMap(specsOf)]
}

/** @param {z.infer<typeof playwrightTest>} test */
function reasonOf(test) {
  const note = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')
  return note?.description ?? 'no reason given'
}

/**
 * A tool that failed without a failed test (nothing to run, an error between the tests) has failed all the same.
 *
 * @param {{ counts: Counts, problems: string[] }} read
 * @param {{ ok: boolean, problem: string }} outcome of the tool
 * @returns {{ counts: Counts, problems: string[] }}
 */
export function withOutcome({ counts, problems }, outcome) {
  const reasons = []
  if (!outcome.ok && counts.failed === 0) reasons.push(outcome.problem)
  else if (counts.passed + counts.failed === 0) reasons.push('no test ran')
  return {
    counts: { ...counts, failed: counts.failed + reasons.length },
    problems: [...problems, ...reasons],
  }
}

/**
 * @param {readonly Stage[]} stages
 * @returns {{ lines: string[], ok: boolean }} the last line is the total: `12 passed, 0 failed`
 */
export function summarise(stages) {
  const width = Math.max(0, ...stages.map((stage) => stage.name.length))
  const lines = stages.flatMap(({ name, counts, seconds, problems }) => [
    `${name.padEnd(width)}  ${numbers(counts)}  (${Math.round(seconds)} s)`,
    ...problems.map((problem) => `  failed: ${problem}`),
    ...counts.skipped.map((skipped) => `  skipped: ${skipped}`),
  ])
  const total = {
    passed: sum(stages.map((stage) => stage.counts.passed)),
    failed: sum(stages.map((stage) => stage.counts.failed)),
    skipped: stages.flatMap((stage) => stage.counts.skipped),
  }
  return { lines: [...lines, '', numbers(total)], ok: total.failed === 0 && total.passed > 0 }
}

/** @param {Counts} counts */
function numbers({ passed, failed, skipped }) {
  const tail = skipped.length === 0 ? '' : `, ${skipped.length} skipped`
  return `${passed} passed, ${failed} failed${tail}`
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}

/** @param {string} message */
function firstLine(message) {
  return message.trim().split('\n')[0] ?? ''
}
