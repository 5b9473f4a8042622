import { Progress } from '@mantine/core'
import { ChevronRight, Download, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { FrameworkStatus } from '../../core/framework/contract.ts'
import type { Step } from '../../core/framework/plan.ts'
import { useSession } from '../session/context.ts'
import { CopyText } from '../ui/CopyText.tsx'
import { Name } from '../ui/Name.tsx'
import { SqlText } from '../ui/SqlText.tsx'
import classes from './InstallPlan.module.css'
import { ReasonedButton } from './ReasonsDialog.tsx'
import { useFramework } from './store.ts'
import layout from './View.module.css'

/** Every step that would be run, readable before it is, and the button that runs them. */
export function InstallPlan({ status }: { status: FrameworkStatus }) {
  const { plan, state } = status
  const words = wordsOf(state)
  if (plan.steps.length === 0 && plan.refusal === null && plan.warnings.length === 0) return null
  return (
    <section className={layout.section} aria-label="Plan">
      <h2>{words.title}</h2>
      {plan.steps.length > 0 && (
        <p className={layout.lead}>
          {plan.steps.length} {plan.steps.length === 1 ? 'step' : 'steps'}, run in this order in one transaction: all of
          them or none. Your own tables are not touched. Open a step to read what it does.
        </p>
      )}
      {plan.refusal !== null && <p className={classes.refusal}>{plan.refusal}</p>}
      {plan.warnings.map((warning) => (
        <p key={warning} className={classes.warning}>
          <TriangleAlert size={15} aria-hidden />
          {warning}
        </p>
      ))}
      {plan.steps.length > 0 && plan.refusal === null && <Install {...words} version={status.bundledVersion} />}
      <ol className={classes.steps}>
        {plan.steps.map((step) => (
          <StepItem key={step.name} step={step} />
        ))}
      </ol>
    </section>
  )
}

interface Words {
  title: string
  /** What the button does, before ` version 3`. */
  doing: string
  confirm: string
}

function wordsOf(state: FrameworkStatus['state']): Words {
  if (state === 'absent') return { title: 'What would be installed', doing: 'Install', confirm: 'Install' }
  // What is missing is added by running the same release's routines again.
  if (state === 'current') return { title: 'What is missing', doing: 'Install once more:', confirm: 'Install' }
  return { title: 'The upgrade', doing: 'Upgrade to', confirm: 'Upgrade' }
}

function Install({ doing, confirm, version }: Words & { version: number }) {
  const install = useFramework((state) => state.install)
  const busy = useFramework((state) => state.busy)
  const progress = useFramework((state) => state.progress)
  const connection = useSession(({ connections, current }) => connections.get(current ?? '')?.connection)
  const verb = `${doing} version ${version}`
  const isProduction = connection?.kind === 'production'

  return (
    <div className={classes.install}>
      <ReasonedButton
        leftSection={<Download size={15} aria-hidden />}
        loading={busy === 'install'}
        disabled={busy === 'uninstall'}
        confirmed={isProduction}
        dialog={{
          title: isProduction ? `${verb} in production?` : `${verb}?`,
          confirmLabel: confirm,
          danger: isProduction,
        }}
        what={
          <>
            The plan is run on <Name>{connection?.name ?? ''}</Name>
            {isProduction && ', which is a production database'}. A lock that is not given in time ends it without any
            change.
          </>
        }
        onConfirm={() => void install()}
      >
        {verb}
      </ReasonedButton>
      {busy === 'install' && progress !== null && (
        <div className={classes.progress} aria-live="polite">
          <span>
            Step {progress.step} of {progress.steps}: {progress.name}
          </span>
          <Progress value={(100 * progress.step) / progress.steps} aria-label="Installing" />
        </div>
      )}
    </div>
  )
}

function StepItem({ step }: { step: Step }) {
  const [opened, setOpened] = useState(false)
  return (
    <li className={classes.step}>
      <div className={classes.line}>
        <button type="button" className={classes.toggle} aria-expanded={opened} onClick={() => setOpened(!opened)}>
          <ChevronRight size={14} aria-hidden className={classes.chevron} data-opened={opened || undefined} />
          <span className={classes.name}>{step.name}</span>
          <span className={classes.kind}>{step.kind}</span>
          <span className={classes.size}>{step.sql.split('\n').length.toLocaleString()} lines</span>
        </button>
        <CopyText text={step.sql} label={`Copy the SQL of ${step.name}`} />
      </div>
      {opened && (
        <div className={classes.sql}>
          <SqlText sql={step.sql} label={`SQL of ${step.name}`} />
        </div>
      )}
    </li>
  )
}
