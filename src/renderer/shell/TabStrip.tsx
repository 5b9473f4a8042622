import { ActionIcon } from '@mantine/core'
import { X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { requestClose } from '../session/closing.ts'
import { useSession, useSessionStore } from '../session/context.ts'
import { visibleTabs } from '../session/state.ts'
import type { Tab } from '../session/targets.ts'
import { ShownText } from '../ui/ShownText.tsx'
import { tintOf } from '../ui/tint.ts'
import { views } from '../views.ts'
import classes from './TabStrip.module.css'

export function tabTitle(tab: Tab): string {
  return tab.title ?? views[tab.view].name
}

/** The open tabs. Arrow keys go along them, Delete or a middle click closes one, dragging moves one. */
export function TabStrip({ end }: { end?: ReactNode }) {
  const tabs = useSession(useShallow(visibleTabs))
  const step = useSession((session) => session.step)

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : null
    if (by === null) return
    event.preventDefault()
    step(by)
  }

  return (
    <div className={classes.strip}>
      <div className={classes.tabs} role="tablist" aria-label="Open tabs" onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <TabButton key={tab.id} tab={tab} />
        ))}
      </div>
      {end}
    </div>
  )
}

/** What a tab that is dragged is known by; what else is dragged over the window is none of ours. */
const dragged = 'application/x-pgsteward-tab'

function TabButton({ tab }: { tab: Tab }) {
  const active = useSession((session) => session.active === tab.id)
  const activate = useSession((session) => session.activate)
  const session = useSessionStore()
  const close = (id: string): void => requestClose(session, id)
  const held = useSession((state) => state.held.get(tab.id))
  const move = useSession((session) => session.moveTab)
  const tint = useSession(({ connections }) => {
    const live = connections.get(tab.connection ?? '')
    return live === undefined ? undefined : tintOf(live.connection)
  })
  const button = useRef<HTMLButtonElement>(null)
  const Icon = views[tab.view].icon
  const title = tabTitle(tab)

  useEffect(() => {
    if (!active) return
    button.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    // Going along the tabs by arrow keys takes the focus along.
    if (document.activeElement?.getAttribute('role') === 'tab') button.current?.focus()
  }, [active])

  return (
    <div
      className={classes.tab}
      data-active={active || undefined}
      data-tint={tint}
      onAuxClick={(event) => event.button === 1 && close(tab.id)}
    >
      <button
        ref={button}
        type="button"
        role="tab"
        id={`${tab.id}-button`}
        aria-controls={tab.id}
        aria-selected={active}
        tabIndex={active ? 0 : -1}
        className={classes.button}
        title={title}
        onClick={() => activate(tab.id)}
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(dragged, tab.id)
          event.dataTransfer.effectAllowed = 'move'
        }}
        onDragOver={(event) => event.dataTransfer.types.includes(dragged) && event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          move(event.dataTransfer.getData(dragged), tab.id)
        }}
        onKeyDown={(event) => event.key === 'Delete' && close(tab.id)}
      >
        <Icon size={14} aria-hidden className={classes.icon} />
        <span className={classes.title}>
          <ShownText text={title} />
        </span>
        {held !== undefined && (
          <span
            className={classes.held}
            role="img"
            aria-label={held.transaction ? 'Open transaction' : 'Changes that are not applied'}
            title={held.what}
          />
        )}
      </button>
      <ActionIcon
        size={18}
        className={classes.close}
        aria-label={`Close ${title}`}
        tabIndex={-1}
        onClick={() => close(tab.id)}
      >
        <X size={13} aria-hidden />
      </ActionIcon>
    </div>
  )
}
