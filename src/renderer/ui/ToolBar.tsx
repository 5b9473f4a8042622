import type { ReactNode } from 'react'
import classes from './ToolBar.module.css'

interface ToolBarProps {
  /** Names the toolbar for a screen reader. */
  label: string
  children: ReactNode
  /** Stands at the right. */
  end?: ReactNode
}

/** The row of controls at the top of a view. */
export function ToolBar({ label, children, end }: ToolBarProps) {
  return (
    <div className={classes.bar} role="toolbar" aria-label={label}>
      <div className={classes.start}>{children}</div>
      {end !== undefined && <div className={classes.end}>{end}</div>}
    </div>
  )
}
