import { FieldPlaces } from '../../../src/core/logs/csvFields.ts'

/** A message of a stderr log as the server wrote it: its line, and those of DETAIL and the like, each with its own. */
interface Message {
  pid: string
  entries: string[]
}

const label = /(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE): {2}/

/** @param stderr a log whose prefix begins `%m [%p] ` */
function messagesOf(stderr: string): Message[] {
  const messages: Message[] = []
  for (const entry of stderr.trimEnd().split(/\n(?!\t)/)) {
    const pid = /\[(\d+)\]/.exec(entry)?.[1] ?? ''
    const last = messages.at(-1)
    if (last?.pid === pid && label.test(entry.split(/(?:LOG|ERROR|FATAL|WARNING): {2}/)[0] ?? ''))
      last.entries.push(entry)
    else messages.push({ pid, entries: [entry] })
  }
  return messages
}

/** Bytes of a piece, as in PostgreSQL. */
const pieceLimit = 900

/** Cuts a message as the server does for syslog: at line ends, and before a blank where a line is too long. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  let rest = Buffer.from(text)
  if (rest.length <= pieceLimit && !text.includes('\n')) return [text]
  while (rest.length > 0) {
    if (rest[0] === 10) {
      rest = rest.subarray(1)
      continue
    }
    const newline = rest.indexOf(10)
    let length = Math.min(newline < 0 ? rest.length : newline, pieceLimit)
    while (length > 0 && ((rest[length] ?? 0) & 0xc0) === 0x80) length -= 1
    const isBlank = (at: number): boolean => [9, 11, 12, 13, 32].includes(rest[at] ?? 32)
    if (length < rest.length && rest[length] !== 10 && !isBlank(length)) {
      let blank = length - 1
      while (blank > 0 && !isBlank(blank)) blank -= 1
      if (blank > 0) length = blank
    }
    pieces.push(rest.subarray(0, length).toString())
    rest = rest.subarray(length)
  }
  return pieces
}

/** What rsyslog does to control characters. */
function escaped(text: string): string {
  return Array.from(text, (each) =>
    each < ' ' ? `#${(each.codePointAt(0) ?? 0).toString(8).padStart(3, '0')}` : each,
  ).join('')
}

/** The lines of a daemon whose processes' pieces stand between each other, and between those of other programs. */
function throughSyslog(stderr: string, header: (pid: string) => string, other: string): string {
  const lines: string[] = []
  let held: string[] = []
  let sequence = 0
  for (const { pid, entries } of messagesOf(stderr)) {
    sequence += 1
    const pieces = piecesOf(entries.join('\n'))
    const numbered = pieces.map((piece, index) => {
      const number = pieces.length === 1 ? `[${sequence}]` : `[${sequence}-${index + 1}]`
      return `${header(pid)}${number} ${escaped(piece)}`
    })
    if (held.length > 0 && held[0]?.startsWith(header(pid)) !== true) {
      // Two processes at once: a line of the one, a line of the other.
      while (held.length > 0 || numbered.length > 0) {
        lines.push(...held.splice(0, 1), ...numbered.splice(0, 1))
      }
    } else {
      lines.push(...held, other)
      held = numbered
    }
  }
  return `${[...lines, ...held].join('\n')}\n`
}

const json = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

/** One log of a real server as each of the services hands it out. */
export const wrap = {
  syslog: (stderr: string) =>
    throughSyslog(
      stderr,
      (pid) => `Nov 21 10:00:00 db1 postgres[${pid}]: `,
      'Nov 21 10:00:00 db1 systemd[1]: Started Daily apt upgrade.',
    ),
  heroku: (stderr: string) =>
    throughSyslog(
      stderr,
      (pid) => `2026-11-21T10:00:00.123456+00:00 app[postgres.${pid}]: [YELLOW] `,
      '2026-11-21T10:00:00.123456+00:00 heroku[router]: at=info method=GET path="/"',
    ),
  rds: (stderr: string) => stderr.replaceAll(/^(?!\t)(?=.)/gm, '2026-11-21T10:00:00.000Z '),
  cloudsql: (stderr: string) =>
    json(
      messagesOf(stderr).flatMap(({ entries }) =>
        entries.map((textPayload) => ({
          insertId: 's=1',
          logName: 'projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log',
          resource: { type: 'cloudsql_database', labels: { database_id: 'p:db' } },
          severity: 'INFO',
          textPayload,
          timestamp: '2026-11-21T10:00:00Z',
        })),
      ),
    ),
  azure: (stderr: string) =>
    json(
      messagesOf(stderr).flatMap(({ entries: [message, ...more] }) => {
        const detail = more.find((entry) => entry.includes('DETAIL:  '))
        const others = more.filter((entry) => entry !== detail)
        const at = (text: string, properties: object): object => ({
          category: 'PostgreSQLLogs',
          operationName: 'LogEvent',
          time: '2026-11-21T10:00:00.000Z',
          properties: { errorLevel: 'LOG', message: text, ...properties },
        })
        const own =
          detail === undefined ? {} : { detail: detail.replace(/^.*?DETAIL: {2}/s, '').replaceAll('\n\t', '\n') }
        return [at(message ?? '', own), ...others.map((entry) => at(entry, {}))]
      }),
    ),
  /** @param csv the csvlog of the same server, without a line feed in a field's name */
  cloudnativepg: (csv: string) =>
    json([
      { level: 'info', ts: '2026-11-21T10:00:00Z', logger: 'instance-manager', msg: 'Starting' },
      ...recordsOf(csv).map((fields) => {
        const at = (index: number): string => fields[index] ?? ''
        const record = {
          log_time: at(0),
          user_name: at(1),
          database_name: at(2),
          process_id: at(3),
          connection_from: at(4),
          session_id: at(5),
          session_line_num: at(6),
          command_tag: at(7),
          error_severity: at(11),
          sql_state_code: at(12),
          message: at(13),
          detail: at(14),
          hint: at(15),
          internal_query: at(16),
          internal_query_pos: at(17),
          context: at(18),
          query: at(19),
          query_pos: at(20),
          location: at(21),
          application_name: at(22),
          backend_type: at(23),
          query_id: at(25),
        }
        return { level: 'info', ts: '2026-11-21T10:00:00Z', logger: 'postgres', msg: 'record', record }
      }),
    ]),
}

function recordsOf(csv: string): (string | null)[][] {
  const records: (string | null)[][] = []
  let text = ''
  for (const line of csv.trimEnd().split('\n')) {
    text = text === '' ? line : `${text}\n${line}`
    if ((text.split('"').length - 1) % 2 === 1) continue
    const places = new FieldPlaces()
    const isRead = places.read(text) === 'whole'
    const fields = isRead ? Array.from({ length: places.length }, (_, index) => places.at(index) ?? null) : null
    if (fields === null) throw new Error(`The server wrote no csv: ${text}`)
    records.push(fields)
    text = ''
  }
  return records
}
