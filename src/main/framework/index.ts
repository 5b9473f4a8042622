import { join } from 'node:path'
import type { TrackingState } from '../../core/connection.ts'
import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { FrameworkStatus } from '../../core/framework/contract.ts'
import { migrationNumber, newestMigration, plan, trackingStateOf } from '../../core/framework/plan.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import type { SealFinding, VerifyReport } from '../../core/seal/contract.ts'
import type { Services } from '../../core/wire.ts'
import type { Cache } from '../cache/open.ts'
import { type Connections, type Database, demandReasonsFor } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import type { Host } from '../host.ts'
import { bundled } from './bundle.ts'
import { capabilitiesOf } from './capabilities.ts'
import { exportOf, installation, removal, sealing, unplanned, verification } from './deeds.ts'
import { exportFile, exportWhole } from './export.ts'
import { healthOf } from './health.ts'
import { inspect } from './inspect.ts'
import { installFramework } from './install.ts'
import { recorded } from './recorded.ts'
import { checkFile } from './sealFile.ts'
import { createSealMemory } from './sealMemory.ts'
import { exportSeals, listSeals, type SealedDatabase, sealTrail, verifyTrail } from './seals.ts'
import { withSession } from './session.ts'
import { changeSettings, readSettings } from './settings.ts'
import { uninstallFramework } from './uninstall.ts'

export { addFrameworkCommands } from './command.ts'
export { installFramework } from './install.ts'

export interface Framework {
  service: Services<Api>['framework']
}

interface Dependencies {
  connections: Pick<Connections, 'database'>
  recorder: Recorder
  host: Pick<Host, 'dataFolder'>
  cache: Cache
}

/** Installs, shows and removes the framework in the databases that are open. What it does, the history keeps. */
export function createFramework({ connections, recorder, host, cache }: Dependencies): Framework {
  const memory = createSealMemory(cache)
  const exportFolder = join(host.dataFolder, 'exports')
  const fileOf = (database: Database, exportTo: string | undefined, what: 'trail' | 'seals' = 'trail'): string =>
    exportFile(database.server.database, { exportTo, exportFolder }, what)
  const changeable = (connection: string, reasons: GivenReasons): Database => {
    const database = writable(connections.database(connection))
    demandReasonsFor('changes', database, reasons)
    return database
  }
  const exportable = (connection: string, reasons: GivenReasons): Database => {
    const database = connections.database(connection)
    demandReasonsFor('exports', database, reasons)
    return database
  }
  return {
    service: {
      status: async ({ connection }) => await statusOf(connections.database(connection)),
      install: async ({ connection, ...reasons }, { signal, emit }) => {
        const database = changeable(connection, reasons)
        const occasion = { recorder, database, reasons, signal }
        const deed = await installation(database).catch((thrown: unknown) =>
          recorded(occasion, unplanned, (): Promise<never> => Promise.reject(thrown)),
        )
        return await recorded(occasion, deed, () =>
          withSession(database, signal, (client) => installFramework(client, emit)),
        )
      },
      settings: async ({ connection }) => await readSettings(connections.database(connection)),
      change: async ({ connection, ...change }, { signal }) =>
        await withSession(changeable(connection, change), signal, (client) => changeSettings(client, change)),
      health: async ({ connection }) => ({ checks: await healthOf(connections.database(connection)) }),
      exportTrail: async ({ connection, exportTo, ...reasons }, { signal }) => {
        const database = exportable(connection, reasons)
        const file = fileOf(database, exportTo)
        return await recorded({ recorder, database, reasons, signal }, exportOf('trail', file), () =>
          withSession(database, signal, (client) => exportWhole(client, { exportTo: file, exportFolder })),
        )
      },
      seal: async ({ connection, ...reasons }, { signal }) => {
        const database = changeable(connection, reasons)
        return await recorded(
          { recorder, database, reasons, signal },
          sealing,
          () => onSeals(database, signal, (sealed) => sealTrail(sealed, memory)),
          ({ rows, findings }) => ({ rows, errorMessage: tampering(findings) }),
        )
      },
      verify: async ({ connection, from, to, ...reasons }, { signal }) => {
        const database = connections.database(connection)
        return await recorded(
          { recorder, database, reasons, signal },
          verification({ from, to }),
          () => onSeals(database, signal, (sealed) => verifyTrail(sealed, memory, { from, to })),
          verdictOf,
        )
      },
      seals: async ({ connection }, { signal }) =>
        await onSeals(connections.database(connection), signal, (database) => listSeals(database, memory)),
      exportSeals: async ({ connection, exportTo, ...reasons }, { signal }) => {
        const database = exportable(connection, reasons)
        const file = fileOf(database, exportTo, 'seals')
        const options = { name: database.settings.database, exportTo: file, exportFolder, keyFolder: host.dataFolder }
        return await recorded({ recorder, database, reasons, signal }, exportOf('seals', file), () =>
          onSeals(database, signal, (sealed) => exportSeals(sealed, memory, options)),
        )
      },
      check: async ({ file, against }, { signal }) => await checkFile(file, against, signal),
      uninstall: async ({ connection, confirm, exportTo, ...reasons }, { signal }) => {
        const database = changeable(connection, reasons)
        const file = fileOf(database, exportTo)
        const report = await recorded({ recorder, database, reasons, signal }, removal(file), () =>
          withSession(database, signal, (client) =>
            uninstallFramework(client, { confirm, exportTo: file, exportFolder }),
          ),
        )
        recorder.removed(database)
        return report
      },
    },
  }
}

