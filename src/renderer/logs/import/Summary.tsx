import { Anchor, Button } from '@mantine/core'
import { CircleCheck, CirclePause, Info } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ImportSummary } from '../../../core/logs/contract.ts'
import { useSession } from '../../session/context.ts'
import { bytesText, countText, durationText } from '../../ui/amounts.ts'
import { Facts } from '../../ui/Facts.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import { VirtualList } from '../../ui/VirtualList.tsx'
import { When } from '../../ui/When.tsx'
import { kindText } from '../sections.ts'
import { formatText, type ImportItem, type Refusals } from './item.ts'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** What came of an import. */
export function Summary({ item }: { item: ImportItem }) {
  const open = useSession((session) => session.open)
  const select = useSession((session) => session.select)
  const isOneOfSeveral = useImport(({ items }) => {
    return items.some(({ id, state, target }) => id !== item.id && state === 'done' && target === item.target)
  })
  const { summary, fault, target, operation } = item
  const file = summary?.file ?? null
  const showLogs = (file: number | null, text?: string): void => {
    // The logs are shown of the connection that they went to.
    select(target)
    open({ view: 'logs', file, ...(text === undefined ? {} : { text }) })
  }
  return (
    <>
      {fault !== null && <FaultPanel title="The import has failed; what was committed stays" fault={fault} />}
      {summary === null && item.state === 'stopped' && <p className={classes.quiet}>Stopped before it began.</p>}
      {summary !== null && (
        <section className={classes.summary} aria-label="Summary">
          <Outcome summary={summary} />
          <div className={classes.buttons}>
            <Button size="compact-sm" onClick={() => showLogs(isOneOfSeveral ? null : file)}>
              Open the logs
            </Button>
            {isOneOfSeveral && file !== null && (
              <Button size="compact-sm" variant="default" onClick={() => showLogs(file)}>
                Open this one alone
              </Button>
            )}
            {operation !== null && (
              <Anchor
                component="button"
                type="button"
                size="sm"
                onClick={() => open({ view: 'history', entry: operation })}
              >
                Show the import in the history
              </Anchor>
            )}
          </div>
          <Facts facts={factsOf(summary, () => showLogs(file, '***'))} />
          {summary.losses.map((loss) => (
            <p key={loss} className={classes.note}>
              <Info size={14} className={classes.lead} aria-hidden />
              <ShownText text={loss} />
            </p>
          ))}
          {summary.overlaps.map(({ file, name, format }) => (
            <p key={file} className={classes.note}>
              <Info size={14} className={classes.lead} aria-hidden />
              <span>
                “<ShownText text={name} />” ({formatText(format)}) tells of the same operations: they count twice while
                both are shown.
              </span>
            </p>
          ))}
        </section>
      )}
      {summary !== null && summary.refused > 0 && <Refused item={item} />}
    </>
  )
}

const outcomes = {
  imported: { icon: CircleCheck, tone: 'good' },
  'nothing new': { icon: CircleCheck, tone: 'good' },
  cancelled: { icon: CirclePause, tone: 'warn' },
} as const

function Outcome({ summary }: { summary: ImportSummary }) {
  const { outcome, events, from, to, durationMs } = summary
  const { icon: Icon, tone } = outcomes[outcome]
  const words = {
    imported: `${countText(events, 'operation')} and events imported from ${bytesText(to - from)} in ${durationText(durationMs)}.`,
    'nothing new': 'All of it was imported before: nothing was added.',
    cancelled: `Stopped. ${countText(events, 'operation')} and events, up to byte ${to.toLocaleString('en')}, are imported; resume it to go on from there.`,
  }
  return (
    <p className={classes.outcome} data-tone={tone} role="status">
      <Icon size={15} className={classes.lead} data-tone={tone} aria-hidden />
      <span>{words[outcome]}</span>
    </p>
  )
}

function factsOf(summary: ImportSummary, onShowMasked: () => void): (readonly [string, ReactNode])[] {
  const { records, events, merged, redacted, refused, unfinished, waitingBytes, first, last, kinds, unknownZones } =
    summary
  const byKind = Object.entries(kinds)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${kindText(kind)} ${count.toLocaleString('en')}`)
  const facts: (readonly [string, ReactNode])[] = [
    [
      'Time',
      first === null || last === null ? (
        'None is told'
      ) : (
        <>
          <When at={first} /> – <When at={last} />
        </>
      ),
    ],
    ['Messages read', records.toLocaleString('en')],
    ['Operations', `${events.toLocaleString('en')}${byKind.length === 0 ? '' : `: ${byKind.join(', ')}`}`],
    [
      'Merged',
      merged === 0 ? 'Nothing' : `${countText(merged, 'message')} became part of an operation that another one began`,
    ],
    ['Masked', redacted === 0 ? 'Nothing' : <Masked key="masked" count={redacted} onShow={onShowMasked} />],
    ['Refused', refused === 0 ? 'Nothing' : countText(refused, 'line')],
  ]
  if (unfinished > 0)
    facts.push(['Unfinished', `${countText(unfinished, 'operation')} at its end: the rest of the log will tell`])
  if (waitingBytes > 0) facts.push(['Waiting', `${bytesText(waitingBytes)} of a last line without an end`])
  if (unknownZones.length > 0)
    facts.push(['Time zones', `${unknownZones.join(', ')} not known: these lines have no time`])
  return facts
}

function Masked({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <>
      {countText(count, 'statement')} with a secret{' '}
      <Anchor component="button" type="button" size="sm" onClick={onShow}>
        Show what was masked
      </Anchor>
    </>
  )
}

/** The lines that could not be read, in their order; as many as one scrolls to. */
function Refused({ item }: { item: ImportItem }) {
  const readRefusals = useImport((state) => state.readRefusals)
  const { refusals } = item
  return (
    <section className={classes.refused} aria-label="Refused lines">
      <h3 className={classes.section}>Lines that could not be read{totalOf(refusals)}</h3>
      {refusals?.fault != null && <FaultPanel fault={refusals.fault} />}
      {refusals !== null && refusals.list.length > 0 && (
        <VirtualList
          label="Refused lines"
          count={refusals.list.length}
          rowHeight={48}
          keyOf={(index) => refusals.list[index]?.offset ?? index}
          more={refusals.next !== null && !refusals.loading}
          onMore={() => void readRefusals(item.id)}
          row={(index) => {
            const refusal = refusals.list[index]
            if (refusal === undefined) return null
            return (
              <>
                <span className={classes.reason}>
                  Line {refusal.line.toLocaleString('en')}: {refusal.reason}
                </span>
                <code className={classes.raw}>
                  <ShownText text={refusal.text} />
                </code>
              </>
            )
          }}
        />
      )}
    </section>
  )
}

function totalOf(refusals: Refusals | null): string {
  if (refusals === null) return ''
  return `: ${refusals.total.toLocaleString('en')}`
}
