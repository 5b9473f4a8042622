import { bytesOfHex, concat, int32, int64, utf8 } from './bytes.ts'

/** The types that a row's encoding has, with their OIDs in every PostgreSQL. */
const oids = { bytea: 17, char: 18, int8: 20, int4: 23, oid: 26, inet: 869, timestamptz: 1184, uuid: 2950 } as const
export type Kind = keyof typeof oids

/** A value in PostgreSQL's binary form, or null. */
export interface Field {
  kind: Kind
  bytes: Uint8Array | null
}

/** A record as `record_send` writes it: how many fields; of each its type, its length or -1, its bytes. */
export function record(fields: readonly Field[]): Uint8Array {
  const whole = new Uint8Array(4 + fields.reduce((length, { bytes }) => length + 8 + (bytes?.length ?? 0), 0))
  const view = new DataView(whole.buffer)
  view.setInt32(0, fields.length)
  let at = 4
  for (const { kind, bytes } of fields) {
    view.setInt32(at, oids[kind])
    view.setInt32(at + 4, bytes?.length ?? -1)
    if (bytes !== null) whole.set(bytes, at + 8)
    at += 8 + (bytes?.length ?? 0)
  }
  return whole
}

/**
 * A value from PostgreSQL's text form, which is ISO 8601 for a timestamp.
 *
 * @throws RangeError where it is none
 */
export function binaryOf(kind: Kind, text: string): Uint8Array {
  switch (kind) {
    case 'bytea':
      return bytesOfHex(text) ?? malformed(kind, text)
    case 'char':
      return utf8(text)
    case 'int8':
      return int64(integer(kind, text))
    case 'int4':
      return int32(Number(integer(kind, text)))
    case 'oid':
      // Without sign, in the same four bytes.
      return int32(Number(BigInt.asIntN(32, integer(kind, text))))
    case 'uuid':
      return bytesOfHex(text.replaceAll('-', '')) ?? malformed(kind, text)
    case 'timestamptz':
      return int64(microsecondsOf(text))
    case 'inet':
      return inet(text)
  }
}

function integer(kind: Kind, text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : malformed(kind, text)
}

function malformed(kind: Kind, text: string): never {
  throw new RangeError(`${JSON.stringify(text)} is no ${kind}.`)
}

const moment =
  /^(\d{4,6})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)$/
const from1970To2000 = 946_684_800n

/** Microseconds since the year 2000 in UTC, as PostgreSQL counts them. */
export function microsecondsOf(text: string): bigint {
  const match = moment.exec(text)
  if (match === null) return malformed('timestamptz', text)
  const [, year, month, day, hour, minute, second, fraction = '', sign, hours = '0', minutes = '0', seconds = '0'] =
    match
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const ahead = BigInt(sign === '-' ? -1 : 1) * BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
  return (BigInt(local / 1000) - ahead - from1970To2000) * 1_000_000n + BigInt(fraction.padEnd(6, '0') || '0')
}

/** The month in UTC, `2026-11`. */
export function monthOf(timestamp: string): string {
  const seconds = Number(microsecondsOf(timestamp) / 1_000_000n) - (microsecondsOf(timestamp) % 1_000_000n < 0n ? 1 : 0)
  return new Date((seconds + Number(from1970To2000)) * 1000).toISOString().slice(0, -17)
}

/** Family (2 is IPv4, 3 is IPv6), bits of the network, 0 for inet, how many bytes, the bytes. */
function inet(text: string): Uint8Array {
  const [address = '', bits] = text.split('/')
  const bytes = address.includes(':') ? ipv6(address) : ipv4(address)
  if (bytes === null) return malformed('inet', text)
  return concat(
    Uint8Array.of(bytes.length === 4 ? 2 : 3, bits === undefined ? bytes.length * 8 : Number(bits), 0, bytes.length),
    bytes,
  )
}

function ipv4(text: string): Uint8Array | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null
  return Uint8Array.from(text.split('.'), Number)
}

function ipv6(text: string): Uint8Array | null {
  const lastColon = text.lastIndexOf(':')
  const mapped = ipv4(text.slice(lastColon + 1))
  const words = mapped === null ? text : `${text.slice(0, lastColon + 1)}${hexWords(mapped)}`
  const [head = '', rest, ...more] = words.split('::')
  const list = (part: string) => (part === '' ? [] : part.split(':'))
  const [before, after] = [list(head), list(rest ?? '')]
  const missing = 8 - before.length - after.length
  if (more.length > 0 || (rest === undefined ? missing !== 0 : missing < 1)) return null
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return null
  return bytesOfHex(all.map((word) => word.padStart(4, '0')).join(''))
}

function hexWords(bytes: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}
