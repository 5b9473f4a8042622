import { Button } from '@mantine/core'
import { Hourglass, Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Standing } from './state.ts'
import { useEditor } from './store.ts'
import { useNow } from './TransactionControls.tsx'
import classes from './View.module.css'
import { agoText } from './words.ts'

/** Warns of an open transaction that nobody uses, and says when the program has rolled one back. */
export function TransactionNotice() {
  const standing = useEditor((state) => state.standing)
  const ended = useEditor((state) => state.ended)
  const dismissEnded = useEditor((state) => state.dismissEnded)
  if (ended !== null) {
    return (
      <Notice icon={<Undo2 size={15} aria-hidden />} text={ended}>
        <Button size="compact-xs" variant="default" onClick={dismissEnded}>
          Understood
        </Button>
      </Notice>
    )
  }
  return standing?.warn ? <Idle standing={standing} /> : null
}

function Idle({ standing }: { standing: Standing }) {
  const keepOpen = useEditor((state) => state.keepOpen)
  const endTransaction = useEditor((state) => state.endTransaction)
  const now = useNow()
  const left = standing.rollBackInMs === null ? null : standing.rollBackInMs - (now - standing.at)
  const text =
    'The transaction is open and nobody uses it. It holds its locks and keeps dead rows from being cleaned away.' +
    (left === null ? '' : ` It is rolled back in ${agoText(left)}.`)
  return (
    <Notice icon={<Hourglass size={15} aria-hidden />} text={text}>
      {left !== null && (
        <Button size="compact-xs" variant="default" onClick={() => void keepOpen()}>
          Keep it open
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={() => void endTransaction('rollback')}>
        Roll back now
      </Button>
    </Notice>
  )
}

function Notice({ icon, text, children }: { icon: ReactNode; text: string; children: ReactNode }) {
  return (
    <div className={classes.transactionNotice} role="status" aria-label="Idle transaction">
      {icon}
      <span className={classes.noticeText}>{text}</span>
      {children}
    </div>
  )
}
