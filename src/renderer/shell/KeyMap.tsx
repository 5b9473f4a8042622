import { Modal } from '@mantine/core'
import { useStore } from 'zustand'
import { allActions, useActionsStore } from '../session/actions.ts'
import { Keys } from '../ui/Keys.tsx'
import classes from './KeyMap.module.css'

/** The shortcuts of all that can be done now. */
export function KeyMap({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const byOwner = useStore(useActionsStore(), (state) => state.byOwner)
  const byGroup = Map.groupBy(
    allActions({ byOwner }).filter(({ shortcut }) => shortcut !== undefined),
    ({ group }) => group,
  )
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" size={620}>
      <div className={classes.groups}>
        {[...byGroup].map(([group, actions]) => (
          <section key={group}>
            <h3 className={classes.heading}>{group}</h3>
            {actions.map(({ id, title, shortcut }) => (
              <div key={id} className={classes.line}>
                <span>{title}</span>
                {shortcut !== undefined && <Keys shortcut={shortcut} />}
              </div>
            ))}
          </section>
        ))}
      </div>
    </Modal>
  )
}
