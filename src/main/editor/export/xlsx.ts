import type { Column, Row } from '../../../core/editor/contract.ts'
import { kindOf, type ValueKind } from '../../../core/editor/valueKind.ts'
import { Failure } from '../../../core/fault.ts'
import { microsecondsOf } from './moments.ts'
import type { FormatWriter } from './writer.ts'
import { Zip } from './zip.ts'

/** What the format holds: rows of a sheet with the header, columns, UTF-16 units of a cell. */
export const xlsxLimits = { rows: 1_048_576, columns: 16_384, cell: 32_767 }

/**
 * An Excel workbook. Numbers of up to 15 digits are numbers and longer ones texts, because Excel would round them; dates
 * and timestamps are dates; all else is a text, which no spreadsheet takes for a formula. What is too long for a sheet
 * goes on in the next one.
 */
export function xlsxWriter(limits = xlsxLimits): FormatWriter {
  return async ({ columns, pages }, write) => {
    if (columns.length > limits.columns) {
      throw new Failure({
        code: 'unsupported',
        message: `The result has ${columns.length.toLocaleString('en')} columns; a sheet of Excel holds ${limits.columns.toLocaleString('en')}.`,
        hint: 'Export it as CSV, or select fewer columns.',
      })
    }
    const zip = new Zip(write)
    const sheets = new Sheets(columns, pages[Symbol.asyncIterator](), limits)
    do await zip.add(`xl/worksheets/sheet${sheets.count + 1}.xml`, sheets.next())
    while (sheets.hasMore)
    for (const [name, text] of parts(sheets.count)) await zip.add(name, [text])
    await zip.end()
    return sheets.remarks()
  }
}

/** Deals the rows out to sheets. */
class Sheets {
  count = 0
  hasMore = false
  readonly #columns: readonly Column[]
  readonly #pages: AsyncIterator<readonly Row[]>
  readonly #limits: typeof xlsxLimits
  readonly #kinds: ValueKind[]
  readonly #letters: string[]
  #page: readonly Row[] = []
  #at = 0
  #cut = 0

  constructor(columns: readonly Column[], pages: AsyncIterator<readonly Row[]>, limits: typeof xlsxLimits) {
    this.#columns = columns
    this.#pages = pages
    this.#limits = limits
    this.#kinds = columns.map(kindOf)
    this.#letters = columns.map((_, index) => lettersOf(index))
  }

  async *next(): AsyncGenerator<string> {
    this.count += 1
    yield sheetStart
    yield this.#widths()
    yield '<sheetData>'
    yield this.#line(
      1,
      this.#columns.map(({ name }, index) => this.#text(name, index, 1, headingStyle)),
    )
    for (let line = 2; line <= this.#limits.rows; line += 1) {
      const row = await this.#row()
      if (row === null) break
      yield this.#line(
        line,
        row.map((value, index) => (value === null ? '' : this.#cell(value, index, line))),
      )
    }
    yield sheetEnd
    this.hasMore = (await this.#peek()) !== null
  }

  remarks(): string[] {
    const remarks: string[] = []
    if (this.count > 1) {
      const perSheet = (this.#limits.rows - 1).toLocaleString('en')
      remarks.push(`A sheet holds ${perSheet} rows: the result goes on in ${this.count} sheets.`)
    }
    if (this.#cut > 0) {
      const values = this.#cut === 1 ? '1 value was' : `${this.#cut.toLocaleString('en')} values were`
      const limit = this.#limits.cell.toLocaleString('en')
      remarks.push(`${values} cut to ${limit} characters, which is what a cell holds. CSV keeps them whole.`)
    }
    return remarks
  }

  async #peek(): Promise<Row | null> {
    while (this.#at >= this.#page.length) {
      const { done, value } = await this.#pages.next()
      if (done === true) return null
      this.#page = value
      this.#at = 0
    }
    return this.#page[this.#at] ?? null
  }

  async #row(): Promise<Row | null> {
    // Without waiting for what is there: a turn of the loop for each of a million rows would be felt.
    const row = this.#page[this.#at] ?? (await this.#peek())
    this.#at += 1
    return row
  }

