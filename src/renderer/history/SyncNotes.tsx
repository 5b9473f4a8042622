import { CloudOff, CloudUpload, Hourglass } from 'lucide-react'
import { useSession } from '../session/context.ts'
import { countText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { useHistory } from './store.ts'
import classes from './View.module.css'

/** Says when the list is older than it could be, and what waits to be told. */
export function SyncNotes() {
  const fault = useHistory((state) => state.fault)
  const failed = useHistory((state) => state.synced?.failed)
  const waiting = useHistory((state) => state.waiting)
  const unindexed = useHistory((state) => state.unindexed)
  const unwritten = useHistory((state) => state.unwritten)
  const offline = useSession(({ connections }) => ![...connections.values()].some(({ state }) => state === 'open'))
  return (
    <>
      {fault !== null && (
        <div className={classes.fault}>
          <FaultPanel title="The history could not be read" fault={fault} />
        </div>
      )}
      {unwritten !== null && (
        <div className={classes.fault}>
          <FaultPanel
            title={`${countText(unwritten.operations, 'operation')} could not be written to this machine’s history. Kept in memory, and tried again every few seconds; lost if pgSteward ends before.`}
            fault={unwritten.fault}
          />
        </div>
      )}
      {!offline &&
        failed?.map(({ connection, fault: why }) => (
          <div key={connection} className={classes.fault}>
            <FaultPanel title={`${connection} could not be synchronised`} fault={why} />
          </div>
        ))}
      {(offline || waiting > 0 || unindexed > 1000) && (
        <p className={classes.notes} role="status">
          {offline && (
            <span className={classes.note}>
              <CloudOff size={14} aria-hidden />
              Offline: this is what this machine knows. Connect to take what others have done since.
            </span>
          )}
          {waiting > 0 && (
            <span className={classes.note}>
              <CloudUpload size={14} aria-hidden />
              {countText(waiting, 'record')} {waiting === 1 ? 'waits' : 'wait'} to be sent.
            </span>
          )}
          {unindexed > 1000 && (
            <span className={classes.note}>
              <Hourglass size={14} aria-hidden />
              {countText(unindexed, 'operation')} still to be indexed: a search does not find them yet.
            </span>
          )}
        </p>
      )}
    </>
  )
}
