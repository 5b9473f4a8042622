import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId, type TrackingState } from '../connection.ts'
import { reasonsShape } from '../reasons.ts'
import type { Plan } from './plan.ts'

/** One thing that the framework does, whether it can here, and what follows if not. */
export interface Capability {
  name: string
  available: boolean
  /** What stands in the way, and what the DBA can do about it. */
  reason: string | null
}

export interface FrameworkStatus {
  state: TrackingState
  /** The newest migration that is applied; null where nothing is installed. */
  installedVersion: number | null
  bundledVersion: number
  installedAt: string | null
  installedBy: string | null
  applied: {
    version: number
    name: string
    checksum: string
    appliedAt: string
    appliedBy: string
    durationMs: number
  }[]
  capabilities: Capability[]
  plan: Plan
}

export interface InstallEvent {
  step: number
  steps: number
  name: string
}

export interface InstallReport {
  /** Steps that were run; 0 where everything was there. */
  steps: number
  durationMs: number
  version: number
  capabilities: Capability[]
}

export interface UninstallReport {
  /** Where the trail was written before it went. */
  exportedTo: string
  executions: number
  /** Of the cluster's roles that the framework brought, those that nothing else used. */
  rolesRemoved: string[]
  /** Those that are used elsewhere, or that this role may not drop. */
  rolesKept: string[]
}

/** What becomes of DDL that cannot be recorded: it takes effect with a warning, or it is undone. */
export const failureModes = ['warn', 'error'] as const
export type FailureMode = (typeof failureModes)[number]

/**
 * Whether DDL is recorded by itself: nowhere, in ordinary sessions, or also in sessions whose
 * session_replication_role is replica. `partly` where the event triggers differ.
 */
export const trackingModes = ['off', 'on', 'always'] as const
export type TrackingMode = (typeof trackingModes)[number] | 'partly' | 'absent'

export interface FrameworkSettings {
  onFailure: {
    value: FailureMode
    /** Who says so: `alter database`, the server's configuration, or nobody. */
    source: 'database' | 'server' | 'default'
    /** Why this role cannot change it; null where it can. */
    refusal: string | null
  }
  tracking: { value: TrackingMode; triggers: { name: string; event: string; mode: string }[]; refusal: string | null }
  /** Months to come for which the ledger has its partition, up to 60. */
  monthsAhead: { value: number; refusal: string | null }
}

export type HealthStatus = 'ok' | 'warning' | 'critical'

export interface HealthCheck {
  name: string
  status: HealthStatus
  value: string | null
  message: string
  /** What to do; null where nothing is to be done. */
  remedy: string | null
}

export interface ExportReport {
  exportedTo: string
  executions: number
}

/** A path on this machine; a file in the product's own folder when absent. */
const exportTo = z.string().max(4096).optional()

/** What is done by these calls is kept in the history of this machine; `change` is recorded by the database itself. */
export const framework = {
  status: call(z.strictObject({ connection: connectionId })).returns<FrameworkStatus>(),
  /** Installs or upgrades: exactly the plan that `status` shows, in one transaction. */
  install: call(z.strictObject({ connection: connectionId, ...reasonsShape }))
    .emits<InstallEvent>()
    .returns<InstallReport>(),
  /** Exports the trail, then removes what was installed and nothing else. `confirm` is the database's name. */
  uninstall: call(
    z.strictObject({
      connection: connectionId,
      confirm: z.string(),
      exportTo,
      ...reasonsShape,
    }),
  ).returns<UninstallReport>(),
  settings: call(z.strictObject({ connection: connectionId })).returns<FrameworkSettings>(),
  /** Changes what is named and leaves the rest; recorded as an operation. For sessions that begin from then on. */
  change: call(
    z.strictObject({
      connection: connectionId,
      onFailure: z.enum(failureModes).optional(),
      tracking: z.enum(trackingModes).optional(),
      /** Makes the months that are missing up to so many; none is ever taken away. */
      monthsAhead: z.int().min(0).max(60).optional(),
      ...reasonsShape,
    }),
  ).returns<FrameworkSettings>(),
  /** What the framework finds of itself, worst first. */
  health: call(z.strictObject({ connection: connectionId })).returns<{ checks: HealthCheck[] }>(),
  /** Writes the whole trail to a new file that its owner alone may read; nothing changes in the database. */
  exportTrail: call(z.strictObject({ connection: connectionId, exportTo, ...reasonsShape })).returns<ExportReport>(),
}
