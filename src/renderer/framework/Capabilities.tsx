import { CircleCheck, CircleSlash } from 'lucide-react'
import type { Capability } from '../../core/framework/contract.ts'
import classes from './Capabilities.module.css'
import layout from './View.module.css'

/** What the framework can do in this database, and, where it cannot, why and what would help. */
export function Capabilities({ capabilities }: { capabilities: readonly Capability[] }) {
  const missing = capabilities.filter(({ available }) => !available).length
  const ordered = capabilities.toSorted((a, b) => Number(a.available) - Number(b.available))
  if (capabilities.length === 0) return null
  return (
    <section className={layout.section} aria-label="Capabilities">
      <h2>What it can do here</h2>
      <p className={layout.lead}>
        {missing === 0
          ? 'Everything. Your role has all the rights that the framework uses.'
          : `${capabilities.length - missing} of ${capabilities.length}. The rest is held back by this server or by your role’s rights.`}
      </p>
      <ul className={classes.list}>
        {ordered.map(({ name, available, reason }) => (
          <li key={name} className={classes.item} data-available={available || undefined}>
            {available ? (
              <CircleCheck size={15} aria-label="Available" />
            ) : (
              <CircleSlash size={15} aria-label="Missing" />
            )}
            <div>
              <div className={classes.name}>{name}</div>
              {reason !== null && <div className={classes.reason}>{reason}</div>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
