import { uint32At } from './bytes.ts'

const primes = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const
const [p1, p2, p3, p4, p5] = primes

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** XXH32 with the seed 0, as LZ4 has it: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
export class XxHash32 {
  readonly #lanes = Int32Array.of(p1 + p2, p2, 0, -p1)
  readonly #held = new Uint8Array(16)
  #heldBytes = 0
  #length = 0

  update(bytes: Uint8Array): void {
    this.#length += bytes.length
    let at = 0
    if (this.#heldBytes > 0) {
      at = Math.min(16 - this.#heldBytes, bytes.length)
      this.#held.set(bytes.subarray(0, at), this.#heldBytes)
      this.#heldBytes += at
      if (this.#heldBytes < 16) return
      this.#round(this.#held, 0)
      this.#heldBytes = 0
    }
    for (; at + 16 <= bytes.length; at += 16) this.#round(bytes, at)
    this.#held.set(bytes.subarray(at))
    this.#heldBytes = bytes.length - at
  }

  digest(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes
    let hash = this.#length >= 16 ? rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18) : p5
    hash = (hash + this.#length) | 0
    let at = 0
    for (; at + 4 <= this.#heldBytes; at += 4) {
      hash = Math.imul(rotated((hash + Math.imul(uint32At(this.#held, at), p3)) | 0, 17), p4)
    }
    for (; at < this.#heldBytes; at += 1) {
      hash = Math.imul(rotated((hash + Math.imul(this.#held[at] ?? 0, p5)) | 0, 11), p1)
    }
    hash = Math.imul(hash ^ (hash >>> 15), p2)
    hash = Math.imul(hash ^ (hash >>> 13), p3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  #round(bytes: Uint8Array, at: number): void {
    const lanes = this.#lanes
    for (let lane = 0; lane < 4; lane += 1) {
      const sum = (lanes[lane] ?? 0) + Math.imul(uint32At(bytes, at + 4 * lane), p2)
      lanes[lane] = Math.imul(rotated(sum | 0, 13), p1)
    }
  }
}