/** A verification that finds something wrong has failed, though the call tells its finding. */
function verdictOf({ seals, findings }: VerifyReport) {
  const wrong = seals.filter(({ ok }) => ok === false)
  const [first] = wrong
  const message =
    first === undefined
      ? tampering(findings)
      : `${wrong.length} of ${seals.length} seals are wrong, first seal ${first.number}: ${first.problem ?? ''}`
  const rows = seals.reduce((sum, seal) => sum + (seal.ok === true ? (seal.rows ?? 0) : 0), 0)
  return message === null ? { rows } : { status: 'FAILED' as const, rows, errorMessage: message }
}

/** What this machine remembers otherwise than the server has it; null where nothing is unexplained. */
function tampering(findings: readonly SealFinding[]): string | null {
  return findings.find(({ kind }) => kind === 'tampered')?.message ?? null
}

/** Runs `work` on a session of its own, which neither the role's search path nor its time limits reach. */
async function onSeals<T>(
  database: Database,
  signal: AbortSignal,
  work: (on: SealedDatabase) => Promise<T>,
): Promise<T> {
  return await withSession(database, signal, async (client) => {
    await client.query('set search_path = pg_catalog, pg_temp; set statement_timeout = 0')
    return await work({ identity: database.identity, query: (sql, values) => client.query(sql, values) })
  })
}

/** The transaction of an installation says itself that it writes: the session's setting alone would not stop it. */
function writable(database: Database): Database {
  if (!database.settings.readOnly) return database
  throw new Failure({
    code: 'refused',
    message: `The connection ${database.settings.name} is read-only: over it, the framework is neither installed, nor changed, nor removed, and nothing is sealed.`,
    hint: 'Take read-only out of the connection’s settings and open it again, or use another connection.',
  })
}

async function statusOf(database: Database): Promise<FrameworkStatus> {
  const { installed, applications } = await inspect(database)
  const first = applications[0]
  return {
    state: trackingStateOf(installed, bundled),
    installedVersion: installed.framework === null ? null : newestMigration(applications),
    bundledVersion: newestMigration(bundled),
    installedAt: first?.appliedAt ?? null,
    installedBy: first?.appliedBy ?? null,
    applied: applications.flatMap(({ breaking: _, ...file }) => {
      const version = migrationNumber(file.name)
      return version === null ? [] : [{ version, ...file }]
    }),
    capabilities: installed.framework === null ? [] : await capabilitiesOf(database),
    plan: plan(installed, bundled),
  }
}

/** Where a database stands, told when a connection opens, which is also when what falls due by and by is done. */
export async function trackingState(database: Database): Promise<TrackingState> {
  const { installed } = await inspect(database)
  const state = trackingStateOf(installed, bundled)
  if (state === 'current' && !database.settings.readOnly && !database.server.readOnly) await keepUp(database)
  return state
}

const monthsSql = `
  select script_tracking.extend_ledger()
  where script_tracking.months_ahead() operator(pg_catalog.<) 2 or not script_tracking.is_present_month_named()`

/** Roles, databases and settings change without an event. The one who opens the database finds it, once an hour. */
const sharedCatalogsSql = `
  select script_tracking.compare_shared_catalogs()
  from script_tracking.last_catalog_comparison c
  where c.compared_at is null
    or c.compared_at operator(pg_catalog.<) (pg_catalog.now() operator(pg_catalog.-) interval '1 hour')`

async function keepUp(database: Database): Promise<void> {
  for (const sql of [monthsSql, sharedCatalogsSql]) {
    try {
      await database.query(sql)
    } catch {
      // Whoever uses the trail at this moment goes first, and a role that may not leaves it to one that may. Until
      // another connection opens rows fall into the default partition, changes are not found, and the health says so.
    }
  }
}
