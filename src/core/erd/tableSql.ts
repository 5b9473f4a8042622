import { quoteName } from '../quote.ts'
import type {
  ModelColumn,
  ModelConstraint,
  ModelIndex,
  ModelPartition,
  ModelSequence,
  ModelTable,
  Need,
  Qualified,
} from './model.ts'
import { absent, collate, commentOn, nameOf, note, sequenceOptions } from './statement.ts'

/** What comes when all tables are there, in this order. */
export interface Late {
  defaults: { on: Qualified; column: string; expression: string; needs: readonly Need[] }[]
  constraints: { on: Qualified; constraint: ModelConstraint }[]
  indexes: { on: Qualified; index: ModelIndex }[]
  keys: { on: Qualified; constraint: ModelConstraint }[]
  /** Statements for columns that old rows may have null in. */
  notNull: string[]
}

/** What a table is made among. */
export interface Surroundings {
  late: Late
  isMade(need: Need): boolean
  /** Whether a constraint of the schema was given that name: PostgreSQL would choose another one by itself. */
  isGiven(constraint: Qualified): boolean
  /** The sequence of an identity column. */
  identity(table: Qualified, column: ModelColumn): ModelSequence | null
  /** A table that has been made, by its name. */
  parent(name: Qualified): ModelTable | null
}

/**
 * What makes a table, its partitions and its comments. Defaults and checks that need what is not there yet, keys to
 * other tables and indexes are put off.
 */
export function* tableSql(table: ModelTable, around: Surroundings): Generator<string> {
  const name = nameOf(table)
  // Columns that are all its own were there before it was given a parent; else their order would change.
  const joins =
    table.inherits.length > 0 && table.columns.length > 0 && table.columns.every(({ inherited }) => !inherited)
  const lines: string[] = []
  for (const column of table.columns) if (!column.inherited) lines.push(columnSql(table, column, around))
  for (const constraint of table.constraints) {
    if (isInline(constraint, around)) lines.push(`constraint ${quoteName(constraint.name)} ${constraint.definition}`)
    else putOff(table, constraint, around.late)
  }
  const body = lines.length === 0 ? '()' : `(\n  ${lines.join(',\n  ')}\n)`
  const parents = table.inherits.map(nameOf)
  const inherits = parents.length === 0 || joins ? '' : ` inherits (${parents.join(', ')})`
  const divided = table.partitionBy === null ? '' : ` partition by ${table.partitionBy}`
  yield `create ${table.unlogged ? 'unlogged ' : ''}table ${name} ${body}${inherits}${divided};\n`
  yield* identitySequences(table, around)
  if (joins) for (const parent of parents) yield `alter table ${name} inherit ${parent};\n`
  yield* inheritedColumns(table, around)
  yield* comments(
    'table',
    table,
    table.columns,
    table.constraints.filter((each) => isInline(each, around)),
  )
  for (const index of table.indexes) around.late.indexes.push({ on: table, index })
  for (const partition of table.partitions) yield* partitionSql(partition, table, table.columns, around)
}

function columnSql(table: ModelTable, column: ModelColumn, around: Surroundings): string {
  const { late, isMade, identity } = around
  const parts = [`${quoteName(column.name)} ${column.type}${collate(column.collation)}`]
  if (column.identity !== null) {
    const sequence = identity(table, column)
    // A sequence of another type than its column's, as `like … including identity` makes it, is told apart.
    const more = sequence?.type === column.type ? ` ${sequenceOptions(sequence)}` : ''
    const options = sequence === null ? '' : ` (sequence name ${nameOf(sequence)}${more})`
    const how = column.identity === 'always' ? 'always' : 'by default'
    parts.push(`generated ${how} as identity${options}`)
  } else if (column.generated !== null) {
    parts.push(`generated always as (${column.default}) ${column.generated}`)
  } else if (column.default !== null) {
    if (column.needs.every(isMade)) parts.push(`default ${column.default}`)
    else late.defaults.push({ on: table, column: column.name, expression: column.default, needs: column.needs })
  }
  if (column.notNull) {
    const usual = `${table.name}_${column.name}_not_null`
    const given = column.notNullName ?? (around.isGiven({ schema: table.schema, name: usual }) ? usual : null)
    const constraint = given === null ? '' : `constraint ${quoteName(given)} `
    if (column.notNullFlag === 'not valid') {
      late.notNull.push(
        `alter table only ${nameOf(table)} add ${constraint}not null ${quoteName(column.name)} not valid;\n`,
      )
    } else parts.push(`${constraint}not null${column.notNullFlag === null ? '' : ' no inherit'}`)
  }
  return parts.join(' ')
}

function* identitySequences(table: ModelTable, { identity }: Surroundings): Generator<string> {
  for (const column of table.columns) {
    const sequence = column.identity === null ? null : identity(table, column)
    if (sequence === null) continue
    const { type, comment } = sequence
    if (type !== column.type) yield `alter sequence ${nameOf(sequence)} as ${type} ${sequenceOptions(sequence)};\n`
    if (comment !== null) yield commentOn('sequence', nameOf(sequence), comment)
  }
}

/** What of the columns that the parents gave it is not as the parents have it. */
function* inheritedColumns(table: ModelTable, { late, isMade, parent }: Surroundings): Generator<string> {
  const parents = table.inherits.flatMap((each) => parent(each) ?? [])
  for (const column of table.columns) {
    if (!column.inherited) continue
    const given = parents.flatMap(({ columns }) => columns.find(({ name }) => name === column.name) ?? [])
    const inherited = given.find((each) => each.default !== null && each.needs.every(isMade))?.default ?? null
    if (column.generated === null) yield* changedColumn(table, column, inherited, { late, isMade })
    if (column.notNull && !given.some(({ notNull }) => notNull)) {
      yield `alter table only ${nameOf(table)} alter column ${quoteName(column.name)} set not null;\n`
    }
  }
}

