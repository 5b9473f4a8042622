import { setImmediate as turn } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import type { Catalog, CatalogRoutine } from '../../core/catalog/catalog.ts'
import { toFault } from '../../core/fault.ts'
import { RelationsBuilder } from './build.ts'
import * as queries from './queries.ts'
import * as rows from './rows.ts'

/** Rows of one answer; checking them takes a few milliseconds, and then others have their turn. */
const pageRows = 2_000
/** How long a query may take, in milliseconds. */
const queryMs = 60_000
/** How long to wait for a table that somebody is changing, in milliseconds. */
const lockMs = 1_000

export interface Limits {
  readonly relations: number
  readonly columns: number
  readonly routines: number
}

/** Some hundred megabytes of memory at most. A database that has more is shown in part, and says so. */
export const usualLimits: Limits = { relations: 200_000, columns: 2_000_000, routines: 200_000 }

/**
 * Reads the catalog in one transaction. A part that the role may not read is left out with a note; without schemas,
 * relations and columns there is no catalog.
 *
 * @throws what the server answers where one of those cannot be read, and when the session is lost
 */
export async function readCatalog(client: pg.Client, limits: Limits = usualLimits): Promise<Catalog> {
  await client.query('begin isolation level repeatable read, read only')
  try {
    await client.query(`set local statement_timeout = ${queryMs}`)
    await client.query(`set local lock_timeout = ${lockMs}`)
    return await new Reading(client, limits).all()
  } finally {
    // The session is ended next; where it is lost, so is its transaction.
    await client.query('rollback').catch(() => undefined)
  }
}

class Reading {
  readonly #client: pg.Client
  readonly #limits: Limits
  readonly #notes: string[] = []

  constructor(client: pg.Client, limits: Limits) {
    this.#client = client
    this.#limits = limits
  }

  async all(): Promise<Catalog> {
    const { rows: first } = await this.#client.query(queries.head)
    const head = rows.headRow.parse(first[0])
    const schemas: z.output<typeof rows.schemaRow>[] = []
    await this.#each(queries.schemas, rows.schemaRow, (row) => schemas.push(row))
    const relations = await this.#relations()
    const routines = await this.#routines()
    const types = await this.#list('Types', queries.types, rows.typeRow)
    const extensions = await this.#list('Extensions', queries.extensions, rows.extensionRow)
    const roles = await this.#list('Roles', queries.roles, rows.roleRow)
    return {
      readAt: head.read_at,
      serverVersion: head.server_version,
      user: head.role,
      searchPath: head.search_path,
      schemas,
      relations,
      routines,
      types: types.flatMap(({ kind, labels, ...type }) =>
        kind === null ? [] : { ...type, kind, labels: labels ?? [] },
      ),
      extensions,
      roles,
      notes: this.#notes,
    }
  }

  async #relations() {
    const build = new RelationsBuilder()
    const { relations, columns } = this.#limits
    await this.#each(queries.relations, rows.relationRow, (row) => build.relation(row), ['relations', relations])
    await this.#each(queries.columns, rows.columnRow, (row) => build.column(row), ['columns', columns])
    await this.#part('Defaults of columns', () =>
      this.#each(queries.defaults, rows.defaultRow, (row) => build.default(row), ['defaults', columns]),
    )
    await this.#part('Keys', () => this.#each(queries.constraints, rows.constraintRow, (row) => build.constraint(row)))
    await this.#part('Indexes', () => this.#each(queries.indexes, rows.indexRow, (row) => build.index(row)))
    await this.#part('Triggers', () => this.#each(queries.triggers, rows.triggerRow, (row) => build.trigger(row)))
    await this.#part('Classifications', () => this.#sensitivity(build))
    return await build.finish(turn)
  }

  async #sensitivity(build: RelationsBuilder): Promise<void> {
    const { rows: first } = await this.#client.query(queries.hasSensitivity)
    const found = rows.hasSensitivityRow.optional().parse(first[0])
    if (found === undefined) return
    if (found.readable) await this.#each(queries.sensitivity, rows.sensitivityRow, (row) => build.sensitivity(row))
    else this.#notes.push('Classifications are not shown: this role may not read project_schema.metadata.')
  }

  async #routines(): Promise<CatalogRoutine[]> {
    const found: CatalogRoutine[] = []
    await this.#part('Functions', () =>
      this.#each(
        queries.routines,
        rows.routineRow,
        (row) => {
          const routine = routineOf(row)
          if (routine !== null) found.push(routine)
        },
        ['functions', this.#limits.routines],
      ),
    )
    return found
  }

  async #list<Row extends z.ZodType>(what: string, query: string, row: Row): Promise<z.output<Row>[]> {
    const found: z.output<Row>[] = []
    await this.#part(what, () => this.#each(query, row, (each) => found.push(each)))
    return found
  }

  /** Goes on without the part where the server refuses it: a catalog without comments is better than none. */
  async #part(what: string, read: () => Promise<void>): Promise<void> {
    await this.#client.query('savepoint part')
    try {
      await read()
      await this.#client.query('release savepoint part')
    } catch (thrown) {
      const { code, message } = toFault(thrown)
      if (code !== 'postgres') throw thrown
      await this.#client.query('rollback to savepoint part')
      this.#notes.push(`${what} could not be read: ${message}.`)
    }
  }

  /** Takes the rows in pages, so that a large catalog holds nobody up. */
  async #each<Row extends z.ZodType>(
    query: string,
    row: Row,
    take: (row: z.output<Row>) => void,
    [what, limit]: readonly [what: string, limit: number] = ['', Number.POSITIVE_INFINITY],
  ): Promise<void> {
    const page = z.array(row)
    await this.#client.query(`declare reading no scroll cursor for ${query}`)
    let taken = 0
    for (;;) {
      const { rows: fetched } = await this.#client.query(`fetch ${pageRows} from reading`)
      for (const each of page.parse(fetched)) {
        if (taken === limit) {
          this.#notes.push(`Only the first ${limit.toLocaleString('en')} ${what} are shown.`)
          break
        }
        take(each)
        taken += 1
      }
      if (fetched.length < pageRows || taken >= limit) break
    }
    await this.#client.query('close reading')
  }
}

function routineOf(row: z.output<typeof rows.routineRow>): CatalogRoutine | null {
  const { oid, schema, name, kind, result, comment } = row
  if (kind === null) return null
  const modes = (row.arg_modes ?? []).map((letter) => rows.argumentMode.parse(letter))
  const firstDefault = row.inputs - row.defaults
  let input = 0
  const args = (row.arg_types ?? []).map((type, at) => {
    const mode = modes[at] ?? 'in'
    const isInput = mode !== 'out' && mode !== 'table'
    const hasDefault = isInput && input >= firstDefault
    if (isInput) input += 1
    return { name: row.arg_names?.[at] ?? '', type, mode, hasDefault }
  })
  return { oid, schema, name, kind, args, result: kind === 'procedure' ? null : result, comment }
}
