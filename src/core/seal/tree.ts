import { concat, type Sha256 } from './bytes.ts'

const leafMark = Uint8Array.of(0)
const nodeMark = Uint8Array.of(1)

export function leafOf(sha256: Sha256, entry: Uint8Array): Uint8Array {
  return sha256(concat(leafMark, entry))
}

/** The Merkle Tree Hash of RFC 9162, 2.1.1, over at least one leaf that is hashed already. */
export function rootOf(sha256: Sha256, leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (only === undefined) throw new RangeError('A tree has a leaf.')
  if (leaves.length === 1) return only
  // The largest power of two below their number.
  const left = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1)
  return sha256(concat(nodeMark, rootOf(sha256, leaves.slice(0, left)), rootOf(sha256, leaves.slice(left))))
}

/**
 * The root that a leaf and its path lead to: RFC 9162, 2.1.3.2.
 *
 * @param place where the leaf is among `size` leaves, from 0
 * @returns null where a path of this length belongs to no such place
 */
export function rootByPath(
  sha256: Sha256,
  leaf: Uint8Array,
  { place, size, path }: { place: number; size: number; path: readonly Uint8Array[] },
): Uint8Array | null {
  if (place < 0 || place >= size) return null
  let at = place
  let last = size - 1
  let node = leaf
  for (const neighbour of path) {
    if (last === 0) return null
    if (at % 2 === 1 || at === last) {
      node = sha256(concat(nodeMark, neighbour, node))
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2)
        last = Math.floor(last / 2)
      }
    } else {
      node = sha256(concat(nodeMark, node, neighbour))
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? node : null
}
