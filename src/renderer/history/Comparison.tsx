import { Button, Table } from '@mantine/core'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { HistoryDetail } from '../../core/history/contract.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { SqlDiff } from '../ui/SqlDiff.tsx'
import { When } from '../ui/When.tsx'
import classes from './Comparison.module.css'
import { type Comparison as Compared, useHistory } from './store.ts'

/** Two operations beside each other: their SQL, and what else differs. */
export function Comparison({ comparison: { older, newer } }: { comparison: Compared }) {
  const endComparison = useHistory((state) => state.endComparison)
  const same = older.sql === newer.sql
  return (
    <section className={classes.frame} aria-label="Comparison">
      <header className={classes.head}>
        <h2 className={classes.title}>Two operations compared, the older one on the left</h2>
        <Button size="compact-sm" variant="default" leftSection={<X size={14} aria-hidden />} onClick={endComparison}>
          Back to the list
        </Button>
      </header>
      <div className={classes.facts}>
        <Table verticalSpacing={3} aria-label="Differences" layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="9rem">Of both</Table.Th>
              <Table.Th>Older</Table.Th>
              <Table.Th>Newer</Table.Th>
              <Table.Th w="11rem">Difference</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rowsOf(older, newer).map(({ name, before, after, difference }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td>{before ?? '–'}</Table.Td>
                <Table.Td>{after ?? '–'}</Table.Td>
                <Table.Td>{difference}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {same ? (
        <p className={classes.same}>Their SQL is the same, to the letter.</p>
      ) : (
        <div className={classes.diff}>
          <SqlDiff before={older.sql} after={newer.sql} label="The SQL of both, with what differs" />
        </div>
      )}
    </section>
  )
}

interface Row {
  name: string
  before: ReactNode
  after: ReactNode
  difference: ReactNode
}

function rowsOf(older: HistoryDetail, newer: HistoryDetail): Row[] {
  const text = (name: string, of: (detail: HistoryDetail) => string | null): Row | null => {
    const [before, after] = [of(older), of(newer)]
    if (before === null && after === null) return null
    return {
      name,
      before: before === null ? null : <ShownText text={before} />,
      after: after === null ? null : <ShownText text={after} />,
      difference: before === after ? 'the same' : 'another',
    }
  }
  const rows: (Row | null)[] = [
    { name: 'Began', before: <When at={older.startedAt} />, after: <When at={newer.startedAt} />, difference: '' },
    {
      name: 'Status',
      before: <ExecutionBadge status={older.status} />,
      after: <ExecutionBadge status={newer.status} />,
      difference: older.status === newer.status ? 'the same' : 'another',
    },
    {
      name: 'Took',
      before: older.durationMs === null ? null : durationText(older.durationMs),
      after: newer.durationMs === null ? null : durationText(newer.durationMs),
      difference: ratioText(older.durationMs, newer.durationMs),
    },
    {
      name: 'Rows',
      before: older.rows === null ? null : countText(older.rows, 'row'),
      after: newer.rows === null ? null : countText(newer.rows, 'row'),
      difference: differenceText(older.rows, newer.rows),
    },
    text('User', ({ user }) => user),
    text('Database', ({ database, connection }) => (connection === null ? database : `${database} (${connection})`)),
    text('Ticket', ({ ticket }) => ticket),
    text('Error', ({ errorMessage }) => errorMessage),
    text('Created', ({ objects }) => listText(objects.created)),
    text('Changed', ({ objects }) => listText(objects.modified)),
    text('Dropped', ({ objects }) => listText(objects.dropped)),
  ]
  return rows.filter((row) => row !== null)
}

function listText(names: readonly string[]): string | null {
  return names.length === 0 ? null : [...names].sort().join(', ')
}

/** @example ratioText(10, 25) // 2.5 times as long */
function ratioText(before: number | null, after: number | null): string {
  if (before === null || after === null) return ''
  if (before === after) return 'the same'
  if (before === 0) return ''
  const ratio = after / before
  if (ratio >= 1) return `${round(ratio)} times as long`
  return ratio >= 0.01 ? `${round(ratio * 100)} % of it` : 'less than 1 % of it'
}

function differenceText(before: number | null, after: number | null): string {
  if (before === null || after === null) return ''
  if (before === after) return 'the same'
  const more = after - before
  return `${Math.abs(more).toLocaleString('en')} ${more > 0 ? 'more' : 'fewer'}`
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
