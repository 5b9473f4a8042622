import type { Catalog, CatalogRelation, CatalogRoutine, RelationKind } from './catalog.ts'

export type NodeKind =
  | 'schema'
  | 'folder'
  | RelationKind
  | 'column'
  | 'primary key'
  | 'unique key'
  | 'foreign key'
  | 'index'
  | 'trigger'
  | 'routine'
  | 'type'
  | 'extension'
  | 'role'

/** One line of the tree. */
export interface TreeRow {
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  /** What stands behind the name: a column's type, how many objects a folder has. */
  readonly detail: string | null
  readonly comment: string | null
  readonly sensitivity: string | null
  /** From 1. */
  readonly level: number
  /** Among its siblings, from 1. */
  readonly position: number
  readonly siblings: number
  /** The index, in the whole tree, of the row that this one belongs to; null at the top. */
  readonly parent: number | null
  /** Null for what holds nothing. */
  readonly expanded: boolean | null
  /** The object's schema; null for what has none. */
  readonly schema: string | null
  /** The object's oid; null for columns, keys and folders. */
  readonly oid: number | null
}

/** A node before anybody knows where it will stand. */
interface Node {
  id: string
  kind: NodeKind
  name: string
  detail?: string | null
  comment?: string | null
  sensitivity?: string | null
  schema?: string | null
  oid?: number | null
  /** Made when it is opened; absent for what holds nothing. */
  children?: () => readonly Node[]
}

/** What of the tree is open. */
export interface TreeView {
  readonly expanded: ReadonlySet<string>
  /** Words that names must hold; empty for the whole tree. */
  readonly search: string
}

export interface TreePart {
  rows: TreeRow[]
  total: number
}

/** As many objects a search shows; whoever sees so many types another letter. */
export const mostFound = 1_000

const folders: readonly (readonly [title: string, kinds: readonly RelationKind[]])[] = [
  ['Tables', ['table', 'partitioned table']],
  ['Views', ['view']],
  ['Materialized views', ['materialized view']],
  ['Foreign tables', ['foreign table']],
  ['Sequences', ['sequence']],
]

/** The object tree of one catalog. Made once for each reading; windows are cut out of it as they are asked for. */
export class Tree {
  readonly #catalog: Catalog
  readonly #top: readonly Node[]
  readonly #partitions = new Map<number, CatalogRelation[]>()
  #names: Map<number, string> | null = null
  /** The search that was asked last: windows of one search come one after the other. */
  #found: { search: string; nodes: readonly Node[] } | null = null
  #searched: readonly Searched[] | null = null

