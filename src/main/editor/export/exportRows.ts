import type { z } from 'zod'
import type { Column, Row } from '../../../core/editor/contract.ts'
import { insertEncoder } from '../../../core/editor/encode/insert.ts'
import { jsonEncoder } from '../../../core/editor/encode/json.ts'
import { markdownEncoder } from '../../../core/editor/encode/markdown.ts'
import {
  type ExportEvent,
  type ExportFormat,
  type ExportOutcome,
  type exportInput,
  factsOf,
} from '../../../core/editor/export.ts'
import { fileNameOf, onOneLine } from '../../../core/exportFile.ts'
import { Failure, toFault } from '../../../core/fault.ts'
import { type Database, demandReasonsFor } from '../../connections/index.ts'
import type { OpenRecord, Recorder } from '../../history/index.ts'
import type { Host, SaveTarget } from '../../host.ts'
import { type WriteBytes, writeWhole } from '../../writeWhole.ts'
import type { WireRows } from '../rowBytes.ts'
import { nameOf, readScript, redactedText, type Script } from '../script.ts'
import type { Large } from '../storedRow.ts'
import type { CopyAgain } from './copyAgain.ts'
import { writeCsv } from './csv.ts'
import { parquetWriter } from './parquet.ts'
import { type FormatWriter, textWriter } from './writer.ts'
import { xlsxWriter } from './xlsx.ts'

/** What is exported. */
export interface ExportSource {
  /** The statement that made the rows, as it was sent. */
  sql: string
  columns: readonly Column[]
  /** How its dates are written, as PostgreSQL calls it. */
  dateStyle: string
  /** The operation that ran it. */
  operation: string
  /** All rows, from the first one. May throw after some of them. */
  read(signal: AbortSignal): AsyncIterable<readonly Row[]>
  /** The same as they are kept, good until one waits for something. */
  bytes(signal: AbortSignal): AsyncIterable<WireRows>
  /** A value that stands apart from them, in UTF-8. */
  pieces(value: Large): Iterable<Buffer>
  /** Makes ready to run the query again; a sentence where that is not to be. */
  again(): Promise<CopyAgain | string>
}

export interface ExportContext {
  database: Database
  recorder: Recorder
  saveFile: Host['saveFile']
  signal: AbortSignal
  emit(event: ExportEvent): void
}

type ExportInput = Omit<z.output<typeof exportInput>, 'result'>

/** The SQLSTATE of a statement that somebody cancelled. */
const queryCanceled = '57014'

/** Progress is told this often, in milliseconds. */
const progressMs = 200

/**
 * Writes a result into a file, whole or not at all, as an operation of its own: data that leaves a database is what an
 * auditor asks for. Null when the person chose no place for the file.
 *
 * @throws Failure saying why there is no file
 */
export async function exportRows(
  input: ExportInput,
  source: ExportSource,
  context: ExportContext,
): Promise<ExportOutcome | null> {
  demandReasonsFor('exports', context.database, input)
  const { extension, mediaType, name: kind } = factsOf(input.format)
  const script = await readScript(source.sql, context.signal)
  const fileName = fileNameOf(input.fileName || 'result', extension)
  const target = await context.saveFile({ fileName, mediaType, kind: { name: kind, extension }, path: input.path })
  if (target === null) return null
  const again = input.rows === 'again' ? await source.again() : null
  const isAgain = again !== null && typeof again !== 'string'
  try {
    return await recorded(input, source, target, script, again, context)
  } finally {
    if (isAgain) await again.close()
  }
}

async function recorded(
  input: ExportInput,
  source: ExportSource,
  target: SaveTarget,
  script: Script,
  again: CopyAgain | string | null,
  context: ExportContext,
): Promise<ExportOutcome> {
  const { name: kind } = factsOf(input.format)
  const run = again === null || typeof again === 'string' ? '' : ', run again'
  const record = await context.recorder.begin(context.database, {
    sql: `-- export as ${kind} to ${onOneLine(target.file)}, of the result of operation ${source.operation}${run}\n${redactedText(script)}`,
    name: `Export as ${kind}: ${nameOf(script, undefined)}`,
    type: 'EXPORT',
    category: 'SELECT',
    reasons: input,
    filePath: target.file,
  })
  return await new Exporting(input.format, source, again, target, record, context).run()
}

/** One export under way. */
class Exporting {
  readonly #format: ExportFormat
  readonly #source: ExportSource
  readonly #again: CopyAgain | string | null
  readonly #target: SaveTarget
  readonly #record: OpenRecord
  readonly #context: ExportContext
  readonly #startedAt = performance.now()
  #rows = 0
  #bytes = 0
  #toldAt = 0

  constructor(
    format: ExportFormat,
    source: ExportSource,
    again: CopyAgain | string | null,
    target: SaveTarget,
    record: OpenRecord,
    context: ExportContext,
  ) {
    this.#format = format
    this.#source = source
    this.#again = again
    this.#target = target
    this.#record = record
    this.#context = context
  }

