import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { Search } from 'lucide-react'
import { useStore } from 'zustand'
import { type Action, allActions, useActionsStore } from '../session/actions.ts'
import { Keys } from '../ui/Keys.tsx'
import classes from './Palette.module.css'

/** Every action that can be done now, found by typing a part of its name. */
export function Palette() {
  const byOwner = useStore(useActionsStore(), (state) => state.byOwner)
  const actions = allActions({ byOwner }).filter(({ id }) => id !== 'window.palette')
  const byGroup = Map.groupBy(actions, ({ group }) => group)
  const groups = [...byGroup].map(
    ([group, items]): SpotlightActionGroupData => ({ group, actions: items.map(entryOf) }),
  )
  return (
    <Spotlight
      actions={groups}
      shortcut={null}
      highlightQuery
      scrollable
      maxHeight="min(28rem, 60vh)"
      nothingFound="No action has such a name."
      classNames={{ action: classes.action ?? '', actionsGroup: classes.group ?? '', search: classes.search ?? '' }}
      searchProps={{
        leftSection: <Search size={16} aria-hidden />,
        placeholder: 'What do you want to do?',
        'aria-label': 'Search the actions',
      }}
      overlayProps={{ color: '#0c1012', backgroundOpacity: 0.3, blur: 0 }}
      transitionProps={{ duration: 90, transition: 'fade' }}
    />
  )
}

function entryOf(action: Action) {
  return {
    id: action.id,
    label: action.title,
    keywords: [action.group, ...(action.keywords ?? [])],
    disabled: action.disabled ?? false,
    rightSection: action.shortcut === undefined ? null : <Keys shortcut={action.shortcut} />,
    // Later, when the palette has given the focus back: the action may want it elsewhere.
    onClick: () => void setTimeout(action.run),
  }
}
