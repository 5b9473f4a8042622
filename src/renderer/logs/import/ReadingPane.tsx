import { Autocomplete, Button, Checkbox, Select, Tabs } from '@mantine/core'
import { Server, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { LogReading } from '../../../core/logs/contract.ts'
import { knownPrefixes } from '../../../core/logs/prefixes.ts'
import { hasPrefix, logFormats } from '../../../core/logs/state.ts'
import { useSession } from '../../session/context.ts'
import { countText, percentText } from '../../ui/amounts.ts'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import { doubtsOf, formatText, type ImportItem } from './item.ts'
import { Sample } from './Sample.tsx'
import { useImport } from './store.ts'
import classes from './View.module.css'
import { ZoneField } from './ZoneField.tsx'

const offeredPrefixes = knownPrefixes.filter((prefix) => prefix !== '')

/** How the beginning of a log is read, to be changed and seen at once. */
export function ReadingPane({ item }: { item: ImportItem }) {
  const { reading, readAs, readingFault, accepted } = item
  const change = useImport((state) => state.readAs)
  const accept = useImport((state) => state.accept)
  const readOthersAlike = useImport((state) => state.readOthersAlike)
  const start = useImport((state) => state.start)
  const others = useImport(({ items }) => {
    return items.filter(
      ({ id, state, reading: other }) => id !== item.id && state === 'ready' && other?.format === reading?.format,
    ).length
  })
  if (reading === null) return null
  const doubts = doubtsOf(item)
  const changed = readAs.format !== null || readAs.prefix !== null || readAs.timeZone !== null
  return (
    <>
      <section className={classes.settings} aria-label="How it is read">
        <Select
          className={classes.format}
          label="Format"
          data={logFormats.map((format) => ({ value: format, label: formatText(format) }))}
          value={reading.format}
          onChange={(value) => {
            const format = logFormats.find((each) => each === value)
            if (format !== undefined) void change(item.id, { format })
          }}
        />
        {hasPrefix(reading.format) && (
          <PrefixField
            value={readAs.prefix ?? reading.prefix}
            onChange={(prefix) => void change(item.id, { prefix, format: reading.format })}
          />
        )}
        <ZoneField
          className={classes.zone}
          value={readAs.timeZone}
          onChange={(timeZone) => void change(item.id, { timeZone })}
        />
      </section>
      {hasPrefix(reading.format) && <ServerPrefix item={item} format={reading.format} />}
      {readingFault !== null && <FaultPanel title="It cannot be read like this" fault={readingFault} />}
      <Explained reading={reading} />
      {doubts.length > 0 && (
        <section className={classes.doubts} aria-label="Look at this first">
          {doubts.map((doubt) => (
            <p key={doubt}>
              <TriangleAlert size={14} className={classes.lead} aria-hidden />
              <span>{doubt}</span>
            </p>
          ))}
          <Checkbox
            label="Import it all the same"
            checked={accepted}
            onChange={({ currentTarget }) => accept(item.id, currentTarget.checked)}
          />
        </section>
      )}
      <div className={classes.buttons}>
        {item.state !== 'ready' && (
          <Button
            size="compact-sm"
            disabled={readingFault !== null || (doubts.length > 0 && !accepted)}
            onClick={() => void start([item.id])}
          >
            {item.state === 'stopped' ? 'Resume' : 'Try again'}
          </Button>
        )}
        {changed && others > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => void readOthersAlike(item.id)}>
            Read the {others === 1 ? 'other' : `${others} others`} in {formatText(reading.format)} like this
          </Button>
        )}
      </div>
      <Beginning reading={reading} />
    </>
  )
}

/** The prefixes in use are offered until somebody types: what they would cover tells what comes of it. */
function PrefixField({ value, onChange }: { value: string; onChange: (prefix: string) => void }) {
  const [typing, setTyping] = useState(false)
  return (
    <Autocomplete
      className={classes.prefix}
      label="log_line_prefix"
      classNames={{ input: classes.mono, option: `${classes.mono} ${classes.offered}` }}
      data={offeredPrefixes}
      // All of them, whatever stands there: a prefix is found by what it looks like.
      filter={({ options }) => (typing ? [] : options)}
      spellCheck={false}
      maxLength={1000}
      value={value}
      onChange={(prefix) => {
        setTyping(true)
        onChange(prefix)
      }}
      onFocus={() => setTyping(false)}
      onClick={() => setTyping(false)}
      onKeyDown={({ key }) => {
        if (key === 'ArrowDown' || key === 'ArrowUp') setTyping(false)
      }}
    />
  )
}

