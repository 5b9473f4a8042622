import { ActionIcon, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PanelLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSession } from '../session/context.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { keysAsText } from '../ui/Keys.tsx'
import { windowShortcuts } from './actions.ts'
import { Brand } from './Brand.tsx'
import { ConfirmClose } from './ConfirmClose.tsx'
import classes from './Frame.module.css'
import { KeyMap } from './KeyMap.tsx'
import { Palette } from './Palette.tsx'
import { Shortcuts } from './Shortcuts.tsx'
import { SidebarEdge, useSidebarWidth } from './SidebarEdge.tsx'
import { StatusBar } from './StatusBar.tsx'
import { TabPanels } from './TabPanels.tsx'
import { TabStrip } from './TabStrip.tsx'
import { useWindowActions } from './useWindowActions.ts'
import { Ways } from './Ways.tsx'

interface FrameProps {
  sidebar: ReactNode
  /** Stands above the tabs when something is wrong with the current connection. */
  banner: ReactNode
  /** Shown while no tab is open. */
  empty: ReactNode
  reconnect: (connection: string) => ReactNode
}

/** The window's layout: connections at the left, tabs in the middle, the status at the bottom. */
export function Frame({ sidebar, banner, empty, reconnect }: FrameProps) {
  const [sidebarShown, sidebarToggle] = useDisclosure(true)
  const [keysShown, keys] = useDisclosure(false)
  const width = useSidebarWidth()
  const hasTabs = useSession(({ active }) => active !== null)
  useWindowActions({ toggleSidebar: sidebarToggle.toggle, showKeys: keys.open })

  return (
    <div className={classes.window}>
      <Shortcuts />
      <Palette />
      <ConfirmClose />
      <KeyMap opened={keysShown} onClose={keys.close} />
      <div className={classes.middle}>
        {sidebarShown && (
          <aside className={classes.sidebar} style={{ width: width.px }} aria-label="Sidebar">
            <Brand />
            {sidebar}
            <Ways showKeys={keys.open} />
            <SidebarEdge width={width} />
          </aside>
        )}
        <main className={classes.main}>
          <Severed />
          <Unkept />
          {banner}
          {(hasTabs || !sidebarShown) && (
            <div className={classes.tabs}>
              <Tooltip
                label={`${sidebarShown ? 'Hide' : 'Show'} the connections (${keysAsText(windowShortcuts.sidebar)})`}
              >
                <ActionIcon
                  className={classes.toggle}
                  onClick={sidebarToggle.toggle}
                  aria-label="Connections"
                  aria-expanded={sidebarShown}
                >
                  <PanelLeft size={15} aria-hidden />
                </ActionIcon>
              </Tooltip>
              <TabStrip />
            </div>
          )}
          <TabPanels reconnect={reconnect}>{empty}</TabPanels>
        </main>
      </div>
      <StatusBar />
    </div>
  )
}

/** Tabs and texts would be gone with this window: that is said before it happens. */
function Unkept() {
  const fault = useSession(({ unkept, severed }) => (severed === null ? unkept : null))
  if (fault === null) return null
  return (
    <div className={classes.severed}>
      <FaultPanel
        fault={{ hint: 'Save in files what you need of the open tabs.', ...fault }}
        title="Tabs are not kept for the next start"
      />
    </div>
  )
}

/** The main process has gone: what is shown stays readable, but nothing can be done any more. */
function Severed() {
  const fault = useSession(({ severed }) => severed)
  if (fault === null) return null
  return (
    <div className={classes.severed}>
      <FaultPanel
        fault={{
          hint: 'What is on the screen can still be read and copied. Start pgSteward again to go on.',
          ...fault,
        }}
        title="pgSteward has ended behind this window"
      />
    </div>
  )
}
