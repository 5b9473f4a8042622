import { loadModule, type Node, parseSync } from 'libpg-query'
import type { SqlFile } from '../../core/framework/plan.ts'

/** A relation, routine or type that a bundled file makes. */
export interface MadeName {
  kind: 'relation' | 'routine' | 'type'
  schema: string
  name: string
}

/**
 * What `files` make by name in `schema`, found by PostgreSQL's own parser. What a `do` block makes is not seen: that
 * is what the files make of their own tables, such as the months of one.
 */
export async function namesMade(files: readonly SqlFile[], schema: string): Promise<MadeName[]> {
  await loadModule()
  const made = files
    .flatMap(({ sql }) => parseSync(sql).stmts ?? [])
    .flatMap(({ stmt }) => (stmt === undefined ? [] : madeBy(stmt)))
    .filter((each) => each.schema === schema)
  return [...new Map(made.map((each) => [`${each.kind} ${each.name}`, each])).values()]
}

function madeBy(stmt: Node): MadeName[] {
  if ('CreateStmt' in stmt) return relation(stmt.CreateStmt.relation)
  if ('ViewStmt' in stmt) return relation(stmt.ViewStmt.view)
  if ('CreateSeqStmt' in stmt) return relation(stmt.CreateSeqStmt.sequence)
  if ('CreateTableAsStmt' in stmt) return relation(stmt.CreateTableAsStmt.into?.rel)
  if ('CompositeTypeStmt' in stmt) return relation(stmt.CompositeTypeStmt.typevar)
  // An index stands in the schema of its table, among the tables' names.
  if ('IndexStmt' in stmt) return relation({ ...stmt.IndexStmt.relation, relname: stmt.IndexStmt.idxname })
  if ('CreateFunctionStmt' in stmt) return qualified('routine', stmt.CreateFunctionStmt.funcname)
  if ('CreateEnumStmt' in stmt) return qualified('type', stmt.CreateEnumStmt.typeName)
  if ('CreateDomainStmt' in stmt) return qualified('type', stmt.CreateDomainStmt.domainname)
  if ('CreateRangeStmt' in stmt) return qualified('type', stmt.CreateRangeStmt.typeName)
  return []
}

function relation(range: { schemaname?: string | undefined; relname?: string | undefined } | undefined): MadeName[] {
  if (range?.schemaname === undefined || range.relname === undefined) return []
  return [{ kind: 'relation', schema: range.schemaname, name: range.relname }]
}

function qualified(kind: MadeName['kind'], parts: Node[] | undefined): MadeName[] {
  const [schema, name] = (parts ?? []).map((part) => ('String' in part ? part.String.sval : undefined))
  return schema === undefined || name === undefined ? [] : [{ kind, schema, name }]
}