  constructor(catalog: Catalog) {
    this.#catalog = catalog
    for (const relation of catalog.relations) {
      if (relation.partitionOf === null) continue
      const siblings = this.#partitions.get(relation.partitionOf)
      if (siblings === undefined) this.#partitions.set(relation.partitionOf, [relation])
      else siblings.push(relation)
    }
    const bySchema = <T extends { schema: string }>(items: readonly T[]) => Map.groupBy(items, ({ schema }) => schema)
    const relations = bySchema(catalog.relations.filter(({ partitionOf }) => partitionOf === null))
    const routines = bySchema(catalog.routines)
    const types = bySchema(catalog.types)
    // The schemas that one works in come first, PostgreSQL's own last.
    const rank = ({ name, system }: { name: string; system: boolean }): number => {
      const searched = catalog.searchPath.indexOf(name)
      return system ? 2 : searched === -1 ? 1 : 0
    }
    const schemas = catalog.schemas.toSorted((a, b) => rank(a) - rank(b))
    this.#top = [
      ...schemas.map(
        ({ oid, name, comment }): Node => ({
          id: `s${oid}`,
          kind: 'schema',
          name,
          comment,
          oid,
          children: once(() => [
            ...folders.flatMap(([title, kinds]) =>
              this.#folder(
                `s${oid} ${title}`,
                title,
                (relations.get(name) ?? []).filter(({ kind }) => kinds.includes(kind)),
                (relation) => this.#relation(relation),
              ),
            ),
            ...this.#folder(`s${oid} Functions`, 'Functions', routines.get(name) ?? [], routineNode),
            ...this.#folder(
              `s${oid} Types`,
              'Types',
              types.get(name) ?? [],
              ({ oid: type, kind, ...rest }): Node => ({
                id: `t${type}`,
                kind: 'type',
                name: rest.name,
                detail: kind === 'enum' ? `enum (${rest.labels.join(', ')})` : kind,
                comment: rest.comment,
                schema: rest.schema,
                oid: type,
              }),
            ),
          ]),
        }),
      ),
      ...this.#folder('extensions', 'Extensions', catalog.extensions, ({ name, version, comment, schema }) => ({
        id: `x ${name}`,
        kind: 'extension',
        name,
        detail: version,
        comment,
        schema,
      })),
      ...this.#folder('roles', 'Roles', catalog.roles, ({ name, login, superuser }) => ({
        id: `o ${name}`,
        kind: 'role',
        name,
        detail: superuser ? 'superuser' : login ? 'may log in' : 'group',
      })),
    ]
  }

  /** The rows from `from` on, at most `count`. */
  window({ expanded, search }: TreeView, from: number, count: number): TreePart {
    const words = search.trim()
    const top = words === '' ? this.#top : this.#search(words)
    const rows: TreeRow[] = []
    let total = 0
    const walk = (nodes: readonly Node[], level: number, parent: number | null): void => {
      for (const [index, node] of nodes.entries()) {
        const at = total
        total += 1
        const open = node.children === undefined ? null : words !== '' && level === 1 ? true : expanded.has(node.id)
        if (at >= from && at < from + count) {
          rows.push({
            id: node.id,
            kind: node.kind,
            name: node.name,
            detail: node.detail ?? null,
            comment: node.comment ?? null,
            sensitivity: node.sensitivity ?? null,
            level,
            position: index + 1,
            siblings: nodes.length,
            parent,
            expanded: open,
            schema: node.schema ?? null,
            oid: node.oid ?? null,
          })
        }
        if (open === true) walk(node.children?.() ?? [], level + 1, at)
      }
    }
    walk(top, 1, null)
    return { rows, total }
  }

  /** A folder is not there where it would be empty. */
  #folder<T>(id: string, name: string, items: readonly T[], node: (item: T) => Node): Node[] {
    if (items.length === 0) return []
    return [
      {
        id,
        kind: 'folder',
        name,
        detail: items.length.toLocaleString('en'),
        children: once(() => items.map(node)),
      },
    ]
  }

  #relation(relation: CatalogRelation): Node {
    const { oid, schema, name, kind, comment, sensitivity, rowEstimate } = relation
    const id = `r${oid}`
    const holds = kind !== 'sequence'
    return {
      id,
      kind,
      name,
      detail: rowEstimate === null ? null : `~${shortCount(rowEstimate)}`,
      comment,
      sensitivity,
      schema,
      oid,
      ...(holds && { children: once(() => this.#parts(relation, id)) }),
    }
  }

  #parts(relation: CatalogRelation, id: string): Node[] {
    const { columns, primaryKey, uniqueKeys, foreignKeys, indexes, triggers, schema } = relation
    const keys: Node[] = [
      ...(primaryKey.length === 0
        ? []
        : [{ id: `${id} pk`, kind: 'primary key' as const, name: primaryKey.join(', '), detail: 'primary key' }]),
      ...uniqueKeys.map(
        (key, at): Node => ({ id: `${id} u${at}`, kind: 'unique key', name: key.join(', '), detail: 'unique' }),
      ),
      ...foreignKeys.map(
        ({ name, columns: from, toRelation, toColumns }, at): Node => ({
          id: `${id} f${at}`,
          kind: 'foreign key',
          name,
          detail: `${from.join(', ')} → ${this.#nameOf(toRelation)} (${toColumns.join(', ')})`,
        }),
      ),
    ]
    return [
      ...columns.map((column, at): Node => {
        const { name, type, notNull, comment, sensitivity } = column
        const isKey = primaryKey.includes(name)
        return {
          id: `${id} c${at}`,
          kind: 'column',
          name,
          detail: [type, isKey ? 'key' : notNull ? 'not null' : ''].filter(Boolean).join(' · '),
          comment,
          sensitivity,
          schema,
        }
      }),
      ...this.#folder(`${id} keys`, 'Keys', keys, (node) => node),
      ...this.#folder(`${id} indexes`, 'Indexes', indexes, ({ oid, name, unique, primary, valid }) => ({
        id: `i${oid}`,
        kind: 'index',
        name,
        detail: [primary ? 'primary key' : unique ? 'unique' : '', valid ? '' : 'not valid']
          .filter(Boolean)
          .join(' · '),
        schema,
        oid,
      })),
      ...this.#folder(`${id} triggers`, 'Triggers', triggers, ({ oid, name, enabled }) => ({
        id: `g${oid}`,
        kind: 'trigger',
        name,
        detail: enabled ? null : 'switched off',
        schema,
        oid,
      })),
      ...this.#folder(`${id} partitions`, 'Partitions', this.#partitions.get(relation.oid) ?? [], (partition) =>
        this.#relation(partition),
      ),
    ]
  }

  #nameOf(oid: number): string {
    this.#names ??= new Map(this.#catalog.relations.map((each) => [each.oid, `${each.schema}.${each.name}`]))
    return this.#names.get(oid) ?? `oid ${oid}`
  }

  /** Everything that is searched, in lower case once and for all: a key is answered from it. */
  #searchedNames(): Searched[] {
    const { relations, routines, types } = this.#catalog
    return [
      ...relations.map((relation) => {
        const columns = relation.columns.map(({ name }) => name).join(between)
        return searchedName(relation.schema, relation.name, columns, () => this.#relation(relation))
      }),
      ...routines.map((routine) => searchedName(routine.schema, routine.name, '', () => routineNode(routine))),
      ...types.map(({ oid, schema, name, kind, comment }) =>
        searchedName(schema, name, '', () => ({
          id: `t${oid}`,
          kind: 'type',
          name,
          detail: kind,
          comment,
          schema,
          oid,
        })),
      ),
    ]
  }

  /** What has every word in its qualified name, or a column that has; by schema. */
  #search(search: string): readonly Node[] {
    if (this.#found?.search === search) return this.#found.nodes
    this.#searched ??= this.#searchedNames()
    const words = search
      .toLowerCase()
      .split(/[\s.]+/)
      .filter(Boolean)
    // The best first: the whole name, its beginning, a part of it, a column.
    const found: Searched[][] = [[], [], [], []]
    for (const each of this.#searched) found[weightOf(each, words) ?? none]?.push(each)
    const bySchema = Map.groupBy(found.flat().slice(0, mostFound), ({ schema }) => schema)
    const { schemas } = this.#catalog
    const system = new Set(schemas.filter((schema) => schema.system).map(({ name }) => name))
    const nodes = schemas
      .toSorted((a, b) => Number(system.has(a.name)) - Number(system.has(b.name)))
      .flatMap(({ oid, name, comment }): Node[] => {
        const mine = bySchema.get(name)
        if (mine === undefined) return []
        const children = mine.map((each) => each.node())
        return [{ id: `s${oid}`, kind: 'schema', name, comment, oid, children: () => children }]
      })
    this.#found = { search, nodes }
    return nodes
  }
}

