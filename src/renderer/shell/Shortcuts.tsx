import { getHotkeyHandler } from '@mantine/hooks'
import { useEffect } from 'react'
import { allActions, useActionsStore } from '../session/actions.ts'
import { isDialogOpen } from '../ui/openDialogs.ts'

/**
 * Runs actions by their shortcuts. It listens while the event goes down, before the editor or a control takes the
 * key, so that a shortcut that is shown works wherever the focus is. A dialog keeps its keys to itself.
 */
export function Shortcuts() {
  const actions = useActionsStore()
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (isDialogOpen()) return
      for (const { shortcut, disabled, run } of allActions(actions.getState())) {
        if (shortcut === undefined || disabled) continue
        const act = (): void => {
          event.stopPropagation()
          run()
        }
        // With Alt, a key prints another letter on some keyboards: what counts is where it is.
        getHotkeyHandler([[shortcut, act, { usePhysicalKeys: shortcut.includes('alt') }]])(event)
      }
    }
    window.addEventListener('keydown', onKeyDown, { capture: true })
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [actions])
  return null
}
