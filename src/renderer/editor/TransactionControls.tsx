import { Button, SegmentedControl, Tooltip } from '@mantine/core'
import { Check, Undo2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { TransactionState } from '../../core/editor/contract.ts'
import { keysAsText } from '../ui/Keys.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import { shortcuts } from './shortcuts.ts'
import { useEditor } from './store.ts'
import classes from './View.module.css'
import { agoText } from './words.ts'

const looks: Readonly<Record<Exclude<TransactionState, 'idle'>, { tone: Tone; text: string; title: string }>> = {
  open: { tone: 'warn', text: 'Transaction open', title: 'Nothing is kept until you commit.' },
  failed: {
    tone: 'bad',
    text: 'Transaction failed',
    title: 'A statement failed, and the server refuses everything until you roll back. Nothing of it can be kept.',
  },
}

/** Whether each run commits by itself, and where an open transaction stands, with the ways to end it. */
export function TransactionControls({ busy }: { busy: boolean }) {
  const mode = useEditor((state) => state.mode)
  const setMode = useEditor((state) => state.setMode)
  const transaction = useEditor((state) => state.transaction)
  const pid = useEditor((state) => state.backendPid)
  const endTransaction = useEditor((state) => state.endTransaction)
  const backend = pid === null ? '' : ` Backend ${pid}.`
  return (
    <>
      <Tooltip
        label={`${mode === 'auto' ? 'Each run commits by itself.' : 'A transaction begins with the first statement and stays open until you end it.'}${backend}`}
      >
        <SegmentedControl
          size="xs"
          aria-label="Transactions"
          className={classes.mode}
          value={mode}
          data={[
            { value: 'auto', label: 'Auto' },
            { value: 'manual', label: 'Manual' },
          ]}
          onChange={(value) => setMode(value === 'manual' ? 'manual' : 'auto')}
        />
      </Tooltip>
      <span role="status" aria-label="Transaction">
        {transaction === 'idle' ? (
          <StatusBadge tone="quiet">{mode === 'auto' ? 'Autocommit' : 'No transaction'}</StatusBadge>
        ) : (
          <Tooltip label={`${looks[transaction].title}${backend}`} multiline maw={320}>
            <span>
              <StatusBadge tone={looks[transaction].tone}>
                {looks[transaction].text} <Age />
              </StatusBadge>
            </span>
          </Tooltip>
        )}
      </span>
      {transaction !== 'idle' && (
        <>
          {transaction === 'open' && (
            <Tooltip label={`Keep what was done (${keysAsText(shortcuts.commit)})`}>
              <Button
                size="compact-sm"
                variant="light"
                leftSection={<Check size={14} aria-hidden />}
                disabled={busy}
                onClick={() => void endTransaction('commit')}
              >
                Commit
              </Button>
            </Tooltip>
          )}
          <Tooltip label={`Undo what was done (${keysAsText(shortcuts.rollback)})`}>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Undo2 size={14} aria-hidden />}
              disabled={busy}
              onClick={() => void endTransaction('rollback')}
            >
              Roll back
            </Button>
          </Tooltip>
        </>
      )}
    </>
  )
}

/** How long the transaction has been open. */
function Age() {
  const standing = useEditor((state) => state.standing)
  const now = useNow()
  if (standing === null) return null
  return <span className={classes.age}>{agoText(standing.ageMs + Math.max(0, now - standing.at))}</span>
}

/** `performance.now()`, each second. */
export function useNow(): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
