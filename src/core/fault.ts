/**
 * An error as it crosses the wire: plain data. What PostgreSQL says of an error is kept whole, so
 * that a view can show the DBA the server's own words.
 */
export interface Fault {
  /** What kind of failure: a `FaultCode` of ours, or a system's code such as `ECONNREFUSED`. */
  code: string
  message: string
  detail?: string
  hint?: string
  /** 1-based character offset into the statement that was sent, as PostgreSQL counts. */
  position?: number
  sqlstate?: string
  severity?: string
  /** PostgreSQL's CONTEXT: the call stack inside the server. */
  context?: string
  schema?: string
  table?: string
  column?: string
  constraint?: string
  /** The statement inside a function that failed, where PostgreSQL tells. */
  internalQuery?: string
  internalPosition?: number
  /** What a window can go by, for the codes that say what they carry; checked where it is read. */
  data?: unknown
}

export type FaultCode =
  | 'postgres'
  | 'cancelled'
  | 'invalid_input'
  | 'unknown_call'
  | 'not_found'
  | 'refused'
  | 'unavailable'
  | 'unsupported'
  | 'password_required'
  /** A run needs names to be typed first; `data` is a `Confirmation`. */
  | 'confirmation_required'
  /** The connection demands a ticket and a justification. */
  | 'reasons_required'
  | 'connection_lost'
  | 'wire_closed'
  | 'internal'

/** Thrown by services for a failure that has a name, and by a client for a fault that came back. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly fault: Fault

  constructor(fault: Fault & { code: FaultCode | (string & {}) }, options?: ErrorOptions) {
    super(fault.message, options)
    this.fault = fault
  }
}

/** Turns whatever was thrown into a fault. PostgreSQL's fields are recognised by their shape. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Failure) return thrown.fault
  if (!(thrown instanceof Error)) return { code: 'internal', message: String(thrown) }
  if (isAbort(thrown)) return { code: 'cancelled', message: 'Cancelled.' }

  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(thrown, key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const number = (key: string): number | undefined => {
    const value = Number(text(key))
    return Number.isSafeInteger(value) && value > 0 ? value : undefined
  }
  const code = text('code')
  const isSqlstate = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && text('severity') !== undefined
  return compact({
    code: isSqlstate ? 'postgres' : (code ?? 'internal'),
    message: messageOf(thrown),
    sqlstate: isSqlstate ? code : undefined,
    severity: text('severity'),
    detail: text('detail'),
    hint: text('hint'),
    position: number('position'),
    context: text('where'),
    schema: text('schema'),
    table: text('table'),
    column: text('column'),
    constraint: text('constraint'),
    internalQuery: text('internalQuery'),
    internalPosition: number('internalPosition'),
  })
}

/** Connecting to a name with several addresses fails with one empty message over many causes. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message
  if (error instanceof AggregateError) {
    return error.errors.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join('; ')
  }
  return error.name
}

function isAbort(error: Error): boolean {
  return error.name === 'AbortError'
}

function compact(fault: { [K in keyof Fault]: Fault[K] | undefined }): Fault {
  const kept = Object.entries(fault).filter(([, value]) => value !== undefined)
  return { code: 'internal', message: '', ...Object.fromEntries(kept) }
}
