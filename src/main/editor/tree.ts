/** A node of a parse tree, or a part of one. PostgreSQL's grammar has hundreds of kinds: a walk goes over all alike. */
export type Tree = Readonly<Record<string, unknown>>

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function fields(tree: Tree): [string, unknown][] {
  return Object.entries(tree)
}

export function textAt(tree: Tree, key: string): string | undefined {
  const value = tree[key]
  return typeof value === 'string' ? value : undefined
}

export function treesAt(tree: Tree, key: string): Tree[] {
  const value = tree[key]
  return Array.isArray(value) ? value.filter(isTree) : []
}

/** The text that a node stands for: a constant of SQL, or the grammar's own text. */
export function textOf(node: unknown): string | null {
  if (!isTree(node)) return null
  const constant = node['A_Const']
  if (isTree(constant)) return textOf({ String: constant['sval'] })
  const text = node['String']
  return isTree(text) ? (textAt(text, 'sval') ?? '') : null
}

/** The parts of an object's name, however the grammar writes it: a list, a function with arguments, a type. */
export function nameParts(object: Tree): string[] {
  const single = textOf(object)
  if (single !== null) return [single]
  const list = object['List']
  if (isTree(list)) return treesAt(list, 'items').flatMap(nameParts)
  const routine = object['ObjectWithArgs']
  if (isTree(routine)) return treesAt(routine, 'objname').flatMap(nameParts)
  const type = object['TypeName']
  return isTree(type) ? treesAt(type, 'names').flatMap(nameParts) : []
}
