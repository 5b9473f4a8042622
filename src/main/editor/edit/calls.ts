import type { Row } from '../../../core/editor/contract.ts'
import type { Change, Editable, EditOutcome, EditStatement } from '../../../core/editor/edit.ts'
import { Failure } from '../../../core/fault.ts'
import type { Recorder } from '../../history/index.ts'
import type { Results } from '../results.ts'
import type { Session } from '../session.ts'
import { applyEdits, type EditContext, type Edits, statementsOf } from './apply.ts'
import { editTarget } from './target.ts'

/** Of what the changes are made: the result, and the session that it came from. */
interface Edited {
  session: Session
  results: Results
  result: string
}

/** What of a result can be changed. @throws Failure saying why nothing can */
export async function editableOf({ session, results, result }: Edited): Promise<Editable> {
  const { source } = results.get(result)
  return (await editTarget(source, session.database)).editable
}

/** The statements that the changes come to, for a person to read before they are sent. */
export async function reviewEdits(edited: Edited, changes: readonly Change[]): Promise<EditStatement[]> {
  return statementsOf(await editsOf(edited, changes))
}

/** @throws Failure `refused` while the tab has a transaction open, which may hold the rows that would be waited for */
export async function applyTo(
  edited: Edited,
  changes: readonly Change[],
  context: Omit<EditContext, 'database' | 'recorder'> & { recorder: Recorder },
): Promise<EditOutcome> {
  if (edited.session.transaction !== 'idle' && edited.session.lost === null) {
    throw new Failure({
      code: 'refused',
      message: 'The tab has a transaction open, which may hold these rows. Nothing was changed.',
      hint: 'Commit it or roll it back first: changes in the grid have a transaction of their own.',
    })
  }
  return await applyEdits(await editsOf(edited, changes), { ...context, database: edited.session.database })
}

async function editsOf(edited: Edited, changes: readonly Change[]): Promise<Edits> {
  const { source, spool } = edited.results.get(edited.result)
  const target = await editTarget(source, edited.session.database)
  const before = changes.map((change): Row => {
    if (change.kind === 'insert') return []
    const { rows, cut } = spool.window(change.row, 1, longestValue)
    const [row] = rows
    if (row === undefined) throw invalid(`The result has no row ${change.row + 1}.`)
    const [long] = cut
    if (long !== undefined) throw tooLong(change.row, target.editable.columns[long.column]?.name, long.length)
    if (change.seen !== undefined && change.seen.length !== row.length)
      throw invalid('A row has another number of columns.')
    return row
  })
  for (const change of changes) check(change, target.editable)
  return { target, changes, before, ways: source.ways === 'unknown' ? null : source.ways }
}

function check(change: Change, { columns, mayInsert, mayDelete, schema, table }: Editable): void {
  if (change.kind === 'insert' && !mayInsert) throw notAllowed(`insert into ${schema}.${table}`)
  if (change.kind === 'delete' && !mayDelete) throw notAllowed(`delete from ${schema}.${table}`)
  if (change.kind === 'delete') return
  for (const { column: place } of change.set) {
    const column = columns[place]
    if (column == null) throw invalid(`Column ${place + 1} of the result is no column of ${schema}.${table}.`)
    // A role may insert what it may not update; the server says so where it may do neither.
    if (column.locked !== null && change.kind === 'update') throw invalid(`${column.name}: ${column.locked}`)
  }
}

/** Rows come back to the window as they are after a change; in UTF-16 units. */
const longestValue = 10_000_000

function tooLong(row: number, column: string | undefined, length: number): Failure {
  const where = column === undefined ? '' : ` in ${column}`
  return new Failure({
    code: 'refused',
    message: `Row ${row + 1} holds a value of ${length.toLocaleString('en')} characters${where}: too long for its row to be changed here. Nothing was changed.`,
    hint: 'Change it by a statement of your own, or select the other columns alone.',
  })
}

function invalid(message: string): Failure {
  return new Failure({ code: 'invalid_input', message })
}

function notAllowed(what: string): Failure {
  return new Failure({ code: 'refused', message: `Your role may not ${what}.` })
}
