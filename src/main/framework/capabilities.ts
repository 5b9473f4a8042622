import { z } from 'zod'
import type { Capability } from '../../core/framework/contract.ts'
import { quoteName } from '../../core/quote.ts'
import { type Queryable, readDocument } from './document.ts'

const facts = z.object({
  owner: z.string(),
  ownerMayLogIn: z.boolean(),
  roles: z.array(z.string()),
  eventTriggers: z.array(z.object({ name: z.string(), enabled: z.boolean() })),
  /** A managed service's own role, by which it is known. */
  cloudRole: z.string().nullable(),
  doors: z.array(z.string()),
  monthsAhead: z.int(),
})
type Facts = z.output<typeof facts>

const factsSql = `
  select pg_catalog.json_build_object(
    'owner', o.rolname,
    'ownerMayLogIn', o.rolcanlogin,
    'roles', coalesce((
      select pg_catalog.json_agg(r.rolname) from pg_catalog.pg_roles r
      where r.rolname in ('steward_admin', 'steward_auditor')), '[]'),
    'eventTriggers', coalesce((
      select pg_catalog.json_agg(pg_catalog.json_build_object('name', t.evtname, 'enabled', t.evtenabled <> 'D'))
      from pg_catalog.pg_event_trigger t
      join pg_catalog.pg_proc p on p.oid = t.evtfoid and p.pronamespace = n.oid), '[]'),
    'cloudRole', (
      select r.rolname from pg_catalog.pg_roles r
      where r.rolname in ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') limit 1),
    'doors', coalesce((
      select pg_catalog.json_agg(p.proname) from pg_catalog.pg_proc p
      where p.oid in (
          pg_catalog.to_regprocedure('public.track_operation(text, text)'),
          pg_catalog.to_regprocedure('public.complete_operation(bytea, boolean, text)'))
        and pg_catalog.strpos(p.prosrc, 'script_tracking.') > 0), '[]'),
    'monthsAhead', script_tracking.months_ahead()
  )::pg_catalog.text as document
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_roles o on o.oid = n.nspowner
  where n.nspname = 'script_tracking'`

/** Those of script_tracking.wanted_event_trigger that record DDL: said here too, for a database of an older release has no such view. */
export const eventTriggers = [
  'auto_ddl_caller',
  'auto_ddl_caller_of_drop',
  'auto_ddl_drop_tracker',
  'auto_ddl_rewrite_tracker',
  'auto_ddl_tracker',
]
const doors = ['track_operation', 'complete_operation']
const groups = ['steward_admin', 'steward_auditor']

/** What the installed framework does here and what it cannot, with the reason and the way out. */
export async function capabilitiesOf(on: Queryable): Promise<Capability[]> {
  const known = await readDocument(on, facts, factsSql)
  return [
    { name: 'Explicit calls: track_operation, complete_operation and the others', available: true, reason: null },
    ddlCapability(known),
    capability('public.track_operation and public.complete_operation', doorsReason(known)),
    capability('Roles for auditors and administrators', groupsReason(known)),
    capability('A trail that no login role owns', ownerReason(known)),
    capability('Months of the ledger made ahead', monthsReason(known)),
  ]
}

function capability(name: string, reason: string | null): Capability {
  return { name, available: reason === null, reason }
}

function ddlCapability(known: Facts): Capability {
  const found = capability('Automatic tracking of DDL', ddlReason(known))
  return found.available ? { ...found, reason: cloudNote(known) } : found
}

function ddlReason({ eventTriggers: standing, cloudRole }: Facts): string | null {
  const missing = eventTriggers.filter((name) => !standing.some((trigger) => trigger.name === name))
  if (missing.length > 0) return `${mayMakeTriggers(cloudRole)} Missing: ${missing.join(', ')}.`
  // The one of logins is off until somebody wants it.
  const disabled = eventTriggers.filter((name) => standing.some((trigger) => trigger.name === name && !trigger.enabled))
  if (disabled.length > 0) return `Disabled: ${disabled.join(', ')}. To go on: alter event trigger … enable.`
  return null
}

/** Managed services have a role of their own in the place of a superuser. */
function mayMakeTriggers(cloudRole: string | null): string {
  if (cloudRole === null) return 'Event triggers take a superuser: install once more as one.'
  return `Event triggers take a superuser; on this managed server, where it allows them, a member of ${cloudRole}: install once more as its administrator, or after that one said "grant ${cloudRole} to" your role.`
}

/** Their upgrades to another major version refuse a database that has event triggers. */
function cloudNote({ eventTriggers: standing, cloudRole }: Facts): string | null {
  if (cloudRole === null || standing.length === 0) return null
  const drops = standing.map(({ name }) => `drop event trigger ${quoteName(name)};`).join(' ')
  return `Before this managed server is upgraded to another major version, say: ${drops} After it, install once more.`
}

function doorsReason(known: Facts): string | null {
  const missing = doors.filter((name) => !known.doors.includes(name))
  if (missing.length === 0) return null
  return `The schema public has a function of that name that is not ours, or this role may not create there: call script_tracking.${missing.join(', script_tracking.')}.`
}

function groupsReason(known: Facts): string | null {
  const missing = groups.filter((name) => !known.roles.includes(name))
  if (missing.length === 0) return null
  return `Missing: ${missing.join(', ')}. Until somebody who may create roles does so, ${known.owner} alone sees the operations of everybody.`
}

function ownerReason(known: Facts): string | null {
  if (!known.ownerMayLogIn) return null
  return `${known.owner} owns the trail and may log in: it could switch off what protects the trail. Installed by a role that may create roles, steward_owner would own it.`
}

function monthsReason(known: Facts): string | null {
  if (known.monthsAhead > 0) return null
  return 'From next month on, rows fall into one default partition. To go on: select script_tracking.extend_ledger().'
}
