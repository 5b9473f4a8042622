/**
 * The same text, without what it was cut from: a piece of a text keeps the whole of that in memory, and what is kept for
 * long is cut from a whole chunk of the log.
 */
export function own(text: string): string {
  // Joining makes another text; cutting makes it one piece.
  return text.length === 0 ? text : ` ${text}`.slice(1)
}

export function ownOrNull(text: string | null): string | null {
  return text === null ? null : own(text)
}
