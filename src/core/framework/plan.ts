import type { TrackingState } from '../connection.ts'

/** A bundled SQL file. */
export interface SqlFile {
  /** `migrations/0001_trail.sql`, `routines/tracking.sql` */
  name: string
  sql: string
  /** SHA-256 of the text, hex. */
  checksum: string
}

export interface Step {
  kind: 'migration' | 'routine'
  name: string
  sql: string
  checksum: string
}

/** What an install or upgrade would do, for a person to read before it is done. */
export interface Plan {
  steps: Step[]
  /** Why nothing may be done here; null where the plan may run. */
  refusal: string | null
  warnings: string[]
}

/** What a database and the role that looks at it say of themselves. */
export interface Installed {
  /** `server_version_num`, such as 180004. */
  serverVersion: number
  role: Role
  /** Schemas that bear our names and were not made by us. */
  foreignSchemas: string[]
  /** What stands in a schema project_schema under names that we would make there: `relation users`. */
  collisions: string[]
  /** Null where the framework is not there. */
  framework: {
    /** Every application of a file, oldest first: the last one of a name is what stands. */
    files: AppliedFile[]
    owner: string
    /** What is missing here, and this role could add by running the routines once more: `event triggers`. */
    missing: string[]
  } | null
}

export interface Role {
  name: string
  superuser: boolean
  mayCreateRoles: boolean
  mayCreateSchemas: boolean
  /** It is the framework's owner, or a member of it. */
  ownsFramework: boolean
}

export interface AppliedFile {
  name: string
  checksum: string
  breaking: boolean
}

const oldestServer = 120_000

/** `0002` of `migrations/0002_ledger.sql`; null for what is no migration. */
export function migrationNumber(name: string): number | null {
  const match = /^migrations\/(\d{4})_[a-z0-9_]+\.sql$/.exec(name)
  return match?.[1] === undefined ? null : Number(match[1])
}

/** The number of the newest migration, or 0. */
export function newestMigration(files: readonly { name: string }[]): number {
  return Math.max(0, ...files.map((file) => migrationNumber(file.name) ?? 0))
}

/** A `--! word` among the first lines of a file says how it is to be treated. */
export function hasDirective(sql: string, directive: 'breaking' | 'as installer' | 'last'): boolean {
  for (const line of sql.split('\n')) {
    if (!line.startsWith('--!')) return false
    if (line.slice(3).trim() === directive) return true
  }
  return false
}

/** What has to be run in order that a database has what is bundled, and what stands against it. Pure. */
export function plan(installed: Installed, bundled: readonly SqlFile[]): Plan {
  const refusal = refusalOf(installed, bundled)
  if (refusal !== null) return { steps: [], refusal, warnings: [] }
  if (isNewer(installed, bundled)) return { steps: [], refusal: null, warnings: [newerWarning(installed, bundled)] }

  const steps = stepsOf(installed, bundled)
  if (steps.length === 0) return { steps, refusal: null, warnings: [] }
  return {
    steps,
    refusal: rightsRefusal(installed),
    warnings: [...missingWarnings(installed), ...roleWarnings(installed)],
  }
}

/** Where a database stands against what is bundled. */
export function trackingStateOf(installed: Installed, bundled: readonly SqlFile[]): TrackingState {
  const { foreignSchemas, collisions } = installed
  if (foreignSchemas.length > 0 || collisions.length > 0 || changedMigrations(installed, bundled).length > 0)
    return 'incompatible'
  if (installed.framework === null) return 'absent'
  if (isNewer(installed, bundled)) return 'newer'
  return differs(installed, bundled) ? 'outdated' : 'current'
}

function stepsOf(installed: Installed, bundled: readonly SqlFile[]): Step[] {
  const standing = standingFiles(installed)
  const migrations = byName(bundled.filter((file) => migrationNumber(file.name) !== null))
  const routines = lastOnes(byName(bundled.filter((file) => migrationNumber(file.name) === null)))
  const missing = migrations.filter((file) => !standing.has(file.name))
  const isComplete = (installed.framework?.missing ?? []).length === 0
  if (!differs(installed, bundled) && isComplete) return []
  return [...missing.map((file) => stepOf('migration', file)), ...routines.map((file) => stepOf('routine', file))]
}

/** Whether a file of ours is not there, or there as another release had it. */
function differs(installed: Installed, bundled: readonly SqlFile[]): boolean {
  const standing = standingFiles(installed)
  return bundled.some(({ name, checksum }) => standing.get(name)?.checksum !== checksum)
}

