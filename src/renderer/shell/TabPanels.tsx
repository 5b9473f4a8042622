import { Loader } from '@mantine/core'
import { Unplug } from 'lucide-react'
import { createElement, type ReactNode, Suspense, useMemo, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { TabContext, useSession, useSessionStore } from '../session/context.ts'
import { visibleTabs } from '../session/state.ts'
import { type Tab, traits, type ViewName } from '../session/targets.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { views } from '../views.ts'
import classes from './TabPanels.module.css'
import { ViewBoundary } from './ViewBoundary.tsx'

interface TabPanelsProps {
  /** Shown while no tab is. */
  children: ReactNode
  /** Buttons for a tab whose connection is closed. */
  reconnect: (connection: string) => ReactNode
}

/** The views of the open tabs. One that was shown stays as it was left, hidden, until its tab closes. */
export function TabPanels({ children, reconnect }: TabPanelsProps) {
  const tabs = useSession(useShallow(visibleTabs))
  const active = useSession((session) => session.active)
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set())
  if (active !== null && !visited.has(active)) setVisited(new Set(visited).add(active))

  return (
    <div className={classes.panels}>
      {active === null && children}
      {tabs
        .filter(({ id }) => visited.has(id))
        .map((tab) => (
          <Panel key={tab.id} tab={tab} active={tab.id === active} reconnect={reconnect} />
        ))}
    </div>
  )
}

function Panel({ tab, active, reconnect }: PanelProps & Pick<TabPanelsProps, 'reconnect'>) {
  const opening = useSession(({ connections }) => connections.get(tab.connection ?? '')?.opening)
  const { scope, offline } = traits[tab.view]
  const disconnected = scope === 'connection' && opening === undefined
  return (
    <div id={tab.id} role="tabpanel" aria-labelledby={`${tab.id}-button`} className={classes.panel} hidden={!active}>
      {disconnected && (!offline || tab.connection === null) ? (
        <EmptyPage icon={Unplug} title="Not connected" actions={tab.connection !== null && reconnect(tab.connection)}>
          {tab.connection === null
            ? 'Choose a connection on the left first, or make a new one.'
            : 'This tab belongs to a connection that is closed. Connect again to go on with it.'}
        </EmptyPage>
      ) : (
        <>
          {disconnected && tab.connection !== null && (
            <div className={classes.offline} role="status">
              <Unplug size={14} aria-hidden />
              <span>Not connected: the text can be read and changed, and is kept.</span>
              {reconnect(tab.connection)}
            </div>
          )}
          <ViewBoundary key={opening}>
            <Opened tab={tab} active={active} />
          </ViewBoundary>
        </>
      )}
    </div>
  )
}

interface PanelProps {
  tab: Tab
  active: boolean
}

/** A view with the scopes of one opening of its connection; a later opening has others, and makes it anew. */
function Opened({ tab, active }: PanelProps) {
  const { scopes } = useSessionStore()
  const { id, connection } = tab
  const own = useMemo(
    () => ({
      window: scopes.window(),
      connection: scopes.connection(connection),
      tab: scopes.tab(connection, id),
    }),
    [scopes, connection, id],
  )
  const context = useMemo(() => ({ tab, active, scopes: own }), [tab, active, own])
  return (
    <TabContext value={context}>
      <Suspense fallback={<Loader className={classes.loading} aria-label="Loading the view" />}>
        <TabView tab={tab} />
      </Suspense>
    </TabContext>
  )
}

function TabView<V extends ViewName>({ tab }: { tab: Tab<V> }) {
  return createElement(views[tab.view].component, { tab })
}
