const quote = 0x22
const backslash = 0x5c
const newline = 0x0a
const blank = 0x20
const open = { object: 0x7b, array: 0x5b }
const close = { object: 0x7d, array: 0x5d }

/** Of a file's beginning this much tells whether its objects stand one a line. */
const headBytes = 4096

/** `[` before an object; an object that begins with a list of records, or goes on in the next line. */
const notByLine = /^(?:\ufeff)?\s*(?:\[\s*\{|\{\s*"(?:records|events|entries)"\s*:\s*\[|\{[ \t]*\r?\n)/

/**
 * JSON as services export it, one object a line: of an array, or of the list in `{"records": […]}`, each element; of
 * objects that are printed over several lines, each. What is none of these stays as it is. Offsets and lines of such a log
 * are those of what comes out of here.
 */
export async function* jsonByLine(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array()
  let cutter: Cutter | null = null
  for await (const chunk of chunks) {
    let next = chunk
    if (head !== null) {
      next = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      if (next.length < headBytes) {
        head = next
        continue
      }
      head = null
      cutter = cutterFor(next)
    }
    const bytes = cutter === null ? next : cutter.push(next)
    if (bytes.length > 0) yield bytes
  }
  if (head === null || head.length === 0) return
  const bytes = cutterFor(head)?.push(head) ?? head
  if (bytes.length > 0) yield bytes
}

function cutterFor(head: Uint8Array): Cutter | null {
  return notByLine.test(Buffer.from(head.subarray(0, headBytes)).toString()) ? new Cutter() : null
}

/** Writes records one a line: objects that stand outermost, in an outermost array, or in a list of an outermost object. */
class Cutter {
  /** What is open: the brackets' bytes. */
  readonly #depth: number[] = []
  /** How deep the record stands that is being written; -1 between records. */
  #record = -1
  #isInString = false
  #isEscaped = false
  /** Of an outermost object: what came before it is known whether it holds a list of records or is one itself. */
  #waiting: number[] | null = null

  push(chunk: Uint8Array): Uint8Array {
    // A record that waited comes out whole; each may get a line feed.
    const written = new Uint8Array((this.#waiting?.length ?? 0) + chunk.length * 2)
    let length = 0
    const write = (byte: number): void => {
      if (this.#waiting !== null) this.#waiting.push(byte)
      else if (this.#record >= 0) written[length++] = byte
    }
    for (const byte of chunk) {
      if (this.#isInString) {
        write(byte)
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isInString = false
        continue
      }
      switch (byte) {
        case quote:
          this.#isInString = true
          write(byte)
          break
        case open.object:
        case open.array: {
          const isList = this.#waiting !== null && byte === open.array && holdsRecords(this.#waiting)
          if (isList) this.#waiting = null
          else if (this.#record < 0 && this.#waiting === null && byte === open.object) {
            // An outermost object may yet turn out to be around the records.
            if (this.#depth.length === 0) this.#waiting = []
            else this.#record = this.#depth.length
          }
          this.#depth.push(byte)
          write(byte)
          break
        }
        case close.object:
        case close.array:
          write(byte)
          this.#depth.pop()
          if (this.#waiting !== null && this.#depth.length === 0) {
            written.set([...this.#waiting, newline], length)
            length += this.#waiting.length + 1
            this.#waiting = null
          } else if (this.#depth.length === this.#record) {
            written[length++] = newline
            this.#record = -1
          }
          break
        default:
          if (byte > blank) write(byte)
      }
      // It begins with something else than a list of records.
      if (this.#waiting !== null && this.#waiting.length > longestName) {
        written.set(this.#waiting, length)
        length += this.#waiting.length
        this.#waiting = null
        this.#record = 0
      }
    }
    return written.subarray(0, length)
  }
}

/** Of what an object begins with, blanks left out. */
const longestName = 12

function holdsRecords(beginning: readonly number[]): boolean {
  return /^\{"(?:records|events|entries)":$/.test(String.fromCharCode(...beginning))
}
