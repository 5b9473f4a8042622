import { Pill, Select } from '@mantine/core'
import { useShallow } from 'zustand/react/shallow'
import { FilterPill } from '../ui/FilterPill.tsx'
import { spanText } from '../ui/spans.ts'
import type { Filters } from './filters.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** Which user, database, application and file. */
export function FilterBar() {
  const { filters, facets, files, filter } = useLogs(
    useShallow(({ filters, facets, files, filter }) => ({ filters, facets, files, filter })),
  )
  return (
    <>
      <Facet name="user" label="User" values={facets?.users} />
      <Facet name="database" label="Database" values={facets?.databases} />
      <Facet name="application" label="Application" values={facets?.applications} />
      <Select
        size="xs"
        className={classes.filter}
        aria-label="File"
        placeholder="Any file"
        clearable
        searchable
        data={(files ?? []).map(({ file, name }) => ({ value: String(file), label: name }))}
        value={filters.file === null ? null : String(filters.file)}
        onChange={(file) => void filter({ file: file === null ? null : Number(file) })}
      />
    </>
  )
}

interface FacetProps {
  name: 'user' | 'database' | 'application'
  label: string
  values: readonly { value: string; count: number }[] | undefined
}

function Facet({ name, label, values = [] }: FacetProps) {
  const chosen = useLogs((state) => state.filters[name])
  const filter = useLogs((state) => state.filter)
  // What is chosen stays in the list, also when nothing is like that any more.
  const known = values.filter(({ value }) => value !== '')
  const data = known.map(({ value, count }) => ({ value, label: `${value} (${count.toLocaleString('en')})` }))
  if (chosen !== null && !known.some(({ value }) => value === chosen)) data.push({ value: chosen, label: chosen })
  return (
    <Select
      size="xs"
      className={classes.filter}
      aria-label={label}
      placeholder={`Any ${label.toLowerCase()}`}
      clearable
      searchable
      nothingFoundMessage="None is called that"
      data={data}
      value={chosen}
      onChange={(value) => void filter({ [name]: value })}
    />
  )
}

/** The stretch of time that is shown, to be taken away. */
export function TimePill() {
  const { filters, filter } = useLogs(useShallow(({ filters, filter }) => ({ filters, filter })))
  const { from, to } = filters
  if (from === null && to === null) return null
  const text = spanText(from, to)
  const without: Partial<Filters> = { from: null, to: null }
  return (
    <Pill.Group className={classes.pills} aria-label="Filters">
      <FilterPill text={text} onRemove={() => void filter(without)} />
    </Pill.Group>
  )
}
