import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Cache } from '../cache/open.ts'
import { microsecondsOrNull } from './time.ts'

/** How far the moments that this machine and the server keep of one operation may lie apart, in microseconds. */
const apart = 1_000_000

const idRow = z.object({ id: z.string() })

/**
 * Finds an operation by the key that the server knows its execution by. What others ran is kept by that key; what
 * pgSteward ran by its UUID, whose SHA-256 the key is.
 */
export function createKeys(cache: Cache) {
  // Those that are kept by the key itself need not be hashed: of others' there can be thousands in a second.
  const near = cache.query('select id from operation where position between :from and :to and length(id) <> 64', idRow)

  /**
   * @param key in hex
   * @param at when it was executed, ISO 8601
   * @returns the operation's id; the key itself where nothing else is known
   */
  return (key: string, at: string): string => {
    const moment = microsecondsOrNull(at)
    if (moment === null) return key
    const found = near.all({ from: moment - apart, to: moment + apart }).find(({ id }) => keyOf(id) === key)
    return found?.id ?? key
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
