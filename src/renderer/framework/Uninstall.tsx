import { Button, Stack } from '@mantine/core'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { asksReasons } from '../../core/connection.ts'
import { useSession } from '../session/context.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { areBothSaid, noReasons } from '../ui/reasons.ts'
import { useFramework } from './store.ts'
import layout from './View.module.css'

/** Takes everything away again, after the trail has been exported and the database's name typed. */
export function Uninstall() {
  const uninstall = useFramework((state) => state.uninstall)
  const busy = useFramework((state) => state.busy)
  const live = useSession(({ connections, current }) => connections.get(current ?? ''))
  const database = live?.server.database
  const asks = live === undefined ? 'no' : asksReasons(live.connection)
  const [asking, setAsking] = useState(false)
  const [reasons, setReasons] = useState(noReasons)

  return (
    <section className={layout.section} aria-label="Removal">
      <h2>Removal</h2>
      <p className={layout.lead}>
        Exports the whole trail to a file on this machine, then removes what was installed and nothing else.
      </p>
      <Button
        variant="default"
        c="var(--bad)"
        leftSection={<Trash2 size={15} aria-hidden />}
        loading={busy === 'uninstall'}
        disabled={busy === 'install' || database === undefined}
        onClick={() => setAsking(true)}
      >
        Uninstall…
      </Button>
      {database !== undefined && (
        <ConfirmDialog
          opened={asking}
          title="Uninstall the framework?"
          confirmLabel="Export and uninstall"
          ready={asks !== 'require' || areBothSaid(reasons)}
          typed={{ name: database, what: 'the database’s name, to go on' }}
          onClose={() => setAsking(false)}
          onConfirm={(confirm) => {
            setAsking(false)
            void uninstall(confirm, reasons)
          }}
        >
          <Stack gap="md">
            <div>
              Nothing is tracked in this database from then on. The trail that is there is exported first; the database
              itself keeps none of it.
            </div>
            {asks !== 'no' && <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />}
          </Stack>
        </ConfirmDialog>
      )}
    </section>
  )
}
