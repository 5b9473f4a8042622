import type { Cell, Column, Row } from '../../core/editor/contract.ts'
import { csvEncoder } from '../../core/editor/encode/csv.ts'
import { jsonEncoder } from '../../core/editor/encode/json.ts'
import { type ExportEvent, fileNameOf, onOneLine, sharedFacts } from '../../core/exportFile.ts'
import { Failure, toFault } from '../../core/fault.ts'
import type { LogExport, LogExportInput } from '../../core/logs/export.ts'
import { type Database, demandReasonsFor } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import type { Host } from '../host.ts'
import { type WriteBytes, writeWhole } from '../writeWhole.ts'
import * as listing from './listing.ts'
import { redactText } from './redaction.ts'
import * as views from './views.ts'

interface ExportContext {
  database: Database
  operationOf: listing.OperationOf
  recorder: Recorder
  saveFile: Host['saveFile']
  signal: AbortSignal
  emit(event: ExportEvent): void
}

/** Rows that are read and written at a time. Their texts are whole, so they are few. */
const pageRows = 200

/** Statements and errors are counted, not paged: more classes than this nobody reads. */
const mostClasses = 1_000

/** Progress is told this often, in milliseconds. */
const progressMs = 200

/** The SQLSTATE of what somebody cancelled. */
const queryCanceled = '57014'

/**
 * Writes a list of the views into a file, whole or not at all, as an operation of the database. Null when the person
 * chose no place for the file.
 *
 * @throws Failure saying why there is no file
 */
export async function exportLogs(input: LogExportInput, context: ExportContext): Promise<LogExport | null> {
  const { database, operationOf, recorder, saveFile, signal, emit } = context
  const { format, list } = input
  demandReasonsFor('exports', database, input)
  const facts = format.kind === 'json' && format.form === 'lines' ? sharedFacts.jsonLines : sharedFacts[format.kind]
  const { extension, mediaType, name: kind } = facts
  const fileName = fileNameOf(`logs ${list}`, extension)
  const target = await saveFile({ fileName, mediaType, kind: { name: kind, extension }, path: undefined })
  if (target === null) return null

  const record = await recorder.begin(database, {
    sql: `-- export of the ${list} of imported logs as ${kind} to ${onOneLine(target.file)}\n-- ${filterText(input)}`,
    name: `Export of the ${list} of imported logs as ${kind}`,
    type: 'EXPORT',
    category: 'LOGS',
    reasons: input,
    filePath: target.file,
  })
  const began = performance.now()
  const done = { rows: 0, bytes: 0 }
  let toldAt = began
  const tell = (): void => {
    const now = performance.now()
    if (now - toldAt < progressMs) return
    toldAt = now
    emit({ kind: 'progress', ...done, elapsedMs: now - began })
  }
  const writeAll = async (write: WriteBytes): Promise<void> => {
    const writeText = async (text: string): Promise<void> => {
      const bytes = Buffer.from(text)
      await write(bytes)
      done.bytes += bytes.length
    }
    const { columns, pages } = listed[list](database, input, operationOf)
    const encoder = format.kind === 'csv' ? csvEncoder(columns, format) : jsonEncoder(columns, format)
    await writeText((format.kind === 'csv' && format.byteOrderMark ? '\ufeff' : '') + encoder.head())
    for await (const rows of pages) {
      signal.throwIfAborted()
      await writeText(encoder.rows(rows))
      done.rows += rows.length
      tell()
    }
    await writeText(encoder.tail())
  }
  const end = (failure: Failure | null, sha256: string | null): void =>
    record.finish(failure === null ? 'COMPLETED' : 'FAILED', {
      durationMs: performance.now() - began,
      rows: done.rows,
      errorMessage: failure === null ? null : `${failure.fault.message} (after ${done.rows} rows)`,
      errorCode: signal.aborted ? queryCanceled : (failure?.fault.sqlstate ?? null),
      metadata: { export: { format: format.kind, file: target.file, bytes: done.bytes, sha256 } },
    })

  try {
    emit({ kind: 'started', operation: record.operation, file: target.file })
    if (target.url !== null) emit({ kind: 'download', url: target.url })
    const { sha256 } = await writeWhole(target, signal, writeAll)
    end(null, sha256)
    const { fault } = await record.keeping()
    const durationMs = performance.now() - began
    return { operation: record.operation, file: target.file, ...done, durationMs, sha256, recordingFault: fault }
  } catch (thrown) {
    const failure = explained(thrown, signal)
    end(failure, null)
    throw failure
  }
}

