import { type BytesOf, bytesOfHex, concat, hexOf, int64, type Sha256, sameBytes, singleBytes, utf8 } from './bytes.ts'
import type { SealVerdict } from './contract.ts'
import { monthOf } from './encode.ts'
import { isoOf, plainHex, type Seal, wrongLink } from './head.ts'
import { goneMonths, type Removal, removalOf } from './removals.ts'
import { digestOf, isCovered, type Row } from './row.ts'
import {
  type Archive,
  type Block,
  hadEnded,
  monthOfDate,
  type Place,
  type Section,
  type Text,
  trailLine,
  versionsOf,
} from './trailLine.ts'
import { leafOf, rootOf } from './tree.ts'

export interface TrailVerdict {
  /** False where not one line of the file was a trail's. */
  isTrail: boolean
  seals: SealVerdict[]
  /** Rows of the ledger in the file. */
  rows: number
  /** Those that no seal covers: nothing shows whether they are as they were. */
  unsealed: number
  /** What is wrong beside the seals: lines that are none, unsealed rows without their hash. */
  problems: string[]
}

interface Kept {
  version: string
  month: string
  xid: bigint
  recordedAt: string
  digest: Uint8Array
  problem: string | null
  /** Keys of the texts that it refers to. */
  texts: string[]
  sealed: boolean
}

