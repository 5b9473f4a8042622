import { Loader, Table } from '@mantine/core'
import { CircleCheck } from 'lucide-react'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { When } from '../ui/When.tsx'
import { oneLine } from './LineList.tsx'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** Errors by SQLSTATE, or by message where none was logged, the most frequent first. */
export function ErrorTable() {
  const errors = useLogs((state) => state.errors)
  const openLines = useLogs((state) => state.openLines)
  const shown = useLogs((state) => state.lines?.within)
  if (errors === null) return <Loader className={classes.loading} aria-label="Reading the errors" />
  if (errors.length === 0) {
    return (
      <EmptyPage icon={CircleCheck} title="No error was logged">
        None stands in what the filters above let through.
      </EmptyPage>
    )
  }
  return (
    <div className={classes.tableScroll}>
      <Table stickyHeader verticalSpacing={4} fz="xs" highlightOnHover aria-label="Errors">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>SQLSTATE</Table.Th>
            <Table.Th className={classes.secondary}>Severity</Table.Th>
            <Table.Th className={classes.number}>Count</Table.Th>
            <Table.Th>Latest message</Table.Th>
            <Table.Th className={classes.secondary}>Last</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {errors.map(({ sqlstate, pattern, severity, count, message, users, last }) => {
            const within = {
              severities: [severity],
              ...(sqlstate === null ? {} : { sqlstate }),
              ...(pattern === null ? {} : { pattern }),
            }
            const chosen = JSON.stringify(shown) === JSON.stringify(within)
            return (
              <Table.Tr
                key={`${severity} ${sqlstate} ${pattern}`}
                className={classes.tableRow}
                data-chosen={chosen || undefined}
              >
                <Table.Td
                  className={classes.code}
                  title={sqlstate === null ? 'The server logs it with %e in its log_line_prefix.' : undefined}
                >
                  {sqlstate ?? 'not logged'}
                </Table.Td>
                <Table.Td className={`${classes.severity} ${classes.secondary}`}>{severity}</Table.Td>
                <Table.Td className={classes.number}>{count.toLocaleString('en')}</Table.Td>
                <Table.Td className={classes.statementCell}>
                  <button
                    type="button"
                    className={classes.opener}
                    title={users.length === 0 ? undefined : `by ${users.join(', ')}`}
                    aria-current={chosen || undefined}
                    onClick={() => void openLines(sqlstate ?? message, within)}
                  >
                    <ShownText text={oneLine(message)} />
                  </button>
                </Table.Td>
                <Table.Td className={`${classes.moment} ${classes.secondary}`}>
                  {last === null ? '—' : <When at={last} />}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </div>
  )
}
