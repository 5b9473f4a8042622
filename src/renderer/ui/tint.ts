import type { ConnectionColour, ConnectionKind } from '../../core/connection.ts'

export type Tint = ConnectionKind | Exclude<ConnectionColour, 'by kind'>

/**
 * What a connection is marked with, for `data-tint`, which sets `--tint`: the colour that a person gave it, else its
 * kind's.
 */
export function tintOf({ kind, colour }: { kind: ConnectionKind; colour: ConnectionColour }): Tint {
  return colour === 'by kind' ? kind : colour
}
