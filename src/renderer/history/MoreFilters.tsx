import { Button, Checkbox, NumberInput, Pill, Popover, Select, Stack, TextInput } from '@mantine/core'
import { SlidersHorizontal } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { durationText } from '../ui/amounts.ts'
import { FilterPill } from '../ui/FilterPill.tsx'
import { spanText } from '../ui/spans.ts'
import { besideText, type Filters } from './filters.ts'
import { useHistory } from './store.ts'
import classes from './View.module.css'

/** The filters that are wanted less often. */
export function MoreFilters() {
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          className={classes.filter}
          leftSection={<SlidersHorizontal size={13} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          More
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{opened && <MoreForm onDone={() => setOpened(false)} />}</Popover.Dropdown>
    </Popover>
  )
}

function MoreForm({ onDone }: { onDone: () => void }) {
  const filters = useHistory(useShallow((state) => besideText(state.filters)))
  const { facets, filter } = useHistory(useShallow(({ facets, filter }) => ({ facets, filter })))
  const [object, setObject] = useState(filters.object ?? '')
  const [least, setLeast] = useState<number | string>(inSeconds(filters.minDurationMs))
  const [most, setMost] = useState<number | string>(inSeconds(filters.maxDurationMs))
  const [from, setFrom] = useState(asLocal(filters.from))
  const [to, setTo] = useState(asLocal(filters.to))

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void filter({
      object: object.trim() === '' ? null : object.trim(),
      minDurationMs: typeof least === 'number' ? least * 1000 : null,
      maxDurationMs: typeof most === 'number' ? most * 1000 : null,
      from: fromLocal(from),
      to: fromLocal(to),
    })
    onDone()
  }
  return (
    <form onSubmit={submit} className={classes.more}>
      <Stack gap="sm">
        <Select
          label="Database"
          placeholder="Any"
          clearable
          searchable
          comboboxProps={{ withinPortal: false }}
          data={facets?.databases.map(({ identity, name }) => ({ value: identity, label: name })) ?? []}
          value={filters.identity}
          onChange={(identity) => void filter({ identity, currentOnly: false })}
        />
        <Select
          label="Tag"
          placeholder="Any"
          clearable
          searchable
          comboboxProps={{ withinPortal: false }}
          data={facets?.tags.map(({ value, count }) => ({ value, label: `${value} (${count})` })) ?? []}
          value={filters.tag}
          onChange={(tag) => void filter({ tag })}
        />
        <TextInput
          label="Object"
          description="As the server names it: schema and name"
          placeholder="care.visit"
          data-autofocus
          value={object}
          onChange={({ currentTarget }) => setObject(currentTarget.value)}
        />
        <div className={classes.pair}>
          <NumberInput label="Took at least (s)" min={0} decimalScale={3} value={least} onChange={setLeast} />
          <NumberInput label="At most (s)" min={0} decimalScale={3} value={most} onChange={setMost} />
        </div>
        <div className={classes.pair}>
          <TextInput
            label="From"
            type="datetime-local"
            value={from}
            onChange={({ currentTarget }) => setFrom(currentTarget.value)}
          />
          <TextInput
            label="Until"
            type="datetime-local"
            value={to}
            onChange={({ currentTarget }) => setTo(currentTarget.value)}
          />
        </div>
        <Checkbox
          label={`Only those that are kept${facets === null ? '' : ` (${facets.kept.toLocaleString('en')})`}`}
          checked={filters.keptOnly}
          onChange={({ currentTarget }) => void filter({ keptOnly: currentTarget.checked })}
        />
        <Button type="submit">Apply</Button>
      </Stack>
    </form>
  )
}

/** What is filtered by beside the menus, each to be taken away. */
export function FilterPills() {
  const filters = useHistory(useShallow((state) => besideText(state.filters)))
  const { facets, filter } = useHistory(useShallow(({ facets, filter }) => ({ facets, filter })))
  const { object, tag, identity, keptOnly, minDurationMs, maxDurationMs, from, to } = filters
  const pills: { text: string; without: Partial<Filters> }[] = []
  if (from !== null || to !== null) pills.push({ text: spanText(from, to), without: { from: null, to: null } })
  if (identity !== null) {
    const name = facets?.databases.find((each) => each.identity === identity)?.name ?? identity
    pills.push({ text: `Database: ${name}`, without: { identity: null } })
  }
  if (object !== null) pills.push({ text: `Object: ${object}`, without: { object: null } })
  if (tag !== null) pills.push({ text: `Tag: ${tag}`, without: { tag: null } })
  if (keptOnly) pills.push({ text: 'Kept', without: { keptOnly: false } })
  if (minDurationMs !== null)
    pills.push({ text: `Took ${durationText(minDurationMs)} or longer`, without: { minDurationMs: null } })
  if (maxDurationMs !== null)
    pills.push({ text: `Took ${durationText(maxDurationMs)} at most`, without: { maxDurationMs: null } })
  if (pills.length === 0) return null
  return (
    <Pill.Group className={classes.pills} aria-label="Filters">
      {pills.map(({ text, without }) => (
        <FilterPill key={text} text={text} onRemove={() => void filter(without)} />
      ))}
    </Pill.Group>
  )
}

function inSeconds(ms: number | null): number | string {
  return ms === null ? '' : ms / 1000
}

/** As the field for a date and a time takes it: on this machine's clock, without a zone. */
function asLocal(time: number | null): string {
  if (time === null) return ''
  const date = new Date(time)
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function fromLocal(text: string): number | null {
  const time = new Date(text).getTime()
  return text === '' || Number.isNaN(time) ? null : time
}
