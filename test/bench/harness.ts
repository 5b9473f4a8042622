import { arch, cpus, platform, release, totalmem } from 'node:os'

export interface Variant {
  name: string
  /** One run of what is measured. Set-up belongs before and around, not in here. */
  run(): Promise<void> | void
}

export interface Plan {
  /** What B is compared with. */
  a: Variant
  b: Variant
  /** Pairs that count. */
  pairs: number
  /** Pairs before them that do not: caches fill, the JIT compiles. */
  warmUp: number
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
}

/** In milliseconds for durations, without unit for ratios. */
export interface Spread {
  median: number
  min: number
  max: number
}

export interface Comparison {
  pairs: number
  a: Spread & { name: string }
  b: Spread & { name: string }
  /** B's duration over A's, taken pair by pair: what slows the machine for a while slows both of a pair. */
  ratio: Spread
}

/**
 * Runs A and B in turns, so that neither has the machine for itself in a better hour. Durations of single runs
 * say little on a shared machine; the median of the ratios says most.
 *
 * @throws RangeError without a pair to count
 */
export async function compare(plan: Plan): Promise<Comparison> {
  if (!Number.isInteger(plan.pairs) || plan.pairs < 1) throw new RangeError('A comparison needs one pair or more.')
  const now = plan.now ?? (() => performance.now())
  const time = async (variant: Variant): Promise<number> => {
    const began = now()
    await variant.run()
    return now() - began
  }
  const pairs: { a: number; b: number }[] = []
  for (let i = 0; i < plan.warmUp + plan.pairs; i++) {
    const pair = { a: await time(plan.a), b: await time(plan.b) }
    if (i >= plan.warmUp) pairs.push(pair)
  }
  return {
    pairs: pairs.length,
    a: { name: plan.a.name, ...spread(pairs.map(({ a }) => a)) },
    b: { name: plan.b.name, ...spread(pairs.map(({ b }) => b)) },
    ratio: spread(pairs.map(({ a, b }) => b / a)),
  }
}

/** @throws RangeError for no values */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other)
  const at = (index: number): number => {
    const value = sorted[index]
    if (value === undefined) throw new RangeError('There is no median of nothing.')
    return value
  }
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2
  return { median, min: at(0), max: at(sorted.length - 1) }
}

export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  node: string
}

/** Where a figure was measured: without it, it says nothing. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  }
}
