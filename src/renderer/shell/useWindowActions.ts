import { useMantineColorScheme } from '@mantine/core'
import { useMemo } from 'react'
import { type Action, useActions } from '../session/actions.ts'
import { requestClose } from '../session/closing.ts'
import { useConnected, useSessionStore } from '../session/context.ts'
import { visibleTabs } from '../session/state.ts'
import { windowActions } from './actions.ts'
import { palette } from './paletteStore.ts'

export interface WindowDoings {
  toggleSidebar: () => void
  showKeys: () => void
}

/** Offers what can be done anywhere in the window. */
export function useWindowActions({ toggleSidebar, showKeys }: WindowDoings): void {
  const session = useSessionStore()
  const connected = useConnected()
  const { setColorScheme } = useMantineColorScheme()

  const actions = useMemo((): Action[] => {
    const { open, reopenTab, step } = session.getState()
    const closeActive = (): void => {
      const { active } = session.getState()
      if (active !== null) requestClose(session, active)
    }
    const moveActive = (by: 1 | -1): void => {
      const { active, moveTab } = session.getState()
      const visible = visibleTabs(session.getState())
      const next = visible[visible.findIndex(({ id }) => id === active) + by]
      if (active !== null && next !== undefined) moveTab(active, next.id)
    }
    return [
      { ...windowActions.palette, run: palette.open },
      { ...windowActions.newQuery, disabled: !connected, run: () => open({ view: 'editor' }) },
      { ...windowActions.history, run: () => open({ view: 'history' }) },
      { ...windowActions.logs, disabled: !connected, run: () => open({ view: 'logs' }) },
      { ...windowActions.logImport, run: () => open({ view: 'logImport' }) },
      { ...windowActions.framework, disabled: !connected, run: () => open({ view: 'framework' }) },
      { ...windowActions.newConnection, run: () => open({ view: 'connection' }) },
      { ...windowActions.tabNext, run: () => step(1) },
      { ...windowActions.tabPrevious, run: () => step(-1) },
      { ...windowActions.tabClose, run: closeActive },
      { ...windowActions.tabReopen, run: reopenTab },
      { ...windowActions.tabRight, run: () => moveActive(1) },
      { ...windowActions.tabLeft, run: () => moveActive(-1) },
      { ...windowActions.sidebar, run: toggleSidebar },
      { ...windowActions.light, run: () => setColorScheme('light') },
      { ...windowActions.dark, run: () => setColorScheme('dark') },
      { ...windowActions.auto, run: () => setColorScheme('auto') },
      { ...windowActions.keys, run: showKeys },
    ]
  }, [session, connected, setColorScheme, toggleSidebar, showKeys])

  useActions(actions)
}
