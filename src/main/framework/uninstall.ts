import { unlink } from 'node:fs/promises'
import type pg from 'pg'
import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { UninstallReport } from '../../core/framework/contract.ts'
import { quoteName } from '../../core/quote.ts'
import { readDocument } from './document.ts'
import { type ExportOptions, exportPath } from './export.ts'
import { inspect } from './inspect.ts'
import { type DatabaseObject, installedObjects, ourSchemas, standingObjects, without } from './objects.ts'
import { laterObjects, undo } from './reach.ts'
import { dropObjects } from './removal.ts'
import { exportTrail } from './trail.ts'
import { becomeOwner, inTransaction } from './transaction.ts'

export interface UninstallOptions extends ExportOptions {
  /** Must be the database's name. */
  confirm: string
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
  const exportedTo = await exportPath(database, options)

  let exported = false
  try {
    return await inTransaction(client, async () => {
      await refuseWhereUnable(client)
      await becomeOwner(client)
      const objects = await removableObjects(client)
      await closeTrail(client, objects)
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

/**
 * What is to go. In the framework's own schema that has to be all there is; a schema that was there before stays, with
 * whatever else is in it.
 */
async function removableObjects(client: pg.Client): Promise<DatabaseObject[]> {
  const standing = await standingObjects(client)
  const installed = await installedObjects(client)
  const owned = ourSchemas.filter((schema) => installed.some(({ identity }) => identity === schema))
  const foreign = without(standing, [...installed, ...(await laterObjects(client))])
  const inTheWay = foreign.filter(({ identity }) => owned.some((schema) => identity.startsWith(`${schema}.`)))
  if (inTheWay.length > 0) {
    throw refused(
      'A schema of the framework holds what pgSteward did not put there. Nothing was removed.',
      inTheWay.map(({ type, identity }) => `${type} ${identity}`).join('\n'),
    )
  }
  return without(standing, foreign)
}

/**
 * From here to the end nothing is recorded that the export does not have. Row-level security is lifted from the
 * owner, or the export would leave out what the owner may not see; all of it goes anyway.
 */
async function closeTrail(client: pg.Client, objects: DatabaseObject[]): Promise<void> {
  const tables = objects.filter(({ type }) => type === 'table').map(({ identity }) => identity)
  await client.query(`lock table ${tables.join(', ')} in access exclusive mode`)
  await client.query('set local row_security = off')
  for (const table of await readDocument(client, z.array(z.string()), forcedSql)) {
    await client.query(`alter table ${table} no force row level security`)
  }
}

const forcedSql = `
  select coalesce(pg_catalog.json_agg(c.oid::pg_catalog.regclass), '[]')::text as document
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('script_tracking', 'project_schema') and c.relforcerowsecurity
    and pg_catalog.pg_has_role(c.relowner, 'member')`

async function removeObjects(client: pg.Client, objects: DatabaseObject[]): Promise<void> {
  try {
    await undo(client)
    await dropObjects(client, objects)
  } catch (thrown) {
    const { sqlstate, detail } = toFault(thrown)
    if (sqlstate !== dependentObjectsStillExist) throw thrown
    throw refused('Something else uses the framework. Nothing was removed: drop or change it first.', detail)
  }
}

const dependentObjectsStillExist = '2BP01'

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
