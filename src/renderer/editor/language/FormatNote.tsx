import { ActionIcon } from '@mantine/core'
import { X } from 'lucide-react'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import classes from '../View.module.css'
import { useLanguage } from './store.ts'

const reasons = {
  unread: 'is not understood',
  changed: 'would not have stayed the same',
  long: 'is too long',
} as const

/** What formatting left as it is, and why. */
export function FormatNote() {
  const left = useLanguage((state) => state.left)
  const fault = useLanguage((state) => state.fault)
  const dismiss = useLanguage((state) => state.dismiss)
  const [first] = left
  if (first === undefined && fault === null) return null
  return (
    <div className={classes.notice} role="status" aria-label="Formatting">
      <FaultPanel
        title={fault === null ? 'Not all of it was formatted' : 'The text was not formatted'}
        fault={
          fault ?? {
            code: 'refused',
            message:
              left.length === 1
                ? `One statement was left as it is: it ${reasons[first?.why ?? 'unread']}.`
                : `${left.length} statements were left as they are: the first of them ${reasons[first?.why ?? 'unread']}.`,
          }
        }
        actions={
          <ActionIcon aria-label="Dismiss" onClick={dismiss}>
            <X size={14} aria-hidden />
          </ActionIcon>
        }
      />
    </div>
  )
}
