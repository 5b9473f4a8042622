import { fields, isTree, type Tree, textAt, textOf, treesAt } from './tree.ts'

/**
 * Does a condition hold for every row, so that it might as well not be there: `where true`, `where 1 = 1`,
 * `where a = a`, `where 1 = 1 or id = 5`? What names no column, calls nothing and asks no table is the same for every
 * row; unless it is plainly false, it counts as true.
 */
export function isTrue(condition: unknown): boolean {
  return condition === undefined || truthOf(condition) === true
}

/** Is a condition one that holds for no row: `false`, `1 = 2`? */
export function isFalse(condition: unknown): boolean {
  return condition !== undefined && truthOf(condition) === false
}

/** Null: it depends on the row. */
function truthOf(condition: unknown): boolean | null {
  if (!isTree(condition)) return null
  const constant = condition['A_Const']
  if (isTree(constant)) return truthOfConstant(constant)
  const bool = condition['BoolExpr']
  if (isTree(bool)) return truthOfBool(bool)
  const cast = condition['TypeCast']
  if (isTree(cast) && isTree(cast['arg'])) {
    const text = textOf(cast['arg'])
    if (text !== null) return !/^\s*(f|false|n|no|off|0)\s*$/i.test(text)
    return truthOf(cast['arg'])
  }
  const operator = condition['A_Expr']
  if (isTree(operator)) {
    const truth = truthOfOperator(operator)
    if (truth !== null) return truth
  }
  return dependsOnRow(condition) ? null : true
}

function truthOfConstant(constant: Tree): boolean {
  const bool = constant['boolval']
  if (isTree(bool)) return bool['boolval'] === true
  return constant['isnull'] !== true
}

function truthOfBool(bool: Tree): boolean | null {
  const truths = treesAt(bool, 'args').map(truthOf)
  switch (textAt(bool, 'boolop')) {
    case 'AND_EXPR':
      if (truths.includes(false)) return false
      return truths.every((truth) => truth === true) ? true : null
    case 'OR_EXPR':
      if (truths.includes(true)) return true
      return truths.every((truth) => truth === false) ? false : null
    default: {
      const [truth = null] = truths
      return truth === null ? null : !truth
    }
  }
}

/** Two sides that are written alike: `1 = 1`, `id = id`, `id is not distinct from id`. */
function truthOfOperator(operator: Tree): boolean | null {
  const left = withoutPlaces(operator['lexpr'])
  const right = withoutPlaces(operator['rexpr'])
  const name = treesAt(operator, 'name').map(textOf).join('.')
  const kind = textAt(operator, 'kind')
  const isEqual = kind === 'AEXPR_NOT_DISTINCT' || (kind === 'AEXPR_OP' && /^(=|<=|>=)$/.test(name))
  const isDifferent = kind === 'AEXPR_DISTINCT' || (kind === 'AEXPR_OP' && /^(<>|<|>)$/.test(name))
  if (left === undefined || right === undefined) return null
  if (left === right && !calls(operator)) {
    if (isEqual) return true
    if (isDifferent) return false
  }
  const values = [numberOf(operator['lexpr']), numberOf(operator['rexpr'])] as const
  if (values[0] === null || values[1] === null) return null
  if (kind === 'AEXPR_DISTINCT') return values[0] !== values[1]
  if (name === '=') return values[0] === values[1]
  if (name === '<>') return values[0] !== values[1]
  if (name === '<') return values[0] < values[1]
  return name === '>' ? values[0] > values[1] : null
}

function numberOf(node: unknown): number | null {
  const constant = isTree(node) ? node['A_Const'] : undefined
  const integer = isTree(constant) ? constant['ival'] : undefined
  if (!isTree(integer)) return null
  const value = integer['ival']
  // The grammar's tree leaves a zero out.
  return typeof value === 'number' ? value : 0
}

/** The node as text, without the places in the source that tell two equal ones apart. */
function withoutPlaces(node: unknown): string | undefined {
  return JSON.stringify(node, (key, value: unknown) => (key === 'location' ? undefined : value))
}

const rowKinds = new Set(['ColumnRef', 'SubLink', 'FuncCall', 'CurrentOfExpr'])

/** A function may answer otherwise for each row, whatever it is given. */
function calls(node: unknown): boolean {
  return has(node, new Set(['FuncCall', 'SubLink']))
}

function dependsOnRow(node: unknown): boolean {
  return has(node, rowKinds)
}

function has(node: unknown, kinds: ReadonlySet<string>): boolean {
  if (Array.isArray(node)) return node.some((each) => has(each, kinds))
  return isTree(node) && fields(node).some(([kind, value]) => kinds.has(kind) || has(value, kinds))
}
