import { FileDown } from 'lucide-react'
import type { FrameworkStatus } from '../../core/framework/contract.ts'
import { countText } from '../ui/amounts.ts'
import { AppliedMigrations } from './AppliedMigrations.tsx'
import { Capabilities } from './Capabilities.tsx'
import { InstallPlan } from './InstallPlan.tsx'
import { ReasonedButton } from './ReasonsDialog.tsx'
import { useFramework } from './store.ts'
import { Uninstall } from './Uninstall.tsx'
import layout from './View.module.css'

/** What would be installed, what is, what it can do here, and how it goes again. */
export function Installation({ status }: { status: FrameworkStatus }) {
  return (
    <>
      <InstallPlan status={status} />
      <Capabilities capabilities={status.capabilities} />
      {status.applied.length > 0 && <AppliedMigrations status={status} />}
      {status.installedVersion !== null && (
        <>
          <Export />
          <Uninstall />
        </>
      )}
    </>
  )
}

function Export() {
  const exportTrail = useFramework((state) => state.exportTrail)
  const busy = useFramework((state) => state.busy)
  const exported = useFramework((state) => state.exported)
  return (
    <section className={layout.section} aria-label="Export">
      <h2>The trail as a file</h2>
      <p className={layout.lead}>
        Every state of every execution, one JSON document a line, for an archive or an auditor. Nothing changes in the
        database, and nobody waits. It goes to pgSteward’s own folder, where you alone may read it.
      </p>
      {exported !== null && (
        <p className={layout.outcome} role="status">
          {countText(exported.executions, 'execution')} in <code>{exported.exportedTo}</code>
        </p>
      )}
      <ReasonedButton
        variant="default"
        leftSection={<FileDown size={15} aria-hidden />}
        loading={busy === 'export'}
        disabled={busy !== null && busy !== 'export'}
        dialog={{ title: 'Export the trail?', confirmLabel: 'Export', danger: false }}
        what="The whole trail is written to a file on this machine. The export is recorded in its history."
        onConfirm={() => void exportTrail()}
      >
        Export the trail
      </ReasonedButton>
    </section>
  )
}
