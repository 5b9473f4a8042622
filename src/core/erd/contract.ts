import { z } from 'zod'
import { call } from '../call.ts'
import { connectionId } from '../connection.ts'
import type { ExportEvent } from '../exportFile.ts'
import { modelFormats } from './format.ts'

const name = z.string().min(1).max(200)

export const modelExportInput = z.strictObject({
  connection: connectionId,
  format: z.enum(modelFormats),
  /** These schemas alone; none for all but the framework's own. */
  schemas: z.array(name).max(1_000).default([]),
  /** This table, or view, and what is around it. */
  table: name.max(500).nullable().default(null),
  /** How many foreign keys away others may be. */
  depth: z.int().min(0).max(100).default(1),
  /** The whole path, which the command line alone may name; `-` is its standard output. */
  path: z.string().min(1).max(4_096).optional(),
})
export type ModelExportInput = z.output<typeof modelExportInput>

export interface ModelExport {
  file: string
  bytes: number
  durationMs: number
  sha256: string
  tables: number
  views: number
  foreignKeys: number
  /** What is not in it, and what the role may not read: one sentence each. */
  remarks: string[]
}

export const erd = {
  /**
   * Writes what the database is made of into a file, whole or not at all. Reads the catalog alone, and no row of a
   * table. Null when the person chose no file.
   *
   * @throws Failure `not_found` for a schema or table that is not there
   */
  export: call(modelExportInput).emits<ExportEvent>().returns<ModelExport | null>(),
}
