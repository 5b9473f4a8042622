import { Table } from '@mantine/core'
import { EyeOff } from 'lucide-react'
import type { LogSampleEvent } from '../../../core/logs/contract.ts'
import { durationText } from '../../ui/amounts.ts'
import { Name } from '../../ui/Name.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import { When } from '../../ui/When.tsx'
import { kindText } from '../sections.ts'
import classes from './View.module.css'

const shownCharacters = 300

/** The first operations and events, as they are understood. */
export function Sample({ events }: { events: readonly LogSampleEvent[] }) {
  if (events.length === 0) return <p className={classes.quiet}>Nothing was understood.</p>
  return (
    <Table stickyHeader verticalSpacing={3} fz="xs" className={classes.sample} aria-label="Sample">
      <Table.Thead>
        <Table.Tr>
          <Table.Th className={classes.lineCell}>Line</Table.Th>
          <Table.Th>Time</Table.Th>
          <Table.Th>Kind</Table.Th>
          <Table.Th>Who</Table.Th>
          <Table.Th className={classes.tookCell}>Took</Table.Th>
          <Table.Th>Statement or message</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map((event) => (
          <Table.Tr key={event.line}>
            <Table.Td className={`${classes.number} ${classes.lineCell}`}>{event.line}</Table.Td>
            <Table.Td className={classes.time}>{event.time === null ? '—' : <When at={event.time} precise />}</Table.Td>
            <Table.Td className={classes.kind} data-severity={event.severity}>
              {kindText(event.kind)}
            </Table.Td>
            <Table.Td className={classes.who}>
              <Who event={event} />
            </Table.Td>
            <Table.Td className={`${classes.number} ${classes.tookCell}`}>
              {event.durationMs === null ? '' : durationText(event.durationMs)}
            </Table.Td>
            <Table.Td>
              <span className={classes.told}>
                {event.redacted && (
                  <span className={classes.maskedMark} title="A secret was masked">
                    <EyeOff size={12} aria-label="A secret was masked" />
                  </span>
                )}
                <ShownText text={textOf(event)} />
              </span>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** User and database, and under them the application: what a wrong prefix mixes up first. */
function Who({ event: { user, database, application } }: { event: LogSampleEvent }) {
  return (
    <>
      {(user !== null || database !== null) && <Name>{`${user ?? ''}@${database ?? ''}`}</Name>}
      {application !== null && application !== '' && (
        <span className={classes.application}>
          <Name>{application}</Name>
        </span>
      )}
    </>
  )
}

/** What failed is told by its message, all else by what ran. */
function textOf({ statement, message, kind }: LogSampleEvent): string {
  const text = kind === 'error' ? (message ?? statement) : (statement ?? message)
  const whole = (text ?? '').replaceAll(/\s+/g, ' ')
  return whole.length > shownCharacters ? `${whole.slice(0, shownCharacters)}…` : whole
}