interface Listed {
  columns: readonly Column[]
  pages: AsyncIterable<readonly Row[]>
}

type List = (database: Database, input: LogExportInput, operationOf: listing.OperationOf) => Listed

const listed: Readonly<Record<LogExportInput['list'], List>> = {
  lines: (database, input) => table(lineFields, linePages(database, input)),
  timeline: (database, input, operationOf) => table(entryFields, entryPages(database, input, operationOf)),
  statements: (database, input) =>
    table(statementFields, once(views.statements(database, { ...input, limit: mostClasses }))),
  errors: (database, input) => table(errorFields, once(views.errors(database, { ...input, limit: mostClasses }))),
}

async function* linePages(database: Database, input: LogExportInput) {
  for (let before: Awaited<ReturnType<typeof views.lines>>['next'] | undefined; before !== null; ) {
    const page: Awaited<ReturnType<typeof views.lines>> = await views.lines(
      database,
      { ...input, ...(before === undefined ? {} : { before }), limit: pageRows },
      null,
    )
    yield page.lines
    before = page.next
  }
}

async function* entryPages(database: Database, input: LogExportInput, operationOf: listing.OperationOf) {
  const { from, to } = input
  if (from === undefined || to === undefined) {
    throw new Failure({ code: 'invalid_input', message: 'A timeline is exported between two times.' })
  }
  for (let before: Awaited<ReturnType<typeof listing.timeline>>['next'] | undefined; before !== null; ) {
    const page: Awaited<ReturnType<typeof listing.timeline>> = await listing.timeline(
      database,
      operationOf,
      { ...input, from, to, ...(before === undefined ? {} : { before }), limit: pageRows },
      null,
    )
    yield page.entries
    before = page.next
  }
}

async function* once<T>(rows: Promise<readonly T[]>): AsyncGenerator<readonly T[]> {
  yield await rows
}

type Field<T> = Column & { of: (value: T) => string | number | null }

function table<T>(fields: readonly Field<T>[], pages: AsyncIterable<readonly T[]>): Listed {
  return {
    columns: fields.map(({ name, type, typeOid }) => ({ name, type, typeOid })),
    pages: rowsOf(fields, pages),
  }
}

async function* rowsOf<T>(fields: readonly Field<T>[], pages: AsyncIterable<readonly T[]>): AsyncGenerator<Row[]> {
  for await (const page of pages) yield page.map((value) => fields.map(({ of }) => cellOf(of(value))))
}

function cellOf(value: string | number | null): Cell {
  return value === null ? null : String(value)
}

const text = { type: 'text', typeOid: 25 }
const bigint = { type: 'bigint', typeOid: 20 }
const double = { type: 'double precision', typeOid: 701 }
const moment = { type: 'timestamp with time zone', typeOid: 1184 }

type Line = Awaited<ReturnType<typeof views.lines>>['lines'][number]
const lineFields: readonly Field<Line>[] = [
  { name: 'logged_at', ...moment, of: ({ at }) => at },
  { name: 'kind', ...text, of: ({ kind }) => kind },
  { name: 'severity', ...text, of: ({ severity }) => severity },
  { name: 'sqlstate', ...text, of: ({ sqlstate }) => sqlstate },
  { name: 'user_name', ...text, of: ({ user }) => user },
  { name: 'database_name', ...text, of: ({ database }) => database },
  { name: 'application_name', ...text, of: ({ application }) => application },
  { name: 'client', ...text, of: ({ client }) => client },
  { name: 'pid', ...bigint, of: ({ pid }) => pid },
  { name: 'session', ...text, of: ({ session }) => session },
  { name: 'duration_ms', ...double, of: ({ durationMs }) => durationMs },
  { name: 'rows', ...bigint, of: ({ rows }) => rows },
  { name: 'tag', ...text, of: ({ tag }) => tag },
  { name: 'statement', ...text, of: ({ statement }) => statement },
  { name: 'message', ...text, of: ({ message }) => message },
  { name: 'detail', ...text, of: ({ detail }) => detail },
  { name: 'fingerprint', ...bigint, of: ({ fingerprint }) => fingerprint },
  { name: 'file_id', ...bigint, of: ({ file }) => file },
  { name: 'line', ...bigint, of: ({ line }) => line },
]

