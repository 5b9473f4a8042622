import { Table } from '@mantine/core'
import type { FrameworkStatus } from '../../core/framework/contract.ts'
import { Name } from '../ui/Name.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { When } from '../ui/When.tsx'
import classes from './AppliedMigrations.module.css'
import layout from './View.module.css'

/** What has been applied: when, by whom, and the checksum that it had. */
export function AppliedMigrations({ status: { applied, installedAt, installedBy } }: { status: FrameworkStatus }) {
  return (
    <section className={layout.section} aria-label="Applied">
      <h2>What is installed</h2>
      {installedAt !== null && (
        <p className={layout.lead}>
          Since <When at={installedAt} />
          {installedBy !== null && (
            <>
              , by <ShownText text={installedBy} />
            </>
          )}
          .
        </p>
      )}
      <div className={classes.frame}>
        <Table className={classes.table} verticalSpacing={5} horizontalSpacing="sm" borderColor="var(--line-soft)">
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={classes.number}>Version</Table.Th>
              <Table.Th>Name</Table.Th>
              <Table.Th>Applied</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th className={classes.number}>Took</Table.Th>
              <Table.Th>SHA-256</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {applied.toReversed().map((migration) => (
              <Table.Tr key={migration.version}>
                <Table.Td className={classes.number}>{migration.version}</Table.Td>
                <Table.Td>
                  <Name>{migration.name}</Name>
                </Table.Td>
                <Table.Td className={classes.time}>
                  <When at={migration.appliedAt} />
                </Table.Td>
                <Table.Td>
                  <Name>{migration.appliedBy}</Name>
                </Table.Td>
                <Table.Td className={classes.number}>
                  {Math.round(migration.durationMs).toLocaleString('en')} ms
                </Table.Td>
                <Table.Td className={classes.hash} title={migration.checksum}>
                  {migration.checksum.slice(0, 12)}…
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  )
}
