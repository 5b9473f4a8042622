import type { FlawId } from './flaws.ts'
import { mix } from './random.ts'

/** In every block of `block` rows (a prime) each flaw falls on as many rows as `flaws` says. */
export interface Plan {
  readonly block: number
  readonly flaws: readonly (readonly [flaw: FlawId, rows: number])[]
}

/** Which flaw a row (numbered from 1) carries: one at most, so that no flaw hides another. */
export type Fate = (row: number) => FlawId | null

/**
 * Deals the flaws out. Within a block the rows are shuffled by an affine map, which is one-to-one because
 * the block is prime: hence each whole block carries exactly what the plan says.
 */
export function dealFlaws(seed: number, stream: number, { block, flaws }: Plan): Fate {
  const slots: FlawId[] = []
  for (const [flaw, share] of flaws) {
    for (let count = 0; count < share; count++) slots.push(flaw)
  }
  return (row) => {
    const number = Math.floor((row - 1) / block)
    const key = mix(seed, stream, number)
    const factor = 1 + (key % (block - 1))
    const slot = (((row - 1) % block) * factor + (key >>> 16)) % block
    return slots[slot] ?? null
  }
}

/** How often each flaw falls on the rows 1 to `rows`, of those that are in the table. */
export function countFlaws(
  counts: Map<FlawId, number>,
  plan: Plan,
  fate: Fate,
  rows: number,
  isInTable: (row: number) => boolean = () => true,
): void {
  for (const [flaw] of plan.flaws) counts.set(flaw, 0)
  for (let row = 1; row <= rows; row++) {
    const flaw = fate(row)
    if (flaw !== null && isInTable(row)) counts.set(flaw, (counts.get(flaw) ?? 0) + 1)
  }
}