/** Offers what the server itself says that it writes. */
function ServerPrefix({ item, format }: { item: ImportItem; format: LogReading['format'] }) {
  const connected = useSession(({ current, connections }) => connections.get(current ?? '')?.state === 'open')
  const current = useSession((session) => session.current)
  const readServerFiles = useImport((state) => state.readServerFiles)
  const change = useImport((state) => state.readAs)
  const [failed, setFailed] = useState<string | null>(null)
  if (!connected || current === null) return null
  const take = async (): Promise<void> => {
    setFailed(null)
    try {
      const { prefix } = await readServerFiles(current)
      await change(item.id, { prefix, format })
    } catch (thrown) {
      setFailed(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  return (
    <div className={classes.serverPrefix}>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<Server size={13} aria-hidden />}
        onClick={() => void take()}
      >
        Take the prefix that the connected server writes
      </Button>
      {failed !== null && (
        <span className={classes.bad} role="alert">
          <ShownText text={failed} />
        </span>
      )}
    </div>
  )
}

function Explained({ reading }: { reading: LogReading }) {
  const { explains, trusted, lines, redacted } = reading
  return (
    <p className={classes.explained} role="status" data-trusted={trusted}>
      <span className={classes.gauge} aria-hidden>
        <span style={{ width: `${explains * 100}%` }} />
      </span>
      <span>
        {percentText(explains)} of the first {countText(lines, 'line')} explained ·{' '}
        {redacted === 0 ? 'no secret found' : `${countText(redacted, 'statement')} with a secret, masked`}
      </span>
    </p>
  )
}

function Beginning({ reading }: { reading: LogReading }) {
  const masked = reading.events.filter(({ redacted }) => redacted)
  const [chosen, setChosen] = useState<string | null>(null)
  // Who has to say what the prefix is wants to see lines that have it.
  const first = reading.events.length === 0 && reading.unexplained.length > 0 ? 'unexplained' : 'sample'
  return (
    <Tabs value={chosen ?? first} onChange={setChosen} className={classes.beginning} keepMounted={false}>
      <Tabs.List aria-label="Its beginning">
        <Tabs.Tab value="sample">As it will be stored</Tabs.Tab>
        <Tabs.Tab value="masked">Masked{countOf(masked.length)}</Tabs.Tab>
        <Tabs.Tab value="unexplained">Not explained{countOf(reading.unexplained.length)}</Tabs.Tab>
        <Tabs.Tab value="refused">Refused{countOf(reading.refusals.length)}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="sample" className={classes.panel}>
        <Sample events={reading.events} />
      </Tabs.Panel>
      <Tabs.Panel value="masked" className={classes.panel}>
        {masked.length === 0 ? (
          <p className={classes.quiet}>
            No password or other secret stands in what was looked at. What comes later is masked before it is stored.
          </p>
        ) : (
          <Sample events={masked} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="unexplained" className={classes.panel}>
        {reading.unexplained.length === 0 ? (
          <p className={classes.quiet}>Every line is explained.</p>
        ) : (
          <ul className={classes.rawLines} aria-label="Lines that are not explained">
            {reading.unexplained.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines may be the same, and none moves
              <li key={index}>
                <ShownText text={line} />
              </li>
            ))}
          </ul>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="refused" className={classes.panel}>
        {reading.refusals.length === 0 ? (
          <p className={classes.quiet}>Every line can be read.</p>
        ) : (
          <ul className={classes.rawLines} aria-label="Lines that are refused">
            {reading.refusals.map(({ line, reason, text }) => (
              <li key={line}>
                <span className={classes.reason}>
                  Line {line.toLocaleString('en')}: {reason}
                </span>
                <ShownText text={text} />
              </li>
            ))}
          </ul>
        )}
      </Tabs.Panel>
    </Tabs>
  )
}

function countOf(count: number): string {
  return count === 0 ? '' : ` (${count})`
}
