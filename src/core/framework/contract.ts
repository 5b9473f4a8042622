import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId, type TrackingState } from '../connection.ts'
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

export const framework = {
  status: call(z.strictObject({ connection: connectionId })).returns<FrameworkStatus>(),
  /** Installs or upgrades: exactly the plan that `status` shows, in one transaction. */
  install: call(z.strictObject({ connection: connectionId }))
    .emits<InstallEvent>()
    .returns<InstallReport>(),
  /** Exports the trail, then removes what was installed and nothing else. `confirm` is the database's name. */
  uninstall: call(
    z.strictObject({
      connection: connectionId,
      confirm: z.string(),
      /** A path on this machine; a file in the product's own folder when absent. */
      exportTo: z.string().max(4096).optional(),
    }),
  ).returns<UninstallReport>(),
}
