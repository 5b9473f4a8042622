import type pg from 'pg'
import { quoteName } from '../../src/core/quote.ts'
import type { TestDatabase } from './tracked.ts'

export const projectRoles = ['admin', 'editor', 'analyst', 'auditor', 'stranger'] as const
export type ProjectRole = (typeof projectRoles)[number]

/** A session for each project role, each the project's user of the same name, and one for a role that has none. */
export async function projectSessions(database: TestDatabase): Promise<Record<ProjectRole, pg.Client>> {
  const superuser = await database.session()
  const opened: Partial<Record<ProjectRole, pg.Client>> = {}
  for (const name of projectRoles) {
    const role = await database.role(name)
    if (name !== 'stranger') await superuser.query(`grant steward_${name} to ${quoteName(role)}`)
    await superuser.query('select project_schema.create_user($1, database_role => $2)', [name, role])
    opened[name] = await database.session(role)
  }
  return opened as Record<ProjectRole, pg.Client>
}
