import { z } from 'zod'
import type { ScriptParameter } from '../../core/editor/contract.ts'
import type { Bound } from '../../core/editor/parameters.ts'
import { isSecretFunction, isSecretName } from '../../core/history/redact.ts'
import type { Cache } from '../cache/open.ts'
import { bindStatement } from './bind.ts'
import { nodeOf } from './parser.ts'
import type { Script } from './script.ts'
import { fields, isTree, type Tree, textAt, textOf, treesAt } from './tree.ts'

/** Asks the server for the types of a statement's `$1`, `$2`, …; null where it cannot tell. */
export type AskTypes = (text: string) => Promise<readonly string[] | null>

/** Of a script, the statements with parameters whose types are asked for. */
const describedStatements = 50

/** The parameters of a script, in the order in which they first appear. */
export async function parametersOf(script: Script, askTypes: AskTypes): Promise<ScriptParameter[]> {
  const found = new Map<string, ScriptParameter>()
  let described = 0
  for (const bound of boundStatements(script)) {
    const isNew = bound.names.some((name) => name !== null && (found.get(name)?.type ?? null) === null)
    const types = isNew && described < describedStatements ? await askTypes(bound.text) : null
    described += 1
    const secrets = secretNumbers(bound)
    for (const [index, name] of bound.names.entries()) {
      if (name === null) continue
      const before = found.get(name)
      found.set(name, {
        name,
        type: before?.type ?? types?.[index] ?? null,
        secret: (before?.secret ?? false) || isSecretName(name) || secrets.has(index + 1),
      })
    }
  }
  return [...found.values()]
}

function boundStatements({ sql, statements, parametrized }: Script): Bound[] {
  const bound = [...parametrized].map((index) => {
    const { start, end } = statements[index] ?? { start: 0, end: 0 }
    return bindStatement(sql.slice(start, end))
  })
  return bound.filter(({ names }) => names.length > 0)
}

/** The names of a script's parameters that are secrets, by their names or by what they are for. */
export function secretParameters(script: Script): Set<string> {
  const secret = new Set<string>()
  for (const bound of boundStatements(script)) {
    const numbers = secretNumbers(bound)
    for (const [index, name] of bound.names.entries()) {
      if (name !== null && (isSecretName(name) || numbers.has(index + 1))) secret.add(name)
    }
  }
  return secret
}

/** The numbers of the parameters that are compared with, or written to, a column that is called like a secret. */
function secretNumbers({ text, names }: Bound): Set<number> {
  const numbers = new Set<number>()
  if (names.length > 0) collect(nodeOf(text), numbers)
  return numbers
}

function collect(tree: unknown, secret: Set<number>): void {
  if (Array.isArray(tree)) {
    for (const each of tree) collect(each, secret)
    return
  }
  if (!isTree(tree)) return
  for (const [kind, value] of fields(tree)) {
    if (isTree(value)) {
      if (kind === 'A_Expr') comparedSecrets(value['lexpr'], value['rexpr'], secret)
      if (kind === 'CaseExpr' && isSecretColumn(value['arg'])) addNumbers(value['args'], secret)
      if (/^(CoalesceExpr|MinMaxExpr)$/.test(kind) && treesAt(value, 'args').some(isSecretColumn))
        addNumbers(value, secret)
      if (kind === 'ResTarget' && isSecretName(textAt(value, 'name') ?? '')) addNumbers(value, secret)
      if (kind === 'FuncCall' && isSecretFunction(treesAt(value, 'funcname').map(textOf).at(-1) ?? '')) {
        addNumbers(value, secret)
      }
      if (kind === 'InsertStmt') insertedSecrets(value, secret)
      if (kind === 'MergeWhenClause') secretsAt(treesAt(value, 'targetList'), treesAt(value, 'values'), secret)
    }
    collect(value, secret)
  }
}

