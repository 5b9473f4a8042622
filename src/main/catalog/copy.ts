import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { z } from 'zod'
import {
  argumentModes,
  type Catalog,
  type CatalogRelation,
  relationKinds,
  routineKinds,
  typeKinds,
} from '../../core/catalog/catalog.ts'
import type { Cache } from '../cache/open.ts'

const compress = promisify(gzip)
const expand = promisify(gunzip)

/** Relations of one piece: writing or checking a piece takes a few milliseconds. */
const relationsAPart = 500
/** Databases of which a copy is kept. */
const mostCopies = 30
/** A piece that says it is larger than this is not one of ours, in bytes. */
const largestPart = 512 * 1024 * 1024

const text = z.string()
const comment = text.nullable()
const oid = z.int().min(0)
const names = z.array(text)

const relation: z.ZodType<CatalogRelation> = z.object({
  oid,
  schema: text,
  name: text,
  kind: z.enum(relationKinds),
  comment,
  sensitivity: comment,
  partitionOf: oid.nullable(),
  rowEstimate: z.number().nullable(),
  columns: z.array(
    z.object({
      name: text,
      type: text,
      notNull: z.boolean(),
      default: text.nullable(),
      identity: z.enum(['always', 'by default']).nullable(),
      generated: z.enum(['stored', 'virtual']).nullable(),
      comment,
      sensitivity: comment,
    }),
  ),
  primaryKey: names,
  uniqueKeys: z.array(names),
  foreignKeys: z.array(z.object({ name: text, columns: names, toRelation: oid, toColumns: names })),
  indexes: z.array(z.object({ oid, name: text, unique: z.boolean(), primary: z.boolean(), valid: z.boolean() })),
  triggers: z.array(z.object({ oid, name: text, enabled: z.boolean() })),
})

const head: z.ZodType<Omit<Catalog, 'relations'>> = z.object({
  readAt: text,
  serverVersion: z.int(),
  user: text,
  searchPath: names,
  schemas: z.array(z.object({ oid, name: text, comment, system: z.boolean() })),
  routines: z.array(
    z.object({
      oid,
      schema: text,
      name: text,
      kind: z.enum(routineKinds),
      args: z.array(z.object({ name: text, type: text, mode: z.enum(argumentModes), hasDefault: z.boolean() })),
      result: text.nullable(),
      comment,
    }),
  ),
  types: z.array(z.object({ oid, schema: text, name: text, kind: z.enum(typeKinds), labels: names, comment })),
  extensions: z.array(z.object({ name: text, version: text, schema: text, comment })),
  roles: z.array(z.object({ name: text, login: z.boolean(), superuser: z.boolean() })),
  notes: names,
})

const relations = z.array(relation)
const copyRow = z.object({ parts: z.int().min(1) })
const partRow = z.object({ content: z.instanceof(Uint8Array) })

export interface CatalogCopies {
  /** Replaces what was kept of the connection; of very many connections, the one that was not kept for longest goes. */
  keep(connection: string, catalog: Catalog): Promise<void>
  /** Undefined where nothing is kept, or where what is kept cannot be read: the server will tell it again. */
  read(connection: string): Promise<Catalog | undefined>
}

export function createCopies(cache: Cache): CatalogCopies {
  const { db } = cache
  const drop = db.prepare('delete from catalog_copy where connection = ?')
  const insert = db.prepare('insert into catalog_copy (connection, read_at, kept_at, parts) values (?, ?, ?, ?)')
  const insertPart = db.prepare('insert into catalog_part (connection, part, content) values (?, ?, ?)')
  const dropOldest = db.prepare(`
    delete from catalog_copy where connection in (
      select connection from catalog_copy order by kept_at desc limit -1 offset ?
    )`)
  const find = cache.query('select parts from catalog_copy where connection = ?', copyRow)
  const findPart = cache.query('select content from catalog_part where connection = ? and part = ?', partRow)

  async function content<T>(connection: string, part: number, shape: z.ZodType<T>): Promise<T> {
    const row = findPart.get(connection, part)
    if (row === undefined) throw new Error(`Part ${part} of a kept catalog is missing.`)
    return shape.parse(JSON.parse((await expand(row.content, { maxOutputLength: largestPart })).toString()))
  }

  return {
    keep: async (connection, { relations: all, ...rest }) => {
      const parts = [await compress(JSON.stringify(rest))]
      for (let from = 0; from < all.length; from += relationsAPart) {
        parts.push(await compress(JSON.stringify(all.slice(from, from + relationsAPart))))
      }
      cache.transaction(() => {
        drop.run(connection)
        insert.run(connection, rest.readAt, new Date().toISOString(), parts.length)
        for (const [part, bytes] of parts.entries()) insertPart.run(connection, part, bytes)
        dropOldest.run(mostCopies)
      })
    },
    read: async (connection) => {
      const copy = find.get(connection)
      if (copy === undefined) return undefined
      try {
        const kept: CatalogRelation[] = []
        const rest = await content(connection, 0, head)
        for (let part = 1; part < copy.parts; part += 1) {
          for (const each of await content(connection, part, relations)) kept.push(each)
          await turn()
        }
        return { ...rest, relations: kept }
      } catch {
        // Another version or a broken disk has written it, or another process is replacing it just now.
        return undefined
      }
    },
  }
}
