import { EmptyState } from '@mantine/core'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import classes from './EmptyPage.module.css'

interface EmptyPageProps {
  icon: LucideIcon
  title: string
  /** What to do first. */
  children?: ReactNode
  /** Buttons; the first one is the primary action. */
  actions?: ReactNode
}

/** What a view shows while it has nothing: never a blank, always the next step. */
export function EmptyPage({ icon: Icon, title, children, actions }: EmptyPageProps) {
  return (
    <div className={classes.page}>
      <EmptyState icon={<Icon size={28} strokeWidth={1.5} aria-hidden />} className={classes.body} size="sm">
        <EmptyState.Title className={classes.title}>{title}</EmptyState.Title>
        {children !== undefined && (
          <EmptyState.Description className={classes.description}>{children}</EmptyState.Description>
        )}
        {actions !== undefined && <EmptyState.Actions>{actions}</EmptyState.Actions>}
      </EmptyState>
    </div>
  )
}
