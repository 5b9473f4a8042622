import { ActionIcon, Anchor, Button, Loader, Tooltip } from '@mantine/core'
import { CloudUpload, FilePenLine, GitCompareArrows, MousePointerClick, Pin, PinOff } from 'lucide-react'
import { lazy, type ReactNode, Suspense } from 'react'
import type { HistoryDetail } from '../../core/history/contract.ts'
import { useSession } from '../session/context.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { CopyText } from '../ui/CopyText.tsx'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { Facts } from '../ui/Facts.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { SqlText } from '../ui/SqlText.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { When } from '../ui/When.tsx'
import { Caused } from './Caused.tsx'
import classes from './Detail.module.css'
import { Marks } from './Marks.tsx'
import { States } from './States.tsx'
import { useHistory } from './store.ts'
import { typeText } from './types.ts'

/** Few operations have a plan. */
const PlanView = lazy(async () => ({ default: (await import('../ui/plan/PlanView.tsx')).PlanView }))

/** All that is known of the chosen operation. */
export function Detail() {
  const selected = useHistory((state) => state.selected)
  const detail = useHistory((state) => state.detail)
  const fault = useHistory((state) => state.detailFault)
  if (fault !== null) {
    return (
      <div className={classes.detail}>
        <FaultPanel title="This operation could not be read" fault={fault} />
      </div>
    )
  }
  if (detail === null) {
    return selected === null ? (
      <EmptyPage icon={MousePointerClick} title="Choose an operation">
        Its SQL, its error, its states and what it caused are shown here.
      </EmptyPage>
    ) : null
  }
  return (
    <article className={classes.detail} aria-label="Operation">
      <Head detail={detail} />
      {detail.errorMessage !== null && (
        <FaultPanel
          fault={{
            code: 'postgres',
            message: detail.errorMessage,
            ...(detail.errorCode === null ? {} : { sqlstate: detail.errorCode }),
          }}
        />
      )}
      <SqlText sql={detail.sql} label="The SQL of the operation" />
      <Facts facts={factsOf(detail)} />
      <Marks key={detail.id} detail={detail} />
      {detail.plan !== null && (
        <Section title="Plan">
          <div className={classes.plan}>
            <Suspense fallback={<Loader size="xs" aria-label="Reading the plan" />}>
              <PlanView text={detail.plan.text} json={detail.plan.json} />
            </Suspense>
          </div>
        </Section>
      )}
      <Section title="States">
        <States states={detail.states} />
      </Section>
      {detail.caused.length > 0 && (
        <Section title="Changes that the database saw during it">
          <Caused entries={detail.caused} />
        </Section>
      )}
      <Objects objects={detail.objects} />
    </article>
  )
}

/** Chooses the first of two, then the second. */
function CompareButton({ detail }: { detail: HistoryDetail }) {
  const pinned = useHistory((state) => state.pinned)
  const pin = useHistory((state) => state.pin)
  const compare = useHistory((state) => state.compare)
  const isPinned = pinned?.id === detail.id
  const label =
    pinned === null
      ? 'Compare with another one: choose it next'
      : isPinned
        ? 'Compare with nothing'
        : 'Compare with the one that was chosen before'
  return (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        aria-pressed={isPinned}
        variant={pinned === null ? 'subtle' : 'light'}
        color={pinned === null ? 'gray' : 'patina'}
        onClick={() => (pinned === null ? pin(detail) : isPinned ? pin(null) : void compare(detail.id))}
      >
        <GitCompareArrows size={15} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

function Head({ detail }: { detail: HistoryDetail }) {
  const mark = useHistory((state) => state.mark)
  const open = useSession((session) => session.open)
  const connected = useSession(({ current }) => current !== null)
  return (
    <header className={classes.head}>
      <ExecutionBadge status={detail.status} />
      {detail.waiting && (
        <StatusBadge tone="warn" icon={CloudUpload}>
          Waiting to be sent
        </StatusBadge>
      )}
      <h2 className={classes.name}>
        <ShownText text={detail.name} />
      </h2>
      <Tooltip label={detail.kept ? 'Kept: never deleted by age or size' : 'Keep: never delete it by age or size'}>
        <ActionIcon
          aria-label={detail.kept ? 'Keep no longer' : 'Keep'}
          aria-pressed={detail.kept}
          color={detail.kept ? 'patina' : 'gray'}
          onClick={() => void mark(detail.id, { kept: !detail.kept })}
        >
          {detail.kept ? <PinOff size={15} aria-hidden /> : <Pin size={15} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <CompareButton detail={detail} />
      <CopyText text={detail.sql} label="Copy the SQL" />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<FilePenLine size={14} aria-hidden />}
        disabled={!connected}
        title={connected ? undefined : 'Connect to a database first'}
        onClick={() => open({ view: 'editor', sql: detail.sql })}
      >
        Open in editor
      </Button>
    </header>
  )
}

function factsOf(detail: HistoryDetail): (readonly [string, ReactNode])[] {
  const text = (value: string | null): ReactNode =>
    value === null || value === '' ? null : <ShownText text={value} lines="kept" />
  const place = detail.connection === null ? detail.database : `${detail.database} (${detail.connection})`
  const facts: (readonly [string, ReactNode])[] = [
    ['Started', <When key="started" at={detail.startedAt} />],
    ['Took', detail.durationMs === null ? null : durationText(detail.durationMs)],
    ['Rows', detail.rows === null ? null : countText(detail.rows, 'row')],
    ['User', text(detail.user)],
    ['Database', text(place)],
    ['Ticket', text(detail.ticket)],
    ['Justification', text(detail.justification)],
    ['Type', typeText(detail.type)],
    ['Category', detail.category === 'UNKNOWN' ? null : text(detail.category)],
    ['Application', text(detail.application)],
    ['File', text(detail.filePath)],
    ['Operation', <code key="id">{detail.id}</code>],
  ]
  return facts.filter(([, value]) => value !== null)
}

/** Each leads to all that touched it. */
function Objects({ objects: { created, modified, dropped } }: Pick<HistoryDetail, 'objects'>) {
  const filter = useHistory((state) => state.filter)
  const facts = [
    ['Created', created],
    ['Changed', modified],
    ['Dropped', dropped],
  ] as const
  const some = facts.filter(([, names]) => names.length > 0)
  if (some.length === 0) return null
  return (
    <Section title="Objects">
      <Facts
        facts={some.map(([name, names]) => [
          name,
          <span key={name} className={classes.objects}>
            {names.map((object) => (
              <Anchor
                key={object}
                component="button"
                type="button"
                size="sm"
                title="Show all that touched it"
                onClick={() => void filter({ object })}
              >
                <ShownText text={object} />
              </Anchor>
            ))}
          </span>,
        ])}
      />
    </Section>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.section}>{title}</h3>
      {children}
    </section>
  )
}