/** Reads an exported trail line by line and says whether it is what was sealed. It needs no database, and trusts none. */
export class TrailCheck {
  readonly #sha256: Sha256
  readonly #rows = new Map<string, Kept>()
  readonly #texts = new Set<string>()
  readonly #wrongTexts = new Set<string>()
  readonly #seals = new Map<number, Seal>()
  readonly #sections = new Map<number, Section[]>()
  readonly #blocks = new Map<number, Block[]>()
  readonly #archive: Archive[] = []
  readonly #removals: Removal[] = []
  #gone: ReadonlySet<string> = new Set()
  #bytesOf: BytesOf = utf8
  readonly #problems: string[] = []
  #place: Place | null = null
  #lines = 0
  #understood = false

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  add(line: string): void {
    this.#lines += 1
    if (line.trim() === '') return
    try {
      this.#take(line)
      this.#understood = true
    } catch (thrown) {
      this.#problems.push(
        `Line ${this.#lines} is no line of a trail: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      )
    }
  }

  verdict(): TrailVerdict {
    this.#gone = goneMonths(this.#archive, this.#removals, this.#seals.values(), (removal) => this.#sealOf(removal))
    const known = new Set([...this.#seals.keys(), ...this.#sections.keys(), ...this.#blocks.keys()])
    const seals: SealVerdict[] = []
    let before = 0
    for (const number of [...known].filter((each) => each > 0).toSorted((a, b) => a - b)) {
      if (number > before + 1) seals.push(missing(before + 1, number - 1))
      seals.push(this.#judge(number))
      before = number
    }
    this.#nameWhatSlippedIn(seals)
    const unsealed = [...this.#rows.values()].filter((row) => !row.sealed)
    const wrong = unsealed.flatMap((row) => this.#problemOf(row) ?? [])
    return {
      isTrail: this.#understood,
      seals,
      rows: this.#rows.size,
      unsealed: unsealed.length,
      problems: [...this.#problems, ...wrong],
    }
  }

  #take(json: string): void {
    const line = trailLine(json)
    switch (line.kind) {
      case 'place':
        this.#place = line.row
        if (line.row.encoding === 'SQL_ASCII') this.#bytesOf = singleBytes
        break
      case 'state':
        this.#takeRow(line.row)
        break
      case 'text':
        this.#takeText(line.row)
        break
      case 'seal':
        this.#seals.set(Number(line.row.seal_number), line.row)
        break
      case 'section':
        addTo(this.#sections, Number(line.row.seal_number), line.row)
        break
      case 'block':
        addTo(this.#blocks, Number(line.row.seal_number), line.row)
        break
      case 'archive':
        this.#archive.push(line.row)
        break
      // What was installed, what could not be recorded, and the rows of other tables are sealed by nobody.
      default:
        break
    }
  }

  #takeText({ hash, recorded_at, body }: Text): void {
    const stated = bytesOfHex(hash)
    const right = stated !== null && sameBytes(stated, this.#sha256(this.#bytesOf(body)))
    const texts = right ? this.#texts : this.#wrongTexts
    texts.add(textKey(monthOf(recorded_at), hash))
  }

  #takeRow(row: Row): void {
    const { version_number: version, recorded_at: recordedAt, xid, row_hash: hash } = row
    if (version == null || recordedAt == null || xid == null || hash == null)
      throw new RangeError('A row without its key.')
    const month = monthOf(recordedAt)
    const digest = digestOf(this.#sha256, row, this.#bytesOf)
    const key = rowKey(month, version)
    const stated = bytesOfHex(hash)
    const twice = this.#rows.has(key)
    const isRight = stated !== null && sameBytes(stated, digest) && isCovered(row)
    const removal = isRight ? removalOf(row) : null
    if (removal !== null) this.#removals.push(removal)
    this.#rows.set(key, {
      version,
      month,
      xid: BigInt(xid),
      recordedAt,
      digest,
      problem: twice
        ? `Row ${version} is there more than once.`
        : isRight
          ? null
          : `Row ${version} was altered: what it says does not have its hash.`,
      texts: [row['content_hash'], row['justification_hash']].flatMap((text) =>
        text == null ? [] : [textKey(month, text)],
      ),
      sealed: false,
    })
  }

  #problemOf(row: Kept): string | null {
    if (row.problem !== null) return row.problem
    // Of copies none may be wrong: nobody knows which one is read.
    if (row.texts.every((key) => this.#texts.has(key) && !this.#wrongTexts.has(key))) return null
    return `Row ${row.version} has lost its text: the text is not there, or was altered.`
  }

  #judge(number: number): SealVerdict {
    const seal = this.#seals.get(number)
    const wrong = this.#wrongRow(number)
    const problem = seal === undefined ? 'The seal is missing: it was removed.' : this.#wrongSeal(number, seal)
    const gone = this.#monthsOf(number).filter((month) => this.#gone.has(month))
    const problems = [problem, wrong?.problem ?? null].filter((each) => each !== null)
    const notes = gone.length === 0 ? [] : [`Archived, and not in this file: ${gone.join(', ')}.`]
    return {
      number,
      at: seal === undefined ? null : isoOf(seal.sealed_at),
      rows: seal === undefined ? null : Number(seal.row_count),
      head: seal === undefined ? null : plainHex(seal.head),
      ok: problems.length > 0 ? false : gone.length > 0 ? null : true,
      wrongVersion: wrong?.version ?? null,
      problem: [...problems, ...notes].join(' ') || null,
    }
  }

  /** The first seal that lists the row of a removal. */
  #sealOf({ recordedIn, version }: Removal): number | undefined {
    const covering = [...this.#blocks].flatMap(([seal, blocks]) =>
      blocks.some(({ month, versions }) => monthOfDate(month) === recordedIn && versionsOf(versions).includes(version))
        ? seal
        : [],
    )
    return covering.toSorted((a, b) => a - b)[0]
  }

  #monthsOf(number: number): string[] {
    return (this.#sections.get(number) ?? []).map(({ month }) => monthOfDate(month)).toSorted()
  }

  #wrongSeal(number: number, seal: Seal): string | null {
    const link = wrongLink(this.#sha256, seal, this.#seals.get(number - 1), this.#bytesOf)
    if (link !== null) return link
    const sections = (this.#sections.get(number) ?? []).toSorted((a, b) => (a.month < b.month ? -1 : 1))
    const leaves = sections.map((section) =>
      leafOf(
        this.#sha256,
        concat(
          utf8(monthOfDate(section.month)),
          int64(BigInt(section.row_count)),
          bytesOfHex(section.merkle_root) ?? new Uint8Array(),
        ),
      ),
    )
    const rows = sections.reduce((sum, { row_count }) => sum + Number(row_count), 0)
    if (
      leaves.length === 0 ||
      hexOf(rootOf(this.#sha256, leaves)) !== plainHex(seal.merkle_root) ||
      rows !== Number(seal.row_count)
    ) {
      return 'The sections of the seal were changed: they do not make its root.'
    }
    return null
  }

  /** The first row of a seal that is wrong, in the order in which they are sealed. */
  #wrongRow(number: number): { version: string | null; problem: string } | null {
    const sections = new Map((this.#sections.get(number) ?? []).map((section) => [monthOfDate(section.month), section]))
    const blocks = (this.#blocks.get(number) ?? []).toSorted((a, b) =>
      a.month < b.month ? -1 : a.month > b.month ? 1 : Number(a.block) - Number(b.block),
    )
    for (const month of new Set([...sections.keys(), ...blocks.map((each) => monthOfDate(each.month))].toSorted())) {
      const versions = blocks
        .filter((each) => monthOfDate(each.month) === month)
        .flatMap((each) => versionsOf(each.versions))
      const wrong = this.#wrongIn(month, versions, sections.get(month))
      if (wrong !== null) return wrong
    }
    return null
  }

  #wrongIn(
    month: string,
    versions: string[],
    section: Section | undefined,
  ): { version: string | null; problem: string } | null {
    const rows = versions.map((version) => this.#rows.get(rowKey(month, version)))
    for (const row of rows) if (row !== undefined) row.sealed = true
    // That a month is elsewhere is not sealed: it excuses no row that is here.
    if (this.#gone.has(month) && rows.every((row) => row === undefined)) return null
    const leaves: Uint8Array[] = []
    for (const [index, row] of rows.entries()) {
      if (row === undefined) return { version: versions[index] ?? null, problem: `Row ${versions[index]} was deleted.` }
      const problem = this.#problemOf(row)
      if (problem !== null) return { version: row.version, problem }
      leaves.push(leafOf(this.#sha256, row.digest))
    }
    if (
      leaves.length > 0 &&
      section !== undefined &&
      hexOf(rootOf(this.#sha256, leaves)) === plainHex(section.merkle_root)
    )
      return null
    return {
      version: null,
      problem: `The rows of ${month} or the list of them were changed: they do not make the root of their section.`,
    }
  }

  /** Rows that no seal has, though their transactions had ended by the newest one, or had not even begun. */
  #nameWhatSlippedIn(seals: SealVerdict[]): void {
    const newest = this.#seals.get(seals.length)
    const place = this.#place
    // In another place than where it was last sealed, transaction ids say nothing.
    if (newest === undefined || place === null || !isAt(newest, place)) return
    for (const row of this.#rows.values()) {
      if (row.sealed || (!hadEnded(row.xid, newest.ledger_snapshot) && hadEnded(row.xid, place.ledger_snapshot)))
        continue
      const at = isoOf(row.recordedAt)
      const verdict = seals.find((seal) => seal.at !== null && seal.at >= at) ?? seals.at(-1)
      if (verdict === undefined || verdict.problem?.includes('was inserted')) continue
      verdict.ok = false
      verdict.wrongVersion ??= row.version
      verdict.problem = [
        verdict.problem,
        `Row ${row.version} of ${row.month} was inserted into what was sealed: no seal covers it.`,
      ]
        .filter((each) => each !== null)
        .join(' ')
    }
  }
}

function isAt(seal: Seal, place: Place): boolean {
  return (
    seal.system_identifier === place.system_identifier &&
    seal.timeline === place.timeline &&
    seal.database_oid === place.database_oid
  )
}

function rowKey(month: string, version: string): string {
  return `${month} ${version}`
}

function textKey(month: string, hash: string): string {
  return `${month} ${plainHex(hash)}`
}

function addTo<V>(map: Map<number, V[]>, key: number, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** However many are missing in a row, they are one verdict: a file may say what number it likes. */
function missing(first: number, last: number): SealVerdict {
  return {
    number: first,
    at: null,
    rows: null,
    head: null,
    ok: false,
    wrongVersion: null,
    problem:
      first === last
        ? 'The seal is missing: it was removed.'
        : `The seals ${first} to ${last} are missing: they were removed.`,
  }
}
