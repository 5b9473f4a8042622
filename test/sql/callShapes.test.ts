import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { rowsOf, TestDatabase } from './tracked.ts'

/** What scripts that people have call: arguments with names, order and defaults, and the result. One of each name. */
const calls: readonly [call: string, result: string][] = [
  [
    'public.complete_operation(hk bytea, success boolean DEFAULT true, error_message text DEFAULT NULL::text)',
    'boolean',
  ],
  ["public.track_operation(name text, type text DEFAULT 'MANUAL'::text)", 'bytea'],
  ['script_tracking.calculate_hash_key(bk text)', 'bytea'],
  ['script_tracking.cleanup_old_data(retention_days integer DEFAULT 365)', 'bigint'],
  [
    'script_tracking.complete_operation(hk bytea, success boolean DEFAULT true, error_message text DEFAULT NULL::text)',
    'boolean',
  ],
  [
    'script_tracking.complete_script_execution(hk bytea, status text, duration_ms bigint DEFAULT NULL::bigint, rows_affected bigint DEFAULT NULL::bigint, error_message text DEFAULT NULL::text, error_code text DEFAULT NULL::text, objects_created text[] DEFAULT NULL::text[], objects_modified text[] DEFAULT NULL::text[], objects_dropped text[] DEFAULT NULL::text[], schemas_affected text[] DEFAULT NULL::text[])',
    'boolean',
  ],
  ['script_tracking.create_tracking_wrapper(original regprocedure)', 'regprocedure'],
  ['script_tracking.drop_tracking_wrapper(original regprocedure)', 'boolean'],
  ['script_tracking.generate_unique_script_name(base text)', 'text'],
  [
    'script_tracking.get_enterprise_dashboard(tenant_hk bytea DEFAULT NULL::bytea, hours integer DEFAULT 24)',
    'TABLE(metric text, value numeric, previous_value numeric, unit text, description text)',
  ],
  [
    'script_tracking.get_execution_history(days integer DEFAULT 7)',
    'TABLE(script_execution_hk bytea, script_name text, script_type text, execution_status text, execution_timestamp timestamp with time zone, execution_duration_ms bigint, rows_affected bigint, executed_by text, application_name text, related_ticket text, error_message text)',
  ],
  [
    'script_tracking.get_execution_statistics(days integer DEFAULT 30)',
    'TABLE(script_type text, executions bigint, completed bigint, failed bigint, rolled_back bigint, interrupted bigint, running bigint, success_rate numeric, average_duration_ms numeric, median_duration_ms numeric, p95_duration_ms numeric, longest_duration_ms bigint, rows_affected numeric, users bigint, first_execution timestamp with time zone, last_execution timestamp with time zone)',
  ],
  [
    'script_tracking.get_performance_metrics()',
    'TABLE(area text, metric text, value numeric, unit text, description text)',
  ],
  [
    'script_tracking.get_recent_errors(hours integer DEFAULT 24)',
    'TABLE(occurred_at timestamp with time zone, error_kind text, script_execution_hk bytea, script_name text, script_type text, execution_status text, error_code text, error_message text, executed_by text, application_name text, related_ticket text)',
  ],
  [
    'script_tracking.get_system_health()',
    'TABLE(check_name text, status text, value text, message text, what_to_do text)',
  ],
  [
    'script_tracking.import_historical_operations(days integer DEFAULT 30, simulate boolean DEFAULT false)',
    'TABLE(imported bigint, refused bigint, duplicates bigint, message text)',
  ],
  [
    "script_tracking.import_postgres_logs(log_content text, log_line_prefix text DEFAULT current_setting('log_line_prefix'::text))",
    'TABLE(imported bigint, refused bigint, duplicates bigint, message text)',
  ],
  [
    "script_tracking.run_migration_enterprise(file text, version text, direction text DEFAULT 'FORWARD'::text, execute boolean DEFAULT false, content text DEFAULT NULL::text)",
    'TABLE(execution_hk bytea, success boolean, duration_ms bigint, message text)',
  ],
  ['script_tracking.setup_enterprise_tracking()', 'TABLE(step text, done boolean, message text)'],
  [
    'script_tracking.track_function_execution(name text, params jsonb DEFAULT NULL::jsonb, tenant_hk bytea DEFAULT NULL::bytea)',
    'bytea',
  ],
  [
    'script_tracking.track_maintenance(name text, operation_type text, content text DEFAULT NULL::text, justification text DEFAULT NULL::text)',
    'bytea',
  ],
  [
    "script_tracking.track_migration(name text, version text, direction text DEFAULT 'FORWARD'::text, content text DEFAULT NULL::text, tenant_hk bytea DEFAULT NULL::bytea)",
    'bytea',
  ],
  ["script_tracking.track_operation(name text, type text DEFAULT 'MANUAL'::text)", 'bytea'],
  [
    "script_tracking.track_script_execution(name text, type text, category text DEFAULT 'UNKNOWN'::text, content text DEFAULT NULL::text, file_path text DEFAULT NULL::text, version text DEFAULT NULL::text, tenant_hk bytea DEFAULT NULL::bytea, business_justification text DEFAULT NULL::text, related_ticket text DEFAULT NULL::text)",
    'bytea',
  ],
]

describe.each(majors())('the calls that scripts rely on, on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })

  it('keep names, order and defaults of their arguments, and what they return', async () => {
    const found = await rowsOf(
      client,
      `select format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_arguments(p.oid)) as call,
         pg_get_function_result(p.oid) as result
       from pg_proc p
       join pg_namespace n on n.oid = p.pronamespace
       where n.nspname || '.' || p.proname = any ($1)`,
      [calls.map(([call]) => call.slice(0, call.indexOf('(')))],
    )
    const sorted = (shapes: unknown[][]) => shapes.map((shape) => shape.join(' returns ')).sort()
    expect(sorted(found.map(({ call, result }) => [call, result]))).toEqual(sorted(calls.map((shape) => [...shape])))
  })
})