function stepOf(kind: Step['kind'], { name, sql, checksum }: SqlFile): Step {
  return { kind, name, sql, checksum }
}

function byName(files: readonly SqlFile[]): SqlFile[] {
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** What goes over all that the others make, such as rights, runs after them. */
function lastOnes(files: readonly SqlFile[]): SqlFile[] {
  const isLast = (file: SqlFile) => hasDirective(file.sql, 'last')
  return [...files.filter((file) => !isLast(file)), ...files.filter(isLast)]
}

function standingFiles(installed: Installed): Map<string, AppliedFile> {
  return new Map((installed.framework?.files ?? []).map((file) => [file.name, file]))
}

function refusalOf(installed: Installed, bundled: readonly SqlFile[]): string | null {
  if (installed.serverVersion < oldestServer) {
    return `PostgreSQL ${Math.floor(installed.serverVersion / 10_000)} is too old: the framework needs 12 or newer.`
  }
  const [foreign] = installed.foreignSchemas
  if (foreign !== undefined) {
    return `There is a schema "${foreign}" here that pgSteward did not make: rename it, or track another database.`
  }
  if (installed.collisions.length > 0) {
    return `The schema project_schema here has what pgSteward would make there too (${installed.collisions.join(', ')}): rename it, or track another database.`
  }
  const [changed] = changedMigrations(installed, bundled)
  if (changed !== undefined) {
    return `${changed} was installed here from a file that differs from ours: use the release that installed it.`
  }
  const [breaking] = unknownMigrations(installed, bundled).filter((file) => file.breaking)
  if (breaking !== undefined) {
    return `A newer release has changed this framework in a way that this one cannot work with (${breaking.name}): use the newer release.`
  }
  return null
}

function changedMigrations(installed: Installed, bundled: readonly SqlFile[]): string[] {
  const standing = standingFiles(installed)
  return byName(bundled)
    .filter(({ name }) => migrationNumber(name) !== null)
    .filter(({ name, checksum }) => (standing.get(name)?.checksum ?? checksum) !== checksum)
    .map(({ name }) => name)
}

function unknownMigrations(installed: Installed, bundled: readonly SqlFile[]): AppliedFile[] {
  const ours = new Set(bundled.map((file) => file.name))
  return [...standingFiles(installed).values()].filter(({ name }) => migrationNumber(name) !== null && !ours.has(name))
}

/** It has migrations that we do not know, or a routine of ours stood here before the one that stands now. */
function isNewer(installed: Installed, bundled: readonly SqlFile[]): boolean {
  if (unknownMigrations(installed, bundled).length > 0) return true
  const standing = standingFiles(installed)
  const files = installed.framework?.files ?? []
  return bundled.some(({ name, checksum }) => {
    if (migrationNumber(name) !== null || standing.get(name)?.checksum === checksum) return false
    return files.some((file) => file.name === name && file.checksum === checksum)
  })
}

function newerWarning(installed: Installed, bundled: readonly SqlFile[]): string {
  const [unknown] = unknownMigrations(installed, bundled)
  const reason = unknown === undefined ? 'its routines replaced ours' : `it has ${unknown.name}`
  return `The framework here is of a newer release (${reason}). It is left as it is, and works with this one.`
}

function rightsRefusal({ role, framework }: Installed): string | null {
  if (framework !== null && !role.superuser && !role.ownsFramework) {
    return `Only ${framework.owner}, its members and superusers may change the framework; ${role.name} is none of them.`
  }
  if (framework === null && !role.mayCreateSchemas) {
    return `The role ${role.name} may not create a schema here: its owner may say "grant create on database …".`
  }
  return null
}

function missingWarnings({ framework }: Installed): string[] {
  const missing = framework?.missing ?? []
  return missing.length === 0
    ? []
    : [`Missing here, and made by running the routines once more: ${missing.join(', ')}.`]
}

function roleWarnings({ role, framework }: Installed): string[] {
  if (role.superuser) return []
  const warnings = [
    `${role.name} is no superuser. Where the server lets it make no event triggers, DDL is not recorded by itself; explicit calls are.`,
  ]
  if (framework === null && !role.mayCreateRoles) {
    warnings.push(
      `${role.name} may not create roles: where steward_auditor, steward_admin and steward_owner are missing, it owns the trail itself, and it alone sees everything.`,
    )
  }
  return warnings
}