function* changedColumn(
  on: Qualified,
  { name, default: expression, needs }: Pick<ModelColumn, 'name' | 'default' | 'needs'>,
  inherited: string | null,
  { late, isMade }: Pick<Surroundings, 'late' | 'isMade'>,
): Generator<string> {
  if (expression === inherited) return
  const column = `alter table only ${nameOf(on)} alter column ${quoteName(name)}`
  if (expression === null) yield `${column} drop default;\n`
  else if (needs.every(isMade)) yield `${column} set default ${expression};\n`
  else late.defaults.push({ on, column: name, expression, needs })
}

function* partitionSql(
  partition: ModelPartition,
  parent: Qualified,
  parentColumns: readonly Pick<ModelColumn, 'name' | 'default' | 'notNull' | 'needs'>[],
  around: Surroundings,
): Generator<string> {
  const { bound, partitionBy, server, unlogged, columns, constraints, indexes } = partition
  const name = nameOf(partition)
  if (server !== null) {
    yield note(`The partition ${name} is left out: it is a foreign table, and its server is not part of this.`)
    return
  }
  const divided = partitionBy === null ? '' : ` partition by ${partitionBy}`
  yield `create ${unlogged ? 'unlogged ' : ''}table ${name} partition of ${nameOf(parent)} ${bound}${divided};\n`
  const changed = new Map(columns.map((column) => [column.name, column]))
  const own = parentColumns.map((column) => ({ ...column, ...changed.get(column.name) }))
  for (const [index, column] of own.entries()) {
    const above = parentColumns[index]
    if (above === undefined || !changed.has(column.name)) continue
    const inherited = above.needs.every(around.isMade) ? above.default : null
    yield* changedColumn(partition, column, inherited, around)
    if (column.notNull && !above.notNull) {
      yield `alter table only ${name} alter column ${quoteName(column.name)} set not null;\n`
    }
  }
  for (const constraint of constraints) putOff(partition, constraint, around.late)
  for (const index of indexes) around.late.indexes.push({ on: partition, index })
  yield* comments('table', partition, columns, [])
  for (const each of partition.partitions) yield* partitionSql(each, partition, own, around)
}

function* comments(
  what: string,
  table: Qualified & { comment: string | null },
  columns: readonly Pick<ModelColumn, 'name' | 'comment'>[],
  constraints: readonly ModelConstraint[],
): Generator<string> {
  const name = nameOf(table)
  if (table.comment !== null) yield commentOn(what, name, table.comment)
  for (const column of columns) {
    if (column.comment !== null) yield commentOn('column', `${name}.${quoteName(column.name)}`, column.comment)
  }
  for (const each of constraints) yield* constraintComment(table, each)
}

function* constraintComment(on: Qualified, { name, comment }: ModelConstraint): Generator<string> {
  if (comment !== null) yield commentOn('constraint', `${quoteName(name)} on ${nameOf(on)}`, comment)
}

/**
 * A primary key, which views may group by, and checks. Of a new table PostgreSQL takes a check for valid, whatever is
 * said, and leaves out a unique constraint over the columns of another one: those come later.
 */
function isInline({ kind, valid, needs }: ModelConstraint, { isMade }: Pick<Surroundings, 'isMade'>): boolean {
  return kind === 'primary key' || (kind === 'check' && valid && needs.every(isMade))
}

function putOff(on: Qualified, constraint: ModelConstraint, late: Late): void {
  if (constraint.kind === 'foreign key') late.keys.push({ on, constraint })
  else late.constraints.push({ on, constraint })
}

/** What was put off; what needs something that is not there is named. */
export function* lateSql(late: Late, isMade: (need: Need) => boolean): Generator<string> {
  for (const { on, column, expression, needs } of late.defaults) {
    const missing = needs.find((need) => !isMade(need))
    if (missing === undefined) {
      yield `alter table only ${nameOf(on)} alter column ${quoteName(column)} set default ${expression};\n`
    } else yield note(`The default of ${nameOf(on)}.${quoteName(column)} is left out: ${absent(missing)}.`)
  }
  yield* late.notNull
  for (const { on, constraint } of late.constraints) yield* addConstraint(on, constraint, constraint.needs, isMade)
  for (const { on, index } of late.indexes) {
    const missing = index.needs.find((need) => !isMade(need))
    if (missing !== undefined) {
      yield note(`The index ${quoteName(on.schema, index.name)} is left out: ${absent(missing)}.`)
      continue
    }
    yield `create ${index.unique ? 'unique ' : ''}index ${quoteName(index.name)} on ${nameOf(on)} ${index.definition};\n`
    if (index.comment !== null) yield commentOn('index', quoteName(on.schema, index.name), index.comment)
  }
  for (const { on, constraint } of late.keys) {
    const { references } = constraint
    const needs: Need[] =
      references === null ? [] : [{ kind: 'relation', schema: references.schema, name: references.name }]
    yield* addConstraint(on, constraint, needs, isMade)
  }
}

function* addConstraint(
  on: Qualified,
  constraint: ModelConstraint,
  needs: readonly Need[],
  isMade: (need: Need) => boolean,
): Generator<string> {
  const missing = needs.find((need) => !isMade(need))
  if (missing !== undefined) {
    yield note(`The ${constraint.kind} ${quoteName(constraint.name)} of ${nameOf(on)} is left out: ${absent(missing)}.`)
    return
  }
  yield `alter table ${nameOf(on)} add constraint ${quoteName(constraint.name)} ${constraint.definition};\n`
  yield* constraintComment(on, constraint)
}
