import { Loader, Table } from '@mantine/core'
import { bytesText } from '../ui/amounts.ts'
import { Name } from '../ui/Name.tsx'
import { When } from '../ui/When.tsx'
import { FileName } from './FileName.tsx'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** The logs that were imported, the latest first. */
export function FileTable() {
  const files = useLogs((state) => state.files)
  const filter = useLogs((state) => state.filter)
  const show = useLogs((state) => state.show)
  if (files === null) return <Loader className={classes.loading} aria-label="Reading the list of logs" />
  return (
    <div className={classes.tableScroll}>
      <Table stickyHeader verticalSpacing={4} fz="xs" aria-label="Imported logs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Log, format</Table.Th>
            <Table.Th>From, to</Table.Th>
            {['Size', 'Operations', 'Masked', 'Refused'].map((name) => (
              <Table.Th key={name} className={classes.number}>
                {name}
              </Table.Th>
            ))}
            <Table.Th>Imported</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {files.map((log) => (
            <Table.Tr key={log.file}>
              <Table.Td className={classes.fileCell}>
                <button
                  type="button"
                  className={classes.opener}
                  title={`Show only ${log.name}`}
                  onClick={() => {
                    void filter({ file: log.file })
                    void show('timeline')
                  }}
                >
                  <FileName>{log.name}</FileName>
                </button>
                <span className={classes.beneath} title={log.prefix === '' ? undefined : log.prefix}>
                  {log.format}
                </span>
              </Table.Td>
              <Table.Td className={classes.moment}>
                {log.first === null ? '—' : <When at={log.first} />}
                <span className={classes.beneath}>{log.last === null ? '—' : <When at={log.last} />}</span>
              </Table.Td>
              <Table.Td className={classes.number}>{bytesText(log.bytes)}</Table.Td>
              <Table.Td className={classes.number}>{log.events.toLocaleString('en')}</Table.Td>
              <Table.Td className={classes.number}>{log.redacted.toLocaleString('en')}</Table.Td>
              <Table.Td className={classes.number} data-bad={log.refused > 0 || undefined}>
                {log.refused.toLocaleString('en')}
              </Table.Td>
              <Table.Td className={classes.moment}>
                <When at={log.importedAt} />
                <span className={classes.beneath}>
                  by <Name>{log.importedBy}</Name>
                </span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
