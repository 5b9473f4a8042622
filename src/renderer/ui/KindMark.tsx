import type { ConnectionKind } from '../../core/connection.ts'
import classes from './KindMark.module.css'

const letters: Readonly<Record<ConnectionKind, string>> = { development: 'D', staging: 'S', production: 'P' }

/** The kind of a connection as a small coloured tile with its letter, for lists. */
export function KindMark({ kind }: { kind: ConnectionKind }) {
  return (
    <span className={classes.mark} data-kind={kind} role="img" aria-label={kind}>
      {letters[kind]}
    </span>
  )
}

/** The kind in a word, in its colour. */
export function KindLabel({ kind }: { kind: ConnectionKind }) {
  return (
    <span className={classes.label} data-kind={kind}>
      {kind}
    </span>
  )
}
