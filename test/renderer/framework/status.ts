import type { FrameworkStatus } from '../../../src/core/framework/contract.ts'

/** A status as the main process gives it, of a database where nothing is installed. */
export function frameworkStatus(change: Partial<FrameworkStatus> = {}): FrameworkStatus {
  return {
    state: 'absent',
    installedVersion: null,
    bundledVersion: 1,
    installedAt: null,
    installedBy: null,
    applied: [],
    capabilities: [
      { name: 'Record operations', available: true, reason: null },
      { name: 'Event triggers', available: false, reason: 'Only a superuser may make them: ask one.' },
    ],
    plan: {
      steps: [
        { kind: 'migration', name: 'migrations/0001_trail.sql', sql: 'create schema script_tracking', checksum: 'a1' },
        { kind: 'routine', name: 'routines/tracking.sql', sql: 'create function f() …', checksum: 'b2' },
      ],
      refusal: null,
      warnings: [],
    },
    ...change,
  }
}
