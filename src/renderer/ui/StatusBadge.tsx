import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import classes from './StatusBadge.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet'

/** A state in a word, told by its text and icon as well as by its colour. */
export function StatusBadge({ tone, icon: Icon, children }: { tone: Tone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {Icon !== undefined && <Icon size={12} strokeWidth={2.25} aria-hidden />}
      {children}
    </span>
  )
}
