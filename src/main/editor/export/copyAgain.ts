import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { ExportFormat } from '../../../core/editor/export.ts'
import type { Database } from '../../connections/index.ts'
import { cancelBackend } from '../../postgres/cancel.ts'
import { endSession } from '../../postgres/session.ts'
import type { WriteBytes } from '../../writeWhole.ts'
import { cancellable } from '../cancel.ts'
import { Describe } from '../describe.ts'
import { nodeOf, parse } from '../parser.ts'
import type { Source } from '../results.ts'
import type { Session } from '../session.ts'

/** A query that is run again to be written, in a session of its own. */
export interface CopyAgain {
  /** Hands over the bytes as the server makes them, untouched. Comes back with the number of rows. */
  write(write: WriteBytes, signal: AbortSignal): Promise<number>
  close(): Promise<void>
}

type Again = Pick<Source, 'sql' | 'values' | 'fields' | 'arranged'>
type Tab = Pick<Session, 'transaction' | 'hasOwnWays' | 'database'>

/**
 * Makes ready to run a query again by `copy`, which is several times as fast as reading its rows one by one. A sentence
 * saying why not, where the rows would or could be others than those of the tab's own session.
 */
export async function copyAgain(format: ExportFormat, source: Again, tab: Tab): Promise<CopyAgain | string> {
  const options = optionsOf(format)
  if (options === null) return 'COPY cannot write this format.'
  const reason = reasonAgainst(source, tab)
  if (reason !== null) return reason
  const client = await tab.database.connect('export')
  // Who waits for an answer has the loss as its error.
  client.on('error', () => {})
  try {
    const describe = new Describe(source.sql)
    client.query(describe)
    await describe.types
    if (!areSame(describe.fields, source.fields)) {
      await endSession(client)
      return 'In a new session, the query means other tables or columns.'
    }
    return copying(client, `copy (${source.sql}\n) to stdout with (${options})`, tab.database)
  } catch (thrown) {
    await endSession(client)
    if (thrown instanceof pg.DatabaseError) return `In a new session, the query fails: ${thrown.message}.`
    throw thrown
  }
}

/** What COPY is asked for; null where it cannot write what is wanted. */
function optionsOf(format: ExportFormat): string | null {
  if (format.kind !== 'csv' || format.safeForSpreadsheets || format.lineEnd !== '\n') return null
  const { delimiter, quote, nullText, header } = format
  return [
    'format csv',
    `header ${header}`,
    `delimiter ${pg.escapeLiteral(delimiter)}`,
    `quote ${pg.escapeLiteral(quote)}`,
    `null ${pg.escapeLiteral(nullText)}`,
    "encoding 'UTF8'",
  ].join(', ')
}

function reasonAgainst({ sql, values, arranged }: Again, tab: Tab): string | null {
  if (arranged) return 'They were sorted or filtered here, which its query does not say.'
  const node = nodeOf(sql)
  if (node === null || !('SelectStmt' in node) || !parse(sql).reads) return 'It is not the result of a plain select.'
  if (node.SelectStmt.intoClause !== undefined || node.SelectStmt.lockingClause !== undefined)
    return 'Its query does more than to select.'
  if (values.length > 0) return 'Its query has parameters, which COPY cannot take.'
  if (tab.transaction !== 'idle') return 'The tab has a transaction open, which no other session can look into.'
  if (tab.hasOwnWays) return 'The tab has settings or objects of its own, which no other session has.'
  return null
}

/** The same columns of the same tables: the names in the query mean the same in both sessions. */
function areSame(one: readonly pg.FieldDef[], other: readonly pg.FieldDef[]): boolean {
  return (
    one.length === other.length &&
    one.every((field, place) => {
      const same = other[place]
      return (
        same !== undefined &&
        field.name === same.name &&
        field.dataTypeID === same.dataTypeID &&
        field.tableID === same.tableID &&
        field.columnID === same.columnID
      )
    })
  )
}

function copying(client: pg.Client, sql: string, database: Database): CopyAgain {
  const write = async (take: WriteBytes): Promise<number> => {
    // One snapshot; and a query that is run again cannot change anything again.
    await client.query('begin isolation level repeatable read read only')
    const stream = client.query(copyTo(sql))
    for await (const bytes of stream) await take(bytes)
    await client.query('commit')
    return stream.rowCount
  }
  return {
    write: (take, signal) => {
      const pid = Reflect.get(client, 'processID')
      return cancellable(write(take), signal, async () => {
        if (typeof pid === 'number') await cancelBackend(() => database.connect('cancel'), pid)
      })
    },
    close: () => endSession(client),
  }
}
