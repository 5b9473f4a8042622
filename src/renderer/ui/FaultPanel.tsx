import { ActionIcon } from '@mantine/core'
import { CircleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Fault } from '../../core/fault.ts'
import { CopyText } from './CopyText.tsx'
import classes from './FaultPanel.module.css'

interface FaultPanelProps {
  fault: Fault
  /** What was being done: `Could not connect`. */
  title?: string
  /** What can be done about it, as buttons. */
  actions?: ReactNode
  onDismiss?: () => void
}

/** The whole of an error, in the server's own words. */
export function FaultPanel({ fault, title, actions, onDismiss }: FaultPanelProps) {
  const facts = factsOf(fault)
  return (
    <section className={classes.panel} role="alert" aria-label={title ?? 'Error'}>
      <CircleAlert className={classes.icon} size={17} aria-hidden />
      <div className={classes.body}>
        {title !== undefined && <div className={classes.title}>{title}</div>}
        <p className={classes.message}>
          {fault.severity !== undefined && <span className={classes.severity}>{fault.severity}: </span>}
          {fault.message}
        </p>
        {facts.length > 0 && (
          <dl className={classes.facts}>
            {facts.map(([name, value]) => (
              <div key={name} className={classes.fact}>
                <dt>{name}</dt>
                <dd className={name === 'Context' || name === 'Query' ? classes.code : undefined}>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      <div className={classes.tools}>
        <CopyText text={faultAsText(fault)} label="Copy the error" />
        {onDismiss !== undefined && (
          <ActionIcon onClick={onDismiss} aria-label="Dismiss the error">
            <X size={15} aria-hidden />
          </ActionIcon>
        )}
      </div>
    </section>
  )
}

function factsOf(fault: Fault): [string, string][] {
  const code = fault.sqlstate ?? (fault.code === 'postgres' ? undefined : fault.code)
  const place = [fault.schema, fault.table, fault.column].filter((part) => part !== undefined).join('.')
  const all: [string, string | undefined][] = [
    ['Detail', fault.detail],
    ['Hint', fault.hint],
    [fault.sqlstate === undefined ? 'Code' : 'SQLSTATE', code],
    ['Position', fault.position?.toString()],
    ['Object', place === '' ? undefined : place],
    ['Constraint', fault.constraint],
    ['Query', fault.internalQuery],
    ['Context', fault.context],
  ]
  return all.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

/** As psql would print it, to be pasted in a ticket. */
export function faultAsText(fault: Fault): string {
  const head = `${fault.severity ?? 'ERROR'}:  ${fault.message}`
  return [head, ...factsOf(fault).map(([name, value]) => `${name.toUpperCase()}:  ${value}`)].join('\n')
}
