// What npm test runs, one after the other: a failed stage holds up none after it.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from './build.js'
import { obtainChromium } from './chromium.js'
import { countOne, countPlaywright, countVitest, summarise, withOutcome } from './counts.js'
import { ownEnvironment, ownNode, root } from './node.js'
import { obtainPostgresClient } from './postgresClient.js'
import { run } from './run.js'
import { tool } from './tool.js'

/** @typedef {import('./counts.js').Counts} Counts */
/** @typedef {{ counts: Counts, problems: string[] }} Result */

const output = join(root, 'test', 'output')
const allMajors = '12,13,14,15,16,17,18'

/** @type {Record<string, (env: NodeJS.ProcessEnv) => Promise<Result>>} */
const stages = {
  types: checkTypes,
  lint: (env) => yesOrNo(ownNode, [tool('@biomejs/biome', 'biome'), 'check', '.'], env),
  imports: (env) => yesOrNo(ownNode, [tool('dependency-cruiser', 'depcruise'), 'src', '--output-type', 'err'], env),
  build: async () => {
    const broken = await build()
    return { counts: countOne(broken === ''), problems: broken === '' ? [] : [broken] }
  },
  tests: (env) => vitest(env),
  e2e: (env) => playwright(env),
}

/**
 * @param {string[]} args `--all`: every major of PostgreSQL; names of stages: these alone
 * @returns {Promise<number>} the exit code
 */
export async function runStages(args) {
  const wanted = args.filter((arg) => arg !== '--all')
  const unknown = wanted.filter((name) => !Object.hasOwn(stages, name))
  if (unknown.length > 0) {
    console.error(`No stage is called ${unknown.join(', ')}. Stages: ${Object.keys(stages).join(', ')}.`)
    return 2
  }
  const env = ownEnvironment()
  if (args.includes('--all')) Object.assign(env, { PGSTEWARD_MAJORS: allMajors })

  await mkdir(output, { recursive: true })
  const done = []
  for (const [name, check] of Object.entries(stages)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(`\n── ${name}`)
    const began = performance.now()
    const result = await check(env).catch((error) => ({ counts: countOne(false), problems: [String(error)] }))
    done.push({ name, ...result, seconds: (performance.now() - began) / 1000 })
  }
  const { lines, ok } = summarise(done)
  console.log(`\n${lines.join('\n')}`)
  return ok ? 0 : 1
}

/** @param {NodeJS.ProcessEnv} env */
async function checkTypes(env) {
  const rooms = ['src/core', 'src/main', 'src/preload', 'src/renderer', 'test', 'scripts']
  const counts = { passed: 0, failed: 0, skipped: [] }
  /** @type {string[]} */
  const problems = []
  // Two at a time: the compiler uses one core.
  const next = rooms[Symbol.iterator]()
  const worker = async () => {
    for (const room of next) {
      const checked = await run(ownNode, [tool('typescript', 'tsc'), '-p', room, '--pretty', 'false'], {
        env,
        quiet: true,
      })
      console.log(`${room}: ${checked.ok ? 'ok' : `\n${checked.output.trim()}`}`)
      if (checked.ok) counts.passed++
      else {
        counts.failed++
        problems.push(`tsc -p ${room} ${checked.problem}`)
      }
    }
  }
  await Promise.all([worker(), worker()])
  return { counts, problems }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Result>}
 */
async function yesOrNo(command, args, env) {
  const done = await run(command, args, { env })
  return { counts: countOne(done.ok), problems: done.ok ? [] : [done.problem] }
}

/** @param {NodeJS.ProcessEnv} env */
async function vitest(env) {
  // Without it, the tests that dump and restore are skipped, and say so.
  const client = await obtainPostgresClient()
  if ('reason' in client) console.log(client.reason)
  const report = join(output, 'vitest.json')
  await rm(report, { force: true })
  const args = [tool('vitest', 'vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const outcome = await run(ownNode, args, { env, minutes: env['PGSTEWARD_MAJORS'] ? 60 : 20 })
  return withOutcome(await readReport(report, countVitest), outcome)
}

/** @param {NodeJS.ProcessEnv} env */
async function playwright(env) {
  const chromium = await obtainChromium()
  if ('reason' in chromium) return { counts: countOne(false), problems: [chromium.reason] }
  const report = join(output, 'playwright.json')
  await rm(report, { force: true })
  const outcome = await run(ownNode, [tool('@playwright/test', 'playwright'), 'test', '--reporter=list,json'], {
    env: { ...env, CHROMIUM_PATH: chromium.path, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    minutes: 15,
  })
  return withOutcome(await readReport(report, countPlaywright), outcome)
}

/**
 * @param {string} path
 * @param {(report: unknown) => Result} count
 * @returns {Promise<Result>}
 */
async function readReport(path, count) {
  try {
    return count(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    return { counts: countOne(false), problems: [`There is no report of the tests: ${String(error)}`] }
  }
}
