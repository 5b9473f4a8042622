import { ActionIcon, Menu, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import {
  Check,
  FilePenLine,
  History,
  Keyboard,
  Logs,
  type LucideIcon,
  Monitor,
  Moon,
  ShieldCheck,
  Sun,
} from 'lucide-react'
import { useConnected, useSession } from '../session/context.ts'
import { Keys, keysAsText } from '../ui/Keys.tsx'
import { windowShortcuts } from './actions.ts'
import classes from './Ways.module.css'

/** The ways to the views, below the connections. */
export function Ways({ showKeys }: { showKeys: () => void }) {
  const open = useSession((session) => session.open)
  const connected = useConnected()
  return (
    <nav className={classes.ways} aria-label="Views">
      <Way
        icon={FilePenLine}
        shortcut={windowShortcuts.newQuery}
        disabled={!connected}
        onClick={() => open({ view: 'editor' })}
      >
        New query
      </Way>
      <Way icon={History} shortcut={windowShortcuts.history} onClick={() => open({ view: 'history' })}>
        History
      </Way>
      <Way icon={Logs} shortcut={windowShortcuts.logs} disabled={!connected} onClick={() => open({ view: 'logs' })}>
        Logs
      </Way>
      <Way
        icon={ShieldCheck}
        shortcut={windowShortcuts.framework}
        disabled={!connected}
        onClick={() => open({ view: 'framework' })}
      >
        Framework
      </Way>
      <div className={classes.foot}>
        <ColourMenu />
        <Tooltip label={`Keyboard shortcuts (${keysAsText(windowShortcuts.keys)})`}>
          <ActionIcon onClick={showKeys} aria-label="Keyboard shortcuts">
            <Keyboard size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
    </nav>
  )
}

interface WayProps {
  icon: LucideIcon
  shortcut: string
  children: string
  disabled?: boolean
  onClick: () => void
}

function Way({ icon: Icon, shortcut, children, disabled = false, onClick }: WayProps) {
  return (
    <UnstyledButton
      className={classes.way}
      disabled={disabled}
      title={disabled ? `${children}: open a connection first` : `${children} (${keysAsText(shortcut)})`}
      onClick={onClick}
    >
      <Icon size={15} aria-hidden />
      <span>{children}</span>
      <Keys shortcut={shortcut} quiet />
    </UnstyledButton>
  )
}

const schemes = [
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
  { value: 'auto', label: 'As the system', icon: Monitor },
] as const

function ColourMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Icon = schemes.find(({ value }) => value === colorScheme)?.icon ?? Monitor
  return (
    <Menu position="top-start">
      <Menu.Target>
        <Tooltip label="Colours">
          <ActionIcon aria-label="Colours">
            <Icon size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(({ value, label, icon: SchemeIcon }) => (
          <Menu.Item
            key={value}
            leftSection={<SchemeIcon size={14} aria-hidden />}
            rightSection={value === colorScheme ? <Check size={14} aria-label="chosen" /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
