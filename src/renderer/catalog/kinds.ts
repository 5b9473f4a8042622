import {
  Box,
  Columns2,
  Eye,
  Fingerprint,
  Folder,
  Globe,
  KeyRound,
  Layers,
  Link2,
  ListOrdered,
  type LucideIcon,
  Puzzle,
  ScanEye,
  Shapes,
  SquareFunction,
  Table2,
  TableProperties,
  User,
  Zap,
} from 'lucide-react'
import { relationKinds } from '../../core/catalog/catalog.ts'
import type { DefinedKind } from '../../core/catalog/contract.ts'
import type { NodeKind } from '../../core/catalog/tree.ts'
import { written } from '../../core/editor/completion/written.ts'

export const icons: Readonly<Record<NodeKind, LucideIcon>> = {
  schema: Box,
  folder: Folder,
  table: Table2,
  'partitioned table': TableProperties,
  view: Eye,
  'materialized view': ScanEye,
  'foreign table': Globe,
  sequence: ListOrdered,
  column: Columns2,
  'primary key': KeyRound,
  'unique key': Fingerprint,
  'foreign key': Link2,
  index: Layers,
  trigger: Zap,
  routine: SquareFunction,
  type: Shapes,
  extension: Puzzle,
  role: User,
}

/** What a definition can be asked for; a kind that is not here has none. */
export const defined: { readonly [K in NodeKind]?: DefinedKind } = {
  table: 'relation',
  'partitioned table': 'relation',
  view: 'relation',
  'materialized view': 'relation',
  'foreign table': 'relation',
  sequence: 'relation',
  index: 'index',
  trigger: 'trigger',
  routine: 'routine',
  type: 'type',
}

const readable: ReadonlySet<NodeKind> = new Set(relationKinds)

/** Rows can be selected from it. */
export function isReadable(kind: NodeKind): boolean {
  return readable.has(kind)
}

/** Folders and keys have no name of their own that SQL would know. */
export function isNamed(kind: NodeKind): boolean {
  return kind !== 'folder' && kind !== 'primary key' && kind !== 'unique key'
}

/** Schemas, extensions and roles stand in no schema; a column's name is used alone. */
export function nameInSql({ kind, schema, name }: { kind: NodeKind; schema: string | null; name: string }): string {
  const isAlone = kind === 'column' || kind === 'foreign key' || kind === 'trigger' || kind === 'extension'
  return schema === null || isAlone ? written(name) : `${written(schema)}.${written(name)}`
}

/** Rows of a look into a relation. */
const glanceRows = 1_000

export function selectRows(name: string): string {
  return `select *\nfrom ${name}\nlimit ${glanceRows};\n`
}

export function countRows(name: string): string {
  return `select count(*)\nfrom ${name};\n`
}
