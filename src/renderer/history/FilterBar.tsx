import { Button, Menu, SegmentedControl, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { ChevronDown, RefreshCw, Search } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { executionStatuses } from '../../core/execution.ts'
import { useSession } from '../session/context.ts'
import { statusText } from '../ui/ExecutionBadge.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import { besideText } from './filters.ts'
import { MoreFilters } from './MoreFilters.tsx'
import { useHistory } from './store.ts'
import { knownTypes, typeText } from './types.ts'
import classes from './View.module.css'

/** Shorter than the pause between two keys: what is typed on cancels the search before it. */
const typingRestMs = 40

/** Search and filters. */
export function FilterBar({ tools }: { tools: ReactNode }) {
  const filters = useHistory(useShallow((state) => besideText(state.filters)))
  const filter = useHistory((state) => state.filter)
  const facets = useHistory((state) => state.facets)
  const syncing = useHistory((state) => state.syncing)
  const sync = useHistory((state) => state.sync)
  const connected = useSession(({ current, connections }) => connections.get(current ?? '')?.state === 'open')
  const countOf = (values: readonly { value: string; count: number }[] | undefined, value: string) =>
    values?.find((each) => each.value === value)?.count ?? null
  // What is chosen stays in the menu, also when nothing is like that any more.
  const users = [...new Set([...(facets?.users.map(({ value }) => value) ?? []), ...filters.users])]
  const types = [...new Set([...knownTypes, ...(facets?.types.map(({ value }) => value) ?? [])])]
  return (
    <ToolBar
      label="Search the history"
      end={
        <>
          <Tooltip label={connected ? 'Send what waits, and take what the server recorded' : 'No connection is open'}>
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<RefreshCw size={14} aria-hidden />}
              loading={syncing}
              disabled={!connected}
              onClick={() => void sync()}
            >
              Synchronise
            </Button>
          </Tooltip>
          {tools}
        </>
      }
    >
      <SearchField />
      <FilterMenu
        name="Status"
        options={executionStatuses}
        text={statusText}
        chosen={filters.statuses}
        onChoose={(statuses) => void filter({ statuses })}
      />
      <FilterMenu
        name="Type"
        options={types}
        text={typeText}
        count={(type) => countOf(facets?.types, type)}
        chosen={filters.types}
        onChoose={(chosen) => void filter({ types: chosen })}
      />
      <FilterMenu
        name="User"
        options={users}
        text={(user) => user}
        count={(user) => countOf(facets?.users, user)}
        chosen={filters.users}
        onChoose={(chosen) => void filter({ users: chosen })}
      />
      <MoreFilters />
      <SegmentedControl
        size="xs"
        aria-label="Connections"
        value={filters.currentOnly ? 'current' : 'all'}
        onChange={(value) => void filter({ currentOnly: value === 'current', identity: null })}
        data={[
          { value: 'all', label: 'All databases' },
          { value: 'current', label: 'This connection', disabled: !connected && !filters.currentOnly },
        ]}
      />
    </ToolBar>
  )
}

/** Searches as one types. */
function SearchField() {
  const searched = useHistory((state) => state.filters.text)
  const filter = useHistory((state) => state.filter)
  const [text, setText] = useState(searched)
  const searchSoon = useDebouncedCallback((wanted: string) => void filter({ text: wanted }), typingRestMs)
  // Somebody else may set it: a view that opens the history with a text.
  useEffect(() => setText(searched), [searched])
  return (
    <TextInput
      className={classes.search}
      type="search"
      aria-label="Search"
      data-history-search
      placeholder="SQL, names, errors, tickets"
      leftSection={<Search size={14} aria-hidden />}
      maxLength={1000}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value)
        searchSoon(currentTarget.value)
      }}
    />
  )
}

interface FilterMenuProps<T extends string> {
  name: string
  options: readonly T[]
  text: (option: T) => string
  /** How many there are of it; null where that is not known. */
  count?: (option: T) => number | null
  chosen: readonly T[]
  onChoose: (chosen: T[]) => void
}

/** Any of the options, or all of them when none is chosen. */
function FilterMenu<T extends string>({ name, options, text, count, chosen, onChoose }: FilterMenuProps<T>) {
  const [first] = chosen
  const label = first === undefined ? name : chosen.length === 1 ? text(first) : `${name}: ${chosen.length}`
  const toggle = (option: T): void =>
    onChoose(chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option])
  return (
    <Menu closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant={first === undefined ? 'default' : 'light'}
          size="compact-sm"
          className={classes.filter}
          rightSection={<ChevronDown size={13} aria-hidden />}
          aria-label={`${name}: ${first === undefined ? 'any' : chosen.map(text).join(', ')}`}
        >
          <span className={classes.filterLabel}>{label}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.options}>
        {options.map((option) => (
          <Menu.CheckboxItem
            key={option}
            checked={chosen.includes(option)}
            onChange={() => toggle(option)}
            rightSection={<span className={classes.count}>{count?.(option)?.toLocaleString('en')}</span>}
          >
            {text(option)}
          </Menu.CheckboxItem>
        ))}
        <Menu.Divider />
        <Menu.Item disabled={first === undefined} onClick={() => onChoose([])}>
          Any
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
