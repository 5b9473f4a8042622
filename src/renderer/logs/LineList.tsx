import { ActionIcon, Button, Loader, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search, SearchX, X, ZoomIn } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { LogLine } from '../../core/logs/contract.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { Name } from '../ui/Name.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { VirtualList } from '../ui/VirtualList.tsx'
import { When } from '../ui/When.tsx'
import { kindText, measuredText, sections } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

const typingRestMs = 200

/** Lines of the logs, newest first; more are read as one scrolls. */
export function LineList({ closable = false }: { closable?: boolean }) {
  const lines = useLogs((state) => state.lines)
  const chosen = useLogs((state) => state.chosen)
  const choose = useLogs((state) => state.choose)
  const loadMore = useLogs((state) => state.loadMoreLines)
  if (lines === null) return null
  const { list, next, loading, loaded, fault } = lines
  return (
    <section className={classes.lines} aria-label={closable ? 'Lines behind it' : 'Lines'}>
      <LinesHead closable={closable} />
      {fault !== null && (
        <div className={classes.fault}>
          <FaultPanel title="The lines could not be read" fault={fault} />
        </div>
      )}
      {!loaded ? (
        <Loader className={classes.loading} aria-label="Reading the lines" />
      ) : list.length === 0 && fault === null ? (
        <NoLines />
      ) : (
        <VirtualList
          label="Lines"
          count={list.length}
          rowHeight={54}
          keyOf={(index) => `${list[index]?.file} ${list[index]?.offset}`}
          chosen={list.findIndex(({ file, offset }) => file === chosen?.file && offset === chosen.offset)}
          onChoose={(index) => {
            const line = list[index]
            if (line !== undefined) void choose(line)
          }}
          more={next !== null && !loading}
          onMore={() => void loadMore()}
          row={(index) => {
            const line = list[index]
            return line === undefined ? null : <LineRow line={line} />
          }}
        />
      )}
    </section>
  )
}

function LinesHead({ closable }: { closable: boolean }) {
  const lines = useLogs((state) => state.lines)
  const close = useLogs((state) => state.closeLines)
  const filter = useLogs((state) => state.filter)
  const showAll = useLogs((state) => state.showAllLines)
  if (lines === null) return null
  const { title, within, list, next } = lines
  const { from, to } = within
  return (
    <header className={classes.linesHead}>
      <span className={classes.linesTitle} title={title}>
        {title === '' ? '' : <ShownText text={title.replaceAll(/\s+/g, ' ')} />}
      </span>
      <span className={classes.linesCount} role="status">
        {lines.loaded ? `${countText(list.length, 'line')}${next === null ? '' : ' so far'}` : ''}
      </span>
      <SearchField />
      {from !== undefined && to !== undefined && (
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<ZoomIn size={13} aria-hidden />}
          onClick={() => void filter({ from, to })}
        >
          Show only this time
        </Button>
      )}
      {closable ? (
        <ActionIcon size="sm" aria-label="Close the lines" onClick={close}>
          <X size={14} aria-hidden />
        </ActionIcon>
      ) : (
        title !== '' && (
          <Button size="compact-xs" variant="subtle" leftSection={<X size={12} aria-hidden />} onClick={showAll}>
            All
          </Button>
        )
      )}
    </header>
  )
}

function SearchField() {
  const searched = useLogs((state) => state.lines?.text ?? '')
  const search = useLogs((state) => state.searchLines)
  const [text, setText] = useState(searched)
  const searchSoon = useDebouncedCallback((wanted: string) => void search(wanted), typingRestMs)
  useEffect(() => setText(searched), [searched])
  return (
    <TextInput
      size="xs"
      type="search"
      className={classes.search}
      aria-label="Search the lines"
      data-log-search
      placeholder="Statement or message"
      leftSection={<Search size={13} aria-hidden />}
      maxLength={1000}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value)
        searchSoon(currentTarget.value)
      }}
    />
  )
}

function NoLines() {
  const section = useLogs((state) => state.section)
  const searched = useLogs((state) => state.lines?.text.trim() !== '')
  if (searched) {
    return (
      <EmptyPage icon={SearchX} title="No line is like that">
        Search for less, or take the filters away.
      </EmptyPage>
    )
  }
  return (
    <EmptyPage icon={SearchX} title="Nothing of that was logged">
      {section === 'files' ? '' : sections[section].empty}
    </EmptyPage>
  )
}

function LineRow({ line }: { line: LogLine }) {
  const { kind, severity, at, durationMs, user, database, application, sqlstate, statement, message } = line
  const measured = measuredText(kind, line.measured)
  const failed = severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC'
  return (
    <>
      <span className={classes.what}>
        <span className={classes.lineKind} data-failed={failed || undefined}>
          {failed ? severity : kindText(kind)}
        </span>
        <code className={classes.excerpt}>
          <ShownText text={oneLine((failed ? (message ?? statement) : (statement ?? message)) ?? '')} />
        </code>
      </span>
      <span className={classes.facts}>
        {at === null ? <span>no time</span> : <When at={at} precise />}
        {durationMs !== null && <span>{durationText(durationMs)}</span>}
        {measured !== null && <span className={classes.measured}>{measured}</span>}
        {sqlstate !== null && failed && <span>{sqlstate}</span>}
        {user !== null && <Name>{user}</Name>}
        {database !== null && <Name>{database}</Name>}
        {application !== null && application !== '' && <Name>{application}</Name>}
      </span>
    </>
  )
}

/** Line ends and runs of blanks are no news in a list; what is not seen is not drawn. */
export function oneLine(text: string): string {
  return text.slice(0, 400).replaceAll(/[\t\n\r ]+/g, ' ')
}
