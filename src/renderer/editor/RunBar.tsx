import { Button, TextInput, Tooltip } from '@mantine/core'
import { ListVideo, Play, Square } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { TransactionState } from '../../core/editor/contract.ts'
import { keysAsText } from '../ui/Keys.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import type { Run } from './run.ts'
import { shortcuts } from './shortcuts.ts'
import { useEditor } from './store.ts'
import classes from './View.module.css'

interface RunBarProps {
  production: boolean
  onRun: () => void
  onRunAll: () => void
}

/** What can be done with the text, why it is done, and where the transaction stands. */
export function RunBar({ production, onRun, onRunAll }: RunBarProps) {
  const run = useEditor((state) => state.run)
  const kept = useEditor((state) => state.kept)
  const running = run !== null && run.state !== 'done'
  return (
    <ToolBar label="Run" end={<ReasonFields production={production} />}>
      {running ? (
        <CancelButton run={run} />
      ) : (
        <>
          <Tooltip label={`Run the selection, or the statement at the cursor (${keysAsText(shortcuts.run)})`}>
            <Button size="compact-sm" leftSection={<Play size={14} aria-hidden />} onClick={onRun}>
              Run
            </Button>
          </Tooltip>
          <Tooltip label={`Run the whole text (${keysAsText(shortcuts.runAll)})`}>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<ListVideo size={14} aria-hidden />}
              onClick={onRunAll}
            >
              Run all
            </Button>
          </Tooltip>
        </>
      )}
      <Transaction />
      {!kept && (
        <Tooltip label="It is too long for the window to keep it. Save what you need in a file.">
          <span>
            <StatusBadge tone="quiet">Not kept for after a reload</StatusBadge>
          </span>
        </Tooltip>
      )}
    </ToolBar>
  )
}

function CancelButton({ run }: { run: Run }) {
  const cancel = useEditor((state) => state.cancel)
  const cancelling = run.state === 'cancelling'
  return (
    <>
      <Tooltip label={`Cancel at the server (${keysAsText(shortcuts.cancel)})`}>
        <Button
          size="compact-sm"
          color="red"
          variant="light"
          leftSection={<Square size={12} fill="currentColor" aria-hidden />}
          disabled={cancelling}
          onClick={cancel}
        >
          {cancelling ? 'Cancelling…' : 'Cancel'}
        </Button>
      </Tooltip>
      <Progress run={run} />
    </>
  )
}

/** How far the run is, and for how long it has been going. */
function Progress({ run }: { run: Run }) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  const seconds = (Math.max(0, now - run.since) / 1000).toFixed(1)
  const { statements, current } = run
  return (
    <span className={classes.progress} role="timer">
      {statements !== null && statements > 1 && current !== null && `Statement ${current + 1} of ${statements} · `}
      {seconds} s
    </span>
  )
}

const transactions: Readonly<Record<TransactionState, { tone: Tone; text: string; title: string }>> = {
  idle: { tone: 'quiet', text: 'Autocommit', title: 'No transaction is open: each run commits by itself.' },
  open: { tone: 'warn', text: 'Transaction open', title: 'Nothing is kept until you commit.' },
  failed: {
    tone: 'bad',
    text: 'Transaction failed',
    title: 'The server refuses everything until you roll back.',
  },
}

function Transaction() {
  const { tone, text, title } = transactions[useEditor((state) => state.transaction)]
  const pid = useEditor((state) => state.backendPid)
  return (
    <Tooltip label={pid === null ? title : `${title} Backend ${pid}.`}>
      <span role="status" aria-label="Transaction">
        <StatusBadge tone={tone}>{text}</StatusBadge>
      </span>
    </Tooltip>
  )
}

/** Ticket and justification of the next runs; production asks for a ticket in plain sight. */
function ReasonFields({ production }: { production: boolean }) {
  const reasons = useEditor((state) => state.reasons)
  const setReasons = useEditor((state) => state.setReasons)
  const missing = production && reasons.ticket.trim() === ''
  return (
    <>
      <TextInput
        classNames={{ input: classes.reason ?? '' }}
        className={classes.ticket}
        aria-label="Ticket"
        placeholder={production ? 'Ticket, for production' : 'Ticket'}
        data-missing={missing || undefined}
        maxLength={200}
        value={reasons.ticket}
        onChange={({ currentTarget }) => setReasons({ ...reasons, ticket: currentTarget.value })}
      />
      <TextInput
        classNames={{ input: classes.reason ?? '' }}
        className={classes.justification}
        aria-label="Justification"
        placeholder="Why it is run"
        maxLength={10_000}
        value={reasons.justification}
        onChange={({ currentTarget }) => setReasons({ ...reasons, justification: currentTarget.value })}
      />
    </>
  )
}
