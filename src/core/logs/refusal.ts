import { csvBeginning } from './csv.ts'
import { hasMark } from './labels.ts'

interface Product {
  /** As in `It is …, not a log of PostgreSQL.` */
  readonly name: string
  /** Its lines, or the line that it begins with. */
  readonly line: RegExp
  readonly hint?: string
}

const iso = '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z| ?[+-]\\d\\d:?\\d\\d)?'

const esc = String.fromCharCode(27)
const colour = `(?:${esc}\\[[\\d;]{1,9}m)?`

/** Logs of others that people take for the server's. A server's own line is none of these. */
const products: readonly Product[] = [
  {
    name: 'a log of pgBouncer',
    line: /^\S+ \S+ (?:\S+ )?(?:\[\d+\]|\d+) (?:LOG|WARNING|ERROR|NOISE|DEBUG|FATAL) (?:[CS]-0x[0-9a-f]+|(?:stats|Stats|kernel|process up|listening on|got SIG|File descriptor limit)\b)/,
  },
  { name: 'a log of Pgpool-II', line: new RegExp(`^${iso}: (?:[^:]+:? )?pid \\d+: (?:LOG|ERROR|DETAIL|HINT|FATAL):`) },
  {
    name: 'a log of pgBackRest',
    line: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} P\d\d +(?:INFO|WARN|ERROR|DETAIL|DEBUG):/,
  },
  { name: 'a log of Patroni', line: new RegExp(`^${iso} (?:INFO|WARNING|ERROR): (?:no action|Lock owner|I am)`) },
  {
    name: 'a log of MySQL or MariaDB',
    line: new RegExp(
      `^(?:${iso} +\\d+ \\[(?:Note|System|Warning|ERROR)\\]|# Time: |# User@Host: |/\\S*mysqld, Version)`,
    ),
  },
  {
    name: 'a log of nginx',
    line: /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?:emerg|alert|crit|error|warn|notice|info|debug)\] \d+#\d+:/,
  },
  {
    name: 'a log of a web server’s requests, as Apache and nginx write it',
    line: /^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/,
  },
  {
    name: 'a log of Apache’s errors',
    line: /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\] \[/,
  },
  {
    name: 'an export of systemd’s journal',
    line: /^__CURSOR=|^\{.*"(?:__REALTIME_TIMESTAMP|__CURSOR|_BOOT_ID)"\s*:/,
    hint: 'journalctl -o short-iso writes it as syslog does, which can be read.',
  },
  {
    name: 'a log of Docker’s',
    line: /^\{"log":".*","stream":"std(?:out|err)"/,
    hint: 'docker logs prints what is in it.',
  },
  {
    name: 'a container’s log as Kubernetes keeps it',
    line: /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] /,
    hint: 'kubectl logs prints what is in it.',
  },
  {
    name: 'what docker compose logs prints',
    // Compose numbers its containers, colours their names where it writes to a terminal, and may put the time between.
    line: new RegExp(
      `^${colour}(?:[\\w.-]{1,60}-\\d{1,3} +\\| |[\\w.-]{1,63} +\\| ${colour}(?:${iso} )?(?:\\d{4}-\\d\\d-\\d\\d |\\t|PostgreSQL ))`,
    ),
    hint: 'with --no-log-prefix, and of the server’s container alone, it can be read.',
  },
  { name: 'a log of Redis', line: /^\d+:[A-Z] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [*#.-] / },
  { name: 'a log of MongoDB', line: /^\{"t":\{"\$date":/ },
  {
    name: 'a log of Oracle',
    line: /^(?:ORA-\d{5}|Thread \d+ advanced to log sequence|Starting ORACLE instance)/,
  },
  {
    name: 'a log of SQL Server',
    line: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d +(?:Server|spid\d+s?|Logon|Backup) +/,
  },
  { name: 'a report of pgBadger', line: /^(?:<!DOCTYPE html>|<html)/i },
  { name: 'a dump of a database', line: /^(?:--\r?$|-- PostgreSQL database (?:cluster )?dump|PGDMP)/ },
]

/** Why a log cannot be read, as its beginning tells, in one sentence; null where it may be one of PostgreSQL. */
export function refusalOf(text: string): string | null {
  const lines = text
    .slice(0, 65_536)
    .split('\n', 200)
    .map((line) => line.replace(/^\ufeff/, '').slice(0, 4000))
    .filter((line) => line.trim() !== '')
  if (lines.length === 0) return 'The file is empty: take one that the server has written to.'
  const controls = Array.from(text.slice(0, 8192)).filter(isBinary).length
  if (controls > 0.02 * Math.min(text.length, 8192)) return 'It is a binary file, not a text.'
  for (const { name, line, hint } of products) {
    const count = lines.filter((each) => line.test(each)).length
    if (count > lines.length / 2 || (count > 0 && line.test(lines[0] ?? ''))) {
      return `It is ${name}, not a log of PostgreSQL${hint === undefined ? '.' : `: ${hint}`}`
    }
  }
  const looksLikeServer = lines.some((line) => csvBeginning.test(line) || line.startsWith('{') || hasMark(line))
  return looksLikeServer
    ? null
    : 'It is no log of PostgreSQL: no line of its beginning has a severity, such as LOG or ERROR.'
}

/** Neither text nor what a client may have sent to the server. */
function isBinary(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 27
}
