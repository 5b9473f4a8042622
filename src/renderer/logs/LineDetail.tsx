import { ActionIcon, Button } from '@mantine/core'
import { ArrowLeft, FilePenLine, MousePointerClick, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { LogLineDetail } from '../../core/logs/contract.ts'
import { useSession } from '../session/context.ts'
import { bytesText, countText, durationText } from '../ui/amounts.ts'
import { CopyText } from '../ui/CopyText.tsx'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { Facts } from '../ui/Facts.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { SqlText } from '../ui/SqlText.tsx'
import { When } from '../ui/When.tsx'
import { kindText } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** All that the log tells of the chosen line. */
export function LineDetail({ closable = false }: { closable?: boolean }) {
  const chosen = useLogs((state) => state.chosen)
  const detail = useLogs((state) => state.detail)
  const fault = useLogs((state) => state.detailFault)
  const choose = useLogs((state) => state.choose)
  const hasLines = useLogs((state) => state.lines !== null)
  if (chosen === null) {
    return (
      <EmptyPage icon={MousePointerClick} title="Choose a line">
        Its text, its error, its plan and who it was are shown here.
      </EmptyPage>
    )
  }
  return (
    <article className={classes.detail} aria-label="Line">
      {closable && (
        <div>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={hasLines ? <ArrowLeft size={13} aria-hidden /> : <X size={13} aria-hidden />}
            onClick={() => void choose(null)}
          >
            {hasLines ? 'Lines' : 'Close'}
          </Button>
        </div>
      )}
      {fault !== null && <FaultPanel title="This line could not be read" fault={fault} />}
      {detail !== null && <Told detail={detail} />}
    </article>
  )
}

function Told({ detail }: { detail: LogLineDetail }) {
  const open = useSession((session) => session.open)
  const { kind, severity, message, statement, sqlstate, hint, context, query, position, plan, truncated } = detail
  const failed = severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC'
  return (
    <>
      <header className={classes.detailHead}>
        <h2>{kindText(kind)}</h2>
        {detail.at === null ? <span>no time</span> : <When at={detail.at} precise />}
        {statement !== null && (
          <span className={classes.detailTools}>
            <CopyText text={statement} label="Copy the statement" />
            <ActionIcon
              aria-label="Open in the editor"
              title="Open in the editor"
              onClick={() => open({ view: 'editor', sql: statement })}
            >
              <FilePenLine size={15} aria-hidden />
            </ActionIcon>
          </span>
        )}
      </header>
      {failed && message !== null && (
        <FaultPanel
          fault={{
            code: 'postgres',
            severity,
            message,
            ...(sqlstate === null ? {} : { sqlstate }),
            ...(detail.detail === null ? {} : { detail: detail.detail }),
            ...(hint === null ? {} : { hint }),
            ...(position === null ? {} : { position }),
            ...(context === null ? {} : { context }),
            ...(query === null ? {} : { internalQuery: query }),
          }}
        />
      )}
      {!failed && message !== null && (statement === null || kind !== 'statement') && (
        <pre className={classes.message}>
          <ShownText text={message} lines="kept" />
        </pre>
      )}
      {!failed && detail.detail !== null && (
        <pre className={classes.message}>
          <ShownText text={detail.detail} lines="kept" />
        </pre>
      )}
      {statement !== null && <SqlText sql={statement} label="The statement" />}
      {truncated !== null && (
        <p className={classes.note}>
          Cut: the whole is {bytesText(truncated.bytes)} long, its SHA-256 {truncated.sha256.slice(0, 16)}….
        </p>
      )}
      {plan !== null && (
        <>
          <h3 className={classes.heading}>Plan</h3>
          <pre className={classes.message}>
            <ShownText text={plan} lines="kept" />
          </pre>
        </>
      )}
      <Facts facts={factsOf(detail)} />
    </>
  )
}

function factsOf(detail: LogLineDetail): (readonly [string, ReactNode])[] {
  const { durationMs, parseMs, bindMs, rows, parameters, truncated: _truncated, ...told } = detail
  const ms = (amount: number | null): string | null => (amount === null ? null : durationText(amount))
  const all: (readonly [string, ReactNode | null])[] = [
    ['Took', ms(durationMs)],
    ['Parsing', ms(parseMs)],
    ['Binding', ms(bindMs)],
    ['Rows', rows === null ? null : countText(rows, 'row')],
    [
      'Parameters',
      parameters === null ? null : parameters.map((value, index) => `$${index + 1} = ${value ?? 'null'}`).join(', '),
    ],
    ['User', told.user],
    ['Database', told.database],
    ['Application', told.application],
    ['Client', told.client],
    ['Process', told.pid === null ? null : String(told.pid)],
    ['Session', told.session],
    ['Backend', told.backendType],
    ['Protocol', told.protocol],
    ['Prepared as', told.prepared],
    ['Query id', told.queryId],
    ['Location', told.location],
    ['Stands in', `${told.fileName}, line ${told.line.toLocaleString('en')}`],
  ]
  return all.filter(([, value]) => value !== null && value !== '')
}
