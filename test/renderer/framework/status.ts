import type { FrameworkSettings, FrameworkStatus, HealthCheck } from '../../../src/core/framework/contract.ts'

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

export function frameworkSettings(change: Partial<FrameworkSettings> = {}): FrameworkSettings {
  return {
    onFailure: { value: 'warn', source: 'default', refusal: null },
    tracking: {
      value: 'on',
      triggers: [{ name: 'auto_ddl_tracker', event: 'ddl_command_end', mode: 'O' }],
      refusal: null,
    },
    monthsAhead: { value: 3, refusal: null },
    ...change,
  }
}

export const healthChecks: readonly HealthCheck[] = [
  {
    name: 'last_seal',
    status: 'warning',
    value: '9 days',
    message: 'Rows are not sealed for long.',
    remedy: 'select script_tracking.seal()',
  },
  { name: 'event_triggers', status: 'ok', value: '4', message: 'All are on.', remedy: null },
]