/** Two sides of an operator; of two rows, each column with its own; of a list, each of its values. */
function comparedSecrets(left: unknown, right: unknown, secret: Set<number>): void {
  const list = isTree(right) ? right['List'] : undefined
  if (isTree(list)) {
    for (const item of treesAt(list, 'items')) comparedSecrets(left, item, secret)
    return
  }
  const [lefts, rights] = [rowItems(left), rowItems(right)]
  if (lefts !== null && rights !== null) {
    for (const [index, item] of lefts.entries()) comparedSecrets(item, rights[index], secret)
  } else if ([left, right, ...(lefts ?? rights ?? [])].some(isSecretColumn)) {
    addNumbers(left, secret)
    addNumbers(right, secret)
  }
}

function rowItems(side: unknown): Tree[] | null {
  const row = isTree(side) ? side['RowExpr'] : undefined
  return isTree(row) ? treesAt(row, 'args') : null
}

function isSecretColumn(node: unknown): boolean {
  const column = isTree(node) ? node['ColumnRef'] : undefined
  return isTree(column) && isSecretName(treesAt(column, 'fields').map(textOf).at(-1) ?? '')
}

function insertedSecrets(insert: Tree, secret: Set<number>): void {
  const columns = treesAt(insert, 'cols')
  const select = isTree(insert['selectStmt']) ? insert['selectStmt']['SelectStmt'] : undefined
  if (!isTree(select)) return
  const rows = treesAt(select, 'valuesLists').map(({ List: list }) => (isTree(list) ? treesAt(list, 'items') : []))
  for (const row of [...rows, treesAt(select, 'targetList')]) secretsAt(columns, row, secret)
}

/** The values for columns that are called like secrets. */
function secretsAt(columns: readonly Tree[], values: readonly Tree[], secret: Set<number>): void {
  for (const [index, { ResTarget: target }] of columns.entries()) {
    if (isTree(target) && isSecretName(textAt(target, 'name') ?? '')) addNumbers(values[index], secret)
  }
}

function addNumbers(tree: unknown, numbers: Set<number>): void {
  if (Array.isArray(tree)) {
    for (const each of tree) addNumbers(each, numbers)
    return
  }
  if (!isTree(tree)) return
  for (const [kind, value] of fields(tree)) {
    if (kind === 'ParamRef' && isTree(value) && typeof value['number'] === 'number') numbers.add(value['number'])
    addNumbers(value, numbers)
  }
}

/** Longer values are not worth a place in the cache, in UTF-16 units. */
const longestKept = 10_000

/** Values that are kept for one connection. */
const mostKept = 2_000

const valueRow = z.object({ value: z.string().nullable() })

export interface ParameterMemory {
  /** What was given the last time: for this statement, or else for a parameter of the same name. */
  recall(connection: string, statement: string, name: string): { value: string | null } | undefined
  /** Never throws: what cannot be kept is asked for again. */
  keep(connection: string, statement: string, given: ReadonlyMap<string, string | null>): void
}

export function createParameterMemory(cache: Cache): ParameterMemory {
  const ofStatement = cache.query(
    'select value from remembered_parameter where connection = ? and statement = ? and name = ?',
    valueRow,
  )
  const latest = cache.query(
    'select value from remembered_parameter where connection = ? and name = ? order by used desc limit 1',
    valueRow,
  )
  const put = cache.db.prepare(`
    insert into remembered_parameter (connection, statement, name, value, used)
    values (
      :connection, :statement, :name, :value,
      (select coalesce(max(used), 0) + 1 from remembered_parameter where connection = :connection)
    )
    on conflict (connection, statement, name) do update set value = excluded.value, used = excluded.used`)
  const prune = cache.db.prepare(`
    delete from remembered_parameter
    where connection = :connection
      and used <= (select max(used) - :most from remembered_parameter where connection = :connection)`)
  return {
    recall: (connection, statement, name) =>
      ofStatement.get(connection, statement, name) ??
      // `$1` of another statement is another thing.
      (name.startsWith('$') ? undefined : latest.get(connection, name)),
    keep: (connection, statement, given) => {
      try {
        cache.transaction(() => {
          for (const [name, value] of given) {
            if ((value?.length ?? 0) <= longestKept) put.run({ connection, statement, name, value })
          }
          prune.run({ connection, most: mostKept })
        })
      } catch {
        // A full disk or a locked file: the run matters more than what is offered for the next one.
      }
    },
  }
}
