import type { TestDatabase } from '../../sql/tracked.ts'
import { rowsOf } from '../../sql/tracked.ts'

export const busyPrefix = '%m [%p] %c %u %d %a %h %e '

/** A log of several sessions that speak across each other, the same for the same numbers; with secrets, and lines that are none. */
export function busyLog({
  messages,
  seed = 1,
  sessions = 12,
}: {
  messages: number
  seed?: number
  sessions?: number
}): string {
  let state = seed
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const lines: string[] = []
  const open: (string | null)[] = Array.from({ length: sessions }, () => null)
  for (let n = 0; n < messages; n += 1) {
    const session = random(sessions)
    const at = new Date(Date.UTC(2026, 0, 28) + n * 60_000 * 11).toISOString().replace('T', ' ').replace('Z', ' UTC')
    const say = (text: string, state = '00000'): void => {
      lines.push(
        `${at} [${4000 + session}] 65a1.${(4000 + session).toString(16)} ann shop app${session} 10.0.0.${session} ${state} ${text}`,
      )
    }
    const pending = open[session]
    if (pending !== null && pending !== undefined) {
      open[session] = null
      const end = random(4)
      if (end === 0) {
        say(`ERROR:  relation "t${n}" does not exist at character 15`, '42P01')
        say(`STATEMENT:  ${pending}`)
      } else if (end < 3) say(`LOG:  duration: ${random(1000)}.${100 + random(900)} ms`)
      continue
    }
    const kind = random(10)
    if (kind === 0) say(`LOG:  duration: ${random(90)}.125 ms  statement: select ${n} from ä${random(9)}`)
    else if (kind === 1) lines.push(`no line of a server ${n}`)
    else if (kind === 2) {
      say(`LOG:  duration: 0.${100 + random(900)} ms  parse <unnamed>: select $1`)
      say(`LOG:  duration: 0.${100 + random(900)} ms  bind <unnamed>: select $1`)
      say(`DETAIL:  parameters: $1 = '${n}'`)
      say(`LOG:  execute <unnamed>: select $1`)
      open[session] = 'select $1'
    } else if (kind === 3) say('LOG:  checkpoint starting: time')
    else {
      const statement =
        random(8) === 0
          ? `alter role r${n} password 'S3CRET${n}'`
          : `update t${random(5)}\n\tset a = ${n}\n\twhere b = '${random(9)}\\x'`
      say(`LOG:  statement: ${statement}`)
      open[session] = statement
    }
  }
  return `${lines.join('\n')}\n`
}

/** All that an import leaves in the tables, but for when, by whom, and in how many parts. */
export async function leftIn(database: TestDatabase, file?: number): Promise<Record<string, unknown>> {
  const client = await database.session()
  const of = file === undefined ? 'true' : `file_id = ${file}`
  return {
    operations: await rowsOf(
      client,
      `select pg_catalog.to_jsonb(o) - 'file_id' as operation from script_tracking.imported_operation o where ${of} order by o.file_id, o.byte_offset`,
    ),
    refused: await rowsOf(
      client,
      `select line, reason, beginning from script_tracking.refused_log_line where ${of} order by file_id, byte_offset`,
    ),
    logs: await rowsOf(
      client,
      `select bytes, format, prefix, first_at, last_at, events, merged, redacted, refused from script_tracking.imported_log where ${of} order by file_id`,
    ),
    statements: await rowsOf(
      client,
      'select statement from script_tracking.logged_statement order by statement collate "C"',
    ),
  }
}
