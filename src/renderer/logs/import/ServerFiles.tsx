import { Checkbox, Loader, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { type Fault, toFault } from '../../../core/fault.ts'
import type { ServerLogFile, ServerLogs } from '../../../core/logs/contract.ts'
import { useSession } from '../../session/context.ts'
import { bytesText, countText } from '../../ui/amounts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { DialogButtons } from '../../ui/DialogButtons.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { Name } from '../../ui/Name.tsx'
import { VirtualList } from '../../ui/VirtualList.tsx'
import { When } from '../../ui/When.tsx'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** The files in the log folder of the connected server, read by SQL: which of them are to be imported. */
export function ServerFiles({ onClose }: { onClose: () => void }) {
  const connection = useSession(({ connections, current }) => connections.get(current ?? '')?.connection)
  const readServerFiles = useImport((state) => state.readServerFiles)
  const add = useImport((state) => state.addServerFiles)
  const [logs, setLogs] = useState<ServerLogs | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const id = connection?.id ?? null

  useEffect(() => {
    if (id === null) return
    readServerFiles(id).then(setLogs, (thrown: unknown) => setFault(toFault(thrown)))
  }, [readServerFiles, id])

  const toggle = (name: string): void => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    setChosen(next)
  }
  const take = (): void => {
    if (id !== null && logs !== null) {
      add(
        id,
        logs.files.filter(({ name }) => chosen.has(name)),
      )
    }
    onClose()
  }
  const files = logs?.files ?? []
  return (
    <Dialog opened onClose={onClose} title={`Logs of ${connection?.name ?? 'the server'}`} size={620}>
      <Stack gap="md">
        {fault !== null && <FaultPanel title="The server’s logs could not be listed" fault={fault} />}
        {logs?.problem != null && (
          <FaultPanel
            title="The server’s logs cannot be had from here"
            fault={{ code: 'refused', message: logs.problem.message, hint: logs.problem.hint }}
          />
        )}
        {logs === null && fault === null && <Loader aria-label="Listing the server’s logs" />}
        {logs !== null && logs.problem === null && files.length === 0 && (
          <p className={classes.quiet}>
            The server’s log folder is empty. It writes files there while logging_collector is on.
          </p>
        )}
        {files.length > 0 && (
          <div className={classes.serverFiles}>
            <VirtualList
              label="The server’s logs"
              count={files.length}
              rowHeight={34}
              keyOf={(index) => files[index]?.name ?? index}
              row={(index) => {
                const file = files[index]
                return file === undefined ? null : (
                  <ServerFile file={file} chosen={chosen.has(file.name)} onToggle={() => toggle(file.name)} />
                )
              }}
            />
          </div>
        )}
        <DialogButtons
          label={chosen.size === 0 ? 'Look at them' : `Look at ${countText(chosen.size, 'log')}`}
          disabled={chosen.size === 0}
          onCancel={onClose}
          onConfirm={take}
        />
      </Stack>
    </Dialog>
  )
}

function ServerFile({ file, chosen, onToggle }: { file: ServerLogFile; chosen: boolean; onToggle: () => void }) {
  return (
    <div className={classes.serverFile}>
      <Checkbox checked={chosen} onChange={onToggle} label={<Name mono>{file.name}</Name>} />
      {file.current && <span className={classes.current}>written now</span>}
      <span className={classes.size}>{bytesText(file.bytes)}</span>
      <span className={classes.modified}>
        <When at={file.modifiedAt} short />
      </span>
    </div>
  )
}
