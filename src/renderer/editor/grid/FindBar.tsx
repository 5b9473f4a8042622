import { ActionIcon, Checkbox, TextInput } from '@mantine/core'
import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { type Match, mostMatches } from '../../../core/editor/arrange.ts'
import { type Fault, toFault } from '../../../core/fault.ts'
import { countText } from '../../ui/amounts.ts'
import { useEditor } from '../store.ts'
import classes from './FindBar.module.css'

interface FindBarProps {
  index: number
  /** Another one means other rows: what was found is looked for again. */
  result: string | null
  /** Goes to a cell. */
  onGo: (match: Match) => void
  onClose: () => void
}

interface Search {
  readonly matches: readonly Match[]
  readonly rows: number
  readonly state: 'idle' | 'searching' | 'done' | 'capped'
  readonly fault: Fault | null
}

const nothing: Search = { matches: [], rows: 0, state: 'idle', fault: null }

/** Looks for a text in the rows that were read, and goes from one match to the next. */
export function FindBar({ index, result, onGo, onClose }: FindBarProps) {
  const find = useEditor((state) => state.find)
  const [text, setText] = useState('')
  const [matchCase, setMatchCase] = useState(false)
  const [search, setSearch] = useState(nothing)
  const [place, setPlace] = useState(-1)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another result is searched anew.
  useEffect(() => {
    setSearch(nothing)
    setPlace(-1)
    if (text === '') return
    const own = new AbortController()
    setSearch({ ...nothing, state: 'searching' })
    find(
      index,
      { text, matchCase },
      ({ matches, rows }) => {
        if (!own.signal.aborted) setSearch((old) => ({ ...old, matches: [...old.matches, ...matches], rows }))
      },
      own.signal,
    ).then(
      ({ rows, capped }) => {
        if (!own.signal.aborted) setSearch((old) => ({ ...old, rows, state: capped ? 'capped' : 'done' }))
      },
      (thrown: unknown) => {
        if (!own.signal.aborted) setSearch((old) => ({ ...old, state: 'done', fault: toFault(thrown) }))
      },
    )
    return () => own.abort()
  }, [find, index, result, text, matchCase])

  const { matches } = search
  const go = (step: number): void => {
    if (matches.length === 0) return
    const next = place === -1 && step < 0 ? matches.length - 1 : (place + step + matches.length) % matches.length
    const match = matches[next]
    if (match === undefined) return
    setPlace(next)
    onGo(match)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') go(event.shiftKey ? -1 : 1)
    else if (event.key === 'Escape') onClose()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search className={classes.bar} aria-label="Find in the result">
      <TextInput
        size="xs"
        aria-label="Find in the result"
        placeholder="Find in the rows that were read"
        value={text}
        maxLength={10_000}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={onKeyDown}
        className={classes.text}
        autoFocus
      />
      <Checkbox
        size="xs"
        label="Match case"
        checked={matchCase}
        onChange={({ currentTarget }) => setMatchCase(currentTarget.checked)}
      />
      <ActionIcon aria-label="Previous match" disabled={matches.length === 0} onClick={() => go(-1)}>
        <ChevronUp size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="Next match" disabled={matches.length === 0} onClick={() => go(1)}>
        <ChevronDown size={15} aria-hidden />
      </ActionIcon>
      <span role="status" data-failed={search.fault !== null || undefined} className={classes.count}>
        {sayFound(search, place)}
      </span>
      <ActionIcon aria-label="Close the search" onClick={onClose}>
        <X size={15} aria-hidden />
      </ActionIcon>
    </search>
  )
}

function matchText(count: number): string {
  return count === 1 ? '1 match' : `${count.toLocaleString('en')} matches`
}

function sayFound({ matches, rows, state, fault }: Search, place: number): string {
  if (fault !== null) return fault.message
  if (state === 'idle') return ''
  const found = state === 'capped' ? `the first ${mostMatches.toLocaleString('en')} matches` : matchText(matches.length)
  const at = place === -1 ? '' : `${(place + 1).toLocaleString('en')} of `
  return `${at}${found} in ${countText(rows, 'row')}${state === 'searching' ? ' so far' : ''}`
}
