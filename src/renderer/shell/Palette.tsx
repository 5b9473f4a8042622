import { Spotlight, type SpotlightActionGroupData, useSpotlight } from '@mantine/spotlight'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { Keys } from '../ui/Keys.tsx'
import { useOpenDialog } from '../ui/openDialogs.ts'
import { type KnownAction, useKnownActions } from './known.ts'
import classes from './Palette.module.css'
import { paletteStore } from './paletteStore.ts'

/** Everything that can be done, found by typing a part of its name; what cannot be done now comes last, and says why. */
export function Palette() {
  const { opened } = useSpotlight(paletteStore)
  useOpenDialog(opened)
  const [query, setQuery] = useState('')
  const known = useKnownActions().filter(({ label }) => label.id !== 'window.palette')
  const [present, absent] = [known.filter(({ action }) => action !== null), known.filter(({ action }) => !action)]
  const groups = [...groupsOf(present), ...groupsOf(absent)]
  return (
    <Spotlight
      store={paletteStore}
      actions={groups}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      // Opened again while it fades, it would still hold what was sought before.
      onSpotlightOpen={() => setQuery('')}
      inert={!opened}
      returnFocus={false}
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

/** A group that is not in front is headed by what has to be done before its actions. */
function groupsOf(known: KnownAction[]): SpotlightActionGroupData[] {
  const byGroup = Map.groupBy(known, ({ label, action, first }) =>
    action === null && first !== '' ? `${label.group}: ${first}` : label.group,
  )
  return [...byGroup].map(([group, items]) => ({ group, actions: items.map(entryOf) }))
}

function entryOf({ label, action }: KnownAction) {
  return {
    id: label.id,
    label: label.title,
    keywords: [label.group, ...(label.keywords ?? [])],
    disabled: action === null || (action.disabled ?? false),
    rightSection: label.shortcut === undefined ? null : <Keys shortcut={label.shortcut} />,
    // Later, when the palette has given the focus back: the action may want it elsewhere.
    onClick: () => void (action !== null && setTimeout(action.run)),
  }
}
