import { TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Dialog } from '../ui/Dialog.tsx'
import { Keys, keysAsText } from '../ui/Keys.tsx'
import classes from './KeyMap.module.css'
import { type KnownAction, useKnownActions } from './known.ts'

/** Everything that can be done, with its keys where it has any: to be read, and searched by word or by key. */
export function KeyMap({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Keyboard shortcuts" size={760}>
      <Searched />
    </Dialog>
  )
}

/** Made anew with each opening: an old search would hide what is looked for now. */
function Searched() {
  const [search, setSearch] = useState('')
  const known = useKnownActions()
  const byGroup = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean)
    const found = known.filter((one) => {
      const text = textOf(one)
      return words.every((word) => text.includes(word))
    })
    return [...Map.groupBy(found, ({ label }) => label.group)]
  }, [known, search])

  return (
    <>
      <TextInput
        data-autofocus
        aria-label="Search the shortcuts"
        placeholder="An action, or keys such as Ctrl+Shift"
        leftSection={<Search size={15} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <div className={classes.groups}>
        {byGroup.map(([group, actions]) => (
          <section key={group} aria-label={group}>
            <h3 className={classes.heading}>{group}</h3>
            <ul className={classes.list}>
              {actions.map(({ label: { id, title, shortcut } }) => (
                <li key={id} className={classes.line}>
                  <span>{title}</span>
                  {shortcut !== undefined && <Keys shortcut={shortcut} />}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <p className={classes.note} role="status">
        {byGroup.length === 0
          ? 'No action has such a name or such keys.'
          : 'What has no keys is in the command palette, as everything here is.'}
      </p>
    </>
  )
}

function textOf({ label: { title, group, shortcut, keywords = [] } }: KnownAction): string {
  const keys = shortcut === undefined ? '' : keysAsText(shortcut)
  return [title, group, keys, ...keywords].join(' ').toLowerCase()
}
