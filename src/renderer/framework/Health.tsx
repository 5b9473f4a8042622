import { CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { HealthCheck, HealthStatus } from '../../core/framework/contract.ts'
import { countText } from '../ui/amounts.ts'
import { CopyText } from '../ui/CopyText.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './Health.module.css'
import { useFramework } from './store.ts'
import layout from './View.module.css'

const looks: Readonly<Record<HealthStatus, { icon: LucideIcon; word: string }>> = {
  ok: { icon: CircleCheck, word: 'Fine' },
  warning: { icon: TriangleAlert, word: 'Needs attention' },
  critical: { icon: CircleAlert, word: 'Critical' },
}

/** What the framework finds of itself: what needs somebody first, then what is fine. */
export function Health() {
  const health = useFramework((state) => state.health)
  const fault = useFramework((state) => state.healthFault)
  if (fault !== null) return <FaultPanel fault={fault} title="The health could not be read" />
  if (health === null) return null
  const troubled = health.filter(({ status }) => status !== 'ok')
  return (
    <section className={layout.section} aria-label="Health">
      <Verdict checks={health} troubled={troubled.length} />
      {troubled.length > 0 && <Checks checks={troubled} label="Needs attention" />}
      <Checks checks={health.filter(({ status }) => status === 'ok')} label="Fine" />
    </section>
  )
}

function Verdict({ checks, troubled }: { checks: readonly HealthCheck[]; troubled: number }) {
  const worst: HealthStatus = checks[0]?.status ?? 'ok'
  const { icon: Icon } = looks[worst]
  return (
    <div className={classes.verdict} data-status={worst} role="status" aria-label="Verdict">
      <Icon className={classes.mark} size={18} aria-hidden />
      <strong>
        {troubled === 0
          ? `All ${countText(checks.length, 'check')} are fine`
          : `${troubled} of ${countText(checks.length, 'check')} ${troubled === 1 ? 'needs' : 'need'} attention`}
      </strong>
    </div>
  )
}

function Checks({ checks, label }: { checks: readonly HealthCheck[]; label: string }) {
  if (checks.length === 0) return null
  return (
    <ul className={classes.list} aria-label={label}>
      {checks.map((check) => (
        <Check key={check.name} check={check} />
      ))}
    </ul>
  )
}

function Check({ check: { name, status, value, message, remedy } }: { check: HealthCheck }) {
  const { icon: Icon, word } = looks[status]
  return (
    <li className={classes.check} data-status={status}>
      <Icon className={classes.mark} size={15} aria-label={word} />
      <div className={classes.body}>
        <div className={classes.line}>
          <span className={classes.name}>{nameText(name)}</span>
          {value !== null && (
            <span className={classes.value}>
              <ShownText text={valueText(value)} />
            </span>
          )}
        </div>
        <div className={classes.message}>
          <ShownText text={message} />
        </div>
        {remedy !== null && status === 'ok' && (
          <div className={classes.message}>
            <ShownText text={remedy} />
          </div>
        )}
        {remedy !== null && status !== 'ok' && (
          <div className={classes.remedy}>
            <span>
              <ShownText text={remedy} />
            </span>
            <CopyText text={remedy} label="Copy what to do" />
          </div>
        )}
      </div>
    </li>
  )
}

/** Numbers with their thousands apart; all else as it is. */
function valueText(value: string): string {
  return /^\d{5,15}$/.test(value) ? Number(value).toLocaleString('en') : value
}

/** `months_ahead` is `Months ahead` for a person. */
function nameText(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
