import { CircleCheck, CircleDashed, CircleX, type LucideIcon, Undo2, Unplug } from 'lucide-react'
import type { ExecutionStatus } from '../../core/execution.ts'
import { StatusBadge, type Tone } from './StatusBadge.tsx'

const looks: Readonly<Record<ExecutionStatus, { tone: Tone; icon: LucideIcon; text: string }>> = {
  STARTED: { tone: 'info', icon: CircleDashed, text: 'Started' },
  COMPLETED: { tone: 'good', icon: CircleCheck, text: 'Completed' },
  FAILED: { tone: 'bad', icon: CircleX, text: 'Failed' },
  ROLLED_BACK: { tone: 'warn', icon: Undo2, text: 'Rolled back' },
  INTERRUPTED: { tone: 'warn', icon: Unplug, text: 'Interrupted' },
}

/** A status in a word. */
export function statusText(status: ExecutionStatus): string {
  return looks[status].text
}

/** How an execution stands. */
export function ExecutionBadge({ status }: { status: ExecutionStatus }) {
  const { tone, icon, text } = looks[status]
  return (
    <StatusBadge tone={tone} icon={icon}>
      {text}
    </StatusBadge>
  )
}
