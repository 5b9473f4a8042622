import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Column, Row } from '../../../core/editor/contract.ts'
import { distinctNames } from '../../../core/editor/encode/encoder.ts'
import { kindOf } from '../../../core/editor/valueKind.ts'
import { Failure } from '../../../core/fault.ts'
import { microsecondsOf } from './moments.ts'
import type { FormatWriter } from './writer.ts'

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]
type Value = string | number | bigint | boolean | Uint8Array

/** How one column is written. `read` is null for a text that its type cannot hold. */
interface Mapping {
  element: Omit<SchemaElement, 'name' | 'repetition_type'>
  read(text: string): Value | null
}

/** What a row group holds at most, so that memory stays bounded: rows, and UTF-16 units of their values. */
const groupRows = 100_000
const groupCharacters = 16_000_000

/**
 * Parquet, in row groups of bounded size. Integers, floats, booleans, bytea, uuid, dates, timestamps to the microsecond
 * and numeric of a known precision have types of Parquet; all else is text as PostgreSQL prints it.
 *
 * @param asText also numeric, dates and timestamps are texts
 */
export function parquetWriter(
  asText: boolean,
  limits = { rows: groupRows, characters: groupCharacters },
): FormatWriter {
  return async ({ columns, pages }, write) => {
    if (columns.length === 0) {
      throw new Failure({ code: 'unsupported', message: 'The result has no columns, which Parquet has no form for.' })
    }
    const names = distinctNames(columns)
    const mappings = columns.map((column) => mappingOf(column, asText))
    const bytes = new ByteWriter()
    const send = async (): Promise<void> => {
      await write(bytes.getBytes())
      bytes.index = 0
    }
    const writer = new ParquetWriter({
      writer: bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...mappings.map(({ element }, index) => ({
          ...element,
          name: names[index] ?? '',
          repetition_type: 'OPTIONAL' as const,
        })),
      ],
      createdBy: 'pgSteward',
    })
    const group = new Group(columns, mappings)
    const end = async (): Promise<void> => {
      const columnData = group.take().map((data, index) => ({ name: names[index] ?? '', data, offsetIndex: false }))
      writer.write({ columnData, rowGroupSize: limits.rows })
      await send()
    }
    for await (const rows of pages) {
      for (const row of rows) {
        group.push(row)
        if (group.rows >= limits.rows || group.characters >= limits.characters) await end()
      }
    }
    if (group.rows > 0) await end()
    writer.finish()
    await send()
    const renamed = columns.filter(({ name }, index) => names[index] !== name).length
    if (renamed === 0) return []
    return [
      renamed === 1
        ? '1 column shares its name with another one: it has a number behind it.'
        : `${renamed} columns share their name with others: they have numbers behind it.`,
    ]
  }
}

/** The rows of a row group, column by column. */
class Group {
  rows = 0
  characters = 0
  readonly #columns: readonly Column[]
  readonly #mappings: readonly Mapping[]
  #values: (Value | null)[][]
  #before = 0

  constructor(columns: readonly Column[], mappings: readonly Mapping[]) {
    this.#columns = columns
    this.#mappings = mappings
    this.#values = columns.map(() => [])
  }

  push(row: Row): void {
    this.rows += 1
    for (let i = 0; i < this.#mappings.length; i += 1) {
      const text = row[i] ?? null
      if (text !== null) this.characters += text.length
      const value = text === null ? null : (this.#mappings[i]?.read(text) ?? this.#refuse(i, text))
      this.#values[i]?.push(value)
    }
  }

  take(): (Value | null)[][] {
    const values = this.#values
    this.#values = this.#columns.map(() => [])
    this.#before += this.rows
    this.rows = 0
    this.characters = 0
    return values
  }

  #refuse(index: number, text: string): never {
    const { name, type } = this.#columns[index] ?? { name: '', type: '' }
    const row = (this.#before + this.rows).toLocaleString('en')
    const value = text.length > 60 ? `${text.slice(0, 60)}…` : text
    throw new Failure({
      code: 'unsupported',
      message: `Row ${row} has ${value} in the column "${name}" (${type}), which the type of Parquet cannot hold.`,
      hint: 'Export with numbers, dates and timestamps as text.',
    })
  }
}

const text: Mapping = { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, read: (value) => value }

function mappingOf(column: Column, asText: boolean): Mapping {
  const kind = kindOf(column)
  if (column.typeOid === uuidOid) return uuid
  if (asText && (kind === 'decimal' || kind === 'date' || kind === 'timestamp' || kind === 'timestamptz')) return text
  switch (kind) {
    case 'boolean':
      return { element: { type: 'BOOLEAN' }, read: (value) => value === 't' || value === 'true' }
    case 'integer':
      return column.typeOid === 21 || column.typeOid === 23 ? integer : bigint
    case 'float':
      return column.typeOid === 700 ? float('FLOAT') : float('DOUBLE')
    case 'decimal':
      return decimalOf(column.type)
    case 'date':
      return date
    case 'timestamp':
      return timestamp(false)
    case 'timestamptz':
      return timestamp(true)
    case 'bytes':
      return { element: { type: 'BYTE_ARRAY' }, read: bytesOf }
    default:
      return text
  }
}

const uuidOid = 2950

const uuid: Mapping = {
  element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
  read: (value) => value,
}
const integer: Mapping = { element: { type: 'INT32' }, read: Number }
const bigint: Mapping = { element: { type: 'INT64' }, read: BigInt }

function float(type: 'FLOAT' | 'DOUBLE'): Mapping {
  return { element: { type }, read: Number }
}

const date: Mapping = {
  element: { type: 'INT32', converted_type: 'DATE' },
  read: (value) => {
    const microseconds = microsecondsOf(value)
    return microseconds === null ? null : Number(microseconds / 86_400_000_000n)
  },
}

const longest = 2n ** 63n

function timestamp(isAdjustedToUTC: boolean): Mapping {
  return {
    element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' } },
    read: (value) => {
      const microseconds = microsecondsOf(value)
      return microseconds === null || microseconds >= longest || microseconds < -longest ? null : microseconds
    },
  }
}

/** Parquet's decimals have up to 38 digits here, and a scale of their own: numeric without one is a text. */
function decimalOf(type: string): Mapping {
  const [, digits = '', decimals = '0'] = /^numeric\((\d+)(?:,(\d+))?\)$/.exec(type) ?? []
  const precision = Number(digits)
  const scale = Number(decimals)
  if (precision === 0 || precision > 38 || scale > precision) return text
  const small = precision <= 18
  return {
    element: {
      ...(small ? { type: 'INT64' } : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 }),
      converted_type: 'DECIMAL',
      precision,
      scale,
    },
    read: (value) => {
      const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) ?? []
      if (whole === '' || fraction.length > scale) return null
      return BigInt(sign + whole + fraction.padEnd(scale, '0'))
    },
  }
}

/** PostgreSQL prints bytea as `\x0aff`, or with `bytea_output = escape` as letters and `\012`. */
function bytesOf(value: string): Uint8Array {
  if (value.startsWith('\\x')) return Buffer.from(value.slice(2), 'hex')
  const octets = value.replace(/\\(\\|[0-3][0-7]{2})/g, (_, code: string) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  )
  return Buffer.from(octets, 'latin1')
}
