import { setImmediate as turn } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import { type Model, type ModelRoutine, modelVersion } from '../../core/erd/model.ts'
import { Failure, toFault } from '../../core/fault.ts'
import { Build } from './build.ts'
import { Dependencies } from './dependencies.ts'
import * as queries from './queries.ts'
import * as rows from './rows.ts'

/** Rows of one answer; checking them takes a few milliseconds, and then others have their turn. */
const pageRows = 2_000
/** Views whose locks are held together. */
const pageViews = 200
/** How long a query may take, in milliseconds. */
const queryMs = 60_000
/** How long to wait for a table that somebody is changing, in milliseconds. */
const lockMs = 3_000

/** What PostgreSQL's own functions for definitions heed: the same object gives the same text in any session. */
const settings = `
  set local search_path = pg_catalog; set local quote_all_identifiers = off; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex'`

/**
 * Reads what a database is made of, in one transaction and a fixed number of queries. The catalog of `main/catalog` is
 * another thing: it has the names of everything, PostgreSQL's own too, for completion and the object tree, is asked
 * often, and goes on without a part that cannot be read. A model has the definitions, of what people made alone, and
 * is whole or is not there: a script with a default missing would lie.
 *
 * @param origin see `Model.origin`
 * @throws Failure `unavailable` where somebody holds a table for long; what the server answers otherwise
 */
export async function readModel(client: pg.Client, origin: string | null, signal?: AbortSignal): Promise<Model> {
  await client.query('begin isolation level repeatable read, read only')
  try {
    await client.query(`set local statement_timeout = ${queryMs}; set local lock_timeout = ${lockMs}; ${settings}`)
    return await new Reading(client, signal).all(origin)
  } catch (thrown) {
    throw explained(thrown)
  } finally {
    // The session is ended next; where it is lost, so is its transaction.
    await client.query('rollback').catch(() => undefined)
  }
}

const lockNotAvailable = '55P03'

function explained(thrown: unknown): unknown {
  const fault = toFault(thrown)
  if (fault.sqlstate !== lockNotAvailable) return thrown
  return new Failure(
    {
      ...fault,
      code: 'unavailable',
      message: `What the database is made of could not be read: ${fault.message}.`,
      hint: 'Somebody is changing a table or a view in a transaction that is still open. Try again when it has ended.',
    },
    { cause: thrown },
  )
}

class Reading {
  readonly #client: pg.Client
  readonly #signal: AbortSignal | undefined
  readonly #notes: string[] = []

  constructor(client: pg.Client, signal: AbortSignal | undefined) {
    this.#client = client
    this.#signal = signal
  }

  async all(origin: string | null): Promise<Model> {
    const [head] = await this.#list(queries.head, rows.headRow)
    if (head === undefined) throw new Error('The server did not say what it is.')
    const schemas = await this.#list(queries.schemas, rows.schemaRow)
    const extensions = await this.#list(queries.extensions, rows.extensionRow)
    const relations = await this.#list(queries.relations, rows.relationRow)
    const parts = {
      relations,
      columns: await this.#list(queries.columns, rows.columnRow),
      partitionColumns: await this.#list(queries.partitionColumns, rows.partitionColumnRow),
      partitionNames: await this.#list(queries.partitionNames, rows.columnNameRow),
      constraints: await this.#list(queries.constraints, rows.constraintRow),
      indexes: await this.#list(queries.indexes, rows.indexRow),
      views: await this.#views(),
      types: await this.#list(queries.types, rows.typeRow),
      sequences: await this.#list(queries.sequences, rows.sequenceRow),
      sensitivity: await this.#sensitivity(),
    }
    const dependencies = new Dependencies(await this.#list(queries.dependencies, rows.dependencyRow))
    const oids = dependencies.routineOids()
    const routines = oids.length === 0 ? [] : await this.#list(queries.routines, rows.routineRow, [oids])
    for (const relation of relations) dependencies.relation(relation)
    for (const sequence of parts.sequences) dependencies.sequence(sequence)
    for (const type of parts.types) dependencies.type(type)
    for (const routine of routines) dependencies.routine(routine)
    for (const row of await this.#list(queries.collations, rows.collationRow)) dependencies.collation(row)
    const build = new Build(parts, dependencies)
    return {
      format: 'pgsteward.model',
      version: modelVersion,
      ...head,
      origin,
      notes: this.#notes,
      schemas,
      extensions,
      types: build.types(),
      sequences: build.sequences(),
      routines: routines.map(
        ({ kind: _, ...routine }): ModelRoutine => ({ ...routine, needs: dependencies.of('routine', routine.oid) }),
      ),
      tables: build.tables(),
      views: build.views(),
    }
  }

  /** Page by page, each in a savepoint that is undone: so their locks are not held to the end. */
  async #views(): Promise<Map<number, string | null>> {
    const found = new Map<number, string | null>()
    for (let after = 0; ; ) {
      await this.#client.query('savepoint page')
      const page = await this.#list(queries.views, rows.viewRow, [after, pageViews])
      await this.#client.query('rollback to savepoint page')
      for (const { oid, definition } of page) found.set(oid, definition)
      const last = page.at(-1)
      if (last === undefined || page.length < pageViews) return found
      after = last.oid
    }
  }

  async #sensitivity() {
    const [found] = await this.#list(queries.hasSensitivity, rows.hasSensitivityRow)
    if (found === undefined) return []
    if (found.readable) return await this.#list(queries.sensitivity, rows.sensitivityRow)
    this.#notes.push('Classifications are not in it: this role may not read project_schema.metadata.')
    return []
  }

  /** Takes the rows in pages, so that a large catalog holds nobody up. */
  async #list<Row extends z.ZodType>(query: string, row: Row, values: unknown[] = []): Promise<z.output<Row>[]> {
    const found: z.output<Row>[] = []
    await this.#client.query(
      `declare reading no scroll cursor for select row_to_json(q)::text as value from (${query}) as q`,
      values,
    )
    for (;;) {
      this.#signal?.throwIfAborted()
      const answer = await this.#client.query(`fetch ${pageRows} from reading`)
      for (const { value } of valueRows.parse(answer.rows)) found.push(row.parse(JSON.parse(value)))
      if (answer.rows.length < pageRows) break
      await turn()
    }
    await this.#client.query('close reading')
    return found
  }
}

const valueRows = z.array(z.object({ value: z.string() }))
