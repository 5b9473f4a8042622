import { Button } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import type { Notice } from '../../core/editor/contract.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './Results.module.css'
import type { Message, Run } from './run.ts'
import { queryCanceled } from './running.ts'
import { useEditor } from './store.ts'

/** All that the server said during a run: the error in full, then each command and notice in their order. */
export function Messages({ run, goTo }: { run: Run; goTo: (offset: number) => void }) {
  const { messages, dropped } = run
  const scroller = useRef<HTMLDivElement>(null)
  const lines = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 25,
    overscan: 10,
  })
  return (
    <div className={classes.messages}>
      <Failure run={run} goTo={goTo} />
      {dropped > 0 && <p className={classes.dropped}>{countText(dropped, 'earlier message')} left out.</p>}
      {messages.length === 0 && run.state === 'done' && run.fault === null && run.outcome?.failure === null && (
        <p className={classes.dropped}>The server said nothing.</p>
      )}
      <div
        ref={scroller}
        className={classes.log}
        // An error takes what room it needs, and leaves some to what was said before it.
        style={{ minHeight: `min(30%, ${lines.getTotalSize() + 8}px)` }}
        role="log"
        aria-label="Messages of the server"
      >
        <div style={{ height: lines.getTotalSize(), position: 'relative' }}>
          {lines.getVirtualItems().map(({ index, start, key }) => {
            const message = messages[index]
            return (
              <div
                key={key}
                ref={lines.measureElement}
                data-index={index}
                className={classes.line}
                style={{ transform: `translateY(${start}px)` }}
              >
                {message !== undefined && <Line message={message} />}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

function Failure({ run, goTo }: { run: Run; goTo: (offset: number) => void }) {
  const mark = useEditor((state) => state.mark)
  const failure = run.outcome?.failure
  if (run.fault !== null) {
    return (
      <div className={classes.failure}>
        <FaultPanel title="Nothing was run" fault={run.fault} />
      </div>
    )
  }
  if (failure == null) return null
  const { statements } = run.outcome ?? { statements: 1 }
  const which = statements === 1 ? 'The statement' : `Statement ${failure.statement + 1} of ${statements}`
  const what = failure.fault.sqlstate === queryCanceled ? 'was cancelled' : 'failed'
  return (
    <div className={classes.failure}>
      <FaultPanel
        title={`${which} ${what}`}
        fault={failure.fault}
        actions={
          mark === null ? undefined : (
            <Button size="compact-sm" variant="default" onClick={() => goTo(mark.offset)}>
              Go to the error
            </Button>
          )
        }
      />
    </div>
  )
}

function Line({ message }: { message: Message }) {
  return (
    <>
      <span className={classes.place}>{message.index + 1}</span>
      {message.kind === 'notice' ? <NoticeText notice={message.notice} /> : <CommandText message={message} />}
    </>
  )
}

function CommandText({ message }: { message: Extract<Message, { kind: 'command' }> }) {
  const { command, rowCount, more, durationMs } = message
  return (
    <>
      <span className={classes.command}>{command}</span>
      <span className={classes.rows}>{rowCount !== null && countText(rowCount, 'row') + (more ? ' so far' : '')}</span>
      <span className={classes.time}>{durationText(durationMs)}</span>
    </>
  )
}

function NoticeText({ notice }: { notice: Notice }) {
  const { severity, message, detail, hint } = notice
  return (
    <span className={classes.notice} data-severity={severity}>
      <strong>{severity}</strong> <ShownText text={message} lines="kept" />
      {detail !== undefined && (
        <span className={classes.more}>
          Detail: <ShownText text={detail} lines="kept" />
        </span>
      )}
      {hint !== undefined && (
        <span className={classes.more}>
          Hint: <ShownText text={hint} lines="kept" />
        </span>
      )}
    </span>
  )
}
