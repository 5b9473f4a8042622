import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import type { HealthCheck } from '../../core/framework/contract.ts'
import { type Queryable, readDocument } from './document.ts'

const check = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warning', 'critical']),
  value: z.string().nullable(),
  message: z.string(),
  remedy: z.string().nullable(),
})

const presentSql = `select (pg_catalog.to_regprocedure('script_tracking.get_system_health()') is not null)::text as document`

const healthSql = `
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', h.check_name, 'status', h.status, 'value', h.value, 'message', h.message, 'remedy', h.what_to_do)), '[]')::pg_catalog.text as document
  from script_tracking.get_system_health() h`

const worstFirst = ['critical', 'warning', 'ok']

/**
 * What the framework finds of itself, worst first.
 *
 * @throws Failure `refused` where it is not installed, or of a release that did not look yet
 */
export async function healthOf(on: Queryable): Promise<HealthCheck[]> {
  if (!(await readDocument(on, z.boolean(), presentSql))) {
    throw new Failure({
      code: 'refused',
      message:
        'The framework is not installed here, or of a release that does not report its health: install it, or upgrade it.',
    })
  }
  const checks = await readDocument(on, z.array(check), healthSql)
  return checks.toSorted((a, b) => worstFirst.indexOf(a.status) - worstFirst.indexOf(b.status))
}
