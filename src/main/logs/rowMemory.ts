export const pieceBytes = 262_144

/** Of the memory that is given back, as much is kept as the parts take that are on their way. */
const mostKept = 128

/** Pieces of memory for rows: those that were sent to the server are written over. */
export class RowMemory {
  readonly #free: ArrayBuffer[] = []

  give(pieces: readonly ArrayBuffer[]): void {
    for (const piece of pieces) {
      if (piece.byteLength === pieceBytes && this.#free.length < mostKept) this.#free.push(piece)
    }
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(pieceBytes))
  }
}
