import { z } from 'zod'

// The rows of the queries. Each comes as one JSON text, so that numbers, lists and null are what they are.

const text = z.string()
const optional = z.string().nullable()
const number = z.int()
const numbers = z.array(number).nullable()
const flag = z.boolean()

export const headRow = z.object({ readAt: text, serverVersion: number, database: text })

export const schemaRow = z.object({ oid: number, name: text, comment: optional, readable: flag })

export const extensionRow = z.object({ name: text, schema: text, version: text })

export const relationRow = z.object({
  oid: number,
  schema: text,
  name: text,
  kind: z.enum(['r', 'p', 'v', 'm', 'f']),
  comment: optional,
  unlogged: flag,
  options: z.array(text).nullable(),
  rowEstimate: z.number().nullable(),
  readable: flag,
  partitionOf: number.nullable(),
  bound: optional,
  partitionBy: optional,
  inherits: numbers,
  server: optional,
})

export const columnRow = z.object({
  relation: number,
  number,
  name: text,
  type: text,
  typeOid: number.nullable(),
  collation: optional,
  notNull: flag,
  notNullName: optional,
  notNullFlag: z.enum(['no inherit', 'not valid']).nullable(),
  default: optional,
  generated: z.enum(['stored', 'virtual']).nullable(),
  identity: z.enum(['always', 'by default']).nullable(),
  inherited: flag,
  comment: optional,
})

export const partitionColumnRow = z.object({
  relation: number,
  number,
  name: text,
  default: optional,
  notNull: flag,
  comment: optional,
})

export const columnNameRow = z.object({ relation: number, number, name: text })

export const collationRow = z.object({ oid: number, schema: text, name: text })

export const constraintRow = z.object({
  oid: number,
  relation: number,
  name: text,
  kind: z.enum(['p', 'u', 'c', 'x', 'f']),
  definition: text,
  columns: numbers,
  toRelation: number.nullable(),
  toColumns: numbers,
  match: text,
  onUpdate: text,
  onDelete: text,
  deferrable: flag,
  deferred: flag,
  valid: flag,
  comment: optional,
})

export const indexRow = z.object({
  oid: number,
  relation: number,
  name: text,
  method: text,
  unique: flag,
  valid: flag,
  comment: optional,
  definition: text,
  columns: numbers,
  keys: z.array(text).nullable(),
  predicate: optional,
})

export const viewRow = z.object({ oid: number, definition: optional })

export const typeRow = z.object({
  oid: number,
  schema: text,
  name: text,
  kind: text,
  relation: number,
  relationKind: optional,
  arrayOid: number.nullable(),
  comment: optional,
  isArray: flag,
  ofExtension: flag,
  labels: z.array(text).nullable(),
  baseType: optional,
  collation: optional,
  notNull: flag,
  default: optional,
  constraints: z.array(z.strictObject({ name: text, definition: text, comment: optional })).nullable(),
  attributes: z.array(z.strictObject({ name: text, type: text, collation: optional, comment: optional })).nullable(),
  operatorClass: optional,
  canonical: optional,
  difference: optional,
  multirangeOid: number.nullable(),
  multirange: optional,
})

export const sequenceRow = z.object({
  oid: number,
  schema: text,
  name: text,
  type: text,
  start: text,
  increment: text,
  minimum: text,
  maximum: text,
  cache: text,
  cycle: flag,
  comment: optional,
  ownerRelation: number.nullable(),
  ownerColumn: number.nullable(),
  identity: flag.nullable(),
})

export const dependencyRow = z.object({
  class: text,
  fromKind: optional,
  from: number,
  part: number.nullable(),
  toClass: text,
  to: number,
})

export const routineRow = z.object({
  oid: number,
  schema: text,
  name: text,
  kind: text,
  definition: optional,
  comment: optional,
})

export const hasSensitivityRow = z.object({ readable: flag })

export const sensitivityRow = z.object({
  schema: text,
  name: text,
  column: optional,
  classification: optional,
  tags: z.array(text),
})
