import { Button, type ButtonProps, Stack } from '@mantine/core'
import { type ComponentProps, type ReactNode, useState } from 'react'
import { useReasonsRule } from '../session/reasons.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { useFramework } from './store.ts'

type ReasonsDialogProps = Omit<ComponentProps<typeof ConfirmDialog>, 'ready'>

/** Asks before something is done here, and for the reasons where the connection asks for them. */
export function ReasonsDialog({ children, ...dialog }: ReasonsDialogProps) {
  const reasons = useFramework((state) => state.reasons)
  const setReasons = useFramework((state) => state.setReasons)
  const { asks, lacking } = useReasonsRule(reasons)
  return (
    <ConfirmDialog {...dialog} ready={!lacking}>
      <Stack gap="md">
        <div>{children}</div>
        {asks !== 'no' && <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />}
      </Stack>
    </ConfirmDialog>
  )
}

interface ReasonedButtonProps extends ButtonProps {
  dialog: Omit<ReasonsDialogProps, 'opened' | 'onClose' | 'onConfirm' | 'children'>
  /** What the dialog says will happen. */
  what: ReactNode
  /** It is asked for also where the connection does not ask why. */
  confirmed?: boolean
  onConfirm: (typed: string) => void
}

/** A button that does something at once, or asks first where somebody has to say why. */
export function ReasonedButton({ dialog, what, confirmed = false, onConfirm, ...button }: ReasonedButtonProps) {
  const { asks } = useReasonsRule(useFramework((state) => state.reasons))
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button {...button} onClick={() => (confirmed || asks !== 'no' ? setAsking(true) : onConfirm(''))} />
      <ReasonsDialog
        {...dialog}
        opened={asking}
        onClose={() => setAsking(false)}
        onConfirm={(typed) => {
          setAsking(false)
          onConfirm(typed)
        }}
      >
        {what}
      </ReasonsDialog>
    </>
  )
}