/** Something that can be searched for. All texts are in lower case. */
interface Searched {
  readonly schema: string
  readonly name: string
  /** With its schema. */
  readonly qualified: string
  /** The names of its columns, each on a line of its own. */
  readonly columns: string
  node(): Node
}

/** No word holds a line end, so that none is found across two names. */
const between = '\n'
const none = -1

function searchedName(schema: string, name: string, columns: string, node: () => Node): Searched {
  return {
    schema,
    name: name.toLowerCase(),
    qualified: `${schema}${between}${name}`.toLowerCase(),
    columns: columns.toLowerCase(),
    node,
  }
}

/** How well it fits, 0 being best; null where it does not. */
function weightOf({ name, qualified, columns }: Searched, words: readonly string[]): number | null {
  const others = words.filter((word) => !qualified.includes(word))
  if (others.length === 0) {
    const last = words.at(-1) ?? ''
    return name === last ? 0 : name.startsWith(last) ? 1 : 2
  }
  if (!others.every((word) => columns.includes(word))) return null
  const isOne =
    others.length === 1 || columns.split(between).some((each) => others.every((word) => each.includes(word)))
  return isOne ? 3 : null
}

function routineNode({ oid, schema, name, kind, args, result, comment }: CatalogRoutine): Node {
  const inputs = args.filter(({ mode }) => mode !== 'out' && mode !== 'table').map(({ type }) => type)
  return {
    id: `f${oid}`,
    kind: 'routine',
    name,
    detail: `(${inputs.join(', ')})${kind === 'procedure' ? ' procedure' : result === null ? '' : ` → ${result}`}`,
    comment,
    schema,
    oid,
  }
}

/** Nodes below are made when they are first looked at, and then kept. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** `1,234` up to a thousand and some, then `56k`, `7.8M`, `9.1B`. */
function shortCount(count: number): string {
  return count < 10_000
    ? Math.round(count).toLocaleString('en')
    : new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(count)
}
