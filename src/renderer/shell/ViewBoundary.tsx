import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { type Fault, toFault } from '../../core/fault.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import classes from './ViewBoundary.module.css'

/** Keeps a view that fails to draw from taking the window with it, and shows why it failed. */
export class ViewBoundary extends Component<{ children: ReactNode }, { fault: Fault | null }> {
  override state: { fault: Fault | null } = { fault: null }

  static getDerivedStateFromError(thrown: unknown): { fault: Fault } {
    return { fault: toFault(thrown) }
  }

  override render(): ReactNode {
    if (this.state.fault === null) return this.props.children
    return (
      <div className={classes.place}>
        <FaultPanel
          fault={this.state.fault}
          title="This view failed"
          actions={
            <Button variant="default" onClick={() => this.setState({ fault: null })}>
              Try again
            </Button>
          }
        />
      </div>
    )
  }
}
