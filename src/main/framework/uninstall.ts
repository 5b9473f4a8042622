import { mkdir, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { UninstallReport } from '../../core/framework/contract.ts'
import { quoteName } from '../../core/quote.ts'
import { readDocument } from './document.ts'
import { inspect } from './inspect.ts'
import { type DatabaseObject, installedObjects, standingObjects, without } from './objects.ts'
import { exportTrail } from './trail.ts'
import { becomeOwner, inTransaction } from './transaction.ts'

export interface UninstallOptions {
  /** Must be the database's name. */
  confirm: string
  /** Where the trail is written first; a new file in `exportFolder` when absent. */
  exportTo?: string | undefined
  exportFolder: string
}

/**
 * Exports the trail, then removes what was installed and nothing else, in one transaction. Where that fails, nothing
 * is removed and no file is left.
 *
 * @throws Failure `refused` in words: a wrong confirmation, nothing to remove, no right to, something of somebody
 * else's in the way
 */
export async function uninstallFramework(client: pg.Client, options: UninstallOptions): Promise<UninstallReport> {
  const database = await readDocument(client, z.string(), databaseSql)
  if (options.confirm !== database) {
    throw refused(`To remove the framework, confirm with the name of the database, ${database}.`)
  }
  const exportedTo = resolve(options.exportTo ?? join(options.exportFolder, fileName(database)))
  await mkdir(dirname(exportedTo), { recursive: true, mode: 0o700 })

  let exported = false
  try {
    return await inTransaction(client, async () => {
      await refuseWhereUnable(client)
      await becomeOwner(client)
      // From here to the end nothing is recorded that the export does not have.
      await client.query(
        'lock table script_tracking.ledger, script_tracking.text, script_tracking.client_state, script_tracking.tracking_error in access exclusive mode',
      )
      const objects = await removableObjects(client)
      const executions = await exportTrail(client, exportedTo)
      exported = true
      await client.query('reset role')
      await removeObjects(client, objects)
      return { exportedTo, executions, ...(await removeRoles(client)) }
    })
  } catch (thrown) {
    if (exported) await unlink(exportedTo)
    throw thrown
  }
}

const databaseSql = 'select pg_catalog.to_json(pg_catalog.current_database())::text as document'

function fileName(database: string): string {
  const safe = database.replaceAll(/[^\p{L}\p{N}_-]/gu, '_')
  return `trail-${safe}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`
}

function refused(message: string, detail?: string): Failure {
  return new Failure({ code: 'refused', message, ...(detail === undefined ? {} : { detail }) })
}

async function refuseWhereUnable(client: pg.Client): Promise<void> {
  const { role, framework, foreignSchemas } = (await inspect(client)).installed
  if (foreignSchemas.length > 0) throw refused('The schema script_tracking here was not made by pgSteward: it stays.')
  if (framework === null) throw refused('The framework is not installed here: there is nothing to remove.')
  if (!role.superuser && !role.ownsFramework) {
    throw refused(
      `Only ${framework.owner}, its members and superusers may remove the framework; ${role.name} is none of them.`,
    )
  }
}

async function removableObjects(client: pg.Client): Promise<DatabaseObject[]> {
  const standing = await standingObjects(client)
  const foreign = without(standing, await installedObjects(client))
  if (foreign.length > 0) {
    throw refused(
      'The schema script_tracking holds what pgSteward did not put there. Nothing was removed.',
      foreign.map(({ type, identity }) => `${type} ${identity}`).join('\n'),
    )
  }
  return standing
}

/** In this order nothing depends on what goes before it, so that nothing of anybody else's falls unseen. */
const removals: { types: string[]; drop: string }[] = [
  { types: ['view'], drop: 'drop view' },
  { types: ['function', 'procedure', 'aggregate'], drop: 'drop routine' },
  { types: ['table'], drop: 'drop table' },
  { types: ['sequence'], drop: 'drop sequence' },
  { types: ['type', 'domain'], drop: 'drop type' },
]

async function removeObjects(client: pg.Client, objects: DatabaseObject[]): Promise<void> {
  const identities = (types: string[]) =>
    objects.filter(({ type }) => types.includes(type)).map(({ identity }) => identity)
  for (const identity of identities(['event trigger'])) await client.query(`drop event trigger ${identity}`)
  for (const statement of await readDocument(client, z.array(z.string()), triggersSql)) await client.query(statement)
  for (const statement of await readDocument(client, z.array(z.string()), policiesSql)) await client.query(statement)
  for (const { types, drop } of removals) {
    const names = identities(types)
    if (names.length > 0) await dropAll(client, `${drop} ${names.join(', ')}`)
  }
  await dropAll(client, 'drop schema script_tracking')
}

/** The triggers on our tables would keep their functions, which have to go before the tables whose row type they take. */
const triggersSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.format('drop trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass)), '[]')::text as document
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  where p.pronamespace = pg_catalog.to_regnamespace('script_tracking') and not t.tgisinternal`

/** So would the policies keep the views and functions that they ask. */
const policiesSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.format('drop policy %I on %s', p.polname, p.polrelid::pg_catalog.regclass)), '[]')::text as document
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid
  where c.relnamespace = pg_catalog.to_regnamespace('script_tracking')`

const dependentObjectsStillExist = '2BP01'

async function dropAll(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement)
  } catch (thrown) {
    const { sqlstate, detail } = toFault(thrown)
    if (sqlstate !== dependentObjectsStillExist) throw thrown
    throw refused('Something else uses the framework. Nothing was removed: drop or change it first.', detail)
  }
}

/** Ours are known by their comment: a role of the same name that somebody made before stays. */
const rolesSql = `
  select coalesce(pg_catalog.json_agg(r.rolname order by r.rolname), '[]')::text as document
  from pg_catalog.pg_roles r
  where r.rolname in ('steward_owner', 'steward_admin', 'steward_editor', 'steward_analyst', 'steward_auditor')
    and pg_catalog.shobj_description(r.oid, 'pg_authid') like 'pgSteward: %'`

/** Removes the roles that nothing else uses: another database may have the framework too. */
async function removeRoles(client: pg.Client): Promise<{ rolesRemoved: string[]; rolesKept: string[] }> {
  const rolesRemoved: string[] = []
  const rolesKept: string[] = []
  for (const name of await readDocument(client, z.array(z.string()), rolesSql)) {
    await client.query('savepoint role')
    try {
      await client.query(`drop role ${quoteName(name)}`)
      rolesRemoved.push(name)
    } catch {
      // It is used elsewhere, or this role may not drop it: either way it stays, which the report says.
      await client.query('rollback to savepoint role')
      rolesKept.push(name)
    }
  }
  return { rolesRemoved, rolesKept }
}
