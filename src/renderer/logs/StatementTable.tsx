import { Loader, SegmentedControl, Table } from '@mantine/core'
import { SearchX } from 'lucide-react'
import type { LogStatement } from '../../core/logs/contract.ts'
import { durationText, percentText } from '../ui/amounts.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { oneLine } from './LineList.tsx'
import { type StatementOrder, sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

const orders: readonly { value: StatementOrder; label: string }[] = [
  { value: 'total', label: 'Most time' },
  { value: 'mean', label: 'Slowest on average' },
  { value: 'max', label: 'Slowest once' },
  { value: 'calls', label: 'Most frequent' },
  { value: 'errors', label: 'Most failures' },
]

/** What is known of each. In a narrow pane there is room for `calls` and for what the statements are ordered by. */
const columns: readonly { name: string; of: StatementOrder | 'share' }[] = [
  { name: 'Calls', of: 'calls' },
  { name: 'Total', of: 'total' },
  { name: 'Share', of: 'share' },
  { name: 'Mean', of: 'mean' },
  { name: 'Max', of: 'max' },
  { name: 'Failed', of: 'errors' },
]

function columnClass(of: StatementOrder | 'share', order: StatementOrder): string | undefined {
  const isKept = of === 'calls' || of === (order === 'calls' ? 'total' : order)
  return isKept ? classes.number : `${classes.number} ${classes.secondary}`
}

/** Statements that differ in nothing but their values, by what they cost. */
export function StatementTable() {
  const statements = useLogs((state) => state.statements)
  const order = useLogs((state) => state.order)
  const orderBy = useLogs((state) => state.orderBy)
  const openLines = useLogs((state) => state.openLines)
  const shown = useLogs((state) => state.lines?.within.fingerprint)
  if (statements === null) return <Loader className={classes.loading} aria-label="Reading the statements" />
  return (
    <div className={classes.tablePane}>
      <div className={classes.orders}>
        <SegmentedControl
          size="xs"
          aria-label="Order of the statements"
          value={order}
          onChange={(wanted) => {
            const found = orders.find(({ value }) => value === wanted)
            if (found !== undefined) void orderBy(found.value)
          }}
          data={[...orders]}
        />
      </div>
      {statements.length === 0 ? (
        <EmptyPage icon={SearchX} title="No statement was logged">
          {sections.statements.empty}
        </EmptyPage>
      ) : (
        <div className={classes.tableScroll}>
          <Table stickyHeader verticalSpacing={4} fz="xs" highlightOnHover aria-label="Statements">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Statement</Table.Th>
                {columns.map(({ name, of }) => (
                  <Table.Th key={name} className={columnClass(of, order)}>
                    {name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {statements.map((statement) => (
                <Row
                  key={statement.fingerprint}
                  statement={statement}
                  order={order}
                  chosen={statement.fingerprint === shown}
                  onOpen={() => {
                    const { fingerprint } = statement
                    void openLines(statement.statement, { fingerprint, kinds: sections.statements.kinds })
                  }}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </div>
  )
}

interface RowProps {
  statement: LogStatement
  order: StatementOrder
  chosen: boolean
  onOpen: () => void
}

function Row({ statement, order, chosen, onOpen }: RowProps) {
  const { calls, errors, totalMs, meanMs, maxMs, share, users } = statement
  const time = (ms: number | null): string => (ms === null ? '—' : durationText(ms))
  return (
    <Table.Tr data-chosen={chosen || undefined} className={classes.tableRow}>
      <Table.Td className={classes.statementCell}>
        <button
          type="button"
          className={classes.opener}
          title={`${statement.statement.slice(0, 1000)}${users.length === 0 ? '' : `\n\nby ${users.join(', ')}`}`}
          aria-current={chosen || undefined}
          onClick={onOpen}
        >
          <ShownText text={oneLine(statement.statement)} />
        </button>
      </Table.Td>
      <Table.Td className={columnClass('calls', order)}>{calls.toLocaleString('en')}</Table.Td>
      <Table.Td className={columnClass('total', order)}>{durationText(totalMs)}</Table.Td>
      <Table.Td className={columnClass('share', order)}>
        <span className={classes.share} style={{ backgroundSize: `${share * 100}% 100%` }}>
          {percentText(share)}
        </span>
      </Table.Td>
      <Table.Td className={columnClass('mean', order)}>{time(meanMs)}</Table.Td>
      <Table.Td className={columnClass('max', order)}>{time(maxMs)}</Table.Td>
      <Table.Td className={columnClass('errors', order)} data-bad={errors > 0 || undefined}>
        {errors.toLocaleString('en')}
      </Table.Td>
    </Table.Tr>
  )
}
