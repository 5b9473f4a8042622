import { Button, Tooltip } from '@mantine/core'
import { ListTree, ListVideo, Play, Square } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useReasonsRule } from '../session/reasons.ts'
import { keysAsText } from '../ui/Keys.tsx'
import { ReasonBar } from '../ui/ReasonFields.tsx'
import { ToolBar } from '../ui/ToolBar.tsx'
import type { Run } from './run.ts'
import { shortcuts } from './shortcuts.ts'
import { type EditorState, useEditor } from './store.ts'
import { TextNote } from './TextNote.tsx'
import { TransactionControls } from './TransactionControls.tsx'
import classes from './View.module.css'

interface RunBarProps {
  onRun: () => void
  onRunAll: () => void
  onExplain: () => void
}

/** What can be done with the text, why it is done, and where the transaction stands. */
export function RunBar({ onRun, onRunAll, onExplain }: RunBarProps) {
  const run = useEditor((state) => state.run)
  const looking = useEditor((state) => state.looking)
  const running = run !== null && run.state !== 'done'
  return (
    <ToolBar label="Run" end={<RunReasons />}>
      {running ? (
        <CancelButton run={run} />
      ) : looking !== null ? (
        <StopLooking {...looking} />
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
          <Tooltip
            label={`How the server would run it (${keysAsText(shortcuts.explain)}); with times: ${keysAsText(shortcuts.analyze)}`}
          >
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<ListTree size={14} aria-hidden />}
              onClick={onExplain}
            >
              Explain
            </Button>
          </Tooltip>
        </>
      )}
      <TransactionControls busy={running || looking !== null} />
      <TextNote />
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

function StopLooking({ since, stop }: NonNullable<EditorState['looking']>) {
  return (
    <>
      <Tooltip label={`Run nothing (${keysAsText(shortcuts.cancel)})`}>
        <Button
          size="compact-sm"
          color="red"
          variant="light"
          leftSection={<Square size={12} fill="currentColor" aria-hidden />}
          onClick={stop}
        >
          Cancel
        </Button>
      </Tooltip>
      <span className={classes.progress} role="timer">
        Looking for the statement at the cursor · <Seconds since={since} />
      </span>
    </>
  )
}

/** How far the run is, and for how long it has been going. */
function Progress({ run }: { run: Run }) {
  const { statements, current } = run
  return (
    <span className={classes.progress} role="timer">
      {statements !== null && statements > 1 && current !== null && `Statement ${current + 1} of ${statements} · `}
      <Seconds since={run.since} />
    </span>
  )
}

function Seconds({ since }: { since: number }) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  return `${(Math.max(0, now - since) / 1000).toFixed(1)} s`
}

/** Ticket and justification of the next runs. */
function RunReasons() {
  const reasons = useEditor((state) => state.reasons)
  const setReasons = useEditor((state) => state.setReasons)
  const { asks } = useReasonsRule(reasons)
  return <ReasonBar reasons={reasons} onChange={setReasons} asks={asks} />
}
