import { Trash2 } from 'lucide-react'
import { useSession } from '../session/context.ts'
import { ReasonedButton } from './ReasonsDialog.tsx'
import { useFramework } from './store.ts'
import layout from './View.module.css'

/** Takes everything away again, after the trail has been exported and the database's name typed. */
export function Uninstall() {
  const uninstall = useFramework((state) => state.uninstall)
  const busy = useFramework((state) => state.busy)
  const database = useSession(({ connections, current }) => connections.get(current ?? '')?.server.database)

  return (
    <section className={layout.section} aria-label="Removal">
      <h2>Removal</h2>
      <p className={layout.lead}>
        Exports the whole trail to a file on this machine, then removes what was installed and nothing else.
      </p>
      <ReasonedButton
        variant="default"
        c="var(--bad)"
        leftSection={<Trash2 size={15} aria-hidden />}
        loading={busy === 'uninstall'}
        disabled={busy === 'install' || database === undefined}
        confirmed
        dialog={{
          title: 'Uninstall the framework?',
          confirmLabel: 'Export and uninstall',
          typed: { name: database ?? '', what: 'the database’s name, to go on' },
        }}
        what="Nothing is tracked in this database from then on. The trail that is there is exported first; the database itself keeps none of it."
        onConfirm={(confirm) => void uninstall(confirm)}
      >
        Uninstall…
      </ReasonedButton>
    </section>
  )
}