  /** Excel fills a cell with # where a date is wider than its column, and most are wider than columns are by default. */
  #widths(): string {
    const widths = this.#columns.map(({ name }, index) => {
      const least = leastWidths.get(this.#kinds[index] ?? 'text') ?? 10
      return Math.max(least, Math.min(name.length + 2, widest))
    })
    const each = widths.map((width, index) => {
      return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`
    })
    return each.length === 0 ? '' : `<cols>${each.join('')}</cols>`
  }

  #line(line: number, cells: readonly string[]): string {
    return `<row r="${line}">${cells.join('')}</row>`
  }

  #cell(value: string, column: number, line: number): string {
    const place = `r="${this.#letters[column]}${line}"`
    switch (this.#kinds[column]) {
      case 'integer':
      case 'decimal':
      case 'float':
        if (isExactInDouble(value)) return `<c ${place}><v>${value}</v></c>`
        break
      case 'boolean':
        return `<c ${place} t="b"><v>${value === 't' || value === 'true' ? 1 : 0}</v></c>`
      case 'date':
      case 'timestamp': {
        const serial = serialOf(value)
        const style = this.#kinds[column] === 'date' ? dateStyle : timestampStyle
        if (serial !== null) return `<c ${place} s="${style}"><v>${serial}</v></c>`
      }
    }
    return this.#text(value, column, line)
  }

  #text(value: string, column: number, line: number, style = textStyle): string {
    let text = value
    if (value.length > this.#limits.cell) {
      this.#cut += 1
      // Not half of a character that takes two units: what is there is of the value.
      text = value.slice(0, this.#limits.cell).replace(/[\ud800-\udbff]$/, '')
    }
    const escaped = escapeText(text)
    return `<c r="${this.#letters[column]}${line}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped}</t></is></c>`
  }
}

/** A number of at most 15 significant digits comes back from a double as it went in, unless it is too small for one. */
function isExactInDouble(value: string): boolean {
  if (!/^-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i.test(value)) return false
  const digits = value.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '')
  if (digits === '') return true
  const double = Math.abs(Number(value))
  return digits.length <= 15 && double >= 1e-300 && double <= 1e300
}

const firstDay = Date.UTC(1899, 11, 30) / 86_400_000
/** 1900-03-01: Excel takes 1900 for a leap year, and all days before for another. */
const firstRightDay = 61
/** 9999-12-31 */
const lastDay = 2_958_465

/** Days since the end of 1899, which hold microseconds too; null for a moment that Excel does not know. */
function serialOf(value: string): string | null {
  const microseconds = microsecondsOf(value)
  if (microseconds === null) return null
  const day = microseconds / 86_400_000_000n
  const rest = microseconds % 86_400_000_000n
  const serial = Number(day) - firstDay + Number(rest) / 86_400_000_000
  return serial >= firstRightDay && serial < lastDay + 1 ? String(serial) : null
}

/** XML, and beside it Excel's own way to write what XML cannot hold: `_x0007_`. */
function escapeText(text: string): string {
  if (!/[&<>\r\p{Cc}_\ufffe\uffff]/u.test(text)) return text
  return text
    .replace(/_(?=x[\da-f]{4}_)/gi, '_x005F_')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?![\n\t])[\p{Cc}\ufffe\uffff]/gu, (character) => {
      return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`
    })
}

/** @example lettersOf(27) // AB */
function lettersOf(index: number): string {
  let letters = ''
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  }
  return letters
}

/** In characters: `2024-02-29`, and the same with `12:30:00.500`. */
const leastWidths = new Map<ValueKind, number>([
  ['date', 12],
  ['timestamp', 25],
])
const widest = 40

const headingStyle = 1
const dateStyle = 2
const timestampStyle = 3
/** Shown as it is: Excel does not make a number of it when somebody goes into the cell. */
const textStyle = 4

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'

const sheetStart =
  `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0">` +
  '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
  '<sheetFormatPr defaultRowHeight="15"/>'
const sheetEnd = '</sheetData></worksheet>'

const styles =
  `${declaration}<styleSheet xmlns="${main}">` +
  '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>' +
  '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts>' +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>' +
  '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyNumberFormat="1"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>' +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'

/** What makes a workbook of the sheets. */
function* parts(sheets: number): Generator<[string, string]> {
  const numbers = Array.from({ length: sheets }, (_, index) => index + 1)
  const each = (text: (number: number) => string): string => numbers.map(text).join('')
  const spreadsheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  yield [
    '[Content_Types].xml',
    `${declaration}<Types xmlns="${packages}/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      '<Default Extension="xml" ContentType="application/xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${spreadsheet}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${spreadsheet}.styles+xml"/>` +
      each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${spreadsheet}.worksheet+xml"/>`) +
      '</Types>',
  ]
  yield [
    '_rels/.rels',
    `${declaration}<Relationships xmlns="${packages}/relationships">` +
      `<Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ]
  yield [
    'xl/workbook.xml',
    `${declaration}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>` +
      each((n) => `<sheet name="Result${n === 1 ? '' : ` ${n}`}" sheetId="${n}" r:id="rId${n}"/>`) +
      '</sheets></workbook>',
  ]
  yield [
    'xl/_rels/workbook.xml.rels',
    `${declaration}<Relationships xmlns="${packages}/relationships">` +
      each((n) => `<Relationship Id="rId${n}" Type="${office}/worksheet" Target="worksheets/sheet${n}.xml"/>`) +
      `<Relationship Id="rId${sheets + 1}" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
  ]
  yield ['xl/styles.xml', styles]
}
