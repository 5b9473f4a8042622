import type { ConnectionColour, ConnectionKind } from '../../core/connection.ts'
import classes from './KindMark.module.css'
import { tintOf } from './tint.ts'

const letters: Readonly<Record<ConnectionKind, string>> = { development: 'D', staging: 'S', production: 'P' }

/** The kind of a connection as a small tile with its letter, in the connection's colour, for lists. */
export function KindMark({ connection }: { connection: { kind: ConnectionKind; colour: ConnectionColour } }) {
  const { kind } = connection
  return (
    <span className={classes.mark} data-tint={tintOf(connection)} role="img" aria-label={kind}>
      {letters[kind]}
    </span>
  )
}

/** The kind in a word, in its colour. */
export function KindLabel({ kind }: { kind: ConnectionKind }) {
  return (
    <span className={classes.label} data-tint={kind}>
      {kind}
    </span>
  )
}
