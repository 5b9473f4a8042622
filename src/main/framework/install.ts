import type pg from 'pg'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { InstallEvent, InstallReport } from '../../core/framework/contract.ts'
import { hasDirective, newestMigration, plan, type SqlFile, type Step } from '../../core/framework/plan.ts'
import { quoteName } from '../../core/quote.ts'
import { bundled } from './bundle.ts'
import { capabilitiesOf } from './capabilities.ts'
import { readDocument } from './document.ts'
import { inspect } from './inspect.ts'
import { recordObjects, standingObjects } from './objects.ts'
import { becomeOwner, inTransaction } from './transaction.ts'

type OnStep = (event: InstallEvent) => void

const attempts = 5

/**
 * Installs the framework, or brings it up to date: exactly what `plan` says, in one transaction. Nothing stays set on
 * the session.
 *
 * @throws Failure `refused` with the plan's sentence; PostgreSQL's own error where a step fails, and then nothing
 * has changed
 */
export async function installFramework(
  client: pg.Client,
  onStep: OnStep = () => {},
  files: readonly SqlFile[] = bundled,
): Promise<InstallReport> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await installOnce(client, onStep, files)
    } catch (thrown) {
      if (attempt === attempts || !isPassing(thrown)) throw thrown
    }
  }
}

/**
 * Roles belong to the whole cluster: while the framework is installed in one of its databases and removed from
 * another, a role may go, or be changed, under a step that succeeds a moment later.
 */
function isPassing(thrown: unknown): boolean {
  const { sqlstate, message } = toFault(thrown)
  if (sqlstate === 'XX000') return message.includes('concurrently')
  return sqlstate === '42704' || sqlstate === '40001' || sqlstate === '40P01'
}

async function installOnce(client: pg.Client, onStep: OnStep, files: readonly SqlFile[]): Promise<InstallReport> {
  const startedAt = performance.now()
  return await inTransaction(client, async () => {
    const { steps, refusal } = plan((await inspect(client, files)).installed, files)
    if (refusal !== null) throw new Failure({ code: 'refused', message: refusal })
    if (steps.length > 0) await runSteps(client, steps, onStep)
    const { installed } = await inspect(client, files)
    return {
      steps: steps.length,
      durationMs: performance.now() - startedAt,
      version: newestMigration(installed.framework?.files ?? []),
      capabilities: await capabilitiesOf(client),
    }
  })
}

async function runSteps(client: pg.Client, steps: Step[], onStep: OnStep): Promise<void> {
  const before = await standingObjects(client)
  const paused = await pauseTracking(client)
  const durations: number[] = []
  for (const [index, step] of steps.entries()) {
    onStep({ step: index + 1, steps: steps.length, name: step.name })
    durations.push(await runStep(client, step))
  }
  await becomeOwner(client)
  await recordFiles(client, steps, durations)
  await recordObjects(client, before)
  await client.query('reset role')
  for (const { name, mode } of paused) await client.query(`alter event trigger ${quoteName(name)} ${enabling[mode]}`)
  // The last of all: what stands from here on is what nobody may change untracked.
  await becomeOwner(client)
  await client.query('select script_tracking.take_schema_snapshot()')
  await client.query('reset role')
}

/** @returns how long it took, in milliseconds */
async function runStep(client: pg.Client, step: Step): Promise<number> {
  const startedAt = performance.now()
  if (!hasDirective(step.sql, 'as installer')) await becomeOwner(client)
  try {
    await client.query(step.sql)
  } catch (thrown) {
    const fault = toFault(thrown)
    throw new Failure({ ...fault, message: `${step.name}: ${fault.message}` }, { cause: thrown })
  }
  await client.query('reset role')
  return performance.now() - startedAt
}

async function recordFiles(client: pg.Client, steps: Step[], durations: number[]): Promise<void> {
  const files = steps.map((step, index) => ({
    name: step.name,
    checksum: step.checksum,
    breaking: hasDirective(step.sql, 'breaking'),
    duration: Math.round(durations[index] ?? 0),
  }))
  await client.query(
    `insert into script_tracking.applied_file (name, checksum, breaking, applied_at, applied_by, duration_ms)
     select f.name, f.checksum, f.breaking, pg_catalog.clock_timestamp(), session_user, f.duration
     from pg_catalog.json_to_recordset($1) as f (name text, checksum text, breaking boolean, duration integer)`,
    [JSON.stringify(files)],
  )
}

const enabling = { O: 'enable', R: 'enable replica', A: 'enable always' } as const

const triggers = z.array(z.object({ name: z.string(), mode: z.enum(['O', 'R', 'A']) }))

/**
 * An upgrade replaces the tracker's own functions one by one, so it is not tracked: the files that were applied
 * say what it did. Triggers that somebody disabled stay so.
 */
async function pauseTracking(client: pg.Client) {
  const running = await readDocument(
    client,
    triggers,
    `select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', t.evtname, 'mode', t.evtenabled::text)), '[]')::text as document
     from pg_catalog.pg_event_trigger t
     join pg_catalog.pg_proc p on p.oid = t.evtfoid
     where p.pronamespace = pg_catalog.to_regnamespace('script_tracking')
       and t.evtenabled <> 'D' and pg_catalog.pg_has_role(t.evtowner, 'member')`,
  )
  for (const { name } of running) await client.query(`alter event trigger ${quoteName(name)} disable`)
  return running
}