type Entry = Awaited<ReturnType<typeof listing.timeline>>['entries'][number]
const entryFields: readonly Field<Entry>[] = [
  { name: 'at', ...moment, of: ({ at }) => at },
  { name: 'source', ...text, of: ({ source }) => source },
  { name: 'kind', ...text, of: ({ kind }) => kind },
  { name: 'status', ...text, of: ({ status }) => status },
  { name: 'name', ...text, of: ({ name }) => name },
  { name: 'user_name', ...text, of: ({ user }) => user },
  { name: 'database_name', ...text, of: ({ database }) => database },
  { name: 'application_name', ...text, of: ({ application }) => application },
  { name: 'client', ...text, of: ({ client }) => client },
  { name: 'duration_ms', ...double, of: ({ durationMs }) => durationMs },
  { name: 'rows', ...bigint, of: ({ rows }) => rows },
  { name: 'tag', ...text, of: ({ tag }) => tag },
  { name: 'sqlstate', ...text, of: ({ sqlstate }) => sqlstate },
  { name: 'error', ...text, of: ({ error }) => error },
  { name: 'operation', ...text, of: ({ execution }) => execution },
  { name: 'statement', ...text, of: ({ statement }) => statement },
]

type Statement = Awaited<ReturnType<typeof views.statements>>[number]
const statementFields: readonly Field<Statement>[] = [
  { name: 'fingerprint', ...bigint, of: ({ fingerprint }) => fingerprint },
  { name: 'statement', ...text, of: ({ statement }) => statement },
  { name: 'calls', ...bigint, of: ({ calls }) => calls },
  { name: 'errors', ...bigint, of: ({ errors }) => errors },
  { name: 'total_ms', ...double, of: ({ totalMs }) => totalMs },
  { name: 'mean_ms', ...double, of: ({ meanMs }) => meanMs },
  { name: 'max_ms', ...double, of: ({ maxMs }) => maxMs },
  { name: 'share', ...double, of: ({ share }) => share },
  { name: 'users', ...text, of: ({ users }) => users.join(', ') },
  { name: 'first_at', ...moment, of: ({ first }) => first },
  { name: 'last_at', ...moment, of: ({ last }) => last },
]

type ErrorClass = Awaited<ReturnType<typeof views.errors>>[number]
const errorFields: readonly Field<ErrorClass>[] = [
  { name: 'sqlstate', ...text, of: ({ sqlstate }) => sqlstate },
  { name: 'severity', ...text, of: ({ severity }) => severity },
  { name: 'pattern', ...text, of: ({ pattern }) => pattern },
  { name: 'count', ...bigint, of: ({ count }) => count },
  { name: 'message', ...text, of: ({ message }) => message },
  { name: 'users', ...text, of: ({ users }) => users.join(', ') },
  { name: 'first_at', ...moment, of: ({ first }) => first },
  { name: 'last_at', ...moment, of: ({ last }) => last },
]

/** What was asked for, without what was not. */
function filterText({
  connection: _,
  format: __,
  list: ___,
  ticket: ____,
  justification: _____,
  ...filter
}: LogExportInput): string {
  const given = Object.entries(filter).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  )
  return onOneLine(redactText(given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')))
}

function explained(thrown: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) {
    return new Failure({ code: 'cancelled', message: 'The export was cancelled. No file was left.' }, { cause: thrown })
  }
  return thrown instanceof Failure ? thrown : new Failure(toFault(thrown), { cause: thrown })
}