  async run(): Promise<ExportOutcome> {
    try {
      const { remarks, sha256 } = await this.#write()
      this.#end('COMPLETED', null, sha256)
      const { recorded, fault } = await this.#record.keeping()
      return {
        operation: this.#record.operation,
        file: this.#target.file,
        rows: this.#rows,
        bytes: this.#bytes,
        durationMs: this.#elapsedMs,
        sha256,
        remarks,
        recorded,
        recordingFault: fault,
      }
    } catch (thrown) {
      const failure = this.#explain(thrown)
      this.#end('FAILED', failure, null)
      throw failure
    }
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedAt
  }

  async #write(): Promise<{ remarks: string[]; sha256: string }> {
    const { signal, emit } = this.#context
    emit({ kind: 'started', operation: this.#record.operation, file: this.#target.file })
    if (this.#target.url !== null) emit({ kind: 'download', url: this.#target.url })
    const { value: remarks, sha256 } = await writeWhole(this.#target, signal, (write) =>
      this.#rowsTo(async (bytes) => {
        await write(bytes)
        this.#bytes += bytes.length
      }),
    )
    return { remarks, sha256 }
  }

  async #rowsTo(write: WriteBytes): Promise<string[]> {
    const again = this.#again
    if (again === null || typeof again === 'string') {
      const remarks = await this.#shownTo(write)
      return again === null ? remarks : [...remarks, `The rows are those of the result: ${again}`]
    }
    if (this.#format.kind === 'csv' && this.#format.byteOrderMark) await write(Buffer.from('\ufeff'))
    this.#rows = await again.write(async (bytes) => {
      await write(bytes)
      this.#tell()
    }, this.#context.signal)
    return ['The query was run again, in one snapshot.']
  }

  async #shownTo(write: WriteBytes): Promise<string[]> {
    const { columns, dateStyle, read, bytes, pieces } = this.#source
    const { signal } = this.#context
    if (this.#format.kind === 'csv') {
      const rows = this.#counted(bytes(signal), ({ count }) => count)
      await writeCsv(this.#format, { columns, rows, pieces }, write)
      return []
    }
    const pages = this.#counted(read(signal), ({ length }) => length)
    return await writerFor(this.#format, dateStyle)({ columns, pages }, write)
  }

  /** Counts what passes, and lets a cancel stop it. */
  async *#counted<T>(parts: AsyncIterable<T>, countOf: (part: T) => number): AsyncGenerator<T> {
    const { signal } = this.#context
    for await (const part of parts) {
      signal.throwIfAborted()
      const count = countOf(part)
      yield part
      this.#rows += count
      this.#tell()
    }
    signal.throwIfAborted()
  }

  #tell(): void {
    const now = performance.now()
    if (now - this.#toldAt < progressMs) return
    this.#toldAt = now
    this.#context.emit({ kind: 'progress', rows: this.#rows, bytes: this.#bytes, elapsedMs: this.#elapsedMs })
  }

  #explain(thrown: unknown): Failure {
    if (this.#context.signal.aborted) {
      return new Failure(
        { code: 'cancelled', message: 'The export was cancelled. No file was left.' },
        { cause: thrown },
      )
    }
    return thrown instanceof Failure ? thrown : new Failure(toFault(thrown), { cause: thrown })
  }

  #end(status: 'COMPLETED' | 'FAILED', failure: Failure | null, sha256: string | null): void {
    const told = failure === null ? null : `${failure.fault.message} (after ${this.#rows.toLocaleString('en')} rows)`
    this.#record.finish(status, {
      durationMs: this.#elapsedMs,
      rows: this.#rows,
      errorMessage: told,
      errorCode: this.#context.signal.aborted ? queryCanceled : (failure?.fault.sqlstate ?? null),
      metadata: {
        export: {
          format: this.#format.kind,
          file: this.#target.file,
          bytes: this.#bytes,
          sha256,
          source_operation: this.#source.operation,
          run_again: this.#again !== null && typeof this.#again !== 'string',
        },
      },
    })
  }
}

function writerFor(format: Exclude<ExportFormat, { kind: 'csv' }>, dateStyle: string): FormatWriter {
  switch (format.kind) {
    case 'json':
      return textWriter((columns) => jsonEncoder(columns, format))
    case 'insert': {
      const { schema, table, rowsPerStatement } = format
      const name = schema === '' ? ([table] as const) : ([schema, table] as const)
      return textWriter((columns) => insertEncoder(columns, { table: name, rowsPerStatement, dateStyle }))
    }
    case 'markdown':
      return textWriter((columns) => markdownEncoder(columns))
    case 'xlsx':
      return xlsxWriter()
    case 'parquet':
      return parquetWriter(format.asText)
  }
}
