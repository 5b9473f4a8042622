import { ActionIcon, Loader, Menu } from '@mantine/core'
import { Copy, Ellipsis, PenLine, Plug, Trash2, Unplug } from 'lucide-react'
import { useState } from 'react'
import type { Connection } from '../../core/connection.ts'
import { useSession } from '../session/context.ts'
import { KindMark } from '../ui/KindMark.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { tintOf } from '../ui/tint.ts'
import classes from './Sidebar.module.css'
import { useConnections } from './store.ts'

type State = 'open' | 'lost' | 'closed' | 'opening' | 'failed'

const stateWords: Readonly<Record<State, string>> = {
  open: 'open',
  lost: 'lost',
  closed: 'closed',
  opening: 'connecting',
  failed: 'could not connect',
}

function useConnectionState(id: string): State {
  const live = useSession(({ connections }) => connections.get(id)?.state)
  const opening = useConnections((state) => state.opening.has(id))
  const failed = useConnections((state) => state.faults.has(id))
  if (opening) return 'opening'
  return live ?? (failed ? 'failed' : 'closed')
}

/** A connection in the sidebar: a click goes to it, and opens it where it is closed. */
export function ConnectionItem({ connection, onRemove }: { connection: Connection; onRemove: () => void }) {
  const { id, name, kind, host, database, ssh } = connection
  const show = useConnections((store) => store.show)
  const current = useSession((session) => session.current === id)
  const state = useConnectionState(id)
  const [menu, setMenu] = useState(false)

  return (
    <li
      className={classes.item}
      data-current={current || undefined}
      data-tint={tintOf(connection)}
      onContextMenu={(event) => {
        event.preventDefault()
        setMenu(true)
      }}
    >
      <button
        type="button"
        className={classes.main}
        data-connection={id}
        aria-label={`${name}, ${kind}, ${stateWords[state]}`}
        aria-current={current || undefined}
        title={`${name}\n${connection.user}@${host}:${connection.port}/${database}${ssh === '' ? '' : `\nthrough ${ssh}`}`}
        onClick={() => void show(id)}
      >
        <KindMark connection={connection} />
        <span className={classes.text}>
          <span className={classes.name}>
            <ShownText text={name} />
          </span>
          <span className={classes.where}>
            <ShownText text={database} /> · <ShownText text={host} />
          </span>
        </span>
        {state === 'opening' ? (
          <Loader size={12} aria-hidden />
        ) : (
          <span className={classes.state} data-state={state} aria-hidden />
        )}
      </button>
      <ItemMenu connection={connection} opened={menu} setOpened={setMenu} onRemove={onRemove} />
    </li>
  )
}

interface ItemMenuProps {
  connection: Connection
  opened: boolean
  setOpened: (opened: boolean) => void
  onRemove: () => void
}

function ItemMenu({ connection: { id, name }, opened, setOpened, onRemove }: ItemMenuProps) {
  const show = useConnections((store) => store.show)
  const cancel = useConnections((store) => store.cancel)
  const close = useConnections((store) => store.close)
  const open = useSession((session) => session.open)
  const state = useConnectionState(id)
  const isOpen = state === 'open' || state === 'lost'
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end">
      <Menu.Target>
        <ActionIcon size={22} className={classes.more} aria-label={`More about ${name}`}>
          <Ellipsis size={15} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {state === 'opening' && (
          <Menu.Item leftSection={<Unplug size={14} aria-hidden />} onClick={() => cancel(id)}>
            Stop connecting
          </Menu.Item>
        )}
        {isOpen && (
          <Menu.Item leftSection={<Unplug size={14} aria-hidden />} onClick={() => void close(id)}>
            Disconnect
          </Menu.Item>
        )}
        {!isOpen && state !== 'opening' && (
          <Menu.Item leftSection={<Plug size={14} aria-hidden />} onClick={() => void show(id)}>
            Connect
          </Menu.Item>
        )}
        <Menu.Item leftSection={<PenLine size={14} aria-hidden />} onClick={() => open({ view: 'connection', id })}>
          Edit
        </Menu.Item>
        <Menu.Item
          leftSection={<Copy size={14} aria-hidden />}
          onClick={() => open({ view: 'connection', copyOf: id })}
        >
          Duplicate
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item c="var(--bad)" leftSection={<Trash2 size={14} aria-hidden />} onClick={onRemove}>
          Remove…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
