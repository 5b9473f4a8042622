import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { type ExportEvent, fileNameOf, onOneLine } from '../../core/exportFile.ts'
import { Failure, type Fault, toFault } from '../../core/fault.ts'
import { type HistoryExport, type HistoryExportInput, historyFactsOf } from '../../core/history/export.ts'
import type { HistoryFilter } from '../../core/history/filter.ts'
import { recordedReasons } from '../../core/history/recordedReasons.ts'
import { redactText } from '../../core/history/redact.ts'
import type { Host } from '../host.ts'
import { type WriteBytes, writeWhole } from '../writeWhole.ts'
import { operationEncoder } from './exportFormats.ts'
import type { Keeper } from './keeper.ts'
import type { Reader } from './reader.ts'
import { unknownOutcome } from './store.ts'

interface Dependencies {
  keeper: Pick<Keeper, 'begin' | 'end' | 'faultOf'>
  reader: Pick<Reader, 'ask'>
  saveFile: Host['saveFile']
  /** Told when an operation began or ended. */
  onChange(): void
}

/** Under this name what is done with the history itself stands in the history. */
const here = { identity: 'this machine', database: 'the history of this machine' }

/** The SQLSTATE of what somebody cancelled. */
const queryCanceled = '57014'

/** Progress is told this often, in milliseconds. */
const progressMs = 200

/** Writes what filters mean into a file, whole or not at all, as an operation of this machine. */
export function createExporting({ keeper, reader, saveFile, onChange }: Dependencies) {
  return async (
    { format, fileName, path, ticket, justification, ...filter }: HistoryExportInput,
    signal: AbortSignal,
    emit: (event: ExportEvent) => void,
  ): Promise<HistoryExport | null> => {
    const { extension, mediaType, name: kind } = historyFactsOf(format)
    const offered = fileNameOf(fileName || 'history', extension)
    const target = await saveFile({ fileName: offered, mediaType, kind: { name: kind, extension }, path })
    if (target === null) return null

    const operation = randomUUID()
    const began = performance.now()
    const done = { operations: 0, bytes: 0 }
    let recordingFault = recorded(() =>
      keeper.begin(
        {
          ...here,
          id: operation,
          connection: null,
          user: userName(),
          name: `Export of the history as ${kind}`,
          type: 'EXPORT',
          category: 'SELECT',
          sql: `-- export of the history as ${kind} to ${onOneLine(target.file)}\n-- ${filterText(filter)}`,
          ...recordedReasons({ ticket, justification }),
          filePath: target.file,
        },
        'local',
      ),
    )
    const end = (failure: Failure | null, sha256: string | null): void => {
      const status = failure === null ? 'COMPLETED' : 'FAILED'
      const after = ` (after ${done.operations.toLocaleString('en')} operations)`
      recordingFault ??= recorded(() =>
        keeper.end(operation, status, {
          ...unknownOutcome,
          durationMs: performance.now() - began,
          rows: done.operations,
          errorMessage: failure === null ? null : failure.fault.message + after,
          errorCode: failure !== null && signal.aborted ? queryCanceled : null,
          metadata: { export: { format: format.kind, file: target.file, bytes: done.bytes, sha256 } },
        }),
      )
    }

    try {
      emit({ kind: 'started', operation, file: target.file })
      if (target.url !== null) emit({ kind: 'download', url: target.url })
      const { sha256 } = await writeWhole(target, signal, (write) => writeAll(write))
      end(null, sha256)
      const durationMs = performance.now() - began
      return { operation, file: target.file, ...done, durationMs, sha256, recordingFault: unkept() }
    } catch (thrown) {
      const failure = explained(thrown, signal)
      end(failure, null)
      throw failure
    }

    function unkept(): Fault | null {
      return recordingFault ?? keeper.faultOf(operation)
    }

    async function writeAll(write: WriteBytes): Promise<void> {
      const encoder = operationEncoder(format)
      let toldAt = began
      const writeText = async (text: string): Promise<void> => {
        const bytes = Buffer.from(text)
        await write(bytes)
        done.bytes += bytes.length
      }
      // What the index has not learnt of yet, no filter finds.
      await reader.ask('index', {}, signal)
      await writeText(encoder.head())
      for (let after: number | null = null; ; ) {
        const page: Awaited<ReturnType<typeof ask>> = await ask(after)
        const operations = page.operations.filter(({ id }) => id !== operation)
        await writeText(encoder.part(operations))
        done.operations += operations.length
        const elapsedMs = performance.now() - began
        if (performance.now() - toldAt >= progressMs) {
          toldAt = performance.now()
          emit({ kind: 'progress', rows: done.operations, bytes: done.bytes, elapsedMs })
        }
        if (page.next === null) break
        after = page.next
      }
      await writeText(encoder.tail())
    }

    function ask(after: number | null) {
      return reader.ask('read', { ...filter, after }, signal)
    }

    /** A record that cannot be kept is no reason to write no file; it is told with it. */
    function recorded(write: () => void): Fault | null {
      try {
        write()
        onChange()
        return null
      } catch (thrown) {
        return toFault(thrown)
      }
    }
  }
}

function explained(thrown: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) {
    return new Failure({ code: 'cancelled', message: 'The export was cancelled. No file was left.' }, { cause: thrown })
  }
  return thrown instanceof Failure ? thrown : new Failure(toFault(thrown), { cause: thrown })
}

/** What was asked for, without what was not. */
function filterText(filter: HistoryFilter): string {
  const given = Object.entries(filter).filter(
    ([, value]) =>
      value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0),
  )
  if (given.length === 0) return 'all operations'
  return onOneLine(redactText(given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')))
}

/** Who runs this program; a system can know no name for a user. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
