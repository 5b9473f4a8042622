import { createHash } from 'node:crypto'
import { Failure, toFault } from '../../core/fault.ts'
import type { ImportEvent, ImportInput, ImportSummary, LogOverlap } from '../../core/logs/contract.ts'
import { type Detection, isTrusted } from '../../core/logs/detect.ts'
import { parserState } from '../../core/logs/state.ts'
import { type Database, demandReasonsFor } from '../connections/index.ts'
import type { OpenRecord, Recorder } from '../history/index.ts'
import { detectedBytes, detectIn, makeParser, optionsOf, readBeginning } from './detecting.ts'
import { findOverlaps } from './overlaps.ts'
import { Pace } from './pace.ts'
import type { Batch, KnownLog, KnownPart, ReadingTask } from './protocol.ts'
import { firstBytes, forgotten, wholeLines } from './read.ts'
import { type LogReader, startReader } from './reader.ts'
import { redactText } from './redaction.ts'
import { type Beginning, comparedBytes } from './sameLog.ts'
import { ImportSession } from './session.ts'
import type { PackedLog } from './sources.ts'
import { unpack } from './unpack/unpack.ts'

/** Unpacked bytes of a log that are committed at once. Up to three parts are in memory: larger ones are no faster, and take more of it. */
const batchBytes = 8_388_608

/** By the first line it is found which logs it may be; by its beginning and the hashes of its parts, which it is. */
const longestHead = 4_096

const counted = ['records', 'events', 'merged', 'redacted', 'refused'] as const

export interface ImportRequest {
  id: string
  database: Database
  log: PackedLog
  input: Omit<ImportInput, 'connection' | 'source'>
  recorder: Recorder
  signal: AbortSignal
  emit(event: ImportEvent): void
  /** Told how to pause it, once it can be. */
  onReader(pause: (paused: boolean) => void): void
  /** For tests: smaller parts. */
  batchBytes?: number | undefined
}

/** Imports a log from where it was read to the last time. What was committed stays, however it ends. */
export async function importLog(request: ImportRequest): Promise<ImportSummary> {
  const { database, log, signal } = request
  const began = performance.now()
  const importing = new Importing(request)
  try {
    requireImporting(database)
    demandReasonsFor('imports', database, request.input)
    const beginning = await firstBytes(unpack(log.open(signal, detectedBytes * 2), forgotten), detectedBytes)
    await importing.run(beginning)
  } catch (thrown) {
    await importing.failed(thrown)
    if (!signal.aborted) throw thrown
  } finally {
    await importing.close()
  }
  return importing.summary(performance.now() - began)
}

class Importing {
  readonly #request: ImportRequest
  readonly #pace: Pace
  #session: ImportSession | null = null
  #reader: LogReader | null = null
  #record: OpenRecord | null = null
  #file: number | null = null
  #outcome: ImportSummary['outcome'] = 'cancelled'
  #from = 0
  #to = 0
  #waitingBytes = 0
  #losses: string[] = []
  #unfinished = 0
  #overlaps: LogOverlap[] = []
  readonly #unknownZones = new Set<string>()
  readonly #total = { records: 0, events: 0, merged: 0, redacted: 0, refused: 0 }
  readonly #kinds: Record<string, number> = {}
  #first: string | null = null
  #last: string | null = null

  constructor(request: ImportRequest) {
    this.#request = request
    this.#pace = new Pace(request.log.bytes, (progress) => request.emit({ kind: 'progress', progress }))
  }

