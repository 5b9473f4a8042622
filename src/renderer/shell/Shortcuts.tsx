import { getHotkeyHandler } from '@mantine/hooks'
import { useEffect } from 'react'
import { allActions, useActionsStore } from '../session/actions.ts'
import { isDialogOpen } from '../ui/openDialogs.ts'

/** Where Escape closes, empties or leaves what has the focus. */
const closing =
  '[role="menu"], [role="listbox"], [role="dialog"], [aria-haspopup][aria-expanded="true"], select, ' +
  'input:not([type="radio"], [type="checkbox"]), textarea:not(.monaco-editor *)'

/**
 * Runs actions by their shortcuts. It listens while the event goes down, before the editor or a control takes the
 * key, so that a shortcut that is shown works wherever the focus is. A dialog keeps its keys to itself.
 *
 * Escape is heard last: who closes a list of suggestions or a menu means that, and not the run behind it.
 */
export function Shortcuts() {
  const actions = useActionsStore()
  useEffect(() => {
    const act = (event: KeyboardEvent, isWanted: (shortcut: string) => boolean): void => {
      for (const { shortcut, disabled, run } of allActions(actions.getState())) {
        if (shortcut === undefined || disabled || !isWanted(shortcut)) continue
        const perform = (): void => {
          event.stopPropagation()
          run()
        }
        // With Alt, a key prints another letter on some keyboards: what counts is where it is.
        getHotkeyHandler([[shortcut, perform, { usePhysicalKeys: shortcut.includes('alt') }]])(event)
      }
    }
    /** An Escape that nothing seemed to want when it came: by its turn, what it closes may be gone. */
    let free: KeyboardEvent | null = null
    const onWayDown = (event: KeyboardEvent): void => {
      if (isDialogOpen()) return
      const isForFocus = event.target instanceof Element && event.target.closest(closing) !== null
      free = event.key === 'Escape' && !isForFocus ? event : null
      act(event, (shortcut) => shortcut !== 'Escape')
    }
    const onWayUp = (event: KeyboardEvent): void => {
      if (event === free && !event.defaultPrevented) act(event, (shortcut) => shortcut === 'Escape')
    }
    window.addEventListener('keydown', onWayDown, { capture: true })
    window.addEventListener('keydown', onWayUp)
    return () => {
      window.removeEventListener('keydown', onWayDown, { capture: true })
      window.removeEventListener('keydown', onWayUp)
    }
  }, [actions])
  return null
}
