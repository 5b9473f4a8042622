import type { Fault } from '../../../core/fault.ts'
import type {
  ImportEvent,
  ImportProgress,
  ImportSummary,
  LogDetection,
  LogOverlap,
  LogReading,
  LogRefusal,
} from '../../../core/logs/contract.ts'
import { hasPrefix, type LogFormat } from '../../../core/logs/state.ts'
import { percentText } from '../../ui/amounts.ts'

/**
 * How far one log has come: its beginning is read (`looking`), it can be imported (`ready`) or never (`refused`), it
 * waits for the ones before it (`queued`), is imported, and then all of it is (`done`), what was committed before somebody
 * stopped it (`stopped`), or before something went wrong (`failed`).
 */
export type ItemState = 'looking' | 'ready' | 'refused' | 'queued' | 'importing' | 'done' | 'stopped' | 'failed'

/** How a person has it read; null: as was found. */
export interface ReadAs {
  readonly format: LogFormat | null
  /** `log_line_prefix`. */
  readonly prefix: string | null
  /** An IANA name or an offset. */
  readonly timeZone: string | null
}

/** Lines that could not be read, as far as they were fetched. */
export interface Refusals {
  readonly list: readonly LogRefusal[]
  readonly next: number | null
  readonly total: number
  readonly loading: boolean
  readonly fault: Fault | null
}

/** One log in the wizard. */
export interface ImportItem {
  readonly id: number
  /** With the folders below the one that was dropped. */
  readonly name: string
  readonly bytes: number | null
  readonly state: ItemState
  readonly detection: LogDetection | null
  /** How its beginning is read as it is set now; null before it was read. */
  readonly reading: LogReading | null
  readonly readAs: ReadAs
  /** An answer to what was set last is under way. */
  readonly rereading: boolean
  /** Why it cannot be read as it is set. */
  readonly readingFault: Fault | null
  /** A person has said that it is imported although something speaks against it. */
  readonly accepted: boolean
  /** Why it was refused, or failed. */
  readonly fault: Fault | null
  /** The connection that it was, or is to be, imported to. */
  readonly target: string | null
  /** What `logs.pause` asks for. */
  readonly importId: string | null
  readonly operation: string | null
  /** `pausing` until the import says that it has. */
  readonly pausing: boolean
  /** What it waits for. */
  readonly note: Extract<ImportEvent, { kind: 'waiting' | 'reconnecting' }> | null
  readonly progress: ImportProgress | null
  readonly overlaps: readonly LogOverlap[]
  readonly summary: ImportSummary | null
  readonly refusals: Refusals | null
}

export const notSet: ReadAs = { format: null, prefix: null, timeZone: null }

export function newItem(id: number, name: string, bytes: number | null): ImportItem {
  return {
    id,
    name,
    bytes,
    state: 'looking',
    detection: null,
    reading: null,
    readAs: notSet,
    rereading: false,
    readingFault: null,
    accepted: false,
    fault: null,
    target: null,
    importId: null,
    operation: null,
    pausing: false,
    note: null,
    progress: null,
    overlaps: [],
    summary: null,
    refusals: null,
  }
}

/** What speaks against importing a log as it is set now, in sentences; a person may want it all the same. */
export function doubtsOf({ reading, detection }: Pick<ImportItem, 'reading' | 'detection'>): string[] {
  if (reading === null) return []
  const doubts: string[] = []
  if (!reading.trusted) {
    doubts.push(
      hasPrefix(reading.format)
        ? reading.prefix === '' && reading.explains === 0
          ? 'No prefix that is known explains its lines. Give the log_line_prefix of the server that wrote the log.'
          : reading.rivals.length > 0
            ? `The prefix “${reading.rivals.join('” or “')}” explains its lines as well, and reads them otherwise. See which one is right.`
            : `This prefix explains only ${percentText(reading.explains)} of the lines. Give the log_line_prefix of the server that wrote the log.`
        : `Only ${percentText(reading.explains)} of the lines are ${formatText(reading.format)}.`,
    )
  }
  if (reading.unknownZones.length > 0) {
    doubts.push(
      `${reading.unknownZones.join(', ')} does not say which time zone is meant: these lines would have no time. Choose a time zone.`,
    )
  }
  const [overlap] = detection?.overlaps ?? []
  if (overlap !== undefined) {
    doubts.push(
      `“${overlap.name}” (${formatText(overlap.format)}), which is imported already, tells of the same operations: they would count twice.`,
    )
  }
  return doubts
}

/** Nothing keeps it from being imported. */
export function canStart(item: ImportItem): boolean {
  const ready = item.state === 'ready' || item.state === 'stopped' || item.state === 'failed'
  if (!ready || item.reading === null || item.readingFault !== null || item.rereading) return false
  return item.accepted || doubtsOf(item).length === 0
}

export function isUnderWay({ state }: Pick<ImportItem, 'state'>): boolean {
  return state === 'queued' || state === 'importing'
}

const formats: Readonly<Record<LogFormat, string>> = {
  stderr: 'stderr',
  csv: 'csvlog',
  json: 'jsonlog',
  syslog: 'syslog',
  rds: 'RDS',
  azure: 'Azure',
  cloudsql: 'Cloud SQL',
  cloudnativepg: 'CloudNativePG',
  heroku: 'Heroku',
}

export function formatText(format: LogFormat): string {
  return formats[format]
}
