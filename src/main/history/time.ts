/** Now, as ISO 8601 in UTC. */
export function now(): string {
  return new Date().toISOString()
}

/**
 * Microseconds since 1970 of an ISO 8601 time, which fit into a double until the year 2255.
 *
 * @throws RangeError for what is no time
 */
export function microsecondsOf(iso: string): number {
  const milliseconds = Date.parse(iso)
  if (Number.isNaN(milliseconds)) throw new RangeError(`Not a time: ${iso.slice(0, 50)}`)
  if (!Number.isSafeInteger(milliseconds * 1000)) throw new RangeError(`Too far away: ${iso.slice(0, 50)}`)
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(3, 6))
}

/** The same, or null for what is no time or too far away: nothing that is kept here can be of it. */
export function microsecondsOrNull(iso: string): number | null {
  try {
    return microsecondsOf(iso)
  } catch {
    return null
  }
}

/** A time of the server's, such as `2026-01-02T03:04:05.123456+00:00`, in UTC with its microseconds. */
export function utcOf(iso: string): string {
  const micros = microsecondsOf(iso)
  const milliseconds = Math.floor(micros / 1000)
  return new Date(milliseconds).toISOString().replace('Z', `${String(micros - milliseconds * 1000).padStart(3, '0')}Z`)
}