  async run(beginning: Uint8Array): Promise<void> {
    const { input, database, signal, emit } = this.#request
    // It gets ready while the log is looked at, and the session opened.
    this.#reader = startReader()
    const text = wholeLines(beginning, detectedBytes)
    const detection = detectIn(text, input)
    const head = headOf(beginning)
    this.#session = await ImportSession.open(database, head, signal, {
      waiting: () => emit({ kind: 'waiting' }),
      reconnecting: (attempt, most) => emit({ kind: 'reconnecting', attempt, most }),
      connected: () => emit({ kind: 'connected' }),
    })
    const known = await this.#session.known()
    const start = startOf(beginning, comparedBytes)
    // The one that was read furthest first.
    const candidates = known
      .filter(
        ({ start_bytes, start_hash }) =>
          beginning.length < start_bytes || startOf(beginning, start_bytes).hash === start_hash,
      )
      .sort((a, b) => b.to_offset - a.to_offset)
    const ids = known.map(({ file_id }) => file_id)
    for (const candidate of candidates) {
      if (candidate.to_offset > 0 && (await this.#read(taskOf(candidate, this.#request, database, start)))) return
    }
    // One whose import was given up before its first part was committed.
    const empty = candidates.find(({ to_offset }) => to_offset === 0)
    const manner = empty ?? { ...detection, time_zone: input.timeZone, file_id: null }
    // Who names the prefix knows; one that explains nothing is a mistake.
    const isCertain = input.prefix === undefined ? isTrusted(detection) : detection.explains > 0
    if (empty === undefined && !isCertain && !input.force) throw unsure(detection)
    // A zone that there is not is told before anything is written.
    makeParser(
      optionsOf(detection.format, detection.prefix, input.timeZone),
      () => {},
      () => {},
    )
    await this.#warn(text, ids)
    const file = manner.file_id ?? (await this.#session.register(start, { ...detection, timeZone: input.timeZone }))
    await this.#read({ ...taskBase(this.#request, database, start), file, ...mannerOf(manner), known: null })
  }

  /** Tells of logs in another format that tell of the same; where that is asked for, nothing is imported beside them. */
  async #warn(beginning: string, itself: readonly number[]): Promise<void> {
    const { database, input, log, emit } = this.#request
    const { events } = await readBeginning(beginning, { ...input, writtenBy: log.writtenBy })
    this.#overlaps = await findOverlaps(database, events, itself)
    const [overlap] = this.#overlaps
    if (overlap === undefined) return
    emit({ kind: 'overlap', overlaps: this.#overlaps })
    if (input.overlaps === 'refuse' && !input.force) throw toldAlready(overlap)
  }

  /** False where it is another log than the one that is known. */
  async #read(task: ReadingTask): Promise<boolean> {
    const { log, signal, onReader } = this.#request
    const reader = this.#reader ?? startReader()
    this.#reader = reader
    reader.read(task, log.path === null ? log.open(signal, null) : null)
    const stop = (): void => void reader.close()
    signal.addEventListener('abort', stop, { once: true })
    onReader((paused) => {
      reader.pause(paused)
      this.#pace.pause(paused)
    })
    try {
      for await (const message of reader.messages()) {
        signal.throwIfAborted()
        switch (message.kind) {
          case 'differs':
            return false
          case 'nothing new':
            this.#file = task.file
            this.#from = message.read
            this.#to = message.read
            this.#outcome = 'nothing new'
            return true
          case 'fault':
            throw new Failure(message.fault)
          case 'progress':
            this.#pace.read(message)
            break
          case 'batch':
            await this.#commit(task, message)
            reader.next(message)
            break
          case 'verified':
          case 'wanted':
            break
        }
      }
      this.#outcome = 'imported'
      return true
    } finally {
      signal.removeEventListener('abort', stop)
      this.#reader = null
      await reader.close()
    }
  }

  async #commit(task: ReadingTask, batch: Batch): Promise<void> {
    const { log } = this.#request
    const session = this.#session
    if (session === null) throw new Error('A part is committed by an open session.')
    this.#record ??= await this.#begin(task.file, batch.from)
    await session.commit(task.file, batch, log.name, this.#record.operation)
    this.#to = batch.to
    this.#waitingBytes = batch.waitingBytes
    this.#losses = batch.losses
    this.#unfinished = batch.tailRows
    // What is not finished counts too; it is the last part that has such.
    for (const counts of [batch.counts, batch.open]) {
      for (const key of counted) this.#total[key] += counts[key]
      for (const [kind, count = 0] of Object.entries(counts.kinds)) this.#kinds[kind] = (this.#kinds[kind] ?? 0) + count
    }
    for (const zone of batch.unknownZones) this.#unknownZones.add(zone)
    if (batch.first !== null && (this.#first === null || batch.first < this.#first)) this.#first = batch.first
    if (batch.last !== null && (this.#last === null || batch.last > this.#last)) this.#last = batch.last
    this.#pace.committed(batch.to, this.#total)
  }

  async #begin(file: number, from: number): Promise<OpenRecord> {
    const { id, database, log, input, recorder, emit } = this.#request
    this.#file = file
    this.#from = from
    const record = await recorder.begin(database, {
      sql: `-- import of the server log ${log.name.replaceAll('\n', ' ')}`,
      name: `Import of ${log.name}`.slice(0, 200),
      type: 'LOG_IMPORT',
      category: 'LOGS',
      reasons: input,
    })
    emit({ kind: 'started', import: id, operation: record.operation, from })
    return record
  }

  async failed(thrown: unknown): Promise<void> {
    if (this.#record === null) return
    const { message, sqlstate } = toFault(thrown)
    const isCancelled = this.#request.signal.aborted
    this.#record.finish(isCancelled ? 'INTERRUPTED' : 'FAILED', {
      rows: this.#total.events,
      errorMessage: isCancelled ? 'Cancelled.' : redactText(message),
      errorCode: sqlstate ?? null,
    })
    await this.#record.keeping()
  }

  async close(): Promise<void> {
    this.#pace.stop()
    await this.#reader?.close()
    await this.#session?.close()
  }

  async summary(durationMs: number): Promise<ImportSummary> {
    const operation = this.#record?.operation ?? null
    // The first end counts: one that was cancelled stays so.
    this.#record?.finish('COMPLETED', { rows: this.#total.events, durationMs: Math.round(durationMs) })
    await this.#record?.keeping()
    return {
      file: this.#file,
      name: this.#request.log.name,
      outcome: this.#outcome,
      operation,
      from: this.#from,
      to: this.#to,
      waitingBytes: this.#waitingBytes,
      ...this.#total,
      kinds: this.#kinds,
      unfinished: this.#unfinished,
      unknownZones: [...this.#unknownZones],
      losses: this.#losses,
      first: this.#first,
      last: this.#last,
      overlaps: this.#overlaps,
      durationMs,
    }
  }
}

/** @returns SHA-256 of the first line with its end, in hexadecimal */
export function headOf(beginning: Uint8Array): string {
  const end = beginning.indexOf(10)
  const bytes = Math.min(end < 0 ? beginning.length : end + 1, longestHead)
  return createHash('sha256').update(beginning.subarray(0, bytes)).digest('hex')
}

function startOf(beginning: Uint8Array, most: number): Beginning {
  const bytes = Math.min(beginning.length, most)
  return { bytes, hash: createHash('sha256').update(beginning.subarray(0, bytes)).digest('hex') }
}

function taskBase({ log, batchBytes: bytes = batchBytes }: ImportRequest, { server }: Database, beginning: Beginning) {
  const ascii = !['UTF8', 'SQL_ASCII'].includes(server.encoding)
  return { path: log.path, beginning, writtenBy: log.writtenBy, ascii, batchBytes: bytes }
}

function taskOf(known: KnownLog, request: ImportRequest, database: Database, beginning: Beginning): ReadingTask {
  return { ...taskBase(request, database, beginning), file: known.file_id, ...mannerOf(known), known: partOf(known) }
}

/** What was imported of a log is read on as it was begun. */
function mannerOf({ format, prefix, time_zone }: Pick<KnownLog, 'format' | 'prefix' | 'time_zone'>) {
  return { format: parserState.shape.format.parse(format), prefix, timeZone: time_zone }
}

function partOf({ to_offset, is_end, state, ends, hashes }: KnownLog): KnownPart {
  const parsed = parserState.safeParse(state)
  if (!parsed.success) {
    throw new Failure({
      code: 'unsupported',
      message: 'This log was imported by another version of pgSteward, whose bookmark cannot be read here.',
      hint: 'Import it with the newest version.',
    })
  }
  return {
    to: to_offset,
    isEnd: is_end,
    state: parsed.data,
    ends: ends.map((offset, index) => ({ offset, hash: hashes[index] ?? '' })),
  }
}

function requireImporting({ settings, server }: Database): void {
  if (!settings.readOnly && !server.readOnly) return
  throw new Failure({
    code: 'refused',
    message: 'Nothing can be imported over this connection: it is read-only.',
    // A connection that is read-only has the server say so too.
    hint: settings.readOnly
      ? 'Open the database by a connection that may change it.'
      : 'Is the server a standby? Import into its primary: the standby follows.',
  })
}

function toldAlready({ name, format }: LogOverlap): Failure {
  return new Failure({
    code: 'refused',
    message: `${name} (${format}), which is imported already, tells of the same operations: they would count twice.`,
    hint: 'Import one of the two.',
  })
}

function unsure({ explains, prefix, rivals }: Detection): Failure {
  return new Failure({
    code: 'refused',
    message:
      explains === 0
        ? 'How this log is written is not certain: no prefix that is known explains any of its lines.'
        : rivals.length > 0
          ? `How this log is written is not certain: the prefixes "${[prefix, ...rivals].join('" and "')}" explain it equally well.`
          : `How this log is written is not certain: what is known of it explains ${Math.floor(explains * 100)} % of its lines.`,
    hint: 'Give the server’s own log_line_prefix; show log_line_prefix says it.',
  })
}
