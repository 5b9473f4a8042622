import type pg from 'pg'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import {
  type FailureMode,
  type FrameworkSettings,
  failureModes,
  type TrackingMode,
} from '../../core/framework/contract.ts'
import { recordedReasons } from '../../core/history/recordedReasons.ts'
import { quoteName } from '../../core/quote.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import { type Queryable, readDocument } from './document.ts'
import { inTransaction } from './transaction.ts'

/** What is to be different, and why; what is absent stays. */
export interface SettingsChange extends GivenReasons {
  onFailure?: FailureMode | undefined
  tracking?: 'off' | 'on' | 'always' | undefined
  monthsAhead?: number | undefined
}

const facts = z.object({
  database: z.string(),
  databaseOwner: z.string(),
  mayAlterDatabase: z.boolean(),
  isReadOnly: z.boolean(),
  onFailureOfDatabase: z.string().nullable(),
  onFailureOfServer: z.string().nullable(),
  triggers: z.array(
    z.object({ name: z.string(), event: z.string(), mode: z.string(), owner: z.string(), ours: z.boolean() }),
  ),
  monthsAhead: z.int(),
  makesMonths: z.boolean(),
})
type Facts = z.output<typeof facts>

const factsSql = `
  select pg_catalog.json_build_object(
    'database', d.datname,
    'databaseOwner', pg_catalog.pg_get_userbyid(d.datdba),
    'mayAlterDatabase', pg_catalog.pg_has_role(d.datdba, 'member'),
    'isReadOnly', pg_catalog.pg_is_in_recovery(),
    'onFailureOfDatabase', (
      select pg_catalog.split_part(setting, '=', 2)
      from pg_catalog.pg_db_role_setting s
      cross join lateral pg_catalog.unnest(s.setconfig) setting
      where s.setdatabase = d.oid and s.setrole = 0 and setting like 'script\\_tracking.on\\_failure=%'),
    'onFailureOfServer', (
      select nullif(s.reset_val, '') from pg_catalog.pg_settings s
      where s.name = 'script_tracking.on_failure' and s.source not in ('database', 'session', 'client')),
    'triggers', coalesce((
      select pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', t.evtname, 'event', t.evtevent, 'mode', t.evtenabled::text, 'owner', pg_catalog.pg_get_userbyid(t.evtowner),
        'ours', pg_catalog.pg_has_role(t.evtowner, 'member')) order by t.evtname)
      from pg_catalog.pg_event_trigger t
      join pg_catalog.pg_proc p on p.oid = t.evtfoid
      -- Logins are switched on and off by a call of their own.
      where p.pronamespace = pg_catalog.to_regnamespace('script_tracking') and t.evtevent <> 'login'), '[]'),
    'monthsAhead', script_tracking.months_ahead(),
    'makesMonths', exists (
      select from pg_catalog.pg_roles r
      where (r.rolname = 'steward_admin'
          or r.oid = (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'script_tracking'))
        and pg_catalog.pg_has_role(r.oid, 'usage'))
  )::pg_catalog.text as document
  from pg_catalog.pg_database d
  where d.datname = pg_catalog.current_database()`

/** How the framework is set in this database, and what this role may not change of it. */
export async function readSettings(on: Queryable): Promise<FrameworkSettings> {
  return settingsOf(await readDocument(on, facts, factsSql))
}

/**
 * Changes the settings in one transaction and records that as an operation: PostgreSQL fires no event for any of it.
 *
 * @throws Failure `refused` where this role may not
 */
export async function changeSettings(client: pg.Client, change: SettingsChange): Promise<FrameworkSettings> {
  return await inTransaction(client, async () => {
    const known = await readDocument(client, facts, factsSql)
    const before = settingsOf(known)
    const statements = statementsOf(change, known)
    for (const [wanted, { refusal }] of [
      [change.onFailure, before.onFailure],
      [change.tracking, before.tracking],
      [change.monthsAhead, before.monthsAhead],
    ] as const) {
      if (wanted !== undefined && refusal !== null) throw new Failure({ code: 'refused', message: refusal })
    }
    for (const statement of statements) await client.query(statement)
    if (statements.length > 0) await recordChange(client, statements, change)
    return await readSettings(client)
  })
}

async function recordChange(client: pg.Client, statements: string[], reasons: GivenReasons): Promise<void> {
  const { ticket, justification } = recordedReasons(reasons)
  await client.query(
    `select script_tracking.complete_operation(
       script_tracking.track_script_execution('Settings of the tracking framework', 'MAINTENANCE', 'SETTINGS', $1,
         business_justification => $2, related_ticket => $3))`,
    [statements.join(';\n'), justification, ticket],
  )
}

function statementsOf({ onFailure, tracking, monthsAhead }: SettingsChange, known: Facts): string[] {
  const database = quoteName(known.database)
  const statements: string[] = []
  if (onFailure !== undefined) {
    statements.push(
      onFailure === 'warn'
        ? `alter database ${database} reset script_tracking.on_failure`
        : `alter database ${database} set script_tracking.on_failure = 'error'`,
    )
  }
  if (tracking !== undefined) {
    const mode = { off: 'disable', on: 'enable', always: 'enable always' }[tracking]
    statements.push(...known.triggers.map(({ name }) => `alter event trigger ${quoteName(name)} ${mode}`))
  }
  if (monthsAhead !== undefined) statements.push(`select script_tracking.extend_ledger(${monthsAhead})`)
  return statements
}

function settingsOf(known: Facts): FrameworkSettings {
  const standby = known.isReadOnly ? 'This server is a standby: settings are changed at its primary.' : null
  return {
    onFailure: { ...onFailureOf(known), refusal: standby ?? databaseRefusal(known) },
    tracking: {
      value: trackingOf(known),
      triggers: known.triggers.map(({ name, event, mode }) => ({ name, event, mode })),
      refusal: standby ?? triggersRefusal(known),
    },
    monthsAhead: {
      value: known.monthsAhead,
      refusal: standby ?? (known.makesMonths ? null : 'Only members of steward_admin may make months of the trail.'),
    },
  }
}

function onFailureOf({
  onFailureOfDatabase,
  onFailureOfServer,
}: Facts): Pick<FrameworkSettings['onFailure'], 'value' | 'source'> {
  // As the tracker reads it: whoever says error is believed, and anything but error is warn.
  if (onFailureOfDatabase === 'error') return { value: 'error', source: 'database' }
  if (onFailureOfServer === 'error') return { value: 'error', source: 'server' }
  const [warn] = failureModes
  if (onFailureOfDatabase !== null) return { value: warn, source: 'database' }
  return { value: warn, source: onFailureOfServer === null ? 'default' : 'server' }
}

function trackingOf({ triggers }: Facts): TrackingMode {
  const modes = new Set(triggers.map(({ mode }) => mode))
  if (modes.size === 0) return 'absent'
  if (modes.size > 1) return 'partly'
  return modes.has('A') ? 'always' : modes.has('O') ? 'on' : modes.has('D') ? 'off' : 'partly'
}

function databaseRefusal({ mayAlterDatabase, database, databaseOwner }: Facts): string | null {
  if (mayAlterDatabase) return null
  return `Only ${databaseOwner}, who owns the database ${database}, its members and superusers may change this.`
}

function triggersRefusal({ triggers }: Facts): string | null {
  if (triggers.length === 0) return 'There are no event triggers here: see what the framework can do.'
  const foreign = triggers.find(({ ours }) => !ours)
  return foreign === undefined
    ? null
    : `Only ${foreign.owner}, who owns the event triggers, its members and superusers may change this.`
}
