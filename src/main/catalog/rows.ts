import { z } from 'zod'
import type { ArgumentMode, RelationKind, RoutineKind, TypeKind } from '../../core/catalog/catalog.ts'

// The rows that pg_catalog answers with. Sessions hand every value over as PostgreSQL prints it, as text.

const boolean = z.literal(['t', 'f']).transform((letter) => letter === 't')
const oid = z.coerce.number().int().min(0)
const count = z.coerce.number().int()
const comment = z.string().nullable()

function json<T extends z.ZodType>(shape: T) {
  return z.string().transform((text, context): z.output<T> => {
    const parsed = shape.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: z.prettifyError(parsed.error) })
    return z.NEVER
  })
}
const numbers = json(z.array(z.int()))
const texts = json(z.array(z.string()))

/** By PostgreSQL's letter; a kind that a later server has is no reason to refuse all the others. */
function letter<T>(meanings: Readonly<Record<string, T>>) {
  const known = new Map(Object.entries(meanings))
  return z.string().transform((text): T | null => known.get(text) ?? null)
}

export const headRow = z.object({ read_at: z.string(), server_version: count, role: z.string(), search_path: texts })

export const schemaRow = z.object({ oid, name: z.string(), comment, system: boolean })

export const relationRow = z.object({
  oid,
  schema: z.string(),
  name: z.string(),
  kind: letter<RelationKind>({
    r: 'table',
    p: 'partitioned table',
    v: 'view',
    m: 'materialized view',
    f: 'foreign table',
    S: 'sequence',
  }),
  comment,
  partition_of: oid.nullable(),
  row_estimate: z.coerce.number().nullable(),
})

export const columnRow = z.object({
  relation: oid,
  number: count,
  name: z.string(),
  type: z.string(),
  not_null: boolean,
  identity: letter<'always' | 'by default'>({ a: 'always', d: 'by default' }),
  generated: letter<'stored' | 'virtual'>({ s: 'stored', v: 'virtual' }),
  comment,
})

/** The expression is null where the server does not say it. */
export const defaultRow = z.object({ relation: oid, number: count, expression: z.string().nullable() })

export const constraintRow = z.object({
  relation: oid,
  name: z.string(),
  kind: z.literal(['p', 'u', 'f']),
  columns: numbers.nullable(),
  to_relation: oid,
  to_columns: numbers.nullable(),
})

export const indexRow = z.object({
  relation: oid,
  oid,
  name: z.string(),
  is_unique: boolean,
  is_primary: boolean,
  valid: boolean,
  unique_columns: numbers.nullable(),
})

export const triggerRow = z.object({ relation: oid, oid, name: z.string(), enabled: boolean })

export const routineRow = z.object({
  oid,
  schema: z.string(),
  name: z.string(),
  kind: letter<RoutineKind>({ f: 'function', p: 'procedure', a: 'aggregate', w: 'window function' }),
  arg_types: texts.nullable(),
  arg_names: texts.nullable(),
  arg_modes: texts.nullable(),
  inputs: count,
  defaults: count,
  result: z.string().nullable(),
  comment,
})

export const argumentMode = letter<ArgumentMode>({ i: 'in', o: 'out', b: 'inout', v: 'variadic', t: 'table' })

export const typeRow = z.object({
  oid,
  schema: z.string(),
  name: z.string(),
  kind: letter<TypeKind>({ b: 'base', c: 'composite', d: 'domain', e: 'enum', r: 'range', m: 'range' }),
  comment,
  labels: texts.nullable(),
})

export const extensionRow = z.object({ name: z.string(), version: z.string(), schema: z.string(), comment })

export const roleRow = z.object({ name: z.string(), login: boolean, superuser: boolean })

export const hasSensitivityRow = z.object({ readable: boolean })

export const sensitivityRow = z.object({
  schema: z.string(),
  name: z.string(),
  column: z.string().nullable(),
  classification: z.string().nullable(),
  tags: texts,
})
