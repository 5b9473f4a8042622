import type { LucideIcon } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import classes from './ChoiceCard.module.css'

interface ChoiceCardProps {
  icon: LucideIcon
  title: string
  children: ReactNode
  action: ReactNode
}

/** One of a few ways to go on. */
export function ChoiceCard({ icon: Icon, title, children, action }: ChoiceCardProps) {
  const heading = useId()
  return (
    <section className={classes.card} aria-labelledby={heading}>
      <Icon className={classes.icon} size={22} strokeWidth={1.6} aria-hidden />
      <h2 id={heading} className={classes.title}>
        {title}
      </h2>
      <div className={classes.body}>{children}</div>
      <div>{action}</div>
    </section>
  )
}
