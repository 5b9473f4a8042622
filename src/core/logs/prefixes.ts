import { compilePrefix, type Prefix, type PrefixMatch } from './prefix.ts'
import type { PrefixesState } from './state.ts'

/** Prefixes in use: the defaults, what managed services set, what log analysers ask for. */
export const knownPrefixes: readonly string[] = [
  '%m [%p] ',
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%m [%p] %q%u@%d ',
  '%t:%r:%u@%d:[%p]:',
  '%t [%p]: db=%d,user=%u ',
  '%t [%p]: [%l-1] db=%d,user=%u ',
  '%t [%p]: [%l-1] user=%u,db=%d ',
  '%t [%p]: [%l-1] user=%u,db=%d,remote=%r ',
  '%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ',
  '%t [%p]: [%l-1] ',
  '%t [%p-%l] %q%u@%d ',
  '%t [%p] %u@%d ',
  '%m [%p] %u@%d ',
  '%m [%p] %u@%d %a ',
  '%m [%p] %q[%u@%d] ',
  '%m [%p] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: [%l-1] db=%d,user=%u ',
  '%m [%p] db=%d,user=%u,app=%a,client=%h ',
  '%m [%c] user=%u,db=%d,app=%a,client=%h ',
  '%m [%p]: ',
  '%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:',
  '%t-%c-',
  '%m %u@%d [%p] ',
  '%t %u@%d [%p] ',
  '%t %d %u ',
  '%t %u %d ',
  '%t ',
  '%m ',
  '< %m >',
  '<%t >',
  '< %m %u@%d [%p] >',
  '%n [%p] ',
  '%p ',
  '[%p] ',
  '%m [%p] %q[user=%u,db=%d,app=%a] ',
  '%m [%p] %q[user=%u,db=%d,app=%a,host=%h] ',
  '%m [%p][%v] : [%l-1] %q[app=%a] ',
  '%t [%p]: [%l-1] user=%u,db=%d - PG-%e ',
  'user=%u,db=%d,app=%a,client=%h ',
  'db=%d,user=%u,app=%a,client=%h ',
  'user=%u,db=%d ',
  'db=%d,user=%u ',
  '%q%u@%d ',
  '%u@%d ',
  '[%l] %u@%d ',
  ' sql_error_code = %e ',
  'sql_error_code = %e ',
  ' sql_error_code = %e time_ms = "%m" pid="%p" proc_start_time="%s" session_id="%c" vtid="%v" tid="%x" log_line="%l" database="%d" connection_source="%r" user="%u" application_name="%a" ',
  ' sql_error_code = %e time_ms = "%m" pid="%p" proc_start_time="%s" session_id="%c" vtid="%v" tid="%x" log_line="%l" %qdatabase="%d" connection_source="%r" user="%u" application_name="%a" ',
  '%r [%p]: ',
  '',
]

/** The prefixes that one log was written with, and those that it may have been. */
export class Prefixes {
  readonly #compiled = new Map<string, Prefix>()
  /** Searches that found nothing: a log full of other things is not searched for each of them. */
  #failures = 0
  #skipped = 0

  /** @throws RangeError where the prefix has an escape that PostgreSQL does not know */
  compile(source: string): Prefix {
    const known = this.#compiled.get(source)
    if (known !== undefined) return known
    const prefix = compilePrefix(source)
    this.#compiled.set(source, prefix)
    return prefix
  }

  state({ source }: Prefix): PrefixesState {
    return { current: source, known: [...this.#compiled.keys()], failures: this.#failures, skipped: this.#skipped }
  }

  /** Says which one is the log's now. */
  restore({ current, known, failures, skipped }: PrefixesState): Prefix {
    for (const source of known) this.compile(source)
    this.#failures = failures
    this.#skipped = skipped
    return this.compile(current)
  }

  /** The prefix that explains these lines, or nearly all where they are many, of those that the log had before or those in use; null where none does. */
  findFor(lines: readonly string[]): Prefix | null {
    this.#skipped += 1
    if (this.#skipped < 2 ** Math.max(0, this.#failures - 3)) return null
    const sources = new Set([...this.#compiled.keys(), ...knownPrefixes])
    const fitting = [...sources].filter((source) => this.#explains(source, lines))
    const [best] = fitting.sort((a, b) => escapesIn(b) - escapesIn(a))
    this.#skipped = 0
    this.#failures = best === undefined ? Math.min(this.#failures + 1, 15) : 0
    return best === undefined ? null : this.compile(best)
  }

  #explains(source: string, lines: readonly string[]): boolean {
    const prefix = this.#compiled.get(source) ?? compilePrefix(source)
    const strange = lines.filter((line) => {
      const match = prefix.match(line, () => null, null)
      return match === null || !isLikely(match, source, line)
    })
    return strange.length <= lines.length / 5
  }
}

/** A name without a letter, but with a digit, or one in brackets of which there is but one: a number is read as a name. */
const noName = /^(?:[^\p{L}_]*\d[^\p{L}_]*|[<({].*|\[[^\]]*|[^[]*\])$/u

/** What the server says of who has logged in, whatever the prefix says. */
const authorized = /^connection authorized: user=(.+?) database=(.+?)(?: application_name=.*| SSL enabled.*| GSS .*)?$/

/** Would a person read the line so? A prefix that is not the log's own can fit, and take a process id for a database. */
export function isLikely(
  { fields: { user, database }, mark, end }: PrefixMatch,
  source: string,
  line: string,
): boolean {
  if (user !== null && (noName.test(user) || (user.includes(' ') && /%u(?: |$)/.test(source)))) return false
  if (database !== null && (noName.test(database) || (database.includes(' ') && /%d(?: |$)/.test(source)))) return false
  const said = mark.severity === 'LOG' ? authorized.exec(line.slice(end, end + longestSaid)) : null
  return said === null || ((user ?? said[1]) === said[1] && (database ?? said[2]) === said[2])
}

/** Names are short. */
const longestSaid = 400

/** How much a prefix says. */
export function escapesIn(prefix: string): number {
  return prefix.match(/%[a-pr-zA-Z]/g)?.length ?? 0
}
