import type { Column } from './contract.ts'

/** What a value is to those who encode, compare or show it. Whatever is not known here is `text`. */
export type ValueKind =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'money'
  | 'boolean'
  | 'json'
  | 'bytes'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'time'
  | 'interval'
  | 'array'
  | 'text'

/** PostgreSQL's own types have the same oids in every database. */
const kinds = new Map<number, ValueKind>([
  [20, 'integer'],
  [21, 'integer'],
  [23, 'integer'],
  [26, 'integer'],
  [1700, 'decimal'],
  [700, 'float'],
  [701, 'float'],
  [790, 'money'],
  [16, 'boolean'],
  [114, 'json'],
  [3802, 'json'],
  [17, 'bytes'],
  [1082, 'date'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1083, 'time'],
  [1266, 'time'],
  [1186, 'interval'],
])

/** Arrays whose elements are taken apart: by the array's oid, what an element is. */
const elements = new Map<number, ValueKind>([
  [1000, 'boolean'],
  [1005, 'integer'],
  [1007, 'integer'],
  [1016, 'integer'],
  [1028, 'integer'],
  [1021, 'float'],
  [1022, 'float'],
  [1231, 'decimal'],
  [199, 'json'],
  [3807, 'json'],
  [1009, 'text'],
  [1014, 'text'],
  [1015, 'text'],
  [1003, 'text'],
  [2951, 'text'],
  [1182, 'date'],
  [1115, 'timestamp'],
  [1185, 'timestamptz'],
])

export function kindOf({ typeOid }: Pick<Column, 'typeOid'>): ValueKind {
  return elements.has(typeOid) ? 'array' : (kinds.get(typeOid) ?? 'text')
}

/** What the elements of an array are; `text` for whatever is not an array. */
export function elementKindOf({ typeOid }: Pick<Column, 'typeOid'>): ValueKind {
  return elements.get(typeOid) ?? 'text'
}

/** Types whose order is that of their texts, code point by code point, or whose texts are the only order that there is. */
const orderedAsText = new Set([...[25, 1043, 1042, 19, 18, 2950, 705, 829, 774, 1560, 1562, 142, 600, 2275]])

/**
 * Does the server put values of this type in an order of its own, which their texts do not tell: an enum by its labels, an
 * array by its elements, an address by its network?
 */
export function hasOwnOrder(column: Pick<Column, 'typeOid'>): boolean {
  const kind = kindOf(column)
  return kind === 'array' || (kind === 'text' && !orderedAsText.has(column.typeOid))
}

export function isNumeric(column: Pick<Column, 'typeOid'>): boolean {
  const kind = kindOf(column)
  return kind === 'integer' || kind === 'decimal' || kind === 'float' || kind === 'money'
}
